//! Where the values of rows are.

use std::ops::Range;

/// Most bytes a tokenizer takes at once: offsets have 32 bits.
pub const MAX_TEXT: usize = u32::MAX as usize;

/// A range of the text it was found in: 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && end <= MAX_TEXT, "spans lie in texts of 32 bits");
        Self { start: start as u32, end: end as u32 }
    }

    /// Returns the offset of the first byte.
    #[inline]
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Returns the offset behind the last byte.
    #[inline]
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Returns the bytes of the span as they stand.
    #[inline]
    pub fn of(self, text: &[u8]) -> &[u8] {
        &text[self.start()..self.end()]
    }
}

/// The values of a run of rows, row by row: where each stands, as it is written.
#[derive(Debug, Default, Clone)]
pub struct Cells {
    pub(super) spans: Vec<Span>,
    pub(super) rows: Vec<Span>,
    pub(super) columns: usize,
}

impl Cells {
    /// Returns the number of rows.
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Returns the number of values of each row.
    #[inline]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns where a row stands: with its parentheses in an INSERT, without its line end in a COPY.
    ///
    /// # Panics
    /// Panics where there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> Span {
        self.rows[row]
    }

    /// Returns where the value of `row` and `column` stands.
    ///
    /// # Panics
    /// Panics where there is no such value.
    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> Span {
        assert!(column < self.columns, "column within the row");
        self.spans[row * self.columns + column]
    }

    /// Iterates over the values of one column in a range of rows.
    pub fn column(&self, column: usize, rows: Range<usize>) -> impl ExactSizeIterator<Item = Span> + '_ {
        let first = rows.start * self.columns + column;
        let step = self.columns.max(1);
        self.spans.get(first..).unwrap_or_default().iter().step_by(step).take(rows.len()).copied()
    }

    pub(super) fn clear(&mut self, columns: Option<usize>) {
        self.spans.clear();
        self.rows.clear();
        self.columns = columns.unwrap_or(0);
    }
}
