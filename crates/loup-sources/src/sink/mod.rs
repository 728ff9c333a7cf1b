//! Writes results to files: staged first, in the order of the source, encoded on all cores.
//!
//! [`write()`] runs a plan into staged files; only [`StagedFile::commit`], [`StagedFolder::commit`] or [`Prepared::publish`] changes a target.
//! Whoever drops a staged file or folder instead, by an error or by stopping the query, leaves the target as it was.
//! [`StagedObjects`] and [`PreparedObjects`] are the same for object stores.

mod csv;
mod dump;
mod manifest;
mod ndjson;
mod objects;
mod opened;
mod ordered;
mod output;
pub mod parquet;
mod staged;
mod synced;
mod upload;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use futures::FutureExt;
use futures::future::BoxFuture;

pub use self::csv::{CsvColumn, CsvEncoder};
pub use self::dump::{AnewEncoder, DumpPlan, PassPlanner, Passed, RecordEncoder, Rewrite, pass_dump, write_dump};
pub use self::ndjson::NdjsonEncoder;
pub use self::objects::{Leftovers, PreparedObjects, StagedObjects, remove_objects};
pub use self::opened::Opened;
pub use self::ordered::{Ordered, Piece, ordered};
use self::output::OutputFile;
pub use self::output::{Body, Item};
pub use self::staged::{Prepared, STAGING_PREFIX, StagedFile, StagedFolder, remove_staging};
pub use self::upload::ObjectWriter;

/// Buffers of encoded text that wait for their next batch.
const POOLED: usize = 16;

/// Turns batches to what a file is written from; called from all partitions at once.
#[derive(Debug, Clone)]
pub enum Encoding {
    /// CSV text.
    Csv(Arc<CsvEncoder>),
    /// One JSON object a line.
    Ndjson(Arc<NdjsonEncoder>),
    /// Batches of this schema, which a writer encodes.
    Batches(SchemaRef),
}

/// Looks at each batch before it is encoded, its columns behind the written ones included; called from all partitions at
/// once.
pub type Inspect = Arc<dyn Fn(&RecordBatch) -> DataFusionResult<()> + Send + Sync>;

impl Encoding {
    fn encode(&self, batch: &RecordBatch) -> DataFusionResult<Item> {
        Ok(match self {
            Self::Csv(encoder) => Item::Bytes(encoder.encode(batch)?),
            Self::Ndjson(encoder) => Item::Bytes(encoder.encode(batch)?),
            Self::Batches(schema) => {
                // A position column stands behind the others and is not written.
                let columns = batch.columns()[..schema.fields().len()].to_vec();
                Item::Batch(RecordBatch::try_new(Arc::clone(schema), columns)?)
            }
        })
    }
}

/// A file to write: where it is staged and how it begins.
#[derive(Debug)]
pub struct Destination {
    /// Open file or object in the staging place.
    pub file: Opened,
    /// How messages name the target.
    pub name: String,
    /// How the file is written.
    pub body: Body,
}

/// Runs `plan` and writes its rows to `destinations`; returns the rows written to each.
///
/// With a `position` column (its index in the plan's schema) rows keep the order of their source, and where there are
/// several destinations, each row goes to the one with its file's number, rows from elsewhere to the last. Without one there is a single destination, and
/// partitions are written one after the other. `inspect` sees what is encoded, `advanced` hears of rows as they are written.
///
/// # Errors
/// Returns the first error of the plan, the encoding or the file system; nothing but staged files was touched.
pub fn write<'a>(
    plan: Arc<dyn ExecutionPlan>,
    context: &'a Arc<TaskContext>,
    position: Option<usize>,
    encoding: Encoding,
    inspect: Option<Inspect>,
    destinations: Vec<Destination>,
    advanced: &'a (dyn Fn(u64) + Send + Sync),
) -> BoxFuture<'a, DataFusionResult<Vec<u64>>> {
    // Boxed, so that what runs for every batch is compiled here and not by whoever awaits it.
    write_all(plan, context, position, encoding, inspect, destinations, advanced).boxed()
}

async fn write_all(
    plan: Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    position: Option<usize>,
    encoding: Encoding,
    inspect: Option<Inspect>,
    destinations: Vec<Destination>,
    advanced: &(dyn Fn(u64) + Send + Sync),
) -> DataFusionResult<Vec<u64>> {
    let mut rows = vec![0; destinations.len()];
    let mut destinations = destinations.into_iter();
    // One file after the other, since pieces come in the order of files: each has a thread, and there may be thousands.
    let open = |destination: Option<Destination>| {
        let none = || DataFusionError::Internal("a sink needs a destination".to_owned());
        Ok::<_, DataFusionError>(OutputFile::open(destination.ok_or_else(none)?)?)
    };
    let (mut current, mut file) = (0, open(destinations.next())?);
    let mut pieces = ordered(plan, context, position, move |batch| {
        if let Some(inspect) = &inspect {
            inspect(&batch)?;
        }
        encoding.encode(&batch)
    })?;
    while let Some(piece) = pieces.next().await? {
        while current < piece.file().min(rows.len() - 1) {
            std::mem::replace(&mut file, open(destinations.next())?).finish().await?;
            current += 1;
        }
        file.write(piece.item).await?;
        rows[current] += piece.rows as u64;
        advanced(piece.rows as u64);
    }
    file.finish().await?;
    for destination in destinations {
        OutputFile::open(destination)?.finish().await?;
    }
    Ok(rows)
}
