//! Segments of a dump to record batches.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::physical_plan::metrics::Count;
use futures::Stream;
use tokio::sync::mpsc::Receiver;

use super::arrays::{Reading, ValueFault};
use super::feed::{Feed, LivePiece};
use super::file::RangeReader;
use super::index::{ColumnList, DumpIndex, Segment, TableIndex};
use super::parsed::{Parsed, ParsedSegments};
use super::rows::Rows;
use crate::carrier::{Carrier, Position};
use crate::error::{Result, SourceError};

/// Reads segments of one table into columns.
pub(super) struct SegmentReader {
    table: Arc<TableIndex>,
    /// Columns of the table to build, carriers behind them.
    outputs: Vec<usize>,
    schema: SchemaRef,
    /// Where segments are kept until they are written, where that is asked for.
    parsed: Option<Arc<ParsedSegments>>,
    /// The memory of the last segment's rows, where they are not kept.
    rows: Rows,
}

impl SegmentReader {
    pub(super) fn new(
        table: Arc<TableIndex>,
        outputs: Vec<usize>,
        schema: SchemaRef,
        parsed: &Arc<ParsedSegments>,
    ) -> Self {
        let is_kept = schema.fields().iter().any(|field| Carrier::of(field) == Some(Carrier::Record));
        let parsed = is_kept.then(|| Arc::clone(parsed));
        Self { table, outputs, schema, parsed, rows: Rows::default() }
    }

    /// Returns the rows of the table's segment `segment` of this number in batches.
    ///
    /// # Errors
    /// Returns an error with table and line where the bytes are not what the index found, or a value cannot be read.
    fn read(
        &mut self,
        number: usize,
        segment: &Segment,
        list: &ColumnList,
        bytes: Bytes,
        batch_size: usize,
    ) -> Result<VecDeque<RecordBatch>, Fault> {
        let text = Buffer::from(bytes);
        let reading = Reading { kind: segment.kind, syntax: segment.syntax, charset: segment.charset };
        let mut rows = match &self.parsed {
            Some(parsed) => parsed.rows(),
            None => std::mem::take(&mut self.rows),
        };
        let found = rows.read(&text, segment.kind, segment.syntax, list.width);
        let found = found.map_err(|error| Fault { at: error.offset, problem: error.to_string(), column: None })?;
        if found as u64 != u64::from(segment.rows) {
            let problem = "the file changed while it was read".to_owned();
            return Err(Fault { at: 0, problem, column: None });
        }
        let mut batches = VecDeque::new();
        for start in (0..found).step_by(batch_size.max(1)) {
            let range = start..found.min(start + batch_size);
            batches.push_back(self.batch(number, &reading, list, &text, &rows, range)?);
        }
        match &self.parsed {
            Some(parsed) => parsed.put(number as u64, Arc::new(Parsed { text, rows })),
            None => self.rows = rows,
        }
        Ok(batches)
    }

