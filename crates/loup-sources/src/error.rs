//! Errors of sources and sinks: they name files, lines and columns, never content.

use datafusion::error::DataFusionError;
use loup_text::csv::CellErrorKind;

use crate::store_message::{problem, store_error, store_message};

/// Why a source could not be read or a sink not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A record is not valid CSV.
    #[error("{file}, line {line}, column {column}: {kind}")]
    Record {
        /// The file.
        file: String,
        /// Line of the cell at fault, from 1.
        line: u64,
        /// Number of the cell at fault, from 1.
        column: usize,
        /// What is wrong.
        kind: CellErrorKind,
    },
    /// A cell is not UTF-8.
    #[error("{file}, line {line}, column {column}: not valid UTF-8")]
    Encoding {
        /// The file.
        file: String,
        /// Line of the byte at fault, from 1.
        line: u64,
        /// Number of the cell at fault, from 1; 0 where the header is at fault.
        column: usize,
    },
    /// A record does not end.
    #[error("{file}: a record is longer than {megabytes} MiB; a quote may not be closed")]
    LongRecord {
        /// The file.
        file: String,
        /// The most a record may have.
        megabytes: u64,
    },
    /// A cell is not of the type that the table declares.
    #[error("{file}, line {line}, column {column}: not a valid {data_type}")]
    Convert {
        /// The file.
        file: String,
        /// Line of the cell at fault, from 1.
        line: u64,
        /// Number of the cell at fault, from 1.
        column: usize,
        /// The declared type.
        data_type: String,
    },
    /// A dump cannot be read.
    #[error("{file}, line {line}: {problem}")]
    Dump {
        /// The file.
        file: String,
        /// Line of the fault, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A file has no header.
    #[error("{file}, line 1, column 1: the file is empty, so it has no header")]
    Empty {
        /// The file.
        file: String,
    },
    /// A file's header is not that of its table.
    #[error(
        "{file}, line 1, column {column}: the header differs from that of the table's other files or declared columns"
    )]
    Header {
        /// The file.
        file: String,
        /// Number of the first header cell that differs, from 1.
        column: usize,
    },
    /// A file is in a character set that is not UTF-8.
    #[error("{file}, line 1, column 1: the file is {charset}; convert it to UTF-8 first")]
    Charset {
        /// The file.
        file: String,
        /// The character set its first bytes announce.
        charset: &'static str,
    },
    /// An option has an unknown name or value.
    #[error("option '{name}': {problem}")]
    Option {
        /// The option.
        name: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// Nothing was found to attach.
    #[error("{0}")]
    Attach(String),
    /// A URL cannot be used, or its store cannot be opened.
    #[error("{0}")]
    Location(String),
    /// An output could not be written.
    #[error("{target}: {problem}")]
    Target {
        /// The output.
        target: String,
        /// What is wrong.
        problem: String,
    },
    /// An output would destroy what Loup did not write.
    #[error("{0}")]
    Refused(String),
    /// A value cannot be written in the output's dialect.
    #[error("column {column}: {problem}")]
    Encode {
        /// The output column's name.
        column: String,
        /// What is wrong.
        problem: String,
    },
    /// A read or write failed.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// An object store failed.
    #[error("{}", store_message(.0))]
    Store(#[from] object_store::Error),
}

/// The result of a source or sink.
pub type Result<T, E = SourceError> = std::result::Result<T, E>;

impl From<SourceError> for DataFusionError {
    fn from(error: SourceError) -> Self {
        Self::External(Box::new(error))
    }
}

/// Makes the error of a file whose bytes cannot be read or decompressed.
pub(crate) fn unreadable(file: &str, error: &DataFusionError) -> SourceError {
    let text = store_error(error).map_or_else(|| error.strip_backtrace(), problem);
    SourceError::Io { file: file.to_owned(), source: std::io::Error::other(text) }
}
