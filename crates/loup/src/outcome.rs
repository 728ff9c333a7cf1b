//! What a statement gives back.

use std::fmt;

use datafusion::physical_plan::SendableRecordBatchStream;

/// Holds what one statement produced.
pub enum Outcome {
    /// The rows of a query, as they are computed.
    Rows(SendableRecordBatchStream),
    /// A statement that was carried out.
    Done {
        /// The statement's kind as users write it: `UPDATE`, `COPY`, `ATTACH`.
        tag: String,
        /// Rows written, where the statement writes rows.
        rows: Option<u64>,
        /// What the user should know: files left out, keys that will not repeat.
        notices: Vec<String>,
    },
}

impl Outcome {
    pub(crate) fn done(tag: &str) -> Self {
        Self::Done { tag: tag.to_owned(), rows: None, notices: Vec::new() }
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(stream) => f.debug_struct("Rows").field("schema", &stream.schema()).finish_non_exhaustive(),
            Self::Done { tag, rows, notices } => {
                f.debug_struct("Done").field("tag", tag).field("rows", rows).field("notices", notices).finish()
            }
        }
    }
}
