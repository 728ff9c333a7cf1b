//! Plans with `shuffle(..) OVER (..)`: rows are drawn in the order of their source and leave in it, on any number of cores.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{Expr, LogicalPlan, Sort, Window, WindowFunctionDefinition};

/// Windows in order: the plan, and what they compute under the names that they had.
pub(crate) struct InOrder {
    pub(crate) plan: LogicalPlan,
    pub(crate) shuffled: Vec<Expr>,
}

/// Returns whether a node shuffles and does nothing else, so that one row gives one row.
pub(crate) fn only_shuffles(window: &Window) -> bool {
    window.window_expr.iter().all(is_shuffle)
}

fn is_shuffle(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(Alias { expr, .. }) => is_shuffle(expr),
        Expr::WindowFunction(function) => match &function.fun {
            WindowFunctionDefinition::WindowUDF(udwf) => {
                loup_functions::catalog().iter().any(|spec| spec.is_window() && spec.name == udwf.name())
            }
            WindowFunctionDefinition::AggregateUDF(_) => false,
        },
        _ => false,
    }
}

/// Returns whether a plan shuffles rows somewhere: only in one partition they come in the order of their source then.
pub(crate) fn shuffles(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Window(window) if only_shuffles(window))))
}

/// Returns whether rows are numbered as they come, which is their order in a single partition only.
pub(crate) fn numbers_rows(plan: &LogicalPlan) -> Result<bool> {
    let is_number = |expr: &Expr| match expr {
        Expr::WindowFunction(function) => function.fun.name() == "row_number" && function.params.order_by.is_empty(),
        _ => false,
    };
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Window(window) if window.window_expr.iter().any(is_number))))
}

/// Appends the number of each row to the columns of a plan whose rows have no positions.
pub(crate) fn numbered(input: LogicalPlan) -> Result<(LogicalPlan, Column)> {
    let plan = LogicalPlan::Window(Window::try_new(vec![row_number()], Arc::new(input))?);
    match plan.schema().columns().pop() {
        Some(number) => Ok((plan, number)),
        None => Err(DataFusionError::Internal("a window without a column".to_owned())),
    }
}

/// Puts shuffles over `input` in the order of `position`, after what the statement orders by, and sorts the rows back.
pub(crate) fn in_order(window: &Window, input: LogicalPlan, position: Column) -> Result<InOrder> {
    let order = Expr::Column(position).sort(true, false);
    let ordered = window.window_expr.iter().cloned().map(|expr| {
        let ordered = expr.transform_down(|expr| match expr {
            Expr::WindowFunction(mut function) => {
                function.params.order_by.push(order.clone());
                Ok(Transformed::yes(Expr::WindowFunction(function)))
            }
            other => Ok(Transformed::no(other)),
        });
        ordered.map(|ordered| ordered.data)
    });
    let windows = Window::try_new(ordered.collect::<Result<_>>()?, Arc::new(input))?;
    let made = windows.schema.columns().split_off(windows.schema.fields().len() - window.window_expr.len());
    let named = made.into_iter().zip(&window.window_expr);
    let shuffled = named.map(|(made, was)| Expr::Column(made).alias(was.schema_name().to_string())).collect();
    let sort = Sort { expr: vec![order], input: Arc::new(LogicalPlan::Window(windows)), fetch: None };
    Ok(InOrder { plan: LogicalPlan::Sort(sort), shuffled })
}
