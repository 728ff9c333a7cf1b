//! Segments between their scan and their writing: text and rows stay at hand, so that no row is looked for twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::buffer::Buffer;

use super::rows::Rows;

/// A segment's text, and where its rows are.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) text: Buffer,
    pub(crate) rows: Rows,
}

/// The segments of one table that are read and not written yet.
#[derive(Debug, Default)]
pub(crate) struct ParsedSegments {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    segments: BTreeMap<u64, Arc<Parsed>>,
    /// Memory of rows that are written, for others.
    free: Vec<Rows>,
}

impl ParsedSegments {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns empty rows, in memory that was used before where there is some.
    pub(super) fn rows(&self) -> Rows {
        self.state().free.pop().unwrap_or_default()
    }

    /// Keeps a segment until it is written.
    pub(super) fn put(&self, number: u64, parsed: Arc<Parsed>) {
        self.state().segments.insert(number, parsed);
    }

    /// Returns a segment that is not written yet.
    pub(crate) fn find(&self, number: u64) -> Option<Arc<Parsed>> {
        self.state().segments.get(&number).cloned()
    }

    /// Forgets a segment whose last row is written.
    pub(crate) fn forget(&self, number: u64, parsed: Arc<Parsed>) {
        let mut state = self.state();
        state.segments.remove(&number);
        if let Some(parsed) = Arc::into_inner(parsed) {
            state.free.push(parsed.rows);
        }
    }
}
