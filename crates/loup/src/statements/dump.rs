//! `EXPORT DATABASE name TO 'file.sql'`: a dump written back with what statements changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use loup_sources::Tally;
use loup_sources::dump::{DumpIndex, DumpTable, QualifiedName};
use loup_sources::sink::{AnewEncoder, DumpPlan, RecordEncoder, Rewrite, write_dump};

use super::export::view;
use super::outlet::Outlet;
use super::sink::{Columns, inspect, plan as plan_values, scanned_bytes, scanned_rows, watch};
use super::unique::check_unique;
use crate::catalog::{Database, Table};
use crate::declared::refuse_unfit;
use crate::fidelity::{Exposed, expose};
use crate::row_for_row::same_columns;
use crate::script::Export;
use crate::verify::{Place, WatchedTable};
use crate::{Error, Outcome, Result, Session};

/// Writes a dump with new rows for the tables that statements changed; everything else is copied byte for byte.
pub(super) async fn export(
    session: &Session,
    export: &Export,
    database: Arc<Database>,
    index: Arc<DumpIndex>,
) -> Result<Outcome> {
    let mut changed = Vec::new();
    for (number, name) in table_names(&database, &index).into_iter().enumerate() {
        let Some(table) = database.tables.get(&name).filter(|table| table.is_changed()) else { continue };
        let plan = view(&database, table)?;
        let label = format!("{}.{name}", database.name);
        let watched = session.watch(&label, &export.target, &plan)?;
        let found = &index.tables()[number];
        refuse_unfit(found, &watched, Some(found.rows))?;
        let dump_table = DumpTable::of(table.source.provider.as_ref());
        let dump_table = dump_table.ok_or_else(|| Error::Plan(format!("{name} is no table of a dump")))?;
        changed.push(Changed { number, name, dump_table, plan, watched });
    }
    for Changed { name, watched, plan, .. } in &changed {
        check_unique(session, &database, &index, name, plan, watched).await?;
    }
    let mut outlet = Outlet::open(session, &export.target).await?;
    let mut notices = Vec::new();
    let rows = match write(session, export, &index, changed, &mut outlet, &mut notices).await {
        Ok(rows) => rows,
        Err(error) => return Err(outlet.discard(error).await),
    };
    notices.extend(outlet.keep(session, rows).await?);
    Ok(Outcome::Done { tag: "EXPORT".to_owned(), rows: Some(rows), notices })
}

/// Refuses a change of a table whose rows are also in others, partitions or children, that stay as they are.
pub(super) fn refuse_half_changed(database: &Database, index: &DumpIndex) -> Result<()> {
    let names = table_names(database, index);
    let is_changed = |number: usize| database.tables.get(&names[number]).is_some_and(Table::is_changed);
    for (number, table) in index.tables().iter().enumerate() {
        let ancestors = table.definition.as_ref().map_or(&[][..], |definition| &definition.ancestors);
        if ancestors.is_empty() || table.rows == 0 || is_changed(number) {
            continue;
        }
        let is_parent = |&at: &usize| ancestors.contains(&index.tables()[at].name) && is_changed(at);
        if let Some(parent) = (0..names.len()).find(is_parent) {
            return Err(half_changed(&names[parent], &table.name));
        }
    }
    Ok(())
}

/// Returns the error of a parent that is changed without its child.
pub(super) fn half_changed(parent: &str, child: &QualifiedName) -> Error {
    Error::Refused(format!(
        "{parent} is changed and {child}, whose rows are rows of it too, is not: a dump has them apart, so name each in a statement"
    ))
}

/// Returns the names that a dump's tables have in their database, by their numbers.
fn table_names(database: &Database, index: &DumpIndex) -> Vec<String> {
    index.tables().iter().map(|table| database.key(Some(&table.name.schema), &table.name.name)).collect()
}

/// A table whose rows are changed.
struct Changed {
    number: usize,
    name: String,
    dump_table: DumpTable,
    plan: LogicalPlan,
    watched: WatchedTable,
}

/// A changed table that is ready to be written.
pub(super) struct Ready {
    watched: WatchedTable,
    tally: Arc<Tally>,
    physical: Arc<dyn ExecutionPlan>,
}

impl Ready {
    /// Judges so many rows that were written and can be read again.
    fn judged(&self, session: &Session, rows: u64) -> Result<Vec<String>> {
        session.verified(&self.watched, Some(&self.tally), rows, scanned_rows(self.physical.as_ref()))
    }

    /// Judges so many rows that have passed.
    pub(super) fn judged_once(&self, session: &Session, rows: u64) -> Result<Vec<String>> {
        session.verified_once(&self.watched, Some(&self.tally), rows, scanned_rows(self.physical.as_ref()))
    }
}

