//! `UPDATE`, `DELETE` and `TRUNCATE` on attached tables: copy on write.
//!
//! The source never changes: the session's view of the table becomes a new plan over the old one, and nothing is read
//! until a sink or a query asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlan, Projection, cast};
use datafusion::sql::sqlparser::ast::{
    AssignmentTarget, CaseWhen, Delete, Expr, FromTable, Ident, ObjectName, Query, Select, SelectItem, SetExpr,
    TableFactor, TableWithJoins, Truncate, Update, Value,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use crate::catalog::{Change, Database};
use crate::declared::limited;
use crate::rewrite::{count_in_condition, count_in_filter, count_in_value, find_ident};
use crate::script::parse_query;
use crate::session::names::{Found, suggestion};
use crate::shuffles::only_shuffles;
use crate::{Error, Outcome, Result, Session};

/// Returns the table that an UPDATE names.
pub(crate) fn updated_table(update: &Update) -> Result<ObjectName> {
    only_table(&update.table, "UPDATE")
}

/// Returns the table that a DELETE names.
pub(crate) fn deleted_table(delete: &Delete) -> Result<ObjectName> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    match from.as_slice() {
        [table] if delete.tables.is_empty() => only_table(table, "DELETE"),
        _ => Err(Error::Plan("DELETE: name one table, as in DELETE FROM shop.orders WHERE ..".to_owned())),
    }
}

fn only_table(table: &TableWithJoins, statement: &str) -> Result<ObjectName> {
    match &table.relation {
        TableFactor::Table { name, args: None, .. } if table.joins.is_empty() => Ok(name.clone()),
        _ => Err(Error::Plan(format!("{statement}: name one table, without joins"))),
    }
}

/// `UPDATE t SET c = e, .. [WHERE p]`
pub(crate) async fn update(session: &Session, update: Update) -> Result<Outcome> {
    if update.from.is_some() {
        return Err(Error::Plan(
            "UPDATE .. FROM is not supported: a row could match several; use a subquery".to_owned(),
        ));
    }
    let is_plain = update.returning.is_none()
        && update.output.is_none()
        && update.or.is_none()
        && update.order_by.is_empty()
        && update.limit.is_none();
    if !is_plain {
        return Err(Error::Plan("UPDATE: only SET and WHERE are supported on attached tables".to_owned()));
    }
    let (database, found) = session.changeable(&updated_table(&update)?)?;
    let columns = found.columns();
    let mut assigned: BTreeMap<String, Expr> = BTreeMap::new();
    for assignment in update.assignments {
        let AssignmentTarget::ColumnName(target) = &assignment.target else {
            return Err(Error::Plan("UPDATE: set one column at a time".to_owned()));
        };
        check_qualifier(target, &update.table.relation, &found)?;
        let column = column_named(target, &columns, &found)?;
        let mut value = assignment.value;
        count_in_value(&mut value)?;
        if assigned.insert(column.clone(), value).is_some() {
            return Err(Error::Plan(format!("UPDATE: {column} is set twice")));
        }
    }
    let (first, has_condition) = (assigned.keys().next().cloned(), update.selection.is_some());
    let mut selection = update.selection;
    let has_subquery = selection.as_mut().map(count_in_condition).transpose()?.unwrap_or(false);
    let items = columns.iter().map(|column| {
        let ident = Expr::Identifier(Ident::with_quote('"', column));
        match assigned.remove(column) {
            None => SelectItem::UnnamedExpr(ident),
            Some(value) => SelectItem::ExprWithAlias {
                expr: match &selection {
                    None => value,
                    Some(condition) => when(condition.clone(), value, ident),
                },
                alias: Ident::with_quote('"', column),
            },
        }
    });
    let query = select(items.collect(), update.table, None)?;
    let declared = database.table(&found)?.source.provider.schema();
    let plan = limited(session.plan_query(query).await?, &declared)?;
    // What stands between the projection and the table could make rows of one, or one of several.
    let keeps_rows = match &plan {
        LogicalPlan::Projection(projection) => is_row_for_row(&projection.input),
        _ => false,
    };
    if !keeps_rows {
        return Err(Error::Plan(
            "UPDATE: aggregates, unnest and windows other than shuffle's do not fit: one row gives one row".to_owned(),
        ));
    }
    let plan = if has_subquery { matched_once(plan)? } else { plan };
    let plan = checked(session, retyped(session, plan, &found)?).await?;
    let change = change("UPDATE", &database, &found, first, has_condition);
    database.table(&found)?.change(session.marked(plan, change)?);
    Ok(Outcome::done("UPDATE"))
}

fn is_row_for_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(_) | LogicalPlan::SubqueryAlias(_) => true,
        LogicalPlan::Window(window) => only_shuffles(window) && is_row_for_row(&window.input),
        _ => false,
    }
}

