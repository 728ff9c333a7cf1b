//! Prints the rows of queries: one trait, one file per format.

mod csv;
mod json;
mod table;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;

use anyhow::{Result, anyhow};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use self::csv::CsvWriter;
use self::json::JsonWriter;
use self::table::TableWriter;
use crate::settings::Format;

/// Rows of a table that a terminal shows.
const TERMINAL_ROWS: usize = 1000;

/// Writes one result batch by batch, holding a bounded part of it.
trait ResultWriter {
    /// Writes what stands before the rows.
    fn start(&mut self, schema: &Schema, out: &mut dyn Write) -> Result<()>;

    /// Writes rows; breaks when it wants no more.
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<ControlFlow<()>>;

    /// Writes what is left.
    fn finish(&mut self, out: &mut dyn Write) -> Result<()>;
}

/// How much of a result was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printed {
    /// All of its rows.
    All(u64),
    /// These first rows; there are more.
    First(u64),
    /// None: whoever read the output has left.
    Nothing,
}

/// Where results go, one after the other.
pub(crate) struct Output {
    sink: Box<dyn Write>,
    format: Format,
    terminal: bool,
    results: usize,
    reader_left: bool,
}

impl Output {
    /// Makes an output to standard output.
    pub(crate) fn stdout(format: Format) -> Self {
        let sink = Box::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        Self { sink, format, terminal: io::stdout().is_terminal(), results: 0, reader_left: false }
    }

    /// Returns whether results appear on a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Prints the rows of a stream as they come.
    ///
    /// A reader that leaves early (`| head`) is no error: the query stops, and later statements still run.
    pub(crate) async fn print(&mut self, mut rows: SendableRecordBatchStream) -> Result<Printed> {
        if self.reader_left {
            return Ok(Printed::Nothing);
        }
        let result = self.print_all(&mut rows).await;
        match result {
            Err(error) if is_broken_pipe(&error) => {
                self.reader_left = true;
                Ok(Printed::Nothing)
            }
            other => other,
        }
    }

