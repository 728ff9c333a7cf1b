//! Runs a plan into files.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use datafusion::arrow::datatypes::Schema;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use loup_sources::attach::FileKind;
use loup_sources::sink::{Body, CsvColumn, CsvEncoder, Destination, Encoding, Inspect, NdjsonEncoder, Opened, write};
use loup_sources::{Compression, CsvOptions, CsvTable, Tally};
use loup_text::csv::BOM;

use crate::fidelity::{Exposed, expose, is_streaming, needs_source_order, unique_names};
use crate::shuffles::numbers_rows;
use crate::verify::{Place, WatchedTable};
use crate::{Error, Progress, Result, Session};

/// How a file is written.
#[derive(Debug, Clone)]
pub(super) struct Format {
    pub(super) kind: FileKind,
    pub(super) compression: Compression,
    /// Options of CSV; unused by other kinds.
    pub(super) csv: CsvOptions,
}

/// What a plan is run for.
pub(super) enum Columns<'a> {
    /// Values, for a caller.
    Values,
    /// What a file of this format holds.
    Formatted(&'a Format),
}

/// A plan ready to run: its columns, then the originals of those that are counted, then the position where there is one.
pub(super) struct Planned {
    pub(super) physical: Arc<dyn ExecutionPlan>,
    pub(super) position: Option<usize>,
    /// For each column, whether it holds raw cells.
    is_raw: Vec<bool>,
    /// The CSV tables that raw cells come from.
    tables: Vec<CsvTable>,
}

/// Plans a sink or query so that untouched cells, the order of rows and what verification compares reach it.
pub(super) async fn plan(
    session: &Session,
    plan: &LogicalPlan,
    columns: Columns<'_>,
    watched: Option<&WatchedTable>,
) -> Result<Planned> {
    let dialect = match columns {
        Columns::Formatted(Format { kind: FileKind::Csv | FileKind::Tsv, csv, .. }) => Some(&csv.dialect),
        _ => None,
    };
    let (width, plan) = (plan.schema().fields().len(), watched.map_or(plan, WatchedTable::plan));
    let witnesses = watched.map(WatchedTable::witnesses).unwrap_or_default();
    let Exposed { plan: exposed, mut raw, position, tables, is_changed, .. } = expose(plan, dialect)?;
    raw.truncate(width);
    let is_raw: Vec<bool> = raw.iter().map(Option::is_some).collect();
    let behind = width + witnesses.len();
    let numbers_rows = numbers_rows(&exposed)?;
    let values = plan.schema().columns().into_iter().zip(raw).map(|(value, raw)| raw.unwrap_or(value));
    let wanted = if is_changed || watched.is_some() {
        let kept = values.map(Expr::Column).chain(witnesses).chain(position.clone().map(Expr::Column));
        LogicalPlanBuilder::from(exposed).project(kept)?.build()?
    } else {
        plan.clone()
    };
    // Without positions only a single partition keeps the order of what is merely passed on.
    let is_single = position.is_none() && is_streaming(plan) || needs_source_order(plan) || numbers_rows;
    let physical = session.state(is_single).create_physical_plan(&wanted).await?;
    let position = position.map(|_| behind);
    Ok(Planned { physical, position, is_raw, tables })
}

/// What was written.
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) notices: Vec<String>,
}

/// Runs the plan of a table into files and verifies what it writes.
pub(super) async fn run(
    session: &Session,
    logical: &LogicalPlan,
    format: &Format,
    files: Vec<(Opened, String)>,
    watched: &WatchedTable,
) -> Result<Written> {
    let planned = plan(session, logical, Columns::Formatted(format), Some(watched)).await?;
    let (encoding, body) = encoding(logical, &planned, format)?;
    let mut destinations: Vec<_> =
        files.into_iter().map(|(file, name)| Destination { file, name, body: body.clone() }).collect();
    own_headers(&planned, format, &mut destinations);
    let Planned { physical, position, is_raw, .. } = planned;
    let context = session.context.task_ctx();
    let places = is_raw.iter().enumerate();
    let places = places.map(|(place, is_raw)| Some(Place { place, cells: is_raw.then_some(&format.csv.dialect) }));
    let tally = watched.tally(&places.collect::<Vec<_>>(), position, context.memory_pool())?;
    let rows = AtomicU64::new(0);
    let advanced = |more| {
        rows.fetch_add(more, Ordering::Relaxed);
    };
    let look = Some(inspect(&tally));
    let work = write(Arc::clone(&physical), &context, position, encoding, look, destinations, &advanced);
    let written = match &session.progress {
        None => work.await?,
        Some(progress) => {
            let total = total_bytes(physical.as_ref());
            watch(progress.as_ref(), watched.name(), total, &|| scanned_bytes(physical.as_ref()), &rows, work).await?
        }
    };
    let rows = written.into_iter().sum();
    let notices = session.verified(watched, Some(&tally), rows, scanned_rows(physical.as_ref()))?;
    Ok(Written { rows, notices })
}

/// Lets a sink show its batches to who counts them.
pub(super) fn inspect(tally: &Arc<Tally>) -> Inspect {
    let tally = Arc::clone(tally);
    Arc::new(move |batch| tally.add(batch))
}

