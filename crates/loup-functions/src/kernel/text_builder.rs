//! Builds a text column of any encoding in one pass, into buffers of its own: a result never aliases its input.
#![expect(unsafe_code, reason = "the builder's own methods write UTF-8 only, so a second validation is skipped")]

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, ByteView, GenericStringArray, NullBufferBuilder, OffsetSizeTrait, StringViewArray,
};
use datafusion::arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, internal_err};

use crate::digits::digits;

/// Text of this length or less stands inside its view.
const INLINE: usize = 12;
/// A view's buffer is closed once it holds this much: offsets inside one are 31 bits.
const BUFFER: usize = 1 << 28;

/// Where the rows end.
enum Rows {
    View { views: Vec<u128>, closed: Vec<Buffer> },
    Small(Vec<i32>),
    Large(Vec<i64>),
}

/// A text column under construction: append to the current row, then finish it.
pub(crate) struct TextBuilder {
    data: Vec<u8>,
    start: usize,
    null: bool,
    rows: Rows,
    nulls: NullBufferBuilder,
}

impl TextBuilder {
    /// Starts a column of a text type for about `rows` rows of about `bytes` bytes each.
    pub(crate) fn new(data_type: &DataType, rows: usize, bytes: usize) -> Result<Self> {
        let ends = match data_type {
            DataType::Utf8View => Rows::View { views: Vec::with_capacity(rows), closed: Vec::new() },
            DataType::Utf8 => Rows::Small(first_offset(rows)),
            DataType::LargeUtf8 => Rows::Large(first_offset(rows)),
            other => return internal_err!("a text column cannot be of type {other}"),
        };
        let data = Vec::with_capacity(rows * bytes);
        Ok(Self { data, start: 0, null: false, rows: ends, nulls: NullBufferBuilder::new(rows) })
    }

    /// Appends text to the current row.
    #[inline]
    pub(crate) fn push_str(&mut self, text: &str) {
        self.data.extend_from_slice(text.as_bytes());
    }

    /// Appends one character to the current row.
    #[inline]
    pub(crate) fn push_char(&mut self, c: char) {
        if c.is_ascii() {
            self.data.push(c as u8);
            return;
        }
        let mut buffer = [0; 4];
        self.push_str(c.encode_utf8(&mut buffer));
    }

    /// Appends `len` ASCII bytes that `write` fills in.
    ///
    /// # Panics
    /// If `write` leaves a byte that is not ASCII: a bug in the caller.
    #[inline]
    pub(crate) fn push_ascii(&mut self, len: usize, write: impl FnOnce(&mut [u8])) {
        let from = self.data.len();
        self.data.resize(from + len, 0);
        write(&mut self.data[from..]);
        assert!(self.data[from..].is_ascii(), "push_ascii writes ASCII");
    }

    /// Appends a whole number in decimal digits, with zeros in front where it has fewer than `least`.
    #[inline]
    pub(crate) fn push_number(&mut self, number: u32, least: usize) {
        self.data.extend_from_slice(digits(number, least, &mut [0; 10]));
    }

    /// Returns the current row so far.
    #[inline]
    pub(crate) fn row(&self) -> &[u8] {
        &self.data[self.start..]
    }

    /// Empties the current row.
    pub(crate) fn clear_row(&mut self) {
        self.data.truncate(self.start);
    }

    /// Makes the current row NULL.
    #[inline]
    pub(crate) fn set_null(&mut self) {
        self.null = true;
    }

