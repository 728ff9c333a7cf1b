//! `COMMENT ON COLUMN` and `COMMENT ON TABLE`: labels.

use std::sync::PoisonError;

use datafusion::sql::sqlparser::ast::{CommentObject, ObjectName};

use super::change::column_named;
use crate::catalog::{COMMENT, Target};
use crate::{Error, Outcome, Result, Session};

/// Keeps a label; the guard will read it.
pub(crate) fn comment(
    session: &Session,
    kind: CommentObject,
    name: &ObjectName,
    label: Option<String>,
    if_exists: bool,
) -> Result<Outcome> {
    let target = match kind {
        CommentObject::Table => table(session, name, None),
        CommentObject::Column => match name.0.split_last() {
            Some((column, prefix)) if !prefix.is_empty() => {
                let column = ObjectName(vec![column.clone()]);
                table(session, &ObjectName(prefix.to_vec()), Some(&column))
            }
            _ => Err(Error::Plan("COMMENT ON COLUMN: name database.table.column".to_owned())),
        },
        other => {
            return Err(Error::Plan(format!("COMMENT ON {other}: only TABLE and COLUMN carry labels")));
        }
    };
    match target {
        Ok(target) => session.labels.write().unwrap_or_else(PoisonError::into_inner).set(target, COMMENT, label),
        Err(error) if !if_exists => return Err(error),
        Err(_) => {}
    }
    Ok(Outcome::done("COMMENT"))
}

fn table(session: &Session, name: &ObjectName, column: Option<&ObjectName>) -> Result<Target> {
    let (database, found) = session.attached(name)?;
    let column = column.map(|column| column_named(column, &found.columns(), &found)).transpose()?;
    let table = found.path.last().cloned().unwrap_or_default();
    Ok(Target { database: database.name.clone(), table, column })
}
