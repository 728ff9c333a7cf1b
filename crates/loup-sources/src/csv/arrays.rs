//! Builds Arrow columns whose values are views on the bytes that were read.
#![expect(unsafe_code, reason = "views on text that was validated once are built without validating each again")]

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray, make_view};
use datafusion::arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use loup_text::csv::{Cells, Dialect};

use crate::views::view;

/// The text of a segment, known to be UTF-8.
#[derive(Debug, Clone)]
pub(super) struct Text {
    buffer: Buffer,
}

impl Text {
    /// Takes bytes that are valid UTF-8; else returns the offset of the first that is not.
    pub(super) fn new(bytes: bytes::Bytes) -> Result<Self, usize> {
        match simdutf8::basic::from_utf8(&bytes) {
            Ok(_) => Ok(Self { buffer: Buffer::from(bytes) }),
            Err(_) => Err(std::str::from_utf8(&bytes).err().map_or(0, |error| error.valid_up_to())),
        }
    }

    /// Returns the bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Returns the values of a column: NULL where the dialect says so, without quotes and escapes.
    pub(super) fn values(&self, cells: &Cells, column: usize, rows: Range<usize>, dialect: &Dialect) -> ArrayRef {
        let text = self.bytes();
        let mut views = Vec::with_capacity(rows.len());
        let mut nulls = None;
        let mut unescaped = Vec::new();
        for (row, cell) in cells.column(column, rows.clone()).enumerate() {
            if cell.is_null(text, dialect) {
                nulls.get_or_insert_with(|| vec![true; rows.len()])[row] = false;
                views.push(0);
            } else if cell.is_escaped() {
                let start = unescaped.len();
                cell.unescape_into(text, dialect, &mut unescaped);
                views.push(make_view(&unescaped[start..], 1, start as u32));
            } else {
                let trim = usize::from(cell.is_quoted());
                views.push(view(text, cell.start() + trim, cell.end() - trim));
            }
        }
        let mut buffers = vec![self.buffer.clone()];
        if !unescaped.is_empty() {
            buffers.push(Buffer::from(unescaped));
        }
        Self::array(views, buffers, nulls.map(NullBuffer::from))
    }

    /// Returns the cells of a column as they stand in the file.
    pub(super) fn raw(&self, cells: &Cells, column: usize, rows: Range<usize>) -> ArrayRef {
        let text = self.bytes();
        let views = cells.column(column, rows).map(|cell| view(text, cell.start(), cell.end())).collect();
        Self::array(views, vec![self.buffer.clone()], None)
    }

    fn array(views: Vec<u128>, buffers: Vec<Buffer>, nulls: Option<NullBuffer>) -> ArrayRef {
        // SAFETY: every view was made by `make_view` from a slice of the buffer it names, at that slice's offset. Cells
        // are cut at ASCII bytes of text that is valid UTF-8, and removing ASCII bytes keeps it so; NULL rows have the
        // empty view.
        let array = unsafe { StringViewArray::new_unchecked(ScalarBuffer::from(views), buffers, nulls) };
        Arc::new(array)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Array, AsArray};
    use loup_text::csv::tokenize;

    use super::*;

    #[test]
    fn values_and_raw_bytes_of_every_kind_of_cell() {
        let source = "short,\"\",,\"a long value in quotes, with a comma\",\"say \"\"François\"\"\"\n";
        let text = Text::new(bytes::Bytes::from(source)).expect("utf-8");
        let dialect = Dialect::default();
        let mut cells = Cells::default();
        assert_eq!(tokenize(text.bytes(), &dialect, 5, &mut cells), Ok(1));
        let value = |column| text.values(&cells, column, 0..1, &dialect);
        let raw = |column| text.raw(&cells, column, 0..1);
        assert_eq!(value(0).as_string_view().value(0), "short");
        assert_eq!((value(1).is_null(0), value(1).as_string_view().value(0)), (false, ""));
        assert!(value(2).is_null(0));
        assert_eq!(value(3).as_string_view().value(0), "a long value in quotes, with a comma");
        assert_eq!(value(4).as_string_view().value(0), "say \"François\"");
        assert_eq!(raw(4).as_string_view().value(0), "\"say \"\"François\"\"\"");
        assert_eq!((raw(2).is_null(0), raw(2).as_string_view().value(0)), (false, ""));
        for column in 0..5 {
            value(column).to_data().validate_full().expect("valid array");
            raw(column).to_data().validate_full().expect("valid array");
        }
    }

    #[test]
    fn bad_utf8_is_found_with_its_offset() {
        assert_eq!(Text::new(bytes::Bytes::from_static(b"ab\xffc")).map(|_| ()), Err(2));
    }
}
