//! Fakes keep within the declared length of the column that they are put into, by themselves.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Alias, Case, Cast, ScalarFunction, TryCast};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};
use loup_functions::{FunctionSpec, Section, catalog, expand_alias};
use loup_sources::dump::field_keys;

use crate::Result;

/// The parameter of every fake that sets its longest result.
const MAX_CHARS: &str = "max_chars";

/// Gives the fakes in a projection the lengths of the columns that they become; a call that says one keeps it.
pub(crate) fn limited(plan: LogicalPlan, declared: &Schema) -> Result<LogicalPlan> {
    let LogicalPlan::Projection(Projection { expr, input, .. }) = plan else { return Ok(plan) };
    let limits = declared.fields().iter().map(|field| field.metadata().get(field_keys::MAX_CHARS)?.parse().ok());
    let expr = expr.into_iter().zip(limits).map(|(expr, limit)| match limit {
        Some(limit) => limit_fakes(expr, limit),
        None => expr,
    });
    Ok(LogicalPlan::Projection(Projection::try_new(expr.collect(), input)?))
}

/// Limits the fakes whose results are those of `expr`.
fn limit_fakes(expr: Expr, limit: i64) -> Expr {
    let boxed = |expr: Box<Expr>| Box::new(limit_fakes(*expr, limit));
    match expr {
        Expr::Alias(alias) => Expr::Alias(Alias { expr: boxed(alias.expr), ..alias }),
        Expr::Cast(cast) => Expr::Cast(Cast { expr: boxed(cast.expr), ..cast }),
        Expr::TryCast(cast) => Expr::TryCast(TryCast { expr: boxed(cast.expr), ..cast }),
        Expr::Case(case) => Expr::Case(Case {
            when_then_expr: case.when_then_expr.into_iter().map(|(when, then)| (when, boxed(then))).collect(),
            else_expr: case.else_expr.map(boxed),
            ..case
        }),
        Expr::ScalarFunction(call) => limit_call(call, limit),
        other => other,
    }
}

fn limit_call(call: ScalarFunction, limit: i64) -> Expr {
    let ScalarFunction { func, args } = match expand_alias(&call.func, &call.args) {
        Some((func, args)) if limit_of(func.name()).is_some() => ScalarFunction { func, args },
        _ => call,
    };
    let passed_on = |number: usize| match func.name() {
        "coalesce" | "nvl" | "ifnull" => true,
        "get_field" | "nullif" => number == 0,
        "keep_blank" => number == 1,
        _ => false,
    };
    let args = args.into_iter().enumerate();
    let mut args: Vec<_> =
        args.map(|(number, arg)| if passed_on(number) { limit_fakes(arg, limit) } else { arg }).collect();
    if let Some((spec, place)) = limit_of(func.name())
        && args.len() <= place
    {
        let defaults = spec.parameters[args.len()..place].iter().map(|parameter| parameter.default);
        let Some(defaults) = defaults.collect::<Option<Vec<_>>>() else {
            return Expr::ScalarFunction(ScalarFunction { func, args });
        };
        args.extend(defaults.into_iter().map(|default| Expr::Literal(default.to_scalar(), None)));
        args.push(Expr::Literal(ScalarValue::from(limit), None));
    }
    Expr::ScalarFunction(ScalarFunction { func: Arc::clone(&func), args })
}

/// Returns a fake that takes a limit, and where it takes it.
fn limit_of(function: &str) -> Option<(&'static FunctionSpec, usize)> {
    let spec = *catalog().iter().find(|spec| spec.name == function && spec.section == Section::Fakes)?;
    let place = spec.parameters.iter().position(|parameter| parameter.name == MAX_CHARS)?;
    Some((spec, place))
}
