//! Columns of views on bytes that were read.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryViewArray, StringViewArray, make_view};
use datafusion::arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};

/// Bytes that stand inside a view.
const INLINE: usize = 12;

/// Returns the view on `text[start..end]`, where `text` is buffer 0; the same as [`make_view`], without its branch a length.
#[inline]
pub(crate) fn view(text: &[u8], start: usize, end: usize) -> u128 {
    let length = end - start;
    let Some(head) = text[start..].first_chunk::<INLINE>() else {
        return make_view(&text[start..end], 0, start as u32);
    };
    let mut bytes = [0; 16];
    bytes[4..].copy_from_slice(head);
    let head = u128::from_le_bytes(bytes);
    if length <= INLINE {
        // Bits above the length and the cell's own bytes are zero in an inline view.
        let used = u128::MAX >> (8 * (INLINE - length));
        return head & used | length as u128;
    }
    head & u128::from(u64::MAX) | length as u128 | (start as u128) << 96
}

/// A column under construction: ranges of one buffer, and values that are written beside it.
pub(crate) struct ViewBuilder<'a> {
    source: &'a Buffer,
    views: Vec<u128>,
    nulls: Option<Vec<bool>>,
    beside: Vec<u8>,
    rows: usize,
}

impl<'a> ViewBuilder<'a> {
    /// Starts a column of `rows` rows over `source`, which is shorter than 4 GiB.
    pub(crate) fn new(source: &'a Buffer, rows: usize) -> Self {
        Self { source, views: Vec::with_capacity(rows), nulls: None, beside: Vec::new(), rows }
    }

    /// Appends NULL.
    pub(crate) fn push_null(&mut self) {
        let rows = self.rows;
        self.nulls.get_or_insert_with(|| vec![true; rows])[self.views.len()] = false;
        self.views.push(0);
    }

    /// Appends a range of the source.
    #[inline]
    pub(crate) fn push_range(&mut self, start: usize, end: usize) {
        self.views.push(view(self.source, start, end));
    }

    /// Appends what `write` appends to a buffer.
    pub(crate) fn push_with<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let start = self.beside.len();
        write(&mut self.beside)?;
        self.views.push(make_view(&self.beside[start..], 1, start as u32));
        Ok(())
    }

    fn parts(self) -> (ScalarBuffer<u128>, Vec<Buffer>, Option<NullBuffer>) {
        let mut buffers = vec![self.source.clone()];
        if !self.beside.is_empty() {
            buffers.push(Buffer::from(self.beside));
        }
        (ScalarBuffer::from(self.views), buffers, self.nulls.map(NullBuffer::from))
    }

    /// Returns the column as bytes.
    pub(crate) fn finish_binary(self) -> ArrayRef {
        let (views, buffers, nulls) = self.parts();
        Arc::new(BinaryViewArray::try_new(views, buffers, nulls).expect("views are made of slices of their buffers"))
    }

    /// Returns the column as text.
    ///
    /// # Errors
    /// Returns the first row whose value is not UTF-8.
    pub(crate) fn finish_text(self) -> Result<ArrayRef, usize> {
        let (views, buffers, nulls) = self.parts();
        match StringViewArray::try_new(views.clone(), buffers.clone(), nulls.clone()) {
            Ok(array) => Ok(Arc::new(array)),
            Err(_) => {
                let bytes = BinaryViewArray::try_new(views, buffers, nulls).expect("slices of their buffers");
                let is_bad = |value: Option<&[u8]>| value.is_some_and(|value| std::str::from_utf8(value).is_err());
                Err(bytes.iter().position(is_bad).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Array, AsArray};

    use super::*;

    #[test]
    fn views_are_those_of_arrow() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for start in 0..=text.len() {
            for end in start..=text.len() {
                assert_eq!(view(text, start, end), make_view(&text[start..end], 0, start as u32), "{start}..{end}");
            }
        }
    }

    #[test]
    fn ranges_written_values_and_nulls_stand_side_by_side() {
        let source = Buffer::from(b"a short one and a rather long one".to_vec());
        let mut column = ViewBuilder::new(&source, 4);
        column.push_range(2, 7);
        column.push_null();
        column.push_range(16, 33);
        let write = |out: &mut Vec<u8>| {
            out.extend_from_slice(b"written beside the source");
            Ok::<_, ()>(())
        };
        column.push_with(write).unwrap();
        let array = column.finish_text().unwrap();
        array.to_data().validate_full().unwrap();
        let values: Vec<_> = array.as_string_view().iter().collect();
        assert_eq!(values, [Some("short"), None, Some("a rather long one"), Some("written beside the source")]);
    }

    #[test]
    fn text_that_is_not_utf8_is_found_with_its_row() {
        let source = Buffer::from(b"fine\xff\xfe".to_vec());
        let mut column = ViewBuilder::new(&source, 3);
        column.push_range(0, 4);
        column.push_range(4, 6);
        column.push_null();
        assert_eq!(column.finish_text().map(|_| ()), Err(1));
    }
}
