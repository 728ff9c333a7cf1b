//! `CHECK DATABASE name [AGAINST other]`: what a database declares of its tables, held against what they hold now.

use std::sync::{Arc, PoisonError};

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use loup_sources::dump::{Server, field_keys};

use crate::catalog::{Database, DeclaredKey, Table};
use crate::declared::{Collation, Keyed};
use crate::script::Check;
use crate::verify::numbers;
use crate::{Error, Outcome, Result, Session};

/// One thing that does not hold, as a row.
struct Violation {
    check: &'static str,
    table: String,
    columns: String,
    violations: i64,
    before: i64,
}

/// Counts what breaks keys, NOT NULL and lengths, and fails where there is more of it than in the database that is compared
/// with: `other`, else the original.
pub(crate) async fn check(session: &Session, check: &Check) -> Result<Outcome> {
    let database = named(session, &check.name)?;
    let other = check.against.as_deref().map(|name| named_or_original(session, name)).transpose()?;
    let mut checker = Checker { session, database, other, checks: 0, violations: Vec::new() };
    checker.tables();
    checker.keys().await?;
    checker.columns().await?;
    let Checker { checks, violations, .. } = checker;
    if violations.is_empty() {
        let notices = vec![format!("{checks} checks hold")];
        return Ok(Outcome::Done { tag: "CHECK".to_owned(), rows: None, notices });
    }
    // As an error, and not as rows that a caller may leave unread: what does not hold must end the run.
    let table = pretty_format_batches(&[rows(&violations)?]).map_err(DataFusionError::from)?;
    Err(Error::Assertion(format!(
        "CHECK DATABASE {}: {} of {checks} checks do not hold\n{table}",
        check.name,
        violations.len()
    )))
}

fn rows(violations: &[Violation]) -> Result<RecordBatch> {
    let text = |value: fn(&Violation) -> &str| -> ArrayRef {
        Arc::new(violations.iter().map(|one| Some(value(one))).collect::<StringViewArray>())
    };
    let number =
        |value: fn(&Violation) -> i64| -> ArrayRef { Arc::new(violations.iter().map(value).collect::<Int64Array>()) };
    let columns = [
        ("check", text(|one| one.check)),
        ("table", text(|one| &one.table)),
        ("columns", text(|one| &one.columns)),
        ("violations", number(|one| one.violations)),
        ("before", number(|one| one.before)),
    ];
    RecordBatch::try_from_iter(columns).map_err(|error| DataFusionError::from(error).into())
}

fn named(session: &Session, name: &str) -> Result<Arc<Database>> {
    let known = session.databases.read().unwrap_or_else(PoisonError::into_inner);
    let found = known.values().find(|database| database.name.eq_ignore_ascii_case(name));
    found.cloned().ok_or_else(|| Error::Plan(format!("CHECK DATABASE: nothing is attached as {name}")))
}

/// A database that is compared with, as it looks now or as it was attached.
struct Other {
    database: Arc<Database>,
    is_original: bool,
}

fn named_or_original(session: &Session, name: &str) -> Result<Other> {
    match name.strip_suffix(crate::session::names::ORIGINAL).and_then(|name| named(session, name).ok()) {
        Some(database) => Ok(Other { database, is_original: true }),
        None => Ok(Other { database: named(session, name)?, is_original: false }),
    }
}

struct Checker<'a> {
    session: &'a Session,
    database: Arc<Database>,
    other: Option<Other>,
    checks: usize,
    violations: Vec<Violation>,
}

/// A table in two states, now and before, and how its columns are compared.
struct Pair {
    now: LogicalPlan,
    before: LogicalPlan,
}

