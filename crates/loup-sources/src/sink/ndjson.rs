//! Encodes batches as one JSON object a line.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::error::Result;

use super::POOLED;
use crate::pool::{Pool, Pooled};

/// Encodes the first columns of batches as JSON objects; NULL is written as `null`, so every record has every key.
#[derive(Debug)]
pub struct NdjsonEncoder {
    schema: SchemaRef,
    pool: Arc<Pool>,
}

impl NdjsonEncoder {
    /// Prepares an encoder for a plan whose first columns are those of `schema`.
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema, pool: Pool::new(POOLED) }
    }

    /// Returns the records of a batch.
    pub(super) fn encode(&self, batch: &RecordBatch) -> Result<Pooled> {
        let columns = batch.columns()[..self.schema.fields().len()].iter().map(plain).collect::<Result<Vec<_>>>()?;
        let fields = self.schema.fields().iter().zip(&columns);
        let fields: Vec<_> =
            fields.map(|(field, array)| field.as_ref().clone().with_data_type(array.data_type().clone())).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        let mut out = self.pool.take();
        out.clear();
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut *out);
        writer.write(&batch)?;
        writer.finish()?;
        drop(writer);
        Ok(out)
    }
}

/// Unpacks a dictionary: the JSON writer takes a NULL among its values for ''.
fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Dictionary(_, values) => Ok(cast(array, values)?),
        _ => Ok(Arc::clone(array)),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{DictionaryArray, Int32Array, StringArray};

    use super::*;

    #[test]
    fn null_stays_null_in_every_encoding() {
        let keys = Int32Array::from(vec![Some(0), Some(1), None]);
        let values = StringArray::from(vec![Some("a"), None]);
        let dictionary: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(values)));
        let batch = RecordBatch::try_from_iter_with_nullable([("d", dictionary, true)]).unwrap();
        let text = NdjsonEncoder::new(batch.schema()).encode(&batch).unwrap().to_vec();
        assert_eq!(String::from_utf8(text).unwrap(), "{\"d\":\"a\"}\n{\"d\":null}\n{\"d\":null}\n");
    }
}
