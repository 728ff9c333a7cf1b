//! Where a cell's bytes are and what they mean.

use std::borrow::Cow;
use std::ops::Range;

use super::Dialect;

/// Marks a cell that stands in quotes.
const QUOTED: u32 = 1 << 31;
/// Marks a quoted cell with an escaped byte inside.
const ESCAPED: u32 = 1 << 30;
const OFFSET: u32 = ESCAPED - 1;

/// A cell as a range of the text it was found in: 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    start: u32,
    end_and_flags: u32,
}

impl Cell {
    pub(super) fn plain(start: usize, end: usize) -> Self {
        Self { start: start as u32, end_and_flags: end as u32 }
    }

    pub(super) fn quoted(start: usize, end: usize, escaped: bool) -> Self {
        Self { start: start as u32, end_and_flags: end as u32 | QUOTED | if escaped { ESCAPED } else { 0 } }
    }

    /// Returns the offset of the cell's first byte, its quote included.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Returns the offset behind the cell's last byte, its quote included.
    pub fn end(self) -> usize {
        (self.end_and_flags & OFFSET) as usize
    }

    /// Returns whether the cell stands in quotes.
    pub fn is_quoted(self) -> bool {
        self.end_and_flags & QUOTED != 0
    }

    /// Returns whether the cell holds escaped bytes, so that its value is not a slice of the text.
    pub fn is_escaped(self) -> bool {
        self.end_and_flags & ESCAPED != 0
    }

    /// Returns the cell's bytes as they stand, quotes included.
    pub fn raw(self, text: &[u8]) -> &[u8] {
        &text[self.start()..self.end()]
    }

    /// Returns the bytes between the quotes, or all bytes of an unquoted cell, still escaped.
    pub fn content(self, text: &[u8]) -> &[u8] {
        let trim = usize::from(self.is_quoted());
        &text[self.start() + trim..self.end() - trim]
    }

    /// Returns whether the cell is NULL: never where it is quoted.
    pub fn is_null(self, text: &[u8], dialect: &Dialect) -> bool {
        !self.is_quoted()
            && match &dialect.null {
                None => self.start() == self.end(),
                Some(marker) => self.raw(text) == marker.as_slice(),
            }
    }

    /// Returns the cell's value, `None` for NULL.
    pub fn value<'a>(self, text: &'a [u8], dialect: &Dialect) -> Option<Cow<'a, [u8]>> {
        if self.is_null(text, dialect) {
            return None;
        }
        let content = self.content(text);
        if !self.is_escaped() {
            return Some(Cow::Borrowed(content));
        }
        let mut value = Vec::with_capacity(content.len());
        unescape_into(content, dialect, &mut value);
        Some(Cow::Owned(value))
    }

    /// Appends the value of an escaped cell to `out`.
    pub fn unescape_into(self, text: &[u8], dialect: &Dialect, out: &mut Vec<u8>) {
        unescape_into(self.content(text), dialect, out);
    }
}

/// Returns the value of a cell that stands by itself, `None` for NULL.
///
/// # Example
/// ```
/// use loup_text::csv::{Dialect, value_of};
///
/// let dialect = Dialect::default();
/// assert_eq!(value_of(b"\"a\"\"b\"", &dialect).as_deref(), Some(&b"a\"b"[..]));
/// assert_eq!(value_of(b"\"\"", &dialect).as_deref(), Some(&b""[..]));
/// assert_eq!(value_of(b"", &dialect), None);
/// ```
pub fn value_of<'a>(raw: &'a [u8], dialect: &Dialect) -> Option<Cow<'a, [u8]>> {
    let is_quoted = raw.len() > 1 && dialect.quote.is_some_and(|quote| raw.starts_with(&[quote]));
    if !is_quoted {
        return Cell::plain(0, raw.len()).value(raw, dialect);
    }
    let content = &raw[1..raw.len() - 1];
    let is_escaped = dialect.escape.or(dialect.quote).is_some_and(|escape| memchr::memchr(escape, content).is_some());
    Cell::quoted(0, raw.len(), is_escaped).value(raw, dialect)
}

/// Appends `content` without its escape bytes: each escape (or first of two quotes) goes, the byte behind it stays.
fn unescape_into(mut content: &[u8], dialect: &Dialect, out: &mut Vec<u8>) {
    let Some(escape) = dialect.escape.or(dialect.quote) else {
        out.extend_from_slice(content);
        return;
    };
    while let Some(at) = memchr::memchr(escape, content) {
        out.extend_from_slice(&content[..at]);
        let behind = (at + 2).min(content.len());
        out.extend_from_slice(&content[at + 1..behind]);
        content = &content[behind..];
    }
    out.extend_from_slice(content);
}

/// The cells of a run of records, row by row.
#[derive(Debug, Default, Clone)]
pub struct Cells {
    pub(super) cells: Vec<Cell>,
    pub(super) columns: usize,
}

impl Cells {
    /// Returns the number of records.
    pub fn rows(&self) -> usize {
        self.cells.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Returns the cell of `row` and `column`.
    ///
    /// # Panics
    /// Panics where there is no such cell.
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        assert!(column < self.columns, "column within the record");
        self.cells[row * self.columns + column]
    }

    /// Iterates over the cells of one column in a range of rows.
    pub fn column(&self, column: usize, rows: Range<usize>) -> impl ExactSizeIterator<Item = Cell> + '_ {
        let first = rows.start * self.columns + column;
        let step = self.columns.max(1);
        self.cells.get(first..).unwrap_or_default().iter().step_by(step).take(rows.len()).copied()
    }

    /// Iterates over the cells of the first record.
    pub fn first_row(&self) -> impl ExactSizeIterator<Item = Cell> + '_ {
        self.cells[..self.columns.min(self.cells.len())].iter().copied()
    }
}
