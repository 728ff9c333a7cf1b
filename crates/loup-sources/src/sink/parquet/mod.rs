//! Writes Parquet from Parquet: chunks of untouched columns are copied as bytes, those of computed columns encoded.
//!
//! Row groups stay whole, so a chunk is all a row group has of its column. What a chunk brings along, its dictionary, its
//! statistics and its Bloom filter, holds values of these very rows. That is why rows must not be filtered on the way: values
//! of deleted rows would survive there.

mod chunks;
mod encode;
mod layout;
mod row_groups;
mod source;

use std::fs::File;
use std::io;
use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::parquet::errors::ParquetError;
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use tokio::sync::mpsc;

use self::chunks::write_chunks;
use self::encode::Encoders;
use self::layout::Layout;
pub use self::layout::OutputColumn;
pub(super) use self::layout::default_compression;
pub use self::row_groups::by_row_group;
pub use self::source::ParquetFile;
use crate::error::SourceError;

/// Copies a file whole; returns its rows.
///
/// # Errors
/// Returns an error where the file cannot be read or the copy not written.
pub async fn copy_whole(source: ParquetFile, mut target: File, name: &str) -> Result<u64> {
    let rows = source.rows();
    let copied = SpawnedTask::spawn_blocking(move || io::copy(&mut File::open(source.path())?, &mut target));
    let io = |source| SourceError::Io { file: name.to_owned(), source };
    copied.await.map_err(|_| stopped(name))?.map_err(io)?;
    Ok(rows)
}

/// Writes a file with the rows of `source` and these columns; returns the rows written.
///
/// `computed` yields the columns that are not copied, a partition for each row group as [`by_row_group`] makes them; as many
/// row groups as `at_once` says are computed at a time. `advanced` hears of rows as they are handed to the writer.
///
/// # Errors
/// Returns the first error of the plan, the encoding or the file system; nothing but the staged file was touched.
pub fn rewrite<'a>(
    source: ParquetFile,
    columns: &'a [OutputColumn],
    computed: Option<Arc<dyn ExecutionPlan>>,
    context: &'a Arc<TaskContext>,
    at_once: usize,
    target: (File, &'a str),
    advanced: &'a (dyn Fn(u64) + Send + Sync),
) -> BoxFuture<'a, Result<u64>> {
    async move {
        let (target, name) = target;
        let source = Arc::new(source);
        let layout = Arc::new(Layout::new(&source, columns)?);
        let encoders = Arc::new(Encoders::new(&layout)?);
        let (sender, receiver) = mpsc::channel(1);
        let (read, laid_out) = (Arc::clone(&source), Arc::clone(&layout));
        let writer = SpawnedTask::spawn_blocking(move || write_chunks(&read, &laid_out, target, receiver));
        let encoded = source.row_groups().into_iter().map(|group| {
            let batches = computed.as_ref().map(|plan| plan.execute(group, Arc::clone(context)));
            let (encoders, rows) = (Arc::clone(&encoders), source.rows_of(group));
            async move {
                let Some(batches) = batches else { return Ok((rows, Vec::new())) };
                let batches = batches?;
                let chunks = SpawnedTask::spawn(async move { encoders.encode(group, rows, batches).await });
                Ok::<_, DataFusionError>((rows, chunks.await.map_err(|_| stopped(name))??))
            }
        });
        let mut encoded = stream::iter(encoded).buffered(at_once.max(1));
        let mut written = 0;
        while let Some(next) = encoded.next().await {
            let (rows, chunks) = next?;
            // The writer ends early only with an error, which is returned below.
            if sender.send(chunks).await.is_err() {
                break;
            }
            written += rows;
            advanced(rows);
        }
        drop(sender);
        writer.await.map_err(|_| stopped(name))?.map_err(|error| failed(name, &error))?;
        Ok(written)
    }
    .boxed()
}

fn stopped(name: &str) -> SourceError {
    SourceError::Target { target: name.to_owned(), problem: "the writer stopped".to_owned() }
}

fn failed(name: &str, error: &ParquetError) -> SourceError {
    SourceError::Target { target: name.to_owned(), problem: error.to_string() }
}