/// Computes the condition of an UPDATE once for all its columns: each subquery in it is a join.
fn matched_once(plan: LogicalPlan) -> Result<LogicalPlan> {
    const MATCHES: &str = "__loup_matches";
    let LogicalPlan::Projection(Projection { expr, input, .. }) = plan else { return Ok(plan) };
    let condition = expr.iter().find_map(|expr| match expr.clone().unalias() {
        PlanExpr::Case(case) => case.when_then_expr.into_iter().next().map(|(when, _)| *when),
        _ => None,
    });
    let Some(condition) = condition else {
        return Ok(LogicalPlan::Projection(Projection::try_new(expr, input)?));
    };
    let columns = input.schema().columns().into_iter().map(PlanExpr::Column);
    let inner = columns.chain([condition.clone().alias(MATCHES)]).collect();
    let inner = Arc::new(LogicalPlan::Projection(Projection::try_new(inner, input)?));
    let matches = PlanExpr::Column(Column::new_unqualified(MATCHES));
    let outer = expr.into_iter().map(|expr| {
        expr.transform_down(|expr| {
            Ok(if expr == condition { Transformed::yes(matches.clone()) } else { Transformed::no(expr) })
        })
        .map(|transformed| transformed.data)
    });
    let outer = outer.collect::<Result<Vec<_>, _>>()?;
    Ok(LogicalPlan::Projection(Projection::try_new(outer, inner)?))
}

/// `DELETE FROM t [WHERE p]`: rows for which the condition is not true stay.
pub(crate) async fn delete(session: &Session, delete: Delete) -> Result<Outcome> {
    let is_plain = delete.using.is_none()
        && delete.returning.is_none()
        && delete.output.is_none()
        && delete.order_by.is_empty()
        && delete.limit.is_none();
    if !is_plain {
        return Err(Error::Plan("DELETE: only WHERE is supported on attached tables; use a subquery".to_owned()));
    }
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from.clone();
    let (database, found) = session.changeable(&deleted_table(&delete)?)?;
    let from = from.into_iter().next().expect("one table, as checked");
    let has_condition = delete.selection.is_some();
    // The engine joins more kinds of subqueries than can be counted, and fails on some that can.
    let (mut joined, mut counted) = (delete.selection.clone(), delete.selection);
    joined.as_mut().map(count_in_filter).transpose()?;
    let plan = match kept(session, &found, from.clone(), joined).await {
        Ok(plan) => plan,
        Err(error) => match counted.as_mut().map(count_in_condition).transpose() {
            Ok(Some(true)) => kept(session, &found, from, counted).await.map_err(|_| error)?,
            _ => return Err(error),
        },
    };
    let change = change("DELETE", &database, &found, None, has_condition);
    database.table(&found)?.change(session.marked(plan, change)?);
    Ok(Outcome::done("DELETE"))
}

/// Describes a change for the account of the run.
fn change(
    kind: &'static str,
    database: &Database,
    found: &Found,
    column: Option<String>,
    has_condition: bool,
) -> Change {
    let table = found.path.last().cloned().unwrap_or_default();
    Change { line: 0, kind, database: database.name.clone(), table, column, has_condition, matched: None }
}

/// Plans the rows for which a condition is not true.
async fn kept(session: &Session, found: &Found, from: TableWithJoins, condition: Option<Expr>) -> Result<LogicalPlan> {
    let keep = match condition {
        Some(condition) => Expr::IsNotTrue(Box::new(Expr::Nested(Box::new(condition)))),
        None => Expr::value(Value::Boolean(false)),
    };
    let query = select(all_columns(found), from, Some(keep))?;
    let plan = session.plan_query(query).await?;
    checked(session, retyped(session, plan, found)?).await
}

/// Returns the tables that a TRUNCATE names.
pub(crate) fn truncate_targets(truncate: &Truncate) -> Vec<ObjectName> {
    truncate.table_names.iter().map(|target| target.name.clone()).collect()
}

/// `TRUNCATE [TABLE] t, ..`
pub(crate) async fn truncate(session: &Session, truncate: Truncate) -> Result<Outcome> {
    let mut changes = Vec::new();
    for target in &truncate.table_names {
        if !session.is_attached(&target.name)? {
            return Err(Error::Plan(format!("TRUNCATE: {} is no table of an attached database", target.name)));
        }
        let (database, found) = session.changeable(&target.name)?;
        let nothing = Expr::value(Value::Boolean(false));
        let table = TableWithJoins { relation: table_factor(&found), joins: Vec::new() };
        let plan = session.plan_query(select(all_columns(&found), table, Some(nothing))?).await?;
        changes.push((database, retyped(session, plan, &found)?, found));
    }
    for (database, plan, found) in changes {
        database.table(&found)?.change(plan);
    }
    Ok(Outcome::done("TRUNCATE"))
}

