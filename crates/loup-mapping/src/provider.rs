//! A mapping as a table of DataFusion: `SELECT original, pseudonym, created_at FROM m`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use crate::catalog::SharedMapping;

/// Shows a mapping as a table. It is extended by the session's INSERT, which publishes with a run.
#[derive(Debug)]
pub struct MappingTable {
    mapping: Arc<SharedMapping>,
}

impl MappingTable {
    /// Shows a mapping.
    pub fn new(mapping: Arc<SharedMapping>) -> Self {
        Self { mapping }
    }

    /// Returns the mapping.
    pub fn mapping(&self) -> &Arc<SharedMapping> {
        &self.mapping
    }
}

#[async_trait]
impl TableProvider for MappingTable {
    fn schema(&self) -> SchemaRef {
        self.mapping.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.mapping.schema();
        let entries = Arc::new(Entries { mapping: Arc::clone(&self.mapping), schema: Arc::clone(&schema) });
        let scan = StreamingTableExec::try_new(schema, vec![entries], projection, None, false, limit)?;
        Ok(Arc::new(scan))
    }
}

/// The entries, read when the plan runs.
#[derive(Debug)]
struct Entries {
    mapping: Arc<SharedMapping>,
    schema: SchemaRef,
}

impl PartitionStream for Entries {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let external = |error: crate::Error| DataFusionError::External(Box::new(error));
        let rows = context.session_config().batch_size();
        let (batches, failed) = match self.mapping.current() {
            Ok(mapping) => (Some(mapping.batches(rows)), None),
            Err(error) => (None, Some(Err(external(error)))),
        };
        let batches = batches.into_iter().flatten().map(move |batch| batch.map_err(external));
        let stream = futures::stream::iter(failed.into_iter().chain(batches));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