    fn batch(
        &self,
        segment: usize,
        reading: &Reading,
        list: &ColumnList,
        text: &Buffer,
        rows: &Rows,
        range: Range<usize>,
    ) -> Result<RecordBatch, Fault> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.outputs.len());
        for (&output, field) in self.outputs.iter().zip(self.schema.fields()) {
            arrays.push(match Carrier::of(field) {
                Some(Carrier::Position) => Position::column(0, segment as u64, range.clone()),
                Some(_) => Arc::new(UInt32Array::from_iter_values(range.clone().map(|row| row as u32))),
                None => {
                    let class = self.table.columns[output].class;
                    let Some(place) = list.places[output] else {
                        // The server fills in the default: the dump has no value.
                        arrays.push(new_null_array(&class.data_type(), range.len()));
                        continue;
                    };
                    let fault = |ValueFault { row, kind }| Fault {
                        at: rows.cell(row, place).0 as u64,
                        problem: kind.to_string(),
                        column: Some(output),
                    };
                    reading.column(text, rows, place, range.clone(), class).map_err(fault)?
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(range.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options).map_err(|_| Fault {
            at: 0,
            problem: "the values are not of the table's types".to_owned(),
            column: None,
        })
    }

    /// Turns a fault in this line of a file into an error.
    fn located(&self, file: &str, line: u64, fault: &Fault) -> SourceError {
        let table = &self.table;
        let column = fault.column.map(|column| format!(".{}", table.columns[column].name)).unwrap_or_default();
        let problem = format!("table {}{column}: {}", table.name, fault.problem);
        SourceError::Dump { file: file.to_owned(), line, problem }
    }
}

/// What is wrong at an offset of a segment.
struct Fault {
    at: u64,
    problem: String,
    column: Option<usize>,
}

struct ScanState {
    reader: SegmentReader,
    index: Arc<DumpIndex>,
    ranges: RangeReader,
    segments: VecDeque<(usize, Segment)>,
    ready: VecDeque<RecordBatch>,
    batch_size: usize,
    scanned: Count,
}

/// Reads segments, each with its number in the table, one after the other.
pub(super) fn read_segments(
    reader: SegmentReader,
    index: Arc<DumpIndex>,
    segments: VecDeque<(usize, Segment)>,
    batch_size: usize,
    scanned: Count,
) -> impl Stream<Item = DataFusionResult<RecordBatch>> + Send + 'static {
    let ranges = RangeReader::new(Arc::clone(index.file()));
    let state = ScanState { reader, index, ranges, segments, ready: VecDeque::new(), batch_size, scanned };
    futures::stream::try_unfold(state, async |mut state: ScanState| {
        loop {
            if let Some(batch) = state.ready.pop_front() {
                return Ok(Some((batch, state)));
            }
            let Some((number, segment)) = state.segments.pop_front() else { return Ok(None) };
            let bytes = state.ranges.read(segment.start..segment.end).await?;
            state.scanned.add(bytes.len());
            let table = Arc::clone(&state.reader.table);
            match state.reader.read(number, &segment, table.list(&segment), bytes, state.batch_size) {
                Ok(batches) => state.ready = batches,
                Err(fault) => {
                    // Lines are counted only now.
                    let line = state.index.line_of(segment.start + fault.at).await?;
                    return Err(state.reader.located(&state.index.file().name, line, &fault).into());
                }
            }
        }
    })
}

struct FeedState {
    reader: SegmentReader,
    feed: Arc<Feed>,
    pieces: Option<Receiver<LivePiece>>,
    ready: VecDeque<RecordBatch>,
    batch_size: usize,
    scanned: Count,
}

/// Reads the segments that pass by for one partition.
pub(super) fn read_feed(
    reader: SegmentReader,
    feed: Arc<Feed>,
    partition: usize,
    batch_size: usize,
    scanned: Count,
) -> impl Stream<Item = DataFusionResult<RecordBatch>> + Send + 'static {
    let pieces = feed.take(partition);
    let state = FeedState { reader, feed, pieces, ready: VecDeque::new(), batch_size, scanned };
    futures::stream::try_unfold(state, async |mut state: FeedState| {
        loop {
            if let Some(batch) = state.ready.pop_front() {
                return Ok(Some((batch, state)));
            }
            let Some(pieces) = &mut state.pieces else {
                let problem = "the rows of a stream pass once, and were read before".to_owned();
                return Err(DataFusionError::Internal(problem));
            };
            let Some(LivePiece { number, live, bytes }) = pieces.recv().await else { return Ok(None) };
            state.scanned.add(bytes.len());
            let text = bytes.clone();
            match state.reader.read(number as usize, &live.segment, &live.list, bytes, state.batch_size) {
                Ok(batches) => state.ready = batches,
                Err(fault) => {
                    let at = (fault.at as usize).min(text.len());
                    let line = live.line + loup_text::dump::line_ends(&text[..at]);
                    return Err(state.reader.located(&state.feed.name, line, &fault).into());
                }
            }
        }
    })
}
