//! The scan: segments to record batches.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::object_store::{ObjectStore, ObjectStoreExt};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder};
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use futures::{StreamExt, TryStreamExt};
use loup_text::csv::{Cells, Dialect, tokenize};

use super::arrays::Text;
use super::segments::{FileHandle, Segment, SegmentIndex, StreamSegments};
use super::{CsvOptions, Header};
use crate::carrier::{Carrier, Position};
use crate::compression::Compression;
use crate::error::{Result, SourceError, unreadable};

/// What one partition reads of a file; stands in the file's extensions.
#[derive(Debug, Clone)]
pub(super) struct Share {
    /// Number of the file in its table.
    pub(super) file: usize,
    /// Shared index of record ends; `None` where the file can only be read from its start.
    pub(super) index: Option<Arc<SegmentIndex>>,
    /// The partition reads segments `part`, `part + parts`, and so on.
    pub(super) part: u64,
    pub(super) parts: u64,
    pub(super) compression: Compression,
    /// How messages name the file.
    pub(super) name: String,
}

/// Reads CSV files for a scan.
#[derive(Debug, Clone)]
pub(super) struct CsvSource {
    options: CsvOptions,
    check_names: bool,
    table_schema: TableSchema,
    projection: SplitProjection,
    batch_size: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl CsvSource {
    pub(super) fn new(options: CsvOptions, check_names: bool, table_schema: TableSchema) -> Self {
        Self {
            options,
            check_names,
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            batch_size: 8192,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl FileSource for CsvSource {
    fn create_file_opener(
        &self,
        object_store: Arc<dyn ObjectStore>,
        _base_config: &FileScanConfig,
        partition: usize,
    ) -> DataFusionResult<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let columns = file_schema.fields().iter().filter(|field| Carrier::of(field).is_none()).count();
        let reader = Reader {
            names: self.check_names.then(|| {
                file_schema.fields().iter().take(columns).map(|field| field.name().clone()).collect::<Vec<_>>()
            }),
            columns,
            outputs: self.projection.file_indices.clone(),
            schema: Arc::new(file_schema.project(&self.projection.file_indices)?),
            batch_size: self.batch_size,
            has_header: self.options.has_header,
        };
        let opener = Opener {
            reader: Arc::new(reader),
            store: object_store,
            options: self.options.clone(),
            bytes_scanned: MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition),
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_size, ..self.clone() })
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &'static str {
        "csv"
    }

    fn fmt_extra(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", has_header={}", self.options.has_header)
    }

    fn supports_repartitioning(&self) -> bool {
        // Files are shared among partitions when the scan is planned; cutting them again at any byte would be wrong.
        false
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> DataFusionResult<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        datafusion::physical_plan::apply_expression_roots(self.projection.source.iter(), f)
    }
}

struct Opener {
    reader: Arc<Reader>,
    store: Arc<dyn ObjectStore>,
    options: CsvOptions,
    bytes_scanned: Count,
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> DataFusionResult<FileOpenFuture> {
        let share = file
            .extension::<Share>()
            .cloned()
            .ok_or_else(|| DataFusionError::Internal("a CSV file was planned without its share".to_owned()))?;
        let handle = match &share.index {
            Some(index) => Arc::clone(index.file()),
            None => Arc::new(FileHandle {
                store: Arc::clone(&self.store),
                meta: file.object_meta.clone(),
                name: share.name.clone(),
                options: self.options.clone(),
            }),
        };
        let (reader, bytes_scanned) = (Arc::clone(&self.reader), self.bytes_scanned.clone());
        Ok(Box::pin(async move {
            let segments = match &share.index {
                Some(index) => Segments::Shared { index: Arc::clone(index), next: share.part, step: share.parts },
                None => Segments::Stream(Box::new(open_stream(&handle, &share, bytes_scanned.clone()).await?)),
            };
            let (cells, ready) = (Cells::default(), VecDeque::new());
            let state = ScanState { reader, handle, share, segments, cells, ready, bytes_scanned };
            Ok(futures::stream::try_unfold(state, ScanState::next).boxed())
        }))
    }
}

