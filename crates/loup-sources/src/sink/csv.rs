//! Encodes batches as CSV: raw cells as they are, values as the dialect needs.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use datafusion::arrow::buffer::{Buffer, NullBuffer};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result as DataFusionResult;
use loup_text::csv::{BOM, Dialect, EncodeError, Encoder};

use super::POOLED;
use crate::error::SourceError;
use crate::pool::{Pool, Pooled};

/// One column of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvColumn {
    /// Its header cell: bytes from a source's header, or a name to encode.
    pub header: Result<Vec<u8>, String>,
    /// Whether the plan's column holds raw cells of a source in the same dialect.
    pub is_raw: bool,
}

/// Encodes the first columns of batches as CSV records.
#[derive(Debug)]
pub struct CsvEncoder {
    columns: Vec<CsvColumn>,
    encoder: Encoder,
    pool: Arc<Pool>,
}

impl CsvEncoder {
    /// Prepares an encoder for a plan whose first columns are `columns`.
    pub fn new(columns: Vec<CsvColumn>, dialect: Dialect) -> Self {
        Self { columns, encoder: Encoder::new(dialect), pool: Pool::new(POOLED) }
    }

    /// Returns the first record of a file.
    ///
    /// # Errors
    /// Returns an error where a name needs quotes and the dialect has none.
    pub fn header(&self, has_bom: bool) -> Result<Vec<u8>, SourceError> {
        let mut out = if has_bom { BOM.to_vec() } else { Vec::new() };
        for (number, column) in self.columns.iter().enumerate() {
            if number > 0 {
                out.push(self.encoder.dialect().delimiter);
            }
            match &column.header {
                Ok(raw) => out.extend_from_slice(raw),
                Err(name) => self
                    .encoder
                    .value(name.as_bytes(), &mut out)
                    .map_err(|error| SourceError::Encode { column: name.clone(), problem: error.to_string() })?,
            }
        }
        out.extend_from_slice(self.encoder.dialect().terminator.as_bytes());
        Ok(out)
    }

    /// Returns the records of a batch.
    pub(crate) fn encode(&self, batch: &RecordBatch) -> DataFusionResult<Pooled> {
        let text = batch
            .columns()
            .iter()
            .zip(&self.columns)
            .zip(batch.schema_ref().fields())
            .map(|((array, _), field)| as_text(array, field.name()))
            .collect::<DataFusionResult<Vec<_>>>()?;
        let delimiter = self.encoder.dialect().delimiter;
        let terminator = self.encoder.dialect().terminator.as_bytes();
        let mut out = self.pool.take();
        out.clear();
        out.reserve(estimate(&text, batch.num_rows()));
        let cells: Vec<_> =
            text.iter().zip(&self.columns).map(|(array, column)| Cells::of(array, column.is_raw)).collect();
        for row in 0..batch.num_rows() {
            for (number, cells) in cells.iter().enumerate() {
                if number > 0 {
                    out.push(delimiter);
                }
                if cells.is_raw {
                    cells.append(row, &mut out);
                } else if cells.nulls.is_some_and(|nulls| nulls.is_null(row)) {
                    self.encoder.null(&mut out);
                } else {
                    let view = cells.views[row].to_le_bytes();
                    self.encoder
                        .value(cells.bytes(&view), &mut out)
                        .map_err(|error| unwritable(batch, number, error))?;
                }
            }
            out.extend_from_slice(terminator);
        }
        Ok(out)
    }
}

/// Bytes that stand inside a view.
const INLINE: usize = 12;

/// A column's parts, so that the loop over rows does not take the array apart for each cell.
struct Cells<'a> {
    views: &'a [u128],
    buffers: &'a [Buffer],
    nulls: Option<&'a NullBuffer>,
    is_raw: bool,
}

impl<'a> Cells<'a> {
    fn of(array: &'a StringViewArray, is_raw: bool) -> Self {
        Self { views: array.views(), buffers: array.data_buffers(), nulls: array.nulls(), is_raw }
    }

