//! Finds the cells of whole records.

use memchr::{memchr, memchr2};

use super::{Cell, Cells, Dialect};
use crate::blocks::{BLOCK, positions};

/// Most bytes [`tokenize`] takes at once: offsets have 30 bits.
pub const MAX_TEXT: usize = (1 << 30) - 1;

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellErrorKind {
    /// The record has fewer cells than the header.
    #[error("expected {expected} cells, found {found}")]
    TooFew {
        /// Cells of the header.
        expected: usize,
        /// Cells of the record.
        found: usize,
    },
    /// The record has more cells than the header.
    #[error("expected {expected} cells, found more")]
    TooMany {
        /// Cells of the header.
        expected: usize,
    },
    /// Something other than a delimiter or a line end follows a closing quote.
    #[error("text after a closing quote")]
    AfterQuote,
    /// The text ends inside quotes.
    #[error("a quoted cell has no closing quote")]
    Unclosed,
    /// The text is longer than [`MAX_TEXT`].
    #[error("a record is longer than 1 GiB")]
    TooLong,
}

/// A record that is not valid in its dialect. Holds places, never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct CellError {
    /// What is wrong.
    pub kind: CellErrorKind,
    /// Offset in the text of the cell at fault.
    pub offset: usize,
    /// Column of the cell at fault, from 0.
    pub column: usize,
}

/// Finds the cells of all records in `text` and returns the number of records.
///
/// `text` starts at a record; its last record may lack the terminator. A quote inside an unquoted cell is text. Blank
/// lines are no records where there is more than one column.
///
/// # Errors
/// Returns the first record with another number of cells than `columns`, text behind a closing quote, or an unclosed quote.
pub fn tokenize(text: &[u8], dialect: &Dialect, columns: usize, cells: &mut Cells) -> Result<usize, CellError> {
    cells.cells.clear();
    cells.columns = columns;
    if text.len() > MAX_TEXT {
        return Err(CellError { kind: CellErrorKind::TooLong, offset: 0, column: 0 });
    }
    let mut walk = Walk { text, dialect, columns, column: 0, cell_start: 0, quoted: None, cells: &mut cells.cells };
    walk.run()?;
    Ok(cells.rows())
}

struct Walk<'a> {
    text: &'a [u8],
    dialect: &'a Dialect,
    columns: usize,
    column: usize,
    cell_start: usize,
    /// Set between a closing quote and the end of its cell: whether the cell holds escapes.
    quoted: Option<bool>,
    cells: &'a mut Vec<Cell>,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), CellError> {
        let Dialect { delimiter, .. } = *self.dialect;
        let end_byte = self.dialect.terminator.byte();
        // Where nothing is quoted the third needle repeats the first.
        let needles = [delimiter, end_byte, self.dialect.quote.unwrap_or(delimiter)];
        let mut from = 0;
        while from < self.text.len() {
            let mut mask = match self.text[from..].first_chunk::<BLOCK>() {
                Some(block) => positions(block, needles),
                None => positions(&padded(&self.text[from..], needles), needles),
            };
            let mut next = from + BLOCK;
            while mask != 0 {
                let at = from + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let byte = self.text[at];
                if byte == delimiter {
                    self.end_cell(at)?;
                    self.cell_start = at + 1;
                } else if byte == end_byte {
                    self.end_record(at)?;
                    self.cell_start = at + 1;
                } else if at == self.cell_start {
                    // The rest of the mask lies inside the quotes: go on behind the closing one.
                    next = self.quoted_cell(at)?;
                    break;
                }
            }
            from = next;
        }
        if self.cell_start < self.text.len() || self.column > 0 {
            self.end_record(self.text.len())?;
        }
        Ok(())
    }

    /// Skips the quoted cell that opens at `open`; returns the offset behind its closing quote.
    fn quoted_cell(&mut self, open: usize) -> Result<usize, CellError> {
        let quote = self.text[open];
        let mut escaped = false;
        let mut at = open + 1;
        loop {
            let rest = &self.text[at.min(self.text.len())..];
            let found = match self.dialect.escape {
                None => memchr(quote, rest),
                Some(escape) => memchr2(quote, escape, rest),
            };
            let Some(offset) = found else {
                return Err(self.error(CellErrorKind::Unclosed));
            };
            at += offset;
            let doubled = self.dialect.escape.is_none() && self.text.get(at + 1) == Some(&quote);
            if self.text[at] == quote && !doubled {
                break;
            }
            escaped = true;
            at += 2;
        }
        let behind = at + 1;
        let end_byte = self.dialect.terminator.byte();
        let ends = match self.text.get(behind) {
            None => true,
            Some(&byte) if byte == self.dialect.delimiter || byte == end_byte => true,
            Some(b'\r') => matches!(self.text.get(behind + 1), None | Some(b'\n')),
            Some(_) => false,
        };
        if !ends {
            return Err(self.error(CellErrorKind::AfterQuote));
        }
        self.quoted = Some(escaped);
        Ok(behind)
    }

    #[inline]
    fn end_cell(&mut self, end: usize) -> Result<(), CellError> {
        if self.column == self.columns {
            return Err(self.error(CellErrorKind::TooMany { expected: self.columns }));
        }
        let cell = match self.quoted.take() {
            None => Cell::plain(self.cell_start, end),
            Some(escaped) => Cell::quoted(self.cell_start, end, escaped),
        };
        self.cells.push(cell);
        self.column += 1;
        Ok(())
    }

    #[inline]
    fn end_record(&mut self, at: usize) -> Result<(), CellError> {
        // With a line feed as end, a carriage return before it belongs to the end and not to the cell.
        let carriage = self.dialect.terminator.byte() == b'\n' && at > self.cell_start && self.text[at - 1] == b'\r';
        let end = if carriage { at - 1 } else { at };
        if self.column == 0 && end == self.cell_start && self.columns > 1 {
            return Ok(());
        }
        self.end_cell(end)?;
        if self.column != self.columns {
            return Err(self.error(CellErrorKind::TooFew { expected: self.columns, found: self.column }));
        }
        self.column = 0;
        Ok(())
    }

    #[cold]
    fn error(&self, kind: CellErrorKind) -> CellError {
        CellError { kind, offset: self.cell_start, column: self.column }
    }
}

