//! Errors of configuration files and of the plans written from them.

/// The result of reading a configuration or writing a plan.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a configuration gives no plan.
///
/// Messages name files, fields and columns, never a cell's value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be read or says what cannot be.
    #[error("{0}")]
    Config(String),
    /// The session refused a source or failed.
    #[error("{0}")]
    Session(#[from] loup::Error),
}
