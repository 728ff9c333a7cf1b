//! What the differentially private calls of a plan spend.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use loup_functions::Budget;
use serde::{Deserialize, Serialize};

/// A privacy budget that was spent: by basic composition, the sum over what spends it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spent {
    pub(crate) epsilon: f64,
    pub(crate) delta: f64,
}

impl Spent {
    /// Returns the sum of all; `None` of nothing.
    pub(crate) fn sum(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|sum, one| Self { epsilon: sum.epsilon + one.epsilon, delta: sum.delta + one.delta })
    }
}

/// Returns what each row of a plan spends on the rows that it is made of: every call in it counts once, whatever becomes of its
/// results. `None` where no call is differentially private.
pub(crate) fn spent(plan: &LogicalPlan) -> Result<Option<Spent>> {
    let mut all = Vec::new();
    plan.apply_with_subqueries(|node| {
        let schema = node.inputs().first().map_or_else(|| node.schema(), |input| input.schema());
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::ScalarFunction(ScalarFunction { func, args }) = expr {
                    let types: Vec<_> = args.iter().filter_map(|arg| arg.get_type(schema).ok()).collect();
                    let budget = Budget::of(func, args, &types);
                    all.extend(budget.map(|budget| Spent { epsilon: budget.epsilon, delta: budget.delta }));
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(Spent::sum(all))
}
