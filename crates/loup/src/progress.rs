//! What a caller learns while a statement runs.

use std::fmt::Debug;

/// Receives the progress of the statement under way.
///
/// The session calls it from several threads; implementations only count and draw.
pub trait Progress: Send + Sync + Debug {
    /// Announces a task, with the bytes it will read where they are known.
    fn started(&self, task: &str, total_bytes: Option<u64>);

    /// Adds bytes read and rows written since the last call.
    fn advanced(&self, bytes: u64, rows: u64);

    /// Announces the end of a task and the rows it wrote.
    fn finished(&self, task: &str, rows: u64);
}
