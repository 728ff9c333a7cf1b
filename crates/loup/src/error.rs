//! The session's errors and the exit codes they map to.

use datafusion::error::DataFusionError;
use loup_sources::SourceError;

use crate::redact::redact;

/// The result of a session's call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement or a script was not carried out.
///
/// Messages name statements, tables, columns, files and lines, never a cell's value or a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The script is not SQL that Loup understands.
    #[error("line {line}: {message}")]
    Syntax {
        /// Line in the script, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A statement names something that does not exist or asks for something that cannot be done.
    #[error("{0}")]
    Plan(String),
    /// A plan is refused because it could harm data or release it.
    #[error("{0}")]
    Refused(String),
    /// An `ASSERT` was false or NULL, or a check found rows.
    #[error("assertion failed: {0}")]
    Assertion(String),
    /// What a run wrote does not hold what was promised: rows, keys, pseudonyms; or a statement met no row under `strict`.
    #[error("verification failed: {0}")]
    Verify(String),
    /// A key could not be found or read.
    #[error("{0}")]
    Key(#[from] loup_crypto::Error),
    /// Reading, masking or writing data failed.
    #[error("{0}")]
    Data(String),
    /// A statement of a script failed; the source says why.
    #[error("line {line}: {source}")]
    Statement {
        /// Line in the script at which the statement starts, from 1.
        line: u64,
        /// Why it failed.
        source: Box<Error>,
    },
}

impl Error {
    /// Returns the exit code of a process that ends with this error: 1 failed, 3 refused, 4 an assertion or a
    /// verification.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Statement { source, .. } => source.exit_code(),
            Self::Refused(_) => 3,
            Self::Assertion(_) | Self::Verify(_) => 4,
            _ => 1,
        }
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        redact(&error)
    }
}

impl From<loup_mapping::Error> for Error {
    fn from(error: loup_mapping::Error) -> Self {
        match error {
            loup_mapping::Error::Crypto(error) => Self::Key(error),
            error => Self::Data(error.to_string()),
        }
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Refused(text) => Self::Refused(text),
            error => Self::Data(error.to_string()),
        }
    }
}