    /// Prints rows that are at hand.
    pub(crate) fn print_batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut writer = self.start(&batch.schema())?;
        let _ = writer.batch(batch, &mut self.sink)?;
        writer.finish(&mut self.sink)?;
        Ok(self.sink.flush()?)
    }

    async fn print_all(&mut self, rows: &mut SendableRecordBatchStream) -> Result<Printed> {
        let mut writer = None;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            // Nothing is printed before the first rows are there: a query that fails at once prints no header.
            let batch = batch.map_err(loup::Error::from)?;
            let writer = match &mut writer {
                Some(writer) => writer,
                none => none.insert(self.start(&rows.schema())?),
            };
            count += batch.num_rows() as u64;
            let flow = writer.batch(&batch, &mut self.sink)?;
            if flow.is_break() {
                writer.finish(&mut self.sink)?;
                self.sink.flush()?;
                return Ok(Printed::First(TERMINAL_ROWS as u64));
            }
            self.sink.flush()?;
        }
        let mut writer = match writer {
            Some(writer) => writer,
            None => self.start(&rows.schema())?,
        };
        writer.finish(&mut self.sink)?;
        self.sink.flush()?;
        Ok(Printed::All(count))
    }

    fn start(&mut self, schema: &SchemaRef) -> Result<Box<dyn ResultWriter>> {
        // An empty line between results; JSON needs none, each line being an object.
        if self.results > 0 && self.format != Format::Json {
            self.sink.write_all(b"\n")?;
        }
        self.results += 1;
        let mut writer: Box<dyn ResultWriter> = match self.format {
            Format::Table => Box::new(TableWriter::new(self.terminal.then_some(TERMINAL_ROWS))),
            Format::Csv => Box::new(CsvWriter::default()),
            Format::Json => Box::new(JsonWriter::default()),
        };
        writer.start(schema, &mut self.sink)?;
        Ok(writer)
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error for rows that a format cannot show; the engine's own would quote the value.
fn cannot_print(format: &str) -> anyhow::Error {
    anyhow!("a column of this result has no form in {format}; cast it to text")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use futures::stream;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct ClosedPipe;

    impl Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn output(sink: impl Write + 'static, format: Format, terminal: bool) -> Output {
        Output { sink: Box::new(sink), format, terminal, results: 0, reader_left: false }
    }

    fn rows(batches: Vec<RecordBatch>, schema: SchemaRef) -> SendableRecordBatchStream {
        Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(batches.into_iter().map(Ok))))
    }

    fn numbers(range: std::ops::Range<i64>) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(range));
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    }

    async fn printed(format: Format, terminal: bool, results: Vec<Vec<RecordBatch>>) -> (String, Vec<Printed>) {
        let sink = Sink::default();
        let mut output = output(sink.clone(), format, terminal);
        let mut counts = Vec::new();
        for batches in results {
            counts.push(output.print(rows(batches, numbers(0..0).schema())).await.unwrap());
        }
        let bytes = sink.0.lock().unwrap().clone();
        (String::from_utf8(bytes).unwrap(), counts)
    }

    #[tokio::test]
    async fn results_are_set_apart_by_an_empty_line() {
        let two = || vec![vec![numbers(1..2)], vec![numbers(2..3)]];
        assert_eq!(printed(Format::Csv, false, two()).await.0, "n\n1\n\nn\n2\n");
        assert_eq!(printed(Format::Json, false, two()).await.0, "{\"n\":1}\n{\"n\":2}\n");
        let table = printed(Format::Table, false, two()).await.0;
        assert_eq!(table.matches("+---+\n\n+---+").count(), 1, "{table}");
    }

    #[tokio::test]
    async fn a_result_without_rows_shows_its_columns() {
        assert_eq!(printed(Format::Csv, false, vec![vec![]]).await.0, "n\n");
        assert_eq!(printed(Format::Table, false, vec![vec![]]).await.0, "+---+\n| n |\n+---+\n+---+\n");
        assert_eq!(printed(Format::Json, false, vec![vec![]]).await, (String::new(), vec![Printed::All(0)]));
    }

    #[tokio::test]
    async fn a_terminal_shows_the_first_rows_and_a_pipe_all() {
        let many = || vec![(0..5).map(|i| numbers(i * 600..(i + 1) * 600)).collect::<Vec<_>>()];
        let (text, counts) = printed(Format::Table, true, many()).await;
        assert_eq!(counts, [Printed::First(1000)]);
        assert!(text.contains("| 999") && !text.contains("| 1000"));
        let (text, counts) = printed(Format::Table, false, many()).await;
        assert_eq!(counts, [Printed::All(3000)]);
        assert!(text.contains("| 2999"));
        assert_eq!(printed(Format::Csv, true, many()).await.1, [Printed::All(3000)]);
    }

    #[tokio::test]
    async fn exactly_as_many_rows_as_a_terminal_shows_are_all() {
        let (_, counts) = printed(Format::Table, true, vec![vec![numbers(0..1000)]]).await;
        assert_eq!(counts, [Printed::All(1000)]);
    }

    #[tokio::test]
    async fn a_reader_that_leaves_is_no_error() {
        for format in [Format::Table, Format::Csv, Format::Json] {
            let mut output = output(ClosedPipe, format, false);
            for _ in 0..2 {
                let stream = rows(vec![numbers(0..3)], numbers(0..0).schema());
                assert_eq!(output.print(stream).await.unwrap(), Printed::Nothing);
            }
        }
    }

    #[test]
    fn rows_at_hand_follow_the_format() {
        let sink = Sink::default();
        let column: ArrayRef = Arc::new(StringArray::from(vec![Some("k1"), None]));
        let batch = RecordBatch::try_from_iter([("id", column)]).unwrap();
        output(sink.clone(), Format::Json, false).print_batch(&batch).unwrap();
        assert_eq!(*sink.0.lock().unwrap(), b"{\"id\":\"k1\"}\n{\"id\":null}\n");
    }
}
