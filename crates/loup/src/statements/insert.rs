//! `INSERT INTO t SELECT ..` on attached tables: the rows are added behind those of the source.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{ScalarValue, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Projection, Union, cast, lit};
use datafusion::sql::sqlparser::ast::{Insert, ObjectName, TableObject};

use super::change::{checked, column_named, retyped};
use crate::{Error, Outcome, Result, Session};

/// Returns the table that an INSERT names.
pub(crate) fn inserted_table(insert: &Insert) -> Result<ObjectName> {
    match &insert.table {
        TableObject::TableName(name) => Ok(name.clone()),
        _ => Err(Error::Plan("INSERT: name a table".to_owned())),
    }
}

/// `INSERT INTO t [(c, ..)] query`; columns that are not named become NULL.
pub(crate) async fn insert(session: &Session, insert: Insert) -> Result<Outcome> {
    let (database, found) = session.changeable(&inserted_table(&insert)?)?;
    let source = match insert.source {
        Some(source) if insert.returning.is_none() && insert.on.is_none() && !insert.overwrite => source,
        _ => {
            return Err(Error::Plan("INSERT: only INSERT INTO t [(columns)] SELECT or VALUES is supported".to_owned()));
        }
    };
    let rows = session.plan_query(source).await?;
    let columns = found.columns();
    let mut named = Vec::new();
    for column in &insert.columns {
        named.push(column_named(column, &columns, &found)?);
    }
    let named = if named.is_empty() { columns.clone() } else { named };
    let given = rows.schema().columns();
    if given.len() != named.len() {
        return Err(Error::Plan(format!("INSERT: {} columns are named and {} given", named.len(), given.len())));
    }
    let mut values = BTreeMap::new();
    for (name, column) in named.into_iter().zip(given) {
        if values.insert(name.clone(), Expr::Column(column)).is_some() {
            return Err(Error::Plan(format!("INSERT: {name} is named twice")));
        }
    }
    let schema = found.provider.schema();
    let exprs = schema.fields().iter().map(|field| {
        let value = values.remove(field.name()).unwrap_or_else(|| lit(ScalarValue::Null));
        cast(value, field.data_type().clone()).alias(field.name())
    });
    let added = LogicalPlan::Projection(Projection::try_new(exprs.collect(), Arc::new(rows))?);
    let source = provider_as_source(Arc::clone(&found.provider));
    let name = TableReference::bare(found.path.last().map_or("", String::as_str));
    let present = LogicalPlanBuilder::scan(name, source, None)?;
    let present_columns = present.schema().columns();
    let present = present.project(present_columns.into_iter().map(Expr::Column))?.build()?;
    let both = LogicalPlan::Union(Union::try_new_with_loose_types(vec![Arc::new(present), Arc::new(added)])?);
    let plan = checked(session, retyped(session, both, &found)?).await?;
    database.table(&found)?.change(plan);
    Ok(Outcome::done("INSERT"))
}
