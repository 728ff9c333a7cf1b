//! CSV as it is read back: NULL is an unquoted empty cell, the empty text is `""`.

use std::fmt::Write as _;
use std::io::Write;
use std::ops::ControlFlow;

use anyhow::Result;
use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{ResultWriter, cannot_print};

/// Streams rows as comma-separated values with a header, lines ending in a newline.
#[derive(Debug, Default)]
pub(super) struct CsvWriter {
    cell: String,
    line: String,
}

impl ResultWriter for CsvWriter {
    fn start(&mut self, schema: &Schema, out: &mut dyn Write) -> Result<()> {
        self.line.clear();
        for (i, field) in schema.fields().iter().enumerate() {
            if i > 0 {
                self.line.push(',');
            }
            push_cell(&mut self.line, field.name());
        }
        self.line.push('\n');
        Ok(out.write_all(self.line.as_bytes())?)
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<ControlFlow<()>> {
        // A cell that cannot be written is an error here, not a text about the error among the data.
        let options = FormatOptions::new().with_display_error(false);
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((ArrayFormatter::try_new(column, &options)?, column.logical_nulls())))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (i, (values, nulls)) in columns.iter().enumerate() {
                if i > 0 {
                    self.line.push(',');
                }
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    continue;
                }
                self.cell.clear();
                write!(self.cell, "{}", values.value(row)).map_err(|_| cannot_print("csv"))?;
                push_cell(&mut self.line, &self.cell);
            }
            self.line.push('\n');
            out.write_all(self.line.as_bytes())?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn finish(&mut self, _out: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// Appends a text that is not NULL, quoted where it must be.
fn push_cell(line: &mut String, text: &str) {
    if !text.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        line.push_str(text);
        return;
    }
    line.push('"');
    for (i, part) in text.split('"').enumerate() {
        if i > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, BooleanArray, DictionaryArray, Int32Array, Int64Array, StringArray};
    use datafusion::arrow::array::{Date32Array, Date64Array, Decimal128Array, Float64Array, StringViewArray};

    use super::*;

    fn csv(columns: Vec<(&str, ArrayRef)>) -> Result<String> {
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
        let mut out = Vec::new();
        let mut writer = CsvWriter::default();
        writer.start(&batch.schema(), &mut out)?;
        let _ = writer.batch(&batch, &mut out)?;
        writer.finish(&mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn null_and_empty_text_stay_apart() {
        let text = Arc::new(StringViewArray::from(vec![Some(""), None, Some("NULL")]));
        let number = Arc::new(Int64Array::from(vec![None, Some(-1), Some(0)]));
        assert_eq!(csv(vec![("t", text), ("n", number)]).unwrap(), "t,n\n\"\",\n,-1\nNULL,0\n");
    }

    #[test]
    fn null_inside_a_dictionary_is_null() {
        let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some(""), Some("x")]));
        let keys = Int32Array::from(vec![Some(0), Some(1), Some(2), None]);
        let dictionary: ArrayRef = Arc::new(DictionaryArray::new(keys, values));
        assert_eq!(
            csv(vec![("a", Arc::clone(&dictionary)), ("b", dictionary)]).unwrap(),
            "a,b\n,\n\"\",\"\"\nx,x\n,\n"
        );
    }

    #[test]
    fn only_cells_that_need_quotes_have_them() {
        let cells = ["plain", "a,b", "say \"hi\"", "\"", "two\nlines", "cr\rlf", " blank ", "00123", "1.50"];
        let column = Arc::new(StringArray::from(cells.to_vec()));
        let expected =
            "x\nplain\n\"a,b\"\n\"say \"\"hi\"\"\"\n\"\"\"\"\n\"two\nlines\"\n\"cr\rlf\"\n blank \n00123\n1.50\n";
        assert_eq!(csv(vec![("x", column)]).unwrap(), expected);
    }

    #[test]
    fn unicode_and_odd_column_names_pass() {
        let column = Arc::new(StringArray::from(vec!["Žofie 😀 नमस्ते"]));
        assert_eq!(csv(vec![("größe, \"m\"", column)]).unwrap(), "\"größe, \"\"m\"\"\"\nŽofie 😀 नमस्ते\n");
    }

    #[test]
    fn other_types_have_their_plain_form() {
        let decimal = Decimal128Array::from(vec![1050]).with_precision_and_scale(10, 2).unwrap();
        let row = csv(vec![
            ("d", Arc::new(Date32Array::from(vec![0]))),
            ("f", Arc::new(Float64Array::from(vec![0.1]))),
            ("b", Arc::new(BooleanArray::from(vec![true]))),
            ("m", Arc::new(decimal)),
        ]);
        assert_eq!(row.unwrap(), "d,f,b,m\n1970-01-01,0.1,true,10.50\n");
    }

    #[test]
    fn a_value_without_a_form_is_an_error_that_does_not_quote_it() {
        let error = csv(vec![("d", Arc::new(Date64Array::from(vec![i64::MAX])))]).unwrap_err();
        assert!(!format!("{error:?}").contains("9223372036854775807"), "{error:?}");
    }
}
