//! One table of a dump as a DataFusion table: ranges of the file read side by side.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::TableType;
use datafusion::datasource::source::{DataSource, DataSourceExec};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning};
use datafusion::physical_plan::coop::make_cooperative;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan, PhysicalExpr};
use futures::{StreamExt, TryStreamExt};

use super::feed::Feed;
use super::index::{ColumnList, DumpIndex, Segment, TableIndex};
use super::parsed::ParsedSegments;
use super::scan::{SegmentReader, read_feed, read_segments};
use crate::carrier::Carrier;

/// Reads one table of a dump; on request with [carriers](Carrier): each record's number in its segment and its position.
#[derive(Debug, Clone)]
pub struct DumpTable {
    table: Arc<TableIndex>,
    origin: Origin,
    /// Segments whose records a sink is writing.
    parsed: Arc<ParsedSegments>,
    /// The table's columns, then carriers.
    schema: SchemaRef,
}

/// Where the rows of a table come from.
#[derive(Debug, Clone)]
enum Origin {
    /// From a file, as often as they are asked for.
    Index(Arc<DumpIndex>),
    /// From a stream that passes by: once.
    Feed(Arc<Feed>),
}

impl DumpTable {
    pub(super) fn new(index: Arc<DumpIndex>, table: Arc<TableIndex>) -> Self {
        let schema = Arc::clone(&table.schema);
        Self { table, origin: Origin::Index(index), parsed: Arc::default(), schema }
    }

    /// Makes the table of rows that pass by.
    pub(crate) fn live(table: Arc<TableIndex>, feed: Arc<Feed>) -> Self {
        let schema = Arc::clone(&table.schema);
        Self { table, origin: Origin::Feed(feed), parsed: Arc::default(), schema }
    }

    /// Finds the table of a dump behind a provider.
    pub fn of(provider: &dyn TableProvider) -> Option<Self> {
        provider.downcast_ref::<Self>().cloned()
    }

    /// Returns the segments whose records a sink is writing.
    pub(crate) fn parsed(&self) -> &ParsedSegments {
        &self.parsed
    }

    /// Returns the table with each record's number and position behind its columns.
    #[must_use]
    pub fn with_carriers(&self) -> Self {
        let schema = Carrier::append(&self.table.schema, [Carrier::Record, Carrier::Position]);
        Self { schema, ..self.clone() }
    }

    /// Returns what the dump says of the table.
    pub fn table(&self) -> &Arc<TableIndex> {
        &self.table
    }

    /// Calls `with` on a segment of this number and on which values its rows have; `None` where there is none.
    pub(crate) fn segment<T>(&self, number: u64, with: impl FnOnce(&Segment, &ColumnList) -> T) -> Option<T> {
        match &self.origin {
            Origin::Index(_) => self.table.segment(number).map(|segment| with(segment, self.table.list(segment))),
            Origin::Feed(feed) => feed.find(number).map(|live| with(&live.segment, &live.list)),
        }
    }
}

#[async_trait]
impl TableProvider for DumpTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let outputs: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let wanted = state.config().target_partitions();
        let partitions = match &self.origin {
            // A compressed file is read from its start, by one reader.
            Origin::Index(index) if index.file().is_seekable() => wanted.min(self.table.segments.len()),
            Origin::Index(_) => 1,
            Origin::Feed(feed) => feed.partitions(),
        };
        let scan = DumpScan {
            table: self.clone(),
            schema: Arc::new(self.schema.project(&outputs)?),
            outputs,
            partitions: partitions.max(1),
            metrics: ExecutionPlanMetricsSet::new(),
        };
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn statistics(&self) -> Option<Statistics> {
        match &self.origin {
            Origin::Index(_) => Some(self.table.statistics(&self.schema)),
            Origin::Feed(_) => None,
        }
    }
}

/// A scan of some columns by several partitions, each of which takes every n-th segment.
#[derive(Debug, Clone)]
struct DumpScan {
    table: DumpTable,
    outputs: Vec<usize>,
    schema: SchemaRef,
    partitions: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl DataSource for DumpScan {
    fn open(&self, partition: usize, context: Arc<TaskContext>) -> DataFusionResult<SendableRecordBatchStream> {
        let table = Arc::clone(&self.table.table);
        let reader =
            SegmentReader::new(Arc::clone(&table), self.outputs.clone(), Arc::clone(&self.schema), &self.table.parsed);
        let batch_size = context.session_config().batch_size();
        let scanned = MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition);
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let batches = match &self.table.origin {
            Origin::Index(index) => {
                let segments = table.segments.iter().copied().enumerate().skip(partition).step_by(self.partitions);
                read_segments(reader, Arc::clone(index), segments.collect(), batch_size, scanned).boxed()
            }
            Origin::Feed(feed) => read_feed(reader, Arc::clone(feed), partition, batch_size, scanned).boxed(),
        };
        let batches = batches.inspect_ok(move |batch| baseline.record_output(batch.num_rows()));
        let stream = RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches);
        Ok(make_cooperative(Box::pin(stream)))
    }

    /// The scan yields by itself: a node above it that does would hide that rows come in order, and have them sorted.
    fn scheduling_type(&self) -> SchedulingType {
        SchedulingType::Cooperative
    }

    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table={}, file_type=dump, partitions={}", self.table.table.name, self.partitions)
    }

    fn output_partitioning(&self) -> Partitioning {
        Partitioning::UnknownPartitioning(self.partitions)
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        EquivalenceProperties::new(Arc::clone(&self.schema))
    }

    fn partition_statistics(&self, partition: Option<usize>) -> DataFusionResult<Arc<Statistics>> {
        Ok(Arc::new(match partition {
            None => self.table.statistics().unwrap_or_else(|| Statistics::new_unknown(&self.schema)),
            Some(_) => Statistics::new_unknown(&self.schema),
        }))
    }

    fn with_fetch(&self, _: Option<usize>) -> Option<Arc<dyn DataSource>> {
        None
    }

    fn fetch(&self) -> Option<usize> {
        None
    }

    fn metrics(&self) -> ExecutionPlanMetricsSet {
        self.metrics.clone()
    }

    fn try_swapping_with_projection(&self, _: &ProjectionExprs) -> DataFusionResult<Option<Arc<dyn DataSource>>> {
        Ok(None)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}
