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

use std::fmt;
use std::io::{self, Seek};
use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::writer::SerializedFileWriter;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
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
use super::{Inspect, Opened};
use crate::error::SourceError;

/// Returns whether [`rewrite`] can give `source` these columns; what it cannot, others can that read all values.
pub fn can_rewrite(source: &ParquetFile, columns: &[OutputColumn]) -> bool {
    // A footer without rows is written as a trial: types of a later format have no writer.
    let is_writable = || {
        let Layout { schema, properties, .. } = Layout::new(source, columns)?;
        SerializedFileWriter::new(io::sink(), schema, properties)?.close()
    };
    source.has_copyable_chunks() && is_writable().is_ok()
}

/// Copies a file whole; returns its rows.
///
/// # Errors
/// Returns an error where the file cannot be read or the copy not written.
pub async fn copy_whole(source: ParquetFile, mut target: Opened, name: &str) -> Result<u64> {
    let rows = source.rows();
    let copied = SpawnedTask::spawn_blocking(move || {
        let mut source = source.file().as_ref();
        source.rewind()?;
        target.copy(source)?;
        target.finish()
    });
    let io = |source| SourceError::Io { file: name.to_owned(), source };
    copied.await.map_err(|_| stopped(name))?.map_err(io)?;
    Ok(rows)
}

