//! The rows of a segment: where their values stand, and which bytes are whose.

use std::ops::Range;

use loup_text::dump::{Cells, DumpError, Syntax, copy, tokenize};

use super::index::SegmentKind;
use super::statements::row_runs;

/// The rows of a run of bytes that starts and ends between rows.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    cells: Cells,
    /// The values row by row, where they were found run by run.
    merged: Vec<(u32, u32)>,
    is_merged: bool,
    columns: usize,
    /// `bounds[n]..bounds[n + 1]` are the bytes of row `n`: its values, and all that stands up to the next row.
    bounds: Vec<u32>,
}

impl Rows {
    /// Finds the rows of `text`.
    ///
    /// A row of an INSERT takes the comma behind it with it; the first row of a statement what stands before it, the last one
    /// what stands behind it.
    ///
    /// # Errors
    /// Returns a row with another number of values than `columns`, and what is no row.
    pub(crate) fn read(
        &mut self,
        text: &[u8],
        kind: SegmentKind,
        syntax: Syntax,
        columns: usize,
    ) -> Result<usize, DumpError> {
        self.columns = columns;
        self.bounds.clear();
        self.merged.clear();
        self.is_merged = kind == SegmentKind::Statements;
        match kind {
            SegmentKind::Rows => tokenize(text, syntax, Some(columns), &mut self.cells)?,
            SegmentKind::Copy => copy::tokenize(text, Some(columns), &mut self.cells)?,
            SegmentKind::Statements => {
                for Range { start, end } in row_runs(text, syntax)? {
                    let shifted = |error: DumpError| DumpError { offset: error.offset + start as u64, ..error };
                    tokenize(&text[start..end], syntax, Some(columns), &mut self.cells).map_err(shifted)?;
                    for row in 0..self.cells.rows() {
                        let span = self.cells.row(row);
                        self.bounds.push((start + span.start()) as u32);
                        for column in 0..columns {
                            let cell = self.cells.cell(row, column);
                            self.merged.push(((start + cell.start()) as u32, (start + cell.end()) as u32));
                        }
                    }
                }
                self.bounds.len()
            }
        };
        if !self.is_merged {
            self.bounds.extend((0..self.cells.rows()).map(|row| self.cells.row(row).start() as u32));
        }
        // What stands before the first row is the first row's.
        if let Some(first) = self.bounds.first_mut() {
            *first = 0;
            self.bounds.push(text.len() as u32);
        }
        Ok(self.len())
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Returns where a value stands.
    #[inline]
    pub(crate) fn cell(&self, row: usize, column: usize) -> (usize, usize) {
        if self.is_merged {
            let (start, end) = self.merged[row * self.columns + column];
            return (start as usize, end as usize);
        }
        let cell = self.cells.cell(row, column);
        (cell.start(), cell.end())
    }

    /// Returns the bytes of a row: laid end to end, those of all rows are the whole text.
    pub(crate) fn bytes(&self, row: usize) -> (usize, usize) {
        (self.bounds[row] as usize, self.bounds[row + 1] as usize)
    }
}