/// Fills the last, short block with a byte that is no needle.
fn padded(rest: &[u8], needles: [u8; 3]) -> [u8; BLOCK] {
    let filler = (0..=u8::MAX).find(|byte| !needles.contains(byte)).expect("three needles leave other bytes");
    let mut block = [filler; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::Terminator;

    fn values(text: &[u8], columns: usize) -> Result<Vec<Option<String>>, CellErrorKind> {
        let dialect = Dialect::default();
        let mut cells = Cells::default();
        let rows = tokenize(text, &dialect, columns, &mut cells).map_err(|error| error.kind)?;
        Ok((0..rows * columns)
            .map(|i| {
                cells
                    .cell(i / columns, i % columns)
                    .value(text, &dialect)
                    .map(|value| String::from_utf8_lossy(&value).into_owned())
            })
            .collect())
    }

    fn some(values: &[&str]) -> Vec<Option<String>> {
        values.iter().map(|value| Some((*value).to_owned())).collect()
    }

    #[test]
    fn null_and_empty_stay_apart() {
        assert_eq!(values(b",\"\"\n", 2), Ok(vec![None, Some(String::new())]));
    }

    #[test]
    fn the_last_record_needs_no_terminator() {
        assert_eq!(values(b"a,b\nc,d", 2), Ok(some(&["a", "b", "c", "d"])));
        assert_eq!(values(b"a,", 2), Ok(vec![Some("a".into()), None]));
        assert_eq!(values(b"a\r\nb\r\n", 1), Ok(some(&["a", "b"])));
    }

    #[test]
    fn quotes_protect_delimiters_and_line_breaks() {
        assert_eq!(values(b"\"a,\"\"b\"\"\n\",c\n", 2), Ok(some(&["a,\"b\"\n", "c"])));
        assert_eq!(values(b"5\" pipe,x\"y\n", 2), Ok(some(&["5\" pipe", "x\"y"])));
    }

    #[test]
    fn blank_lines_are_no_records_unless_there_is_one_column() {
        assert_eq!(values(b"a,b\n\r\n\nc,d\n\n", 2), Ok(some(&["a", "b", "c", "d"])));
        assert_eq!(values(b"a\n\nb\n", 1), Ok(vec![Some("a".into()), None, Some("b".into())]));
    }

    #[test]
    fn ragged_records_are_errors() {
        assert_eq!(values(b"a,b\nc\n", 2), Err(CellErrorKind::TooFew { expected: 2, found: 1 }));
        assert_eq!(values(b"a,b\nc,d,e\n", 2), Err(CellErrorKind::TooMany { expected: 2 }));
    }

    #[test]
    fn broken_quotes_are_errors_with_their_place() {
        assert_eq!(values(b"\"a\"b,c\n", 2), Err(CellErrorKind::AfterQuote));
        let mut cells = Cells::default();
        let error = tokenize(b"a,b\nc,\"d\n", &Dialect::default(), 2, &mut cells).expect_err("unclosed");
        assert_eq!(error, CellError { kind: CellErrorKind::Unclosed, offset: 6, column: 1 });
    }

    #[test]
    fn backslash_escapes_are_read() {
        let dialect = Dialect { escape: Some(b'\\'), ..Dialect::default() };
        let text = br#""a\"b\\",c"#;
        let mut cells = Cells::default();
        assert_eq!(tokenize(text, &dialect, 2, &mut cells), Ok(1));
        assert_eq!(cells.cell(0, 0).value(text, &dialect).as_deref(), Some(&br#"a"b\"#[..]));
        assert_eq!(tokenize(br#""a\"#, &dialect, 1, &mut cells).map_err(|e| e.kind), Err(CellErrorKind::Unclosed));
    }

    #[test]
    fn null_marker_is_null_only_unquoted() {
        let dialect = Dialect { null: Some(b"\\N".to_vec()), ..Dialect::default() };
        let text = b"\\N,\"\\N\",\n";
        let mut cells = Cells::default();
        assert_eq!(tokenize(text, &dialect, 3, &mut cells), Ok(1));
        assert_eq!(cells.cell(0, 0).value(text, &dialect), None);
        assert_eq!(cells.cell(0, 1).value(text, &dialect).as_deref(), Some(&b"\\N"[..]));
        assert_eq!(cells.cell(0, 2).value(text, &dialect).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn lone_carriage_returns_end_records_where_the_dialect_says_so() {
        let dialect = Dialect { terminator: Terminator::Cr, ..Dialect::default() };
        let mut cells = Cells::default();
        assert_eq!(tokenize(b"a,b\rc,\"\r\"\r", &dialect, 2, &mut cells), Ok(2));
    }

    #[test]
    fn long_cells_cross_blocks() {
        let long = "x".repeat(500);
        let text = format!("{long},\"{long}\"\"{long}\"\n{long},y\n");
        let read = values(text.as_bytes(), 2).expect("valid");
        assert_eq!(read[1].as_ref().map(String::len), Some(1001));
        assert_eq!(read[3].as_deref(), Some("y"));
    }
}
