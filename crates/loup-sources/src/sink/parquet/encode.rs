//! Encodes the computed columns of one row group, each in a task of its own.

use std::io;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use datafusion::parquet::file::writer::SerializedFileWriter;
use futures::StreamExt;
use tokio::sync::mpsc;

use super::layout::{Layout, Part};

/// Arrays that may wait for their encoder.
const QUEUE: usize = 2;

/// Makes the encoders of each row group.
#[derive(Debug)]
pub(super) struct Encoders {
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    leaves: Vec<usize>,
}

impl Encoders {
    pub(super) fn new(layout: &Layout) -> Result<Self> {
        // The factory takes its columns from a file's writer, and here they are those of the computed columns alone.
        let (schema, properties) = (Arc::clone(&layout.computed), Arc::clone(&layout.properties));
        let nowhere = SerializedFileWriter::new(io::sink(), schema, properties)?;
        let leaves = layout.parts.iter().filter_map(|part| match part {
            Part::Computed(leaves) => Some(*leaves),
            Part::Copied(_) => None,
        });
        let leaves = leaves.collect();
        let schema = Arc::clone(&layout.arrays);
        Ok(Self { factory: ArrowRowGroupWriterFactory::new(&nowhere, Arc::clone(&schema)), schema, leaves })
    }

    /// Encodes the rows of a row group; returns the chunks of all leaves in their order.
    ///
    /// # Errors
    /// Returns an error where the stream fails or does not have that many rows: chunks of other lengths would join values of
    /// different rows.
    pub(super) async fn encode(
        &self,
        group: usize,
        rows: u64,
        mut batches: SendableRecordBatchStream,
    ) -> Result<Vec<ArrowColumnChunk>> {
        let mut writers = self.factory.create_column_writers(group)?.into_iter();
        let (mut senders, mut encoders) = (Vec::new(), Vec::new());
        for (field, leaves) in self.schema.fields().iter().zip(&self.leaves) {
            let (sender, receiver) = mpsc::channel(QUEUE);
            let writers = writers.by_ref().take(*leaves).collect();
            encoders.push(SpawnedTask::spawn(encode_column(Arc::clone(field), writers, receiver)));
            senders.push(sender);
        }
        let mut seen = 0;
        'batches: while let Some(batch) = batches.next().await {
            let batch = batch?;
            seen += batch.num_rows() as u64;
            for (sender, array) in senders.iter().zip(batch.columns()) {
                // An encoder ends early only with an error, which is returned below.
                if sender.send(Arc::clone(array)).await.is_err() {
                    break 'batches;
                }
            }
        }
        drop(senders);
        let mut chunks = Vec::new();
        for encoder in encoders {
            let stopped = |_| DataFusionError::Execution("an encoder stopped unexpectedly".to_owned());
            chunks.extend(encoder.await.map_err(stopped)??);
        }
        if seen != rows {
            return Err(DataFusionError::Internal(format!("a row group of {rows} rows came with {seen}")));
        }
        Ok(chunks)
    }
}

async fn encode_column(
    field: FieldRef,
    mut writers: Vec<ArrowColumnWriter>,
    mut arrays: mpsc::Receiver<ArrayRef>,
) -> Result<Vec<ArrowColumnChunk>> {
    while let Some(array) = arrays.recv().await {
        for (leaf, writer) in compute_leaves(&field, &array)?.iter().zip(&mut writers) {
            writer.write(leaf)?;
        }
    }
    Ok(writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>()?)
}