/// Finds the column that `c` or `t.c` names.
pub(super) fn column_named(target: &ObjectName, columns: &[String], found: &Found) -> Result<String> {
    let ident = target.0.last().and_then(|part| part.as_ident());
    let known = || columns.iter().map(String::as_str);
    match ident.map(|ident| find_ident(ident, known())).transpose()?.flatten() {
        Some(column) => Ok(column.to_owned()),
        None => Err(Error::Plan(format!(
            "{}: there is no column {target}{}",
            found.path.join("."),
            suggestion(&target.to_string(), known())
        ))),
    }
}

/// Returns the plan if the engine can run it: a mistake belongs to its own statement and leaves the table as it was.
pub(super) async fn checked(session: &Session, plan: LogicalPlan) -> Result<LogicalPlan> {
    let is_subquery =
        |expr: &PlanExpr| matches!(expr, PlanExpr::ScalarSubquery(_) | PlanExpr::InSubquery(_) | PlanExpr::Exists(_));
    let has_subquery = plan.exists(|node| {
        Ok(node.expressions().iter().any(|expr| expr.exists(|part| Ok(is_subquery(part))).unwrap_or(true)))
    })?;
    session.state(true).create_physical_plan(&plan).await.map_err(|error| match error.find_root() {
        // A correlated subquery that the engine does not pull up ends as a column that is not there.
        DataFusionError::NotImplemented(_) | DataFusionError::SchemaError(..) if has_subquery => Error::Plan(
            "the statement needs a kind of subquery that is not supported here; \
             one that names no column of the table outside works anywhere"
                .to_owned(),
        ),
        _ => error.into(),
    })?;
    Ok(plan)
}

/// Checks what stands before the column in `SET t.c`.
fn check_qualifier(target: &ObjectName, table: &TableFactor, found: &Found) -> Result<()> {
    let alias = match table {
        TableFactor::Table { alias: Some(alias), .. } => Some(alias.name.value.to_lowercase()),
        _ => None,
    };
    let written: Vec<String> = target.0.iter().map(|part| part.to_string().trim_matches('"').to_lowercase()).collect();
    let prefix = &written[..written.len() - 1];
    let path: Vec<String> = found.path.iter().map(|part| part.to_lowercase()).collect();
    if path.ends_with(prefix) || alias.is_some_and(|alias| prefix == [alias]) {
        return Ok(());
    }
    Err(Error::Plan(format!("UPDATE {}: {target} is no column of it", found.path.join("."))))
}

fn when(condition: Expr, value: Expr, otherwise: Expr) -> Expr {
    let token = |word: &str| {
        let token = datafusion::sql::sqlparser::tokenizer::Token::make_keyword(word);
        datafusion::sql::sqlparser::tokenizer::TokenWithSpan::new(token, Span::empty()).into()
    };
    Expr::Case {
        case_token: token("CASE"),
        end_token: token("END"),
        operand: None,
        conditions: vec![CaseWhen { condition, result: value }],
        else_result: Some(Box::new(otherwise)),
    }
}

fn all_columns(found: &Found) -> Vec<SelectItem> {
    let ident = |column: &String| SelectItem::UnnamedExpr(Expr::Identifier(Ident::with_quote('"', column)));
    found.columns().iter().map(ident).collect()
}

fn table_factor(found: &Found) -> TableFactor {
    TableFactor::Table {
        name: found.name(),
        alias: None,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// Returns `SELECT items FROM table [WHERE selection]`.
fn select(items: Vec<SelectItem>, from: TableWithJoins, selection: Option<Expr>) -> Result<Box<Query>> {
    let mut query = parse_query("SELECT 1")?;
    if let SetExpr::Select(body) = query.body.as_mut() {
        **body = Select { projection: items, from: vec![from], selection, ..Select::clone(body) };
    }
    Ok(query)
}

/// Gives the columns of a changed table the types they had, so that later statements and sinks find what they know.
pub(super) fn retyped(session: &Session, plan: LogicalPlan, found: &Found) -> Result<LogicalPlan> {
    let state = session.context.state();
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let schema = found.provider.schema();
    let is_same =
        plan.schema().fields().iter().zip(schema.fields()).all(|(new, old)| new.data_type() == old.data_type());
    if is_same {
        return Ok(plan);
    }
    for (new, old) in plan.schema().fields().iter().zip(schema.fields()) {
        if new.data_type().is_nested() && !old.data_type().is_nested() {
            let (name, has, gets) = (old.name(), old.data_type(), new.data_type());
            let kind = if matches!(gets, DataType::Struct(_)) { "a record of several values" } else { "a list" };
            return Err(Error::Plan(format!(
                "{name} is {has} and would get {kind}; name one of them, as in fake_address(x)['city']"
            )));
        }
    }
    let exprs = plan.schema().columns().into_iter().zip(plan.schema().fields().iter().zip(schema.fields()));
    let exprs = exprs.map(|(column, (new, old))| {
        let name = column.name.clone();
        let column = PlanExpr::Column(column);
        if new.data_type() == old.data_type() { column } else { cast(column, old.data_type().clone()).alias(name) }
    });
    let exprs = exprs.collect();
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?))
}
