//! A dump on standard input: masked while it passes by, where the script allows that.
//!
//! The tables of such a dump are known when their rows come. Statements on them wait until then ([`defer`]), and are carried
//! out for each table by [`export_stream`], on a database that holds that table alone.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::sql::sqlparser::ast::{ObjectName, Statement as AstStatement};
use futures::future::BoxFuture;
use loup_sources::attach::{AttachedTable, Attachment, FileKind};
use loup_sources::dump::{DumpTable, LiveDump, QualifiedName, Server, TableIndex};
use loup_sources::sink::{PassPlanner, Passed, pass_dump};

use super::attach::register;
use super::dump::{Ready, half_changed, records};
use super::export::view;
use super::outlet::Outlet;
use super::sink::watch;
use super::{truncate_targets, update, updated_table};
use crate::catalog::Database;
use crate::declared::refuse_unfit;
use crate::script::Export;
use crate::{Error, Outcome, Result, Session};

/// A stream that is attached, and the statements that wait for its tables.
#[derive(Debug)]
pub(crate) struct PendingStream {
    pub(crate) name: String,
    dump: LiveDump,
    statements: Vec<Deferred>,
}

/// A statement that waits.
#[derive(Debug)]
struct Deferred {
    line: u64,
    statement: AstStatement,
    /// The tables that it names, and whether they came.
    tables: Vec<(ObjectName, bool)>,
}

impl PendingStream {
    pub(crate) fn new(name: &str, dump: LiveDump) -> Self {
        Self { name: name.to_owned(), dump, statements: Vec::new() }
    }

    /// Takes a statement that names tables of the stream; `None` gives it back as none of the stream's.
    pub(crate) fn defer(&mut self, statement: &AstStatement, line: u64) -> Result<Option<Outcome>> {
        let (tables, tag) = match statement {
            AstStatement::Update(update) => (vec![updated_table(update)?], "UPDATE"),
            AstStatement::Truncate(truncate) => (truncate_targets(truncate), "TRUNCATE"),
            _ => return Ok(None),
        };
        if !tables.iter().all(|table| is_in(table, &self.name)) {
            return Ok(None);
        }
        let tables = tables.into_iter().map(|table| (table, false)).collect();
        self.statements.push(Deferred { line, statement: statement.clone(), tables });
        Ok(Some(Outcome::done(tag)))
    }
}

fn is_in(table: &ObjectName, database: &str) -> bool {
    let first = table.0.first().filter(|_| table.0.len() > 1).and_then(|part| part.as_ident());
    first.is_some_and(|first| first.value.eq_ignore_ascii_case(database))
}

/// `EXPORT DATABASE name TO 'x'` of a stream: reads it, carries out what waits for its tables, and writes it.
pub(crate) async fn export_stream(session: &Session, export: &Export, stream: PendingStream) -> Result<Outcome> {
    let PendingStream { name, mut dump, statements } = stream;
    let mut outlet = Outlet::open(session, &export.target).await?;
    let mut planner = Planner {
        session,
        name: &name,
        server: dump.server(),
        target: &export.target,
        statements,
        ready: HashMap::new(),
    };
    let written = pass(session, &mut dump, &mut planner, &mut outlet).await;
    super::attach::forget(session, &name)?;
    let notices = match written.and_then(|rows| planner.finish(&rows)) {
        Ok(notices) => notices,
        Err(error) => return Err(outlet.discard(error).await),
    };
    let (rows, mut notices) = notices;
    let others = dump.others().iter().map(|(word, count)| format!("{word} ({count})")).collect::<Vec<_>>();
    if !others.is_empty() {
        notices.push(format!("passed on as they are: {}", others.join(", ")));
    }
    notices.extend(outlet.keep(session, rows).await?);
    Ok(Outcome::Done { tag: "EXPORT".to_owned(), rows: Some(rows), notices })
}

async fn pass(
    session: &Session,
    dump: &mut LiveDump,
    planner: &mut Planner<'_>,
    outlet: &mut Outlet,
) -> Result<BTreeMap<String, u64>> {
    let destination = outlet.destination()?;
    let context = session.context.task_ctx();
    let rows = AtomicU64::new(0);
    let bytes = dump.bytes_read();
    let advanced = |more| {
        rows.fetch_add(more, Ordering::Relaxed);
    };
    let (name, scanned) = (dump.name().to_owned(), || bytes.load(Ordering::Relaxed));
    let work = pass_dump(dump, planner, &context, destination, &advanced);
    match &session.progress {
        None => work.await,
        Some(progress) => watch(progress.as_ref(), &name, None, &scanned, &rows, work).await,
    }
}

/// Carries out the statements that wait for a table when it comes.
struct Planner<'a> {
    session: &'a Session,
    name: &'a str,
    server: Server,
    target: &'a str,
    statements: Vec<Deferred>,
    /// By the names that the dump has for tables.
    ready: HashMap<String, Ready>,
}

