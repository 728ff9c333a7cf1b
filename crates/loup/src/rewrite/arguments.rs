//! Named arguments: `f(x, option => value)` becomes the full positional form with the function's defaults.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, VisitMut, VisitorMut,
};
use loup_functions::{FunctionSpec, Literal};

use super::walk::{flow, walk_mut};
use crate::{Error, Result};

/// Expands the named arguments of Loup's functions below `node`.
pub(crate) fn expand_arguments<N: VisitMut>(node: &mut N) -> Result<()> {
    walk_mut(node, &mut Expander)
}

struct Expander;

impl VisitorMut for Expander {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        flow(expand(function))
    }
}

fn expand(function: &mut Function) -> Result<()> {
    let FunctionArguments::List(list) = &mut function.args else {
        return Ok(());
    };
    let is_named = |argument: &FunctionArg| !matches!(argument, FunctionArg::Unnamed(_));
    if !list.args.iter().any(is_named) {
        return Ok(());
    }
    let name = function.name.to_string().to_ascii_lowercase();
    let spec = loup_functions::catalog().iter().find(|spec| spec.name == name || spec.aliases.contains(&name.as_str()));
    let Some(spec) = spec else { return Ok(()) };
    let by_name = spec.most().unwrap_or(spec.parameters.len().saturating_sub(1));
    let mut given: Vec<Option<FunctionArgExpr>> = vec![None; by_name];
    let mut seen_name = false;
    for (number, argument) in list.args.drain(..).enumerate() {
        let (slot, value) = match argument {
            FunctionArg::Unnamed(_) if seen_name => {
                return Err(Error::Plan(format!("{name}: arguments without a name come before those with one")));
            }
            FunctionArg::Unnamed(value) => (number, value),
            FunctionArg::Named { name: option, arg, .. } => (position(spec, &option.value)?, arg),
            FunctionArg::ExprNamed { name: option, arg, .. } => (position(spec, &option.to_string())?, arg),
        };
        seen_name |= slot != number || given.len() <= slot;
        let Some(place) = given.get_mut(slot) else {
            return Err(Error::Plan(format!("{name}: expected {by_name} arguments at most where one has a name")));
        };
        if place.replace(value).is_some() {
            return Err(Error::Plan(format!("{name}: {} is given twice", spec.parameters[slot].name)));
        }
    }
    let last = given.iter().rposition(Option::is_some).unwrap_or(0);
    for (value, parameter) in given.into_iter().zip(spec.parameters).take(last + 1) {
        let value = match (value, parameter.default) {
            (Some(value), _) => value,
            (None, Some(default)) => FunctionArgExpr::Expr(literal(default)),
            (None, None) => return Err(Error::Plan(format!("{name}: {} is missing", parameter.name))),
        };
        list.args.push(FunctionArg::Unnamed(value));
    }
    Ok(())
}

fn position(spec: &FunctionSpec, option: &str) -> Result<usize> {
    let found = spec.parameters.iter().position(|parameter| parameter.name.eq_ignore_ascii_case(option));
    found.ok_or_else(|| {
        let names: Vec<_> = spec.parameters.iter().map(|parameter| parameter.name).collect();
        Error::Plan(format!("{}: there is no argument {option}; there are {}", spec.name, names.join(", ")))
    })
}

fn literal(default: Literal) -> Expr {
    let number = |digits: String| Expr::value(Value::Number(digits, false));
    match default {
        Literal::Null => Expr::value(Value::Null),
        Literal::Number(digits) => number(digits.to_owned()),
        Literal::Text(text) => Expr::value(Value::SingleQuotedString(text.to_owned())),
        Literal::Integer(value) => number(value.to_string()),
        Literal::Boolean(value) => Expr::value(Value::Boolean(value)),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    fn expanded(text: &str) -> Result<String> {
        let mut expr = Parser::new(&GenericDialect {}).try_with_sql(text).unwrap().parse_expr().unwrap();
        expand_arguments(&mut expr)?;
        Ok(expr.to_string())
    }

    #[test]
    fn names_become_positions_with_defaults_between() {
        assert_eq!(
            expanded("upper(hash_keyed(a, 'd', length => 12))").unwrap(),
            "upper(hash_keyed(a, 'd', 'hex', 12))"
        );
        assert_eq!(expanded("hash_keyed(a, 'd')").unwrap(), "hash_keyed(a, 'd')");
        assert_eq!(
            expanded("HASH_KEYED(prefix => 'p', domain => 'd', x => a)").unwrap(),
            "HASH_KEYED(a, 'd', 'hex', 0, 'p')"
        );
    }

    #[test]
    fn wrong_names_are_refused() {
        for text in [
            "hash_keyed(a, 'd', lenght => 12)",
            "hash_keyed(a, length => 12)",
            "hash_keyed(a, 'd', domain => 'e')",
            "hash_keyed(domain => 'd', a)",
        ] {
            assert!(matches!(expanded(text), Err(Error::Plan(_))), "{text}");
        }
    }

    #[test]
    fn functions_of_others_are_left_alone() {
        assert_eq!(expanded("other(a, b => 1)").unwrap(), "other(a, b => 1)");
    }
}
