//! Writes Parquet tables by copying the column chunks of what no statement touched.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use loup_sources::attach::FileKind;
use loup_sources::sink::Opened;
use loup_sources::sink::parquet::{
    Computed, OutputColumn, ParquetFile, by_row_group, can_rewrite, copy_whole, rewrite,
};
use loup_sources::{SourceError, Tally};

use super::sink::{Format, Written, inspect, watch};
use crate::fidelity::unique_names;
use crate::row_for_row::row_for_row;
use crate::verify::{Place, WatchedTable};
use crate::{Result, Session};

/// A table whose files are written by copying chunks.
pub(super) struct Chunks {
    files: Vec<PathBuf>,
    table: SchemaRef,
    /// `None` where the files stay as they are.
    columns: Option<Vec<OutputColumn>>,
    /// What computes the columns that are not copied, and who counts them.
    computed: Option<(Arc<dyn ExecutionPlan>, Arc<Tally>)>,
    rows: u64,
    bytes: u64,
}

/// Finds out whether a plan's output can be made of its source's chunks; where not, it is written as any other.
pub(super) async fn chunks(
    session: &Session,
    logical: &LogicalPlan,
    format: &Format,
    watched: &WatchedTable,
) -> Result<Option<Chunks>> {
    if format.kind != FileKind::Parquet || unique_names(logical).len() < logical.schema().fields().len() {
        return Ok(None);
    }
    let Some(found) = row_for_row(logical) else { return Ok(None) };
    // Whatever judges plans sees the whole one, not only the part that computes.
    session.state(true).create_physical_plan(logical).await?;
    let is_whole = found.columns.iter().copied().eq((0..found.table.fields().len()).map(Some));
    let computed = if is_whole { None } else { computed(session, watched, &found.columns).await? };
    let columns = (!is_whole).then(|| output_columns(&found.columns, computed.as_ref().map(|(plan, _)| plan)));
    let mut chunks = Chunks { files: found.files, table: found.table, columns, computed, rows: 0, bytes: 0 };
    for path in &chunks.files {
        // An unreadable file is told of by those who read all of it.
        let Ok(file) = ParquetFile::open(path) else { return Ok(None) };
        if !chunks.fits(&file)? {
            return Ok(None);
        }
        chunks.rows += file.rows();
        chunks.bytes += file.bytes();
    }
    Ok(Some(chunks))
}

/// Plans the columns that are not handed on untouched, and behind them the originals of those that are counted.
async fn computed(
    session: &Session,
    watched: &WatchedTable,
    untouched: &[Option<usize>],
) -> Result<Option<(Arc<dyn ExecutionPlan>, Arc<Tally>)>> {
    let columns = watched.plan().schema().columns().into_iter().zip(untouched);
    let computed: Vec<_> =
        columns.filter(|(_, untouched)| untouched.is_none()).map(|(column, _)| Expr::Column(column)).collect();
    if computed.is_empty() {
        return Ok(None);
    }
    let mut place = 0..computed.len();
    let places = untouched.iter().map(|untouched| match untouched {
        Some(_) => None,
        None => place.next().map(|place| Place { place, cells: None }),
    });
    let tally = watched.tally(&places.collect::<Vec<_>>(), None, session.context.task_ctx().memory_pool())?;
    let columns = computed.into_iter().chain(watched.witnesses());
    let plan = LogicalPlanBuilder::from(watched.plan().clone()).project(columns)?.build()?;
    // One partition: rows are dealt out by row group later.
    Ok(Some((session.state(true).create_physical_plan(&plan).await?, tally)))
}

fn output_columns(untouched: &[Option<usize>], computed: Option<&Arc<dyn ExecutionPlan>>) -> Vec<OutputColumn> {
    let schema = computed.map(|plan| plan.schema());
    let mut fields = schema.iter().flat_map(|schema| schema.fields().iter().cloned());
    let columns = untouched.iter().map(|untouched| match untouched {
        Some(number) => OutputColumn::Copied(*number),
        None => {
            OutputColumn::Computed(fields.next().expect("the plan has a field for each column that is not untouched"))
        }
    });
    columns.collect()
}

impl Chunks {
    /// Returns the number of files that are written.
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    /// Returns whether a file is what its table says, and can be written from its chunks.
    fn fits(&self, file: &ParquetFile) -> Result<bool, DataFusionError> {
        let Some(columns) = &self.columns else {
            // What the table does not show must not leave with it.
            return Ok(file.is_part_of(&self.table));
        };
        let has_plan = match &self.computed {
            Some((plan, _)) => by_row_group(plan, file)?.is_some(),
            None => true,
        };
        Ok(has_plan && file.reads_as(&self.table) && can_rewrite(file, columns))
    }

    /// Writes each file of the table to its own of `targets` and verifies what it writes.
    pub(super) async fn run(
        self,
        session: &Session,
        targets: Vec<(Opened, String)>,
        watched: &WatchedTable,
    ) -> Result<Written> {
        let done = AtomicU64::new(0);
        let advanced = |rows| {
            done.fetch_add(rows, Ordering::Relaxed);
        };
        let work = self.write(session, targets, &advanced);
        let rows = match &session.progress {
            None => work.await?,
            Some(progress) => {
                // Most bytes are copied with their row group, so they count as it does.
                let share = |rows| (u128::from(self.bytes) * u128::from(rows) / u128::from(self.rows.max(1))) as u64;
                let scanned = || share(done.load(Ordering::Relaxed));
                watch(progress.as_ref(), watched.name(), Some(self.bytes), &scanned, &done, work).await?
            }
        };
        let tally = self.computed.as_ref().map(|(_, tally)| tally.as_ref());
        let notices = session.verified(watched, tally, rows, Some(self.rows))?;
        Ok(Written { rows, notices })
    }

    async fn write(
        &self,
        session: &Session,
        targets: Vec<(Opened, String)>,
        advanced: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, DataFusionError> {
        let partitions = session.context.state().config().target_partitions();
        // An object has several parts in memory, so they come one after the other.
        let is_remote = targets.iter().any(|(target, _)| target.is_object());
        let files = if is_remote { 1 } else { self.files.len().min(partitions).max(1) };
        let groups = partitions.div_ceil(files);
        let work: Vec<_> = self
            .files
            .iter()
            .zip(targets)
            .map(|(source, target)| self.write_file(session, source, target, groups, advanced))
            .collect();
        stream::iter(work).buffer_unordered(files).try_fold(0, async |total, rows| Ok(total + rows)).await
    }

    fn write_file<'a>(
        &'a self,
        session: &'a Session,
        source: &'a Path,
        (target, name): (Opened, String),
        groups: usize,
        advanced: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<u64, DataFusionError>> {
        async move {
            let source = ParquetFile::open(source)?;
            if !self.fits(&source)? {
                let changed = format!("{}: the file changed during the run", source.path().display());
                return Err(SourceError::Attach(changed).into());
            }
            let Some(columns) = &self.columns else {
                let rows = copy_whole(source, target, &name).await?;
                advanced(rows);
                return Ok(rows);
            };
            let computed = match &self.computed {
                Some((plan, tally)) => {
                    by_row_group(plan, &source)?.map(|plan| Computed { plan, inspect: Some(inspect(tally)) })
                }
                None => None,
            };
            let context = session.context.task_ctx();
            rewrite(source, columns, computed, &context, groups, (target, &name), advanced).await
        }
        .boxed()
    }
}