async fn open_stream(handle: &Arc<FileHandle>, share: &Share, scanned: Count) -> Result<StreamSegments> {
    let input = handle.store.get(&handle.meta.location).await?.into_stream();
    let input = input.inspect_ok(move |bytes| scanned.add(bytes.len())).map_err(DataFusionError::from);
    let name = handle.name.clone();
    let plain = share.compression.decode(input.boxed()).map_err(|error| unreadable(&name, &error))?;
    Ok(StreamSegments::new(Arc::clone(handle), plain.map_err(move |error| unreadable(&name, &error)).boxed()))
}

enum Segments {
    Shared { index: Arc<SegmentIndex>, next: u64, step: u64 },
    Stream(Box<StreamSegments>),
}

struct ScanState {
    reader: Arc<Reader>,
    handle: Arc<FileHandle>,
    share: Share,
    segments: Segments,
    /// Cells of the last segment; the memory serves the next.
    cells: Cells,
    ready: VecDeque<RecordBatch>,
    bytes_scanned: Count,
}

impl ScanState {
    async fn next(mut self) -> DataFusionResult<Option<(RecordBatch, Self)>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some((batch, self)));
            }
            let segment = match &mut self.segments {
                Segments::Shared { index, next, step } => {
                    if *next >= index.len() {
                        return Ok(None);
                    }
                    let segment = index.segment(*next).await?;
                    *next += *step;
                    self.bytes_scanned.add(segment.bytes.len());
                    segment
                }
                Segments::Stream(stream) => match stream.next().await? {
                    Some(segment) => segment,
                    None => return Ok(None),
                },
            };
            match self.reader.read(&self.handle.name, self.share.file, &segment, &mut self.cells) {
                Ok(batches) => self.ready = batches,
                Err(fault) => return Err(self.handle.locate(&self.share, &segment, fault).await.into()),
            }
        }
    }
}

/// What is wrong at an offset of a segment.
struct Fault {
    offset: usize,
    column: usize,
    kind: FaultKind,
}

enum FaultKind {
    Cell(loup_text::csv::CellErrorKind),
    Encoding,
    Convert(DataType),
    Other(SourceError),
}

impl From<SourceError> for Fault {
    fn from(error: SourceError) -> Self {
        Self { offset: 0, column: 0, kind: FaultKind::Other(error) }
    }
}

impl FileHandle {
    /// Turns a fault into an error with a line, which is counted only now.
    async fn locate(&self, share: &Share, segment: &Segment, fault: Fault) -> SourceError {
        let end = segment.dialect.terminator.byte();
        let before = match self.lines_before(share, segment.start, end).await {
            Ok(lines) => lines,
            Err(error) => return error,
        };
        let file = self.name.clone();
        let line = 1 + before + memchr::memchr_iter(end, &segment.bytes[..fault.offset]).count() as u64;
        let column = fault.column + 1;
        match fault.kind {
            FaultKind::Cell(kind) => SourceError::Record { file, line, column, kind },
            FaultKind::Encoding => SourceError::Encoding { file, line, column },
            FaultKind::Convert(data_type) => {
                SourceError::Convert { file, line, column, data_type: data_type.to_string() }
            }
            FaultKind::Other(error) => error,
        }
    }

    async fn lines_before(&self, share: &Share, offset: u64, end: u8) -> Result<u64> {
        let input = self.store.get(&self.meta.location).await?.into_stream().map_err(DataFusionError::from).boxed();
        let read = |error: DataFusionError| unreadable(&self.name, &error);
        let mut input = share.compression.decode(input).map_err(read)?;
        let (mut lines, mut left) = (0, offset);
        while left > 0 {
            let Some(bytes) = input.try_next().await.map_err(read)? else {
                break;
            };
            let part = &bytes[..bytes.len().min(left as usize)];
            lines += memchr::memchr_iter(end, part).count() as u64;
            left -= part.len() as u64;
        }
        Ok(lines)
    }
}

/// Turns segments into batches of the projected columns.
#[derive(Debug)]
struct Reader {
    /// Column names to find in each header, where they came from one.
    names: Option<Vec<String>>,
    /// Cells of a record.
    columns: usize,
    /// Columns of the file schema to build, carriers among them.
    outputs: Vec<usize>,
    schema: SchemaRef,
    batch_size: usize,
    has_header: bool,
}

