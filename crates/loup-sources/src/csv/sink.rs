//! Writes CSV for plain DataFusion: `COPY` and `INSERT INTO` outside a Loup session.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::datasource::physical_plan::FileSinkConfig;
use datafusion::datasource::sink::DataSink;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::buffered::BufWriter;
use datafusion::object_store::path::Path;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, SendableRecordBatchStream};
use futures::StreamExt;
use tokio::io::AsyncWriteExt;

use super::CsvOptions;
use crate::compression::Compression;
use crate::sink::{CsvColumn, CsvEncoder};

/// Writes one stream to one object, which appears when it is complete and not at all after an error.
#[derive(Debug)]
pub(super) struct CsvSink {
    store: ObjectStoreUrl,
    path: Path,
    schema: SchemaRef,
    options: CsvOptions,
}

impl CsvSink {
    /// Prepares the sink of a statement; into a folder, under a name of its own.
    pub(super) fn new(config: &FileSinkConfig, options: CsvOptions) -> Result<Self> {
        let target = config.table_paths.first();
        let target = target.ok_or_else(|| DataFusionError::Plan("an output needs a location".to_owned()))?;
        let path = if target.is_collection() {
            let name = RandomState::new().hash_one(&config.original_url);
            target.prefix().clone().join(format!("{name:016x}.{}", config.file_extension.trim_start_matches('.')))
        } else {
            target.prefix().clone()
        };
        let schema = Arc::clone(config.output_schema());
        Ok(Self { store: config.object_store_url.clone(), path, schema, options })
    }
}

impl DisplayAs for CsvSink {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CsvSink(path={})", self.path)
    }
}

#[async_trait]
impl DataSink for CsvSink {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    async fn write_all(&self, mut data: SendableRecordBatchStream, context: &Arc<TaskContext>) -> Result<u64> {
        let store = context.runtime_env().object_store(&self.store)?;
        let (_, compression) = Compression::of(self.path.filename().unwrap_or_default());
        // Whoever drops the writer without shutting it down leaves no object, so every `?` below is safe.
        let writer = BufWriter::new(store, self.path.clone());
        let mut writer = compression.decoder().convert_async_writer(writer)?;
        let name = |field: &Arc<datafusion::arrow::datatypes::Field>| field.name().clone();
        let columns = self.schema.fields().iter().map(|field| CsvColumn { header: Err(name(field)), is_raw: false });
        let encoder = CsvEncoder::new(columns.collect(), self.options.dialect.clone());
        if self.options.has_header {
            writer.write_all(&encoder.header(false)?).await?;
        }
        let mut rows = 0;
        while let Some(batch) = data.next().await.transpose()? {
            writer.write_all(&encoder.encode(&batch)?).await?;
            rows += batch.num_rows() as u64;
        }
        writer.shutdown().await?;
        Ok(rows)
    }
}