    /// Returns the bytes that a view stands for.
    #[inline]
    fn bytes<'b>(&'b self, view: &'b [u8; 16]) -> &'b [u8] {
        let word = |at: usize| u32::from_le_bytes([view[at], view[at + 1], view[at + 2], view[at + 3]]) as usize;
        let length = word(0);
        if length <= INLINE { &view[4..4 + length] } else { &self.buffers[word(8)][word(12)..word(12) + length] }
    }

    /// Appends a cell as it is.
    #[inline]
    fn append(&self, row: usize, out: &mut Vec<u8>) {
        let view = self.views[row].to_le_bytes();
        let length = u32::from_le_bytes([view[0], view[1], view[2], view[3]]) as usize;
        if length <= INLINE {
            // A copy of fixed length is a store or two; what is too much goes again.
            out.extend_from_slice(&view[4..]);
            out.truncate(out.len() - (INLINE - length));
        } else {
            out.extend_from_slice(self.bytes(&view));
        }
    }
}

fn unwritable(batch: &RecordBatch, column: usize, error: EncodeError) -> SourceError {
    SourceError::Encode { column: batch.schema_ref().field(column).name().clone(), problem: error.to_string() }
}

/// Guesses the bytes of the records, so that the buffer rarely grows.
fn estimate(text: &[Cow<'_, StringViewArray>], rows: usize) -> usize {
    let sample = rows.min(64);
    let sampled: usize =
        text.iter().flat_map(|array| array.lengths().take(sample)).map(|bytes| bytes as usize + 1).sum();
    sampled * rows / sample.max(1) * 9 / 8 + 64
}

/// Returns the values of any scalar type as text: dates and timestamps ISO 8601, binary as hex.
fn as_text<'a>(array: &'a ArrayRef, column: &str) -> DataFusionResult<Cow<'a, StringViewArray>> {
    if let Some(text) = array.as_string_view_opt() {
        return Ok(Cow::Borrowed(text));
    }
    let data_type = array.data_type();
    if data_type.is_nested() && !matches!(data_type, DataType::Dictionary(..)) {
        let problem = format!("{data_type} has no form in CSV; write Parquet or NDJSON, or make it text");
        return Err(SourceError::Encode { column: column.to_owned(), problem }.into());
    }
    if data_type.is_binary() || !can_cast_types(data_type, &DataType::Utf8View) {
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(array, &options)?;
        let text = (0..array.len()).map(|row| array.is_valid(row).then(|| formatter.value(row).to_string()));
        return Ok(Cow::Owned(text.collect()));
    }
    Ok(Cow::Owned(cast(array, &DataType::Utf8View)?.as_string_view().clone()))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Date32Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn raw_cells_stay_and_values_are_encoded() {
        let batch = RecordBatch::try_from_iter([
            ("raw", Arc::new(StringViewArray::from(vec!["\"kept\"", ""])) as ArrayRef),
            ("text", Arc::new(StringArray::from(vec![Some("a,b"), Some("")]))),
            ("n", Arc::new(Int64Array::from(vec![Some(7), None]))),
            ("d", Arc::new(Date32Array::from(vec![0, 1]))),
        ])
        .unwrap();
        let column = |name: &str, is_raw| CsvColumn { header: Err(name.to_owned()), is_raw };
        let columns = vec![column("raw", true), column("te,xt", false), column("n", false), column("d", false)];
        let encoder = CsvEncoder::new(columns, Dialect::default());
        assert_eq!(encoder.header(true).unwrap(), b"\xef\xbb\xbfraw,\"te,xt\",n,d\n");
        let text = String::from_utf8(encoder.encode(&batch).unwrap().to_vec()).unwrap();
        assert_eq!(text, "\"kept\",\"a,b\",7,1970-01-01\n,\"\",,1970-01-02\n");
    }
}