impl Reader {
    fn read(
        &self,
        name: &str,
        file: usize,
        segment: &Segment,
        cells: &mut Cells,
    ) -> Result<VecDeque<RecordBatch>, Fault> {
        let dialect = &*segment.dialect;
        // Cells come before the check of UTF-8, so that a bad byte can be placed; what follows needs both.
        let rows = tokenize(&segment.bytes, dialect, self.columns, cells).map_err(|error| Fault {
            offset: error.offset,
            column: error.column,
            kind: FaultKind::Cell(error.kind),
        })?;
        let text = Text::new(segment.bytes.clone()).map_err(|offset| self.encoding_fault(cells, rows, offset))?;
        let skip = usize::from(segment.is_first && self.has_header && rows > 0);
        if skip == 1 {
            self.check_header(name, &text, cells, dialect)?;
        }
        let mut batches = VecDeque::new();
        let mut row = skip;
        while row < rows {
            let end = (row + self.batch_size).min(rows);
            batches.push_back(self.batch(file, segment.number, &text, cells, row..end, dialect)?);
            row = end;
        }
        Ok(batches)
    }

    fn batch(
        &self,
        file: usize,
        segment: u64,
        text: &Text,
        cells: &Cells,
        rows: Range<usize>,
        dialect: &Dialect,
    ) -> Result<RecordBatch, Fault> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.outputs.len());
        for (&output, field) in self.outputs.iter().zip(self.schema.fields()) {
            arrays.push(match Carrier::of(field) {
                Some(Carrier::Raw(column)) => text.raw(cells, column, rows.clone()),
                Some(Carrier::Record) => {
                    return Err(Fault::from(SourceError::Attach("a CSV table has no such carrier".to_owned())));
                }
                Some(Carrier::Position) => Position::column(file, segment, rows.clone()),
                None => {
                    let values = text.values(cells, output, rows.clone(), dialect);
                    convert(values, field.data_type(), |row| {
                        let cell = cells.cell(rows.start + row, output);
                        Fault {
                            offset: cell.start(),
                            column: output,
                            kind: FaultKind::Convert(field.data_type().clone()),
                        }
                    })?
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|_| Fault::from(SourceError::Attach("a declared NOT NULL column holds NULL".to_owned())))
    }

    fn check_header(&self, name: &str, text: &Text, cells: &Cells, dialect: &Dialect) -> Result<(), Fault> {
        let Some(names) = &self.names else { return Ok(()) };
        let end = cells.cell(0, self.columns - 1).end();
        let options = CsvOptions { dialect: dialect.clone(), has_header: true };
        let found = Header::read(name, &text.bytes()[..end], true, &options)?.map(|header| header.names);
        let found = found.unwrap_or_default();
        match names.iter().zip(&found).position(|(expected, found)| !expected.eq_ignore_ascii_case(found)) {
            Some(column) => Err(Fault::from(SourceError::Header { file: name.to_owned(), column: column + 1 })),
            None => Ok(()),
        }
    }

    fn encoding_fault(&self, cells: &Cells, rows: usize, offset: usize) -> Fault {
        let row = (0..rows).rev().find(|row| cells.cell(*row, 0).start() <= offset).unwrap_or(0);
        let column = (0..self.columns).rev().find(|column| cells.cell(row, *column).start() <= offset).unwrap_or(0);
        Fault { offset, column, kind: FaultKind::Encoding }
    }
}

/// Converts text to a declared type; a value that does not fit is a fault, not NULL.
fn convert(values: ArrayRef, data_type: &DataType, fault: impl Fn(usize) -> Fault) -> Result<ArrayRef, Fault> {
    if values.data_type() == data_type {
        return Ok(values);
    }
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let converted = cast_with_options(&values, data_type, &options).map_err(|_| fault(0))?;
    if converted.logical_null_count() != values.null_count() {
        let lost = (0..values.len()).find(|row| values.is_valid(*row) && converted.is_null(*row));
        return Err(fault(lost.unwrap_or(0)));
    }
    Ok(converted)
}
