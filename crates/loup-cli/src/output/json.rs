//! JSON, one object a line (NDJSON): streams without end, and results can follow each other.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Result;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::{ResultWriter, cannot_print};

/// Streams rows as JSON objects with every column, NULL as `null`.
#[derive(Debug, Default)]
pub(super) struct JsonWriter {
    lines: Vec<u8>,
}

impl ResultWriter for JsonWriter {
    fn start(&mut self, _schema: &Schema, _out: &mut dyn Write) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<ControlFlow<()>> {
        let batch = unpack_dictionaries(batch)?;
        self.lines.clear();
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut self.lines);
        writer.write(&batch).and_then(|()| writer.finish()).map_err(|_| cannot_print("json"))?;
        out.write_all(&self.lines)?;
        Ok(ControlFlow::Continue(()))
    }

    fn finish(&mut self, _out: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// Replaces dictionaries by their values: Arrow's writer takes a NULL among the values for an empty text.
fn unpack_dictionaries(batch: &RecordBatch) -> Result<RecordBatch> {
    let mut fields = batch.schema().fields().to_vec();
    let mut columns = batch.columns().to_vec();
    for (field, column) in fields.iter_mut().zip(&mut columns) {
        if let DataType::Dictionary(_, values) = field.data_type() {
            *column = cast(column, values).map_err(|_| cannot_print("json"))?;
            *field = Arc::new(Field::new(field.name(), values.as_ref().clone(), true));
        }
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let schema = Arc::new(Schema::new(fields));
    RecordBatch::try_new_with_options(schema, columns, &rows).map_err(|_| cannot_print("json"))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array};
    use datafusion::arrow::array::{StringArray, StringViewArray};

    use super::*;

    fn json(columns: Vec<(&str, ArrayRef)>) -> String {
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
        let mut out = Vec::new();
        let _ = JsonWriter::default().batch(&batch, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn null_and_empty_text_stay_apart() {
        let text = Arc::new(StringViewArray::from(vec![Some(""), None]));
        assert_eq!(json(vec![("t", text)]), "{\"t\":\"\"}\n{\"t\":null}\n");
    }

    #[test]
    fn text_is_escaped_and_unicode_kept() {
        let text = Arc::new(StringArray::from(vec!["say \"hi\"\n\\ \u{1} Žofie 😀"]));
        assert_eq!(json(vec![("größe", text)]), "{\"größe\":\"say \\\"hi\\\"\\n\\\\ \\u0001 Žofie 😀\"}\n");
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        let wide = Arc::new(Int64Array::from(vec![i64::MIN]));
        let not_a_number = Arc::new(Float64Array::from(vec![f64::NAN]));
        assert_eq!(json(vec![("n", wide), ("f", not_a_number)]), "{\"n\":-9223372036854775808,\"f\":null}\n");
    }

    #[test]
    fn null_inside_a_dictionary_is_null() {
        let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some("x")]));
        let dictionary = Arc::new(DictionaryArray::new(Int32Array::from(vec![Some(0), Some(1), None]), values));
        assert_eq!(json(vec![("d", dictionary)]), "{\"d\":null}\n{\"d\":\"x\"}\n{\"d\":null}\n");
    }
}
