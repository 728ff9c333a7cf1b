//! Encodes batches as one JSON object a line.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::error::Result;

/// Encodes the first columns of batches as JSON objects; NULL is written as `null`, so every record has every key.
#[derive(Debug)]
pub struct NdjsonEncoder {
    schema: SchemaRef,
}

impl NdjsonEncoder {
    /// Prepares an encoder for a plan whose first columns are those of `schema`.
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema }
    }

    /// Returns the records of a batch.
    pub(super) fn encode(&self, batch: &RecordBatch) -> Result<Vec<u8>> {
        let columns = batch.columns()[..self.schema.fields().len()].to_vec();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
        writer.write(&batch)?;
        writer.finish()?;
        Ok(writer.into_inner())
    }
}