    /// Ends the current row.
    #[inline]
    pub(crate) fn finish_row(&mut self) -> Result<()> {
        if self.null {
            self.data.truncate(self.start);
            self.nulls.append_null();
            self.null = false;
        } else {
            self.nulls.append_non_null();
        }
        match &mut self.rows {
            Rows::View { views, closed } => {
                let text = &self.data[self.start..];
                if text.len() <= INLINE {
                    let mut view = [0; 16];
                    view[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
                    view[4..4 + text.len()].copy_from_slice(text);
                    views.push(u128::from_le_bytes(view));
                    self.data.truncate(self.start);
                } else {
                    let Ok(length) = i32::try_from(text.len()) else {
                        return exec_err!("a text of more than 2 GiB does not fit a column");
                    };
                    let view = ByteView::new(length as u32, &text[..4])
                        .with_buffer_index(closed.len() as u32)
                        .with_offset(self.start as u32);
                    views.push(view.as_u128());
                    if self.data.len() >= BUFFER {
                        closed.push(Buffer::from_vec(std::mem::take(&mut self.data)));
                    }
                }
            }
            Rows::Small(ends) => match i32::try_from(self.data.len()) {
                Ok(end) => ends.push(end),
                Err(_) => return exec_err!("a batch of more than 2 GiB of text does not fit Utf8; use Utf8View"),
            },
            Rows::Large(ends) => ends.push(self.data.len() as i64),
        }
        self.start = self.data.len();
        Ok(())
    }

    /// Returns the column.
    pub(crate) fn finish(mut self) -> ArrayRef {
        let nulls = self.nulls.finish();
        match self.rows {
            Rows::View { views, mut closed } => {
                if !self.data.is_empty() {
                    closed.push(Buffer::from_vec(self.data));
                }
                // SAFETY: every view was made in finish_row from bytes of the buffer it names; rows are written by
                // push_str, push_char and push_ascii only, hence UTF-8, and never cut but as a whole.
                Arc::new(unsafe { StringViewArray::new_unchecked(ScalarBuffer::from(views), closed, nulls) })
            }
            Rows::Small(ends) => text_array::<i32>(ends, self.data, nulls),
            Rows::Large(ends) => text_array::<i64>(ends, self.data, nulls),
        }
    }
}

impl fmt::Write for TextBuilder {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

fn first_offset<O: OffsetSizeTrait>(rows: usize) -> Vec<O> {
    let mut ends = Vec::with_capacity(rows + 1);
    ends.push(O::default());
    ends
}

fn text_array<O: OffsetSizeTrait>(ends: Vec<O>, data: Vec<u8>, nulls: Option<NullBuffer>) -> ArrayRef {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    // SAFETY: rows are written by push_str, push_char and push_ascii only, hence UTF-8 between any two offsets.
    Arc::new(unsafe { GenericStringArray::<O>::new_unchecked(offsets, Buffer::from_vec(data), nulls) })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::compute::cast;

    use super::*;

    fn build(data_type: &DataType) -> ArrayRef {
        let mut out = TextBuilder::new(data_type, 4, 8).expect("a text type");
        out.push_str("longer than twelve bytes: ");
        out.push_char('é');
        out.finish_row().expect("fits");
        out.push_str("dropped");
        out.set_null();
        out.finish_row().expect("fits");
        out.push_ascii(3, |bytes| bytes.copy_from_slice(b"abc"));
        out.finish_row().expect("fits");
        out.push_str("x");
        out.clear_row();
        out.finish_row().expect("fits");
        out.finish()
    }

    #[test]
    fn every_encoding_holds_the_same_valid_text() {
        for data_type in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let array = build(&data_type);
            array.to_data().validate_full().expect("valid Arrow data");
            let text = cast(&array, &DataType::Utf8).expect("text");
            let rows: Vec<_> = text.as_string::<i32>().iter().collect();
            assert_eq!(rows, [Some("longer than twelve bytes: é"), None, Some("abc"), Some("")]);
        }
    }

    #[test]
    fn a_row_that_is_not_ascii_panics() {
        let written = std::panic::catch_unwind(|| {
            let mut out = TextBuilder::new(&DataType::Utf8, 1, 1).expect("a text type");
            out.push_ascii(1, |bytes| bytes[0] = 0xff);
        });
        assert!(written.is_err());
    }
}
