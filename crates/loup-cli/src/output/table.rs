//! A table to look at, in blocks of bounded size.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Result;
use datafusion::arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::util::pretty::pretty_format_batches;

use super::{ResultWriter, cannot_print};

/// Rows that share one set of column widths, and that are held in memory.
const BLOCK_ROWS: usize = 8192;

/// Draws rows as a table: up to a limit where somebody watches, else block after block.
#[derive(Debug)]
pub(super) struct TableWriter {
    limit: Option<usize>,
    schema: SchemaRef,
    held: Vec<RecordBatch>,
    held_rows: usize,
    blocks: usize,
}

impl TableWriter {
    /// Makes a writer that shows at most `limit` rows; the limit is below a block.
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, schema: Arc::new(Schema::empty()), held: Vec::new(), held_rows: 0, blocks: 0 }
    }

    fn hold(&mut self, batch: &RecordBatch) -> Result<()> {
        self.held.push(as_text(batch, &self.schema)?);
        self.held_rows += batch.num_rows();
        Ok(())
    }

    fn draw(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.held.is_empty() {
            self.held.push(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        let table = pretty_format_batches(&self.held).map_err(|_| cannot_print("a table"))?;
        writeln!(out, "{table}")?;
        self.held.clear();
        self.held_rows = 0;
        self.blocks += 1;
        Ok(())
    }
}

impl ResultWriter for TableWriter {
    fn start(&mut self, schema: &Schema, _out: &mut dyn Write) -> Result<()> {
        let text = |field: &Arc<Field>| Field::new(printable(field.name()), DataType::Utf8, true);
        self.schema = Arc::new(Schema::new(schema.fields().iter().map(text).collect::<Vec<_>>()));
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<ControlFlow<()>> {
        let mut at = 0;
        while at < batch.num_rows() {
            let room = self.limit.unwrap_or(BLOCK_ROWS) - self.held_rows;
            if room == 0 {
                match self.limit {
                    Some(_) => return Ok(ControlFlow::Break(())),
                    None => self.draw(out)?,
                }
                continue;
            }
            let rows = room.min(batch.num_rows() - at);
            self.hold(&batch.slice(at, rows))?;
            at += rows;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.held_rows > 0 || self.blocks == 0 { self.draw(out) } else { Ok(()) }
    }
}

/// Turns every cell into the text shown, so that what is held keeps no input buffer alive.
fn as_text(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(column_as_text).collect::<Result<Vec<_>>>()?;
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &rows).map_err(|_| cannot_print("a table"))
}

fn column_as_text(column: &ArrayRef) -> Result<ArrayRef> {
    let options = FormatOptions::new().with_display_error(false);
    let values = ArrayFormatter::try_new(column, &options).map_err(|_| cannot_print("a table"))?;
    let nulls = column.logical_nulls();
    let mut texts = StringBuilder::with_capacity(column.len(), column.len() * 16);
    let mut cell = String::new();
    for row in 0..column.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            texts.append_value("NULL");
            continue;
        }
        cell.clear();
        write!(cell, "{}", values.value(row)).map_err(|_| cannot_print("a table"))?;
        texts.append_value(printable(&cell));
    }
    let texts: StringArray = texts.finish();
    Ok(Arc::new(texts))
}

/// Escapes control characters but newlines: a cell must not drive the terminal that shows it.
fn printable(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == '\n' || !c.is_control();
    if text.chars().all(harmless) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmless(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.escape_default());
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int32Array, StringViewArray};

    use super::*;

    fn table(writer: &mut TableWriter, batches: &[RecordBatch]) -> String {
        let mut out = Vec::new();
        writer.start(&batches[0].schema(), &mut out).unwrap();
        for batch in batches {
            if writer.batch(batch, &mut out).unwrap().is_break() {
                break;
            }
        }
        writer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn texts(values: &[Option<&str>]) -> RecordBatch {
        let column: ArrayRef = Arc::new(StringViewArray::from(values.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("x", column, true)]).unwrap()
    }

    #[test]
    fn null_is_named_and_empty_text_is_blank() {
        let drawn = table(&mut TableWriter::new(None), &[texts(&[None, Some("")])]);
        assert_eq!(drawn, "+------+\n| x    |\n+------+\n| NULL |\n|      |\n+------+\n");
    }

    #[test]
    fn a_cell_cannot_drive_the_terminal() {
        let drawn = table(&mut TableWriter::new(None), &[texts(&[Some("\u{1b}[2Jgone\tx\u{9b}"), Some("Žofie")])]);
        assert!(!drawn.contains(['\u{1b}', '\t', '\u{9b}']), "{drawn:?}");
        assert!(drawn.contains("\\u{1b}[2Jgone\\tx\\u{9b}") && drawn.contains("Žofie"), "{drawn}");
    }

    #[test]
    fn memory_is_bounded_by_blocks() {
        let column: ArrayRef = Arc::new(Int32Array::from_iter_values(0..20_000));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let drawn = table(&mut TableWriter::new(None), &[batch]);
        assert_eq!(drawn.matches("| n ").count(), 3);
        assert!(drawn.contains("| 0 ") && drawn.contains("| 8192 ") && drawn.contains("| 19999 "));
    }

    #[test]
    fn a_limit_ends_the_table_within_a_batch() {
        let drawn = table(&mut TableWriter::new(Some(2)), &[texts(&[Some("a"), Some("b"), Some("c")])]);
        assert!(drawn.contains("| b |") && !drawn.contains("| c |"), "{drawn}");
    }
}
