//! `IN (SELECT ..)` and `EXISTS (SELECT ..)` where a value is needed, as in UPDATE: counted instead of joined.
//!
//! The engine joins such subqueries in a filter only. A count is a scalar subquery, which it joins anywhere, and says the
//! same: the three-valued result of IN follows from how many rows match, are NULL, and are there at all (SQL:2016 8.4).

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, Query, SelectItem, SetExpr, TableFactor, TableWithJoins, UnaryOperator,
    VisitorMut,
};

use super::walk::walk_mut;
use crate::script::parse_query;
use crate::{Error, Result};

/// Rewrites those subqueries of a filter that the engine's joins get wrong: they lose the NULL of NOT IN and of values.
pub(crate) fn count_in_filter(condition: &mut Expr) -> Result<()> {
    match condition {
        Expr::Nested(inner) => count_in_filter(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            count_in_filter(left)?;
            count_in_filter(right)
        }
        Expr::Exists { .. } => Ok(()),
        Expr::InSubquery { expr, negated: false, .. } => count_in_value(expr).map(drop),
        other => count_in_value(other).map(drop),
    }
}

/// Rewrites the condition of a WHERE, where NULL is as good as false; returns whether it holds a subquery.
pub(crate) fn count_in_condition(condition: &mut Expr) -> Result<bool> {
    match condition {
        Expr::Nested(inner) => count_in_condition(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            Ok(count_in_condition(left)? | count_in_condition(right)?)
        }
        Expr::InSubquery { expr, subquery, negated: false } => {
            let _ = count_in_value(expr)?;
            let rows = Rows::of(subquery);
            *condition = rows.some_equal(expr)?;
            Ok(true)
        }
        other => count_in_value(other),
    }
}

/// Rewrites an expression whose value matters; returns whether it holds a subquery.
pub(crate) fn count_in_value(expr: &mut Expr) -> Result<bool> {
    let mut counting = Counting { depth: 0, found: false };
    walk_mut(expr, &mut counting)?;
    Ok(counting.found)
}

struct Counting {
    /// Queries around the expression: inside one, filters are the engine's.
    depth: usize,
    found: bool,
}

impl VisitorMut for Counting {
    type Break = Error;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<Error> {
        self.depth += 1;
        self.found = true;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Error> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        let (counted, negated) = match expr {
            Expr::InSubquery { expr, subquery, negated } => (Rows::of(subquery).contain(expr), *negated),
            Expr::Exists { subquery, negated } => (Rows::of(subquery).exist(), *negated),
            _ => return ControlFlow::Continue(()),
        };
        match counted {
            Ok(counted) if negated => {
                *expr = Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(counted))) };
            }
            Ok(counted) => *expr = Expr::Nested(Box::new(counted)),
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

/// The rows of a subquery.
struct Rows<'a> {
    query: &'a Query,
}

impl<'a> Rows<'a> {
    fn of(query: &'a Query) -> Self {
        Self { query }
    }

    /// Returns `value IN (query)`.
    fn contain(&self, value: &Expr) -> Result<Expr> {
        let case = parse_expr("CASE WHEN 1 THEN TRUE WHEN 2 THEN FALSE WHEN 3 THEN NULL ELSE FALSE END")?;
        let Expr::Case { case_token, end_token, operand, mut conditions, else_result } = case else {
            return Err(unexpected());
        };
        let none = self.compared("SELECT count(*) = 0 FROM (SELECT 1) AS __loup_rows (__loup_value)", None)?;
        let nulls = self.compared(
            "SELECT count(*) > 0 FROM (SELECT 1) AS __loup_rows (__loup_value) WHERE __loup_rows.__loup_value IS NULL",
            None,
        )?;
        let is_null = Expr::IsNull(Box::new(Expr::Nested(Box::new(value.clone()))));
        let unknown = Expr::BinaryOp { left: Box::new(is_null), op: BinaryOperator::Or, right: Box::new(nulls) };
        for (branch, condition) in conditions.iter_mut().zip([self.some_equal(value)?, none, unknown]) {
            branch.condition = condition;
        }
        Ok(Expr::Case { case_token, end_token, operand, conditions, else_result })
    }

    /// Returns whether some row equals the value: true or false, never NULL.
    fn some_equal(&self, value: &Expr) -> Result<Expr> {
        let sql =
            "SELECT count(*) > 0 FROM (SELECT 1) AS __loup_rows (__loup_value) WHERE __loup_rows.__loup_value = 1";
        self.compared(sql, Some(value))
    }

    /// Fills the query into the table of `sql`, and a value into the right side of its condition.
    fn compared(&self, sql: &str, value: Option<&Expr>) -> Result<Expr> {
        let mut query = parse_query(sql)?;
        let SetExpr::Select(select) = query.body.as_mut() else { return Err(unexpected()) };
        let table = select.from.first_mut().map(|table| &mut table.relation);
        let Some(TableFactor::Derived { subquery, .. }) = table else { return Err(unexpected()) };
        **subquery = self.query.clone();
        if let (Some(value), Some(Expr::BinaryOp { right, .. })) = (value, &mut select.selection) {
            **right = Expr::Nested(Box::new(value.clone()));
        }
        Ok(Expr::Subquery(query))
    }

    /// Returns whether there are rows.
    fn exist(&self) -> Result<Expr> {
        let mut query = self.query.clone();
        let is_plain = query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none();
        if let SetExpr::Select(select) = query.body.as_mut()
            && is_plain
            && select.distinct.is_none()
            && select.having.is_none()
            && select.qualify.is_none()
            && matches!(&select.group_by, GroupByExpr::Expressions(by, sets) if by.is_empty() && sets.is_empty())
            && select.projection.iter().all(is_simple)
            // An aggregate in a table below would be pulled up together with the count, which the engine gets wrong.
            && select.from.iter().all(is_table)
        {
            let counted = parse_query("SELECT count(*) > 0")?;
            let SetExpr::Select(counted) = *counted.body else { return Err(unexpected()) };
            select.projection = counted.projection;
            query.order_by = None;
            return Ok(Expr::Subquery(Box::new(query)));
        }
        self.compared("SELECT count(*) > 0 FROM (SELECT 1) AS __loup_rows", None)
    }
}

/// Returns whether an item of a SELECT surely makes one row of each row.
fn is_simple(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) => {
            matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        _ => false,
    }
}

/// Returns whether a table and what it is joined with are all tables with a name.
fn is_table(table: &TableWithJoins) -> bool {
    let is_named = |factor: &TableFactor| matches!(factor, TableFactor::Table { args: None, .. });
    is_named(&table.relation) && table.joins.iter().all(|join| is_named(&join.relation))
}

fn parse_expr(sql: &str) -> Result<Expr> {
    let query = parse_query(&format!("SELECT {sql}"))?;
    let SetExpr::Select(select) = *query.body else { return Err(unexpected()) };
    match select.projection.into_iter().next() {
        Some(SelectItem::UnnamedExpr(expr)) => Ok(expr),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> Error {
    Error::Plan("a query of Loup's own has another form than expected".to_owned())
}