impl PassPlanner<Error> for Planner<'_> {
    fn plan(&mut self, table: DumpTable) -> BoxFuture<'_, Result<Passed>> {
        Box::pin(self.plan_table(table))
    }
}

impl Planner<'_> {
    async fn plan_table(&mut self, table: DumpTable) -> Result<Passed> {
        let found = Arc::clone(table.table());
        let main = match self.server {
            Server::Postgres => "public".to_owned(),
            Server::MySql => found.first_schema.clone(),
        };
        let is_main = found.name.schema == main;
        let attached = AttachedTable {
            name: if is_main { found.name.name.clone() } else { found.name.to_string() },
            schema: Some(found.name.schema.clone()),
            kind: FileKind::Dump,
            files: Vec::new(),
            bytes: 0,
            provider: Arc::new(table.clone()),
            csv: None,
        };
        let key = attached.name.clone();
        let attachment = Attachment {
            root: PathBuf::new(),
            paths: Vec::new(),
            tables: vec![attached],
            ignored: Vec::new(),
            dump: None,
            main_schema: Some(main),
        };
        let database = register(self.session, self.name, Database::new(self.name, attachment))?;
        let is_dropped = self.carry_out(&database, &key).await?;
        let changed = database.tables.get(&key).filter(|table| table.is_changed());
        let is_changed = is_dropped || changed.is_some();
        if !is_changed && let Some(parent) = self.changed_ancestor(&found) {
            return Err(half_changed(&parent.name, &found.name));
        }
        if is_dropped {
            return Ok(Passed::Dropped);
        }
        let Some(changed) = changed else { return Ok(Passed::Copied) };
        let plan = view(&database, changed)?;
        let watched = self.session.watch(&format!("{}.{key}", self.name), self.target, &plan)?;
        refuse_unfit(&found, &watched, None)?;
        let Some((plan, ready)) = records(self.session, &table, &plan, watched).await? else {
            return Err(Error::Plan(format!(
                "{key}: a statement needs more than one pass; save the dump and ATTACH the file"
            )));
        };
        self.ready.insert(found.name.to_string(), ready);
        Ok(Passed::Rewritten(plan))
    }

    /// Returns the table that a statement names and whose rows this table's are too.
    fn changed_ancestor<'t>(&self, table: &'t TableIndex) -> Option<&'t QualifiedName> {
        let ancestors = &table.definition.as_ref()?.ancestors;
        let names = || self.statements.iter().flat_map(|statement| &statement.tables);
        // The schema is not looked at: one that has the name is refused too.
        let named = |ancestor: &&QualifiedName| {
            let last =
                |name: &ObjectName| name.0.last().and_then(|part| part.as_ident()).map(|part| part.value.clone());
            names().any(|(name, _)| last(name).is_some_and(|last| last.eq_ignore_ascii_case(&ancestor.name)))
        };
        ancestors.iter().find(named)
    }

    /// Carries out what waits for a table; returns whether its rows are dropped.
    async fn carry_out(&mut self, database: &Database, key: &str) -> Result<bool> {
        let session = self.session;
        let is_it = |name: &ObjectName| -> Result<bool> {
            let Some(found) = session.find_table(name)? else { return Ok(false) };
            Ok(found.path.first().is_some_and(|first| first == &database.name)
                && database.table(&found).is_ok_and(|table| table.source.name == key))
        };
        let mut is_dropped = false;
        for Deferred { line, statement, tables } in &mut self.statements {
            let mut is_named = false;
            for (name, came) in tables {
                if is_it(name)? {
                    (*came, is_named) = (true, true);
                }
            }
            if !is_named {
                continue;
            }
            let at_line = |source| Error::Statement { line: *line, source: Box::new(source) };
            match statement {
                AstStatement::Update(one) if !is_dropped => {
                    session.enter_line(*line);
                    update(session, one.clone()).await.map_err(at_line)?;
                }
                AstStatement::Truncate(_) => is_dropped = true,
                _ => {}
            }
        }
        Ok(is_dropped)
    }

    /// Judges what was written; returns its rows and what its author should know.
    fn finish(&mut self, written: &BTreeMap<String, u64>) -> Result<(u64, Vec<String>)> {
        for Deferred { line, tables, .. } in &self.statements {
            if let Some((name, _)) = tables.iter().find(|(_, came)| !came) {
                let source = Box::new(Error::Plan(format!("there is no table {name} in the dump that passed")));
                return Err(Error::Statement { line: *line, source });
            }
        }
        let mut notices = vec!["the dump was masked in one pass; unique keys and joins were not looked at".to_owned()];
        let mut names: Vec<_> = self.ready.keys().cloned().collect();
        names.sort();
        for name in names {
            let Some(ready) = self.ready.remove(&name) else { continue };
            let rows = written.get(&name).copied().unwrap_or_default();
            notices.push(format!("{name}: {rows} rows"));
            notices.extend(ready.judged_once(self.session, rows)?);
        }
        Ok((written.values().sum(), notices))
    }
}
