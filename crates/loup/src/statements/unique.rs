//! Values of a unique key stay apart where a dump is written: the database that loads it would refuse it otherwise.

use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use loup_functions::Collisions;
use loup_sources::dump::DumpIndex;

use crate::catalog::Database;
use crate::declared::{Collation, Keyed};
use crate::verify::{WatchedTable, numbers};
use crate::{Error, Result, Session};

/// The chance of two values meeting below which a key is not looked at.
const NEVER: f64 = 1e-6;

/// Looks at the unique keys of a changed table whose values could meet.
///
/// # Errors
/// Returns the table and the columns of a key with more values that occur twice than the original has.
pub(super) async fn check_unique(
    session: &Session,
    database: &Database,
    dump: &DumpIndex,
    name: &str,
    plan: &LogicalPlan,
    watched: &WatchedTable,
) -> Result<()> {
    let Some(table) = database.tables.get(name) else { return Ok(()) };
    let rows = table.source.known_rows().unwrap_or(u64::MAX);
    let schema = table.source.provider.schema();
    let collation = |column: &str| {
        schema.field_with_name(column).map_or(Collation::Exact, |field| Collation::of(field, dump.server()))
    };
    for key in database.keys().into_iter().filter(|key| key.table == name && key.is_unique()) {
        let is_apart = |column: &String| {
            watched.is_plain(column) || is_apart(watched.collisions(column), collation(column), rows as f64)
        };
        if watched.keeps_rows() && key.columns.iter().all(is_apart) {
            continue;
        }
        let source = provider_as_source(std::sync::Arc::clone(&table.source.provider));
        let original = LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?.build()?;
        let keyed = |plan: &LogicalPlan| Keyed::new(plan, &key.columns, collation);
        let (Some(now), Some(before)) = (keyed(plan), keyed(&original)) else { continue };
        let first = |counts: Vec<i64>| counts.first().copied().unwrap_or_default();
        let twice = first(numbers(&session.context, &now.duplicates()?).await?);
        if twice > 0 && twice > first(numbers(&session.context, &before.duplicates()?).await?) {
            let columns = key.columns.join(", ");
            return Err(Error::Verify(format!(
                "{name}.{columns}: {twice} values occur more than once, and the key is {}; the database would refuse them",
                key.kind()
            )));
        }
    }
    Ok(())
}

/// Returns whether values that were different stay so, of so many rows, as far as anyone will see.
fn is_apart(collisions: Option<Collisions>, collation: Collation, rows: f64) -> bool {
    match (collisions, collation) {
        (Some(Collisions::Injective), Collation::Exact) => true,
        // Letters that differ by case alone tell fewer values apart.
        (Some(Collisions::Bits(bits)), collation) => {
            let bits = f64::from(bits) * if collation == Collation::Folded { 0.75 } else { 1.0 };
            rows * rows / (bits + 1.0).exp2() < NEVER
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_stays_apart_is_not_looked_at() {
        assert!(is_apart(Some(Collisions::Injective), Collation::Exact, 1e9));
        assert!(!is_apart(Some(Collisions::Injective), Collation::Folded, 1e3));
        assert!(is_apart(Some(Collisions::Bits(122)), Collation::Folded, 1e9));
        assert!(!is_apart(Some(Collisions::Bits(48)), Collation::Exact, 1e6));
        assert!(!is_apart(Some(Collisions::ManyToOne), Collation::Exact, 2.0));
        assert!(!is_apart(None, Collation::Exact, 2.0));
    }
}