impl Checker<'_> {
    fn server(&self) -> Server {
        self.database.dump.as_deref().map_or(Server::Postgres, loup_sources::dump::DumpIndex::server)
    }

    /// Tables of the other database are here too.
    fn tables(&mut self) {
        let Some(other) = &self.other else { return };
        self.checks += 1;
        for name in other.database.tables.keys().filter(|name| !self.database.tables.contains_key(*name)) {
            let (table, columns) = (name.clone(), String::new());
            self.violations.push(Violation { check: "table", table, columns, violations: 1, before: 0 });
        }
    }

    fn pair(&self, name: &str) -> Result<Option<Pair>> {
        let Some(table) = self.database.tables.get(name) else { return Ok(None) };
        let before = match &self.other {
            None => Some(scan(name, &table.source.provider)?),
            Some(other) => match other.database.tables.get(name) {
                Some(table) if other.is_original => Some(scan(name, &table.source.provider)?),
                Some(table) => Some(scan(name, &table.view())?),
                None => None,
            },
        };
        before.map(|before| Ok(Pair { now: scan(name, &table.view())?, before })).transpose()
    }

    fn keyed(&self, plan: &LogicalPlan, table: &str, columns: &[String]) -> Option<Keyed> {
        let server = self.server();
        let declared = self.database.tables.get(table)?.source.provider.schema();
        let collation =
            |name: &str| declared.field_with_name(name).map_or(Collation::Exact, |field| Collation::of(field, server));
        Keyed::new(plan, columns, collation)
    }

    async fn keys(&mut self) -> Result<()> {
        for key in self.database.keys() {
            let Some(Pair { now, before }) = self.pair(&key.table)? else { continue };
            let both = |plan: &LogicalPlan| self.keyed(plan, &key.table, &key.columns);
            let (Some(now), Some(before)) = (both(&now), both(&before)) else { continue };
            let (check, now, before) = match &key.parent {
                None => ("unique", now.duplicates()?, before.duplicates()?),
                Some((parent, columns)) => {
                    let Some(pair) = self.pair(parent)? else { continue };
                    let both = |plan: &LogicalPlan| self.keyed(plan, parent, columns);
                    let (Some(parent_now), Some(parent_before)) = (both(&pair.now), both(&pair.before)) else {
                        continue;
                    };
                    ("foreign key", now.orphans(&parent_now)?, before.orphans(&parent_before)?)
                }
            };
            let columns = told(&key);
            self.count(check, &key.table, columns, &now, &before).await?;
        }
        Ok(())
    }

    async fn columns(&mut self) -> Result<()> {
        let database = Arc::clone(&self.database);
        for (name, table) in &database.tables {
            // What no statement changed is as the database had it.
            if !table.is_changed() && self.other.is_none() {
                continue;
            }
            let Some(Pair { now, before }) = self.pair(name)? else { continue };
            for (column, check) in declared(table) {
                let columns = [column.clone()];
                let both = |plan: &LogicalPlan| self.keyed(plan, name, &columns);
                let (Some(now), Some(before)) = (both(&now), both(&before)) else { continue };
                let (word, now, before) = match check {
                    Declared::NotNull => ("not null", now.nulls()?, before.nulls()?),
                    Declared::MaxChars(chars) => ("length", now.longer_than(chars)?, before.longer_than(chars)?),
                };
                self.count(word, name, column, &now, &before).await?;
            }
        }
        Ok(())
    }

    async fn count(
        &mut self,
        check: &'static str,
        table: &str,
        columns: String,
        now: &LogicalPlan,
        before: &LogicalPlan,
    ) -> Result<()> {
        self.checks += 1;
        let first = |counts: Vec<i64>| counts.first().copied().unwrap_or_default();
        let violations = first(numbers(&self.session.context, now).await?);
        if violations == 0 {
            return Ok(());
        }
        let before = first(numbers(&self.session.context, before).await?);
        if violations > before {
            self.violations.push(Violation { check, table: table.to_owned(), columns, violations, before });
        }
        Ok(())
    }
}

enum Declared {
    NotNull,
    MaxChars(i64),
}

fn declared(table: &Table) -> Vec<(String, Declared)> {
    let schema = table.source.provider.schema();
    let mut found = Vec::new();
    for field in schema.fields() {
        let said = field.metadata();
        if said.contains_key(field_keys::NOT_NULL) {
            found.push((field.name().clone(), Declared::NotNull));
        }
        if let Some(chars) = said.get(field_keys::MAX_CHARS).and_then(|chars| chars.parse().ok()) {
            found.push((field.name().clone(), Declared::MaxChars(chars)));
        }
    }
    found
}

fn told(key: &DeclaredKey) -> String {
    match &key.parent {
        None => key.columns.join(", "),
        Some((table, columns)) => format!("{} -> {table} ({})", key.columns.join(", "), columns.join(", ")),
    }
}

fn scan(name: &str, provider: &Arc<dyn datafusion::catalog::TableProvider>) -> Result<LogicalPlan> {
    let source = provider_as_source(Arc::clone(provider));
    Ok(LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?.build()?)
}