/// The columns that are not copied.
#[derive(Clone)]
pub struct Computed {
    /// What yields them, a partition for each row group as [`by_row_group`] makes them; further columns behind them are not
    /// written.
    pub plan: Arc<dyn ExecutionPlan>,
    /// Who looks at the batches before they are encoded.
    pub inspect: Option<Inspect>,
}

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Computed").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Computed {
    fn execute(&self, group: usize, context: &Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batches = self.plan.execute(group, Arc::clone(context))?;
        let Some(inspect) = self.inspect.clone() else { return Ok(batches) };
        let schema = batches.schema();
        let batches = batches.map(move |batch| batch.and_then(|batch| inspect(&batch).map(|()| batch)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// Writes a file with the rows of `source` and these columns; returns the rows written.
///
/// As many row groups as `at_once` says are computed at a time. `advanced` hears of rows as they are handed to the writer.
///
/// # Errors
/// Returns the first error of the plan, the encoding or the file system; nothing but the staged file was touched.
pub fn rewrite<'a>(
    source: ParquetFile,
    columns: &'a [OutputColumn],
    computed: Option<Computed>,
    context: &'a Arc<TaskContext>,
    at_once: usize,
    target: (Opened, &'a str),
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
            let batches = computed.as_ref().map(|computed| computed.execute(group, context));
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
    use datafusion::arrow::datatypes::Int64Type;
    use datafusion::parquet::arrow::ArrowSchemaConverter;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use datafusion::parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
    use datafusion::physical_plan::collect;
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use datafusion::prelude::{ParquetReadOptions, SessionContext};
    use futures::TryStreamExt;

    use super::*;

    /// Rows with the columns `id`, which counts, and `name`.
    fn people(first: i64, rows: i64) -> RecordBatch {
        let ids = Arc::new(Int64Array::from_iter_values(first..first + rows)) as ArrayRef;
        let names = (first..first + rows).map(|id| Some(format!("n{id}"))).collect::<StringArray>();
        RecordBatch::try_from_iter([("id", ids), ("name", Arc::new(names) as ArrayRef)]).unwrap()
    }

    /// Writes people in row groups of these lengths.
    fn write(path: &Path, groups: &[i64]) {
        let schema = people(0, 0).schema();
        let types = ArrowSchemaConverter::new().convert(&schema).unwrap().root_schema_ptr();
        let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), types, Arc::default()).unwrap();
        let encoders = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        let mut first = 0;
        for (number, rows) in groups.iter().enumerate() {
            let batch = people(first, *rows);
            let columns = schema.fields().iter().zip(batch.columns());
            let mut group = writer.next_row_group().unwrap();
            for (mut encoder, (field, array)) in
                encoders.create_column_writers(number).unwrap().into_iter().zip(columns)
            {
                if *rows > 0 {
                    encoder.write(&compute_leaves(field, array).unwrap()[0]).unwrap();
                }
                encoder.close().unwrap().append_to_row_group(&mut group).unwrap();
            }
            group.close().unwrap();
            first += rows;
        }
        writer.close().unwrap();
    }

    async fn plan(context: &SessionContext, path: &Path, sql: &str) -> Arc<dyn ExecutionPlan> {
        context.register_parquet("t", path.to_str().unwrap(), ParquetReadOptions::default()).await.unwrap();
        let plan = context.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
        context.deregister_table("t").unwrap();
        plan
    }

    fn ids(batches: &[RecordBatch]) -> Vec<i64> {
        batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
    }

    #[tokio::test]
    async fn each_partition_reads_its_own_row_group() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        write(&path, &[3, 2, 4]);
        let file = ParquetFile::open(&path).unwrap();
        let context = SessionContext::new();
        let plan = plan(&context, &path, "SELECT -id AS id FROM t").await;
        let plan = by_row_group(&plan, &file).unwrap().unwrap();
        // Whichever comes first must leave the others to themselves.
        for (group, expected) in [(2, vec![-5, -6, -7, -8]), (0, vec![0, -1, -2]), (1, vec![-3, -4])] {
            let batches = plan.execute(group, context.task_ctx()).unwrap().try_collect::<Vec<_>>().await.unwrap();
            assert_eq!(ids(&batches), expected);
        }
        assert_eq!(
            collect(plan, context.task_ctx()).await.unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(),
            9
        );
    }

    #[tokio::test]
    async fn plans_that_do_more_than_compute_are_not_split() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        write(&path, &[3, 2]);
        let file = ParquetFile::open(&path).unwrap();
        let context = SessionContext::new();
        for sql in [
            "SELECT id FROM t WHERE id > 1",
            "SELECT id FROM t LIMIT 1",
            "SELECT id FROM t ORDER BY name",
            "SELECT max(id) FROM t",
            "SELECT id FROM t UNION ALL SELECT id FROM t",
            "SELECT row_number() OVER () FROM t",
            "SELECT 1 AS id",
        ] {
            let plan = plan(&context, &path, sql).await;
            assert!(by_row_group(&plan, &file).unwrap().is_none(), "{sql}");
        }
        let other = folder.path().join("other.parquet");
        write(&other, &[1]);
        let plan = plan(&context, &path, "SELECT id FROM t").await;
        assert!(by_row_group(&plan, &ParquetFile::open(&other).unwrap()).unwrap().is_none(), "another file");
    }

    /// Rewrites a file with `id` computed by `sql` and `name` copied; returns its rows as they are reported.
    async fn rewritten(path: &Path, target: &Path, sql: &str) -> Result<(u64, u64)> {
        let context = SessionContext::new();
        let file = ParquetFile::open(path).unwrap();
        let plan = plan(&context, path, sql).await;
        let computed = by_row_group(&plan, &file).unwrap().map(|plan| Computed { plan, inspect: None });
        let columns = [OutputColumn::Computed(Arc::new(plan.schema().field(0).clone())), OutputColumn::Copied(1)];
        assert!(can_rewrite(&file, &columns));
        let told = std::sync::atomic::AtomicU64::new(0);
        let advanced = |rows| {
            told.fetch_add(rows, std::sync::atomic::Ordering::Relaxed);
        };
        let target = (Opened::file(File::create(target).unwrap()), "target");
        let rows = rewrite(file, &columns, computed, &context.task_ctx(), 2, target, &advanced).await?;
        Ok((rows, told.into_inner()))
    }

    #[tokio::test]
    async fn row_groups_without_rows_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("t.parquet"), folder.path().join("out.parquet"));
        write(&path, &[0, 3, 0, 2]);
        assert_eq!(rewritten(&path, &target, "SELECT id * 2 AS id FROM t").await.unwrap(), (5, 5));
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&target).unwrap()).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let batches: Vec<_> = reader.build().unwrap().map(std::result::Result::unwrap).collect();
        assert_eq!(ids(&batches), [0, 2, 4, 6, 8]);
    }

    #[tokio::test]
    async fn an_error_of_the_plan_ends_the_writing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("t.parquet"), folder.path().join("out.parquet"));
        write(&path, &[3, 2]);
        assert!(rewritten(&path, &target, "SELECT 1 / (id - 4) AS id FROM t").await.is_err());
    }
    #[tokio::test]
    async fn values_of_another_number_of_rows_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        write(&path, &[3]);
        let schema = people(0, 0).schema();
        let columns = schema.fields().iter().map(|field| OutputColumn::Computed(Arc::clone(field))).collect::<Vec<_>>();
        let layout = Layout::new(&ParquetFile::open(&path).unwrap(), &columns).unwrap();
        let encoders = Encoders::new(&layout).unwrap();
        for (rows, is_fit) in [(2, false), (3, true), (4, false)] {
            let batches = stream::iter([Ok(people(0, rows))]);
            let batches = Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), batches));
            assert_eq!(encoders.encode(0, 3, batches).await.is_ok(), is_fit, "{rows} rows");
        }
    }
}
