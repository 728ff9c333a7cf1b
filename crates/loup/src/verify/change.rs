//! Finds the changes in a plan, so that the rows which each matches are counted where it stands.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, TableReference};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, LogicalPlanBuilder, Projection, SubqueryAlias, lit, when};

use super::seen::{CountSeen, Seen};
use crate::catalog::Change;

/// First parts of the names that mark changes in plans; no alias of a statement has three parts.
const MARK: (&str, &str) = ("loup", "change");

/// Marks `plan` as what a change with this number made of a table.
pub(crate) fn mark(plan: LogicalPlan, number: usize) -> Result<LogicalPlan> {
    let name = TableReference::full(MARK.0, MARK.1, number.to_string());
    Ok(LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(plan), name)?))
}

/// Returns the number of the change that an alias marks.
pub(super) fn change_number(alias: &TableReference) -> Option<usize> {
    match alias {
        TableReference::Full { catalog, schema, table } if (&**catalog, &**schema) == MARK => table.parse().ok(),
        _ => None,
    }
}

/// A change whose condition is computed once for a row, by a function that counts.
pub(super) struct Counted {
    pub(super) plan: LogicalPlan,
    pub(super) seen: Arc<Seen>,
}

/// Lets a change count the rows that it matches; `None` where its condition cannot be moved, or there is none.
pub(super) fn counted(plan: &LogicalPlan, change: &Change) -> Result<Option<Counted>> {
    if !change.has_condition {
        return Ok(None);
    }
    match plan {
        LogicalPlan::Projection(projection) => {
            if let Some(condition) = condition_of(&projection.expr, change) {
                let (input, column, seen) = with_count(&projection.input, condition.clone())?;
                let exprs = projection.expr.iter().cloned().map(|expr| replace(expr, &condition, &column));
                let plan = Projection::try_new(exprs.collect::<Result<_>>()?, Arc::new(input))?;
                return Ok(Some(Counted { plan: LogicalPlan::Projection(plan), seen }));
            }
            let Some(inner) = counted(&projection.input, change)? else { return Ok(None) };
            let plan = Projection::try_new(projection.expr.clone(), Arc::new(inner.plan))?;
            Ok(Some(Counted { plan: LogicalPlan::Projection(plan), ..inner }))
        }
        LogicalPlan::Filter(filter) => {
            let Expr::IsNotTrue(condition) = &filter.predicate else { return Ok(None) };
            // A subquery is joined where it filters, and nowhere else.
            if condition.exists(|expr| Ok(is_subquery(expr)))? {
                return Ok(None);
            }
            let columns = filter.input.schema().columns().into_iter().map(Expr::Column).collect();
            let (input, column, seen) = with_count(&filter.input, condition.as_ref().clone())?;
            let kept = Filter::try_new(Expr::IsNotTrue(Box::new(column)), Arc::new(input))?;
            let plan = Projection::try_new(columns, Arc::new(LogicalPlan::Filter(kept)))?;
            Ok(Some(Counted { plan: LogicalPlan::Projection(plan), seen }))
        }
        _ => Ok(None),
    }
}

/// Appends the counted condition to the columns of `input`.
fn with_count(input: &Arc<LogicalPlan>, condition: Expr) -> Result<(LogicalPlan, Expr, Arc<Seen>)> {
    const MATCHES: &str = "\0matches";
    let seen = Arc::new(Seen::default());
    let columns = input.schema().columns().into_iter().map(Expr::Column);
    let exprs = columns.chain([CountSeen::call(condition, Arc::clone(&seen)).alias(MATCHES)]).collect();
    let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::clone(input))?);
    Ok((plan, Expr::Column(Column::new_unqualified(MATCHES)), seen))
}

/// Returns the condition under which an UPDATE sets its first column.
fn condition_of(exprs: &[Expr], change: &Change) -> Option<Expr> {
    let column = change.column.as_ref()?;
    let expr = exprs.iter().find(|expr| expr.qualified_name().1 == *column)?;
    match innermost(expr) {
        Expr::Case(Case { expr: None, when_then_expr, .. }) => Some(when_then_expr.first()?.0.as_ref().clone()),
        _ => None,
    }
}

fn innermost(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => innermost(&alias.expr),
        Expr::Cast(cast) => innermost(&cast.expr),
        other => other,
    }
}

fn replace(expr: Expr, condition: &Expr, column: &Expr) -> Result<Expr> {
    let replaced = expr.transform_down(|expr| {
        Ok(if expr == *condition { Transformed::yes(column.clone()) } else { Transformed::no(expr) })
    })?;
    Ok(replaced.data)
}

/// Returns whether an expression has rows of its own.
pub(super) fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) | Expr::ScalarSubquery(_))
}

/// Finds the change with this number below `plan` and returns queries that count: the rows it looks at, those it leaves
/// unmatched.
pub(crate) fn count_queries(plan: &LogicalPlan, number: usize, change: &Change) -> Result<Option<[LogicalPlan; 2]>> {
    if let LogicalPlan::SubqueryAlias(alias) = plan
        && change_number(&alias.alias) == Some(number)
    {
        return unmatched(&alias.input, change);
    }
    for input in plan.inputs() {
        if let Some(found) = count_queries(input, number, change)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn unmatched(plan: &LogicalPlan, change: &Change) -> Result<Option<[LogicalPlan; 2]>> {
    let rows = |plan: LogicalPlan| {
        LogicalPlanBuilder::from(plan).aggregate(Vec::<Expr>::new(), vec![count(lit(1_i64))])?.build()
    };
    match plan {
        LogicalPlan::Projection(projection) => match condition_of(&projection.expr, change) {
            None => unmatched(&projection.input, change),
            Some(condition) => {
                let input = projection.input.as_ref().clone();
                let is_left = count(when(condition.is_not_true(), lit(1_i64)).end()?);
                let left = LogicalPlanBuilder::from(input.clone()).aggregate(Vec::<Expr>::new(), vec![is_left])?;
                Ok(Some([rows(input)?, left.build()?]))
            }
        },
        LogicalPlan::Filter(filter) => Ok(Some([rows(filter.input.as_ref().clone())?, rows(plan.clone())?])),
        _ => Ok(None),
    }
}