/// Returns the rows that the sources below a plan gave; `None` where one of them does not tell.
pub(super) fn scanned_rows(plan: &dyn ExecutionPlan) -> Option<u64> {
    let children = plan.children();
    if children.is_empty() {
        return plan.metrics()?.output_rows().map(|rows| rows as u64);
    }
    children.into_iter().map(|child| scanned_rows(child.as_ref())).sum()
}

/// Awaits `work` and tells of its progress ten times a second.
pub(super) async fn watch<T>(
    progress: &dyn Progress,
    task: &str,
    total: Option<u64>,
    scanned: &(dyn Fn() -> u64 + Sync),
    rows: &AtomicU64,
    work: impl Future<Output = T>,
) -> T {
    progress.started(task, total);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let (mut seen_bytes, mut seen_rows) = (0, 0);
    let mut tell = || {
        let (bytes, rows) = (scanned(), rows.load(Ordering::Relaxed));
        progress.advanced(bytes.saturating_sub(seen_bytes), rows - seen_rows);
        (seen_bytes, seen_rows) = (bytes, rows);
    };
    let mut work = std::pin::pin!(work);
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = ticks.tick() => tell(),
        }
    };
    tell();
    progress.finished(task, rows.load(Ordering::Relaxed));
    result
}

pub(super) fn scanned_bytes(plan: &dyn ExecutionPlan) -> u64 {
    let own = plan.metrics().and_then(|metrics| metrics.sum_by_name("bytes_scanned"));
    let own = own.map_or(0, |bytes| bytes.as_usize() as u64);
    own + plan.children().into_iter().map(|child| scanned_bytes(child.as_ref())).sum::<u64>()
}

/// Returns the bytes of the files below a plan; shares of one file are counted once.
fn total_bytes(plan: &dyn ExecutionPlan) -> Option<u64> {
    use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
    use datafusion::datasource::source::DataSourceExec;

    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        let config = scan.data_source().downcast_ref::<FileScanConfig>()?;
        let files = config.file_groups.iter().flat_map(FileGroup::iter);
        let files = files.map(|file| (file.object_meta.location.clone(), file.object_meta.size));
        return Some(files.collect::<std::collections::BTreeMap<_, _>>().into_values().sum());
    }
    plan.children().into_iter().map(|child| total_bytes(child.as_ref())).sum()
}

/// Gives each file of a table that is written back to its files the header and byte order mark it had.
fn own_headers(planned: &Planned, format: &Format, destinations: &mut [Destination]) {
    let [table] = planned.tables.as_slice() else { return };
    if destinations.len() < 2 || destinations.len() != table.headers().len() || !format.csv.has_header {
        return;
    }
    for (destination, header) in destinations.iter_mut().zip(table.headers()) {
        if let Body::Text { start, .. } = &mut destination.body {
            *start = if header.has_bom { BOM.to_vec() } else { Vec::new() };
            start.extend(header.raw.join(&header.dialect.delimiter));
            start.extend_from_slice(header.dialect.terminator.as_bytes());
        }
    }
}

fn encoding(logical: &LogicalPlan, planned: &Planned, format: &Format) -> Result<(Encoding, Body)> {
    let width = planned.is_raw.len();
    let schema = planned.physical.schema();
    let schema = Arc::new(Schema::new(schema.fields()[..width].to_vec()));
    if format.kind != FileKind::Csv && format.kind != FileKind::Tsv && unique_names(logical).len() < width {
        return Err(Error::Plan("two columns have one name; give one of them another with AS".to_owned()));
    }
    let text = |start| Body::Text { start, compression: format.compression };
    Ok(match format.kind {
        FileKind::Parquet => (Encoding::Batches(Arc::clone(&schema)), Body::Parquet(schema)),
        FileKind::Dump => {
            return Err(Error::Plan("a dump is written from a dump: EXPORT DATABASE .. TO 'x.sql'".to_owned()));
        }
        FileKind::Ndjson => (Encoding::Ndjson(Arc::new(NdjsonEncoder::new(schema))), text(Vec::new())),
        FileKind::Csv | FileKind::Tsv => {
            let mut dialect = format.csv.dialect.clone();
            let source = planned.tables.iter().find_map(CsvTable::header);
            if let Some(source) = source {
                dialect.terminator = source.dialect.terminator;
            }
            let unique = unique_names(logical);
            let header_of = |name: &String| {
                let source = source.filter(|_| unique.contains(name))?;
                let column = source.names.iter().position(|known| known == name)?;
                source.raw.get(column).cloned()
            };
            let names = logical.schema().fields().iter().map(|field| field.name());
            let columns = names
                .zip(&planned.is_raw)
                .map(|(name, &is_raw)| CsvColumn { header: header_of(name).ok_or_else(|| name.clone()), is_raw });
            let encoder = CsvEncoder::new(columns.collect(), dialect);
            let has_bom = source.is_some_and(|source| source.has_bom);
            let mark = if has_bom { BOM.to_vec() } else { Vec::new() };
            let start = if format.csv.has_header { encoder.header(has_bom)? } else { mark };
            (Encoding::Csv(Arc::new(encoder)), text(start))
        }
    })
}