async fn write(
    session: &Session,
    export: &Export,
    index: &Arc<DumpIndex>,
    changed: Vec<Changed>,
    outlet: &mut Outlet,
    notices: &mut Vec<String>,
) -> Result<u64> {
    let copied = index.tables().len() - changed.len();
    notices.push(format!("{} tables written anew, {copied} copied, to {}", changed.len(), export.target));
    let (mut plans, mut ready) = (BTreeMap::new(), BTreeMap::new());
    for table in changed {
        let number = table.number;
        let (plan, table) = prepare(session, index, table).await?;
        plans.insert(number, plan);
        ready.insert(number, table);
    }
    let destination = outlet.destination()?;
    let context = session.context.task_ctx();
    let rows = AtomicU64::new(0);
    let advanced = |more| {
        rows.fetch_add(more, Ordering::Relaxed);
    };
    let work = write_dump(index, plans, &context, destination, &advanced);
    let written = match &session.progress {
        None => work.await?,
        Some(progress) => {
            let total = ready.keys().map(|number| index.tables()[*number].bytes).sum();
            let scanned = || ready.values().map(|table| scanned_bytes(table.physical.as_ref())).sum();
            watch(progress.as_ref(), &export.target, Some(total), &scanned, &rows, work).await?
        }
    };
    for (number, table) in &ready {
        let rows = written.get(number).copied().unwrap_or_default();
        notices.push(format!("{}: {rows} rows", index.tables()[*number].name));
        notices.extend(table.judged(session, rows)?);
    }
    if let Some(staged) = outlet.staged() {
        let counts = index.tables().iter().enumerate().map(|(number, table)| {
            let rows = written.get(&number).copied().unwrap_or(table.rows);
            (table.name.to_string(), rows)
        });
        session.read_dump_back(&export.target, &staged.path_of(&export.target)?, &counts.collect()).await?;
    }
    Ok(written.values().sum())
}

async fn prepare(session: &Session, index: &Arc<DumpIndex>, table: Changed) -> Result<(DumpPlan, Ready)> {
    let Changed { number, dump_table, plan, watched, .. } = table;
    if same_columns(&plan).is_some() {
        let Some(ready) = records(session, &dump_table, &plan, watched).await? else {
            return Err(Error::Plan("the records of a dump do not reach its output".to_owned()));
        };
        return Ok(ready);
    }
    let pool = Arc::clone(session.context.task_ctx().memory_pool());
    let planned = plan_values(session, &plan, Columns::Values, Some(&watched)).await?;
    let places = (0..plan.schema().fields().len()).map(|place| Some(Place { place, cells: None }));
    let tally = watched.tally(&places.collect::<Vec<_>>(), planned.position, &pool)?;
    let encoder = AnewEncoder::new(index, number).await?;
    let rewrite = Rewrite::Anew(Arc::new(encoder));
    Ok(ready(planned.physical, planned.position, rewrite, tally, watched))
}

/// Plans a table whose rows stay, each in its place; `None` where a plan does not give one row for each.
pub(super) async fn records(
    session: &Session,
    table: &DumpTable,
    plan: &LogicalPlan,
    watched: WatchedTable,
) -> Result<Option<(DumpPlan, Ready)>> {
    let Some(same) = same_columns(plan) else { return Ok(None) };
    let pool = Arc::clone(session.context.task_ctx().memory_pool());
    let changed: Vec<usize> = (0..same.len()).filter(|column| !same[*column]).collect();
    let witnesses = watched.witnesses();
    let Exposed { plan: exposed, position, record, .. } = expose(watched.plan(), None)?;
    let (Some(position), Some(record)) = (position, record) else { return Ok(None) };
    let columns = plan.schema().columns();
    let values = changed.iter().map(|column| Expr::Column(columns[*column].clone()));
    let (record_at, position_at) = (changed.len() + witnesses.len(), changed.len() + witnesses.len() + 1);
    let wanted = values.chain(witnesses).chain([Expr::Column(record), Expr::Column(position)]);
    let wanted = LogicalPlanBuilder::from(exposed).project(wanted)?.build()?;
    let physical = session.state(false).create_physical_plan(&wanted).await?;
    let mut places = vec![None; same.len()];
    for (place, column) in changed.iter().enumerate() {
        places[*column] = Some(Place { place, cells: None });
    }
    let tally = watched.tally(&places, Some(position_at), &pool)?;
    let changed = changed.into_iter().enumerate().map(|(place, column)| (column, place)).collect();
    let encoder = RecordEncoder::new(table.clone(), changed, record_at, position_at);
    let rewrite = Rewrite::Records(Arc::new(encoder));
    Ok(Some(ready(physical, Some(position_at), rewrite, tally, watched)))
}

fn ready(
    physical: Arc<dyn ExecutionPlan>,
    position: Option<usize>,
    rewrite: Rewrite,
    tally: Arc<Tally>,
    watched: WatchedTable,
) -> (DumpPlan, Ready) {
    let plan = DumpPlan { plan: Arc::clone(&physical), position, rewrite, inspect: Some(inspect(&tally)) };
    (plan, Ready { watched, tally, physical })
}
