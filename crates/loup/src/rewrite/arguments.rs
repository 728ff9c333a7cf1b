//! Named arguments: `f(x, option => value)` becomes the full positional form with the function's defaults.
//!
//! Names of other tools get the spelling they are registered under: the engine compares names of two parts as they stand.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Value, VisitMut, VisitorMut,
    visit_expressions,
};
use loup_functions::{Alias, FunctionSpec, Kind, Literal, Parameter, aliases};

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
    let name = folded(&function.name);
    if function.name.0.len() > 1 && aliases().iter().any(|alias| alias.name() == name) {
        function.name = ObjectName::from(name.split('.').map(Ident::new).collect::<Vec<_>>());
    }
    if function.over.is_none() && spec_of(&name).is_some_and(FunctionSpec::is_window) {
        return Err(Error::Plan(format!("{name}: it stands over a window: {name}(x, 'domain') OVER ()")));
    }
    let FunctionArguments::List(list) = &mut function.args else {
        return Ok(());
    };
    refuse_changing(&name, &list.args)?;
    let is_named = |argument: &FunctionArg| !matches!(argument, FunctionArg::Unnamed(_));
    if !list.args.iter().any(is_named) {
        return Ok(());
    }
    let Some(parameters) = parameters(&name, &list.args) else { return Ok(()) };
    let by_name = parameters.len();
    let mut given: Vec<Option<FunctionArgExpr>> = vec![None; by_name];
    let mut seen_name = false;
    for (number, argument) in list.args.drain(..).enumerate() {
        let (slot, value) = match argument {
            FunctionArg::Unnamed(_) if seen_name => {
                return Err(Error::Plan(format!("{name}: arguments without a name come before those with one")));
            }
            FunctionArg::Unnamed(value) => (number, value),
            FunctionArg::Named { name: option, arg, .. } => (position(&name, &parameters, &option.value)?, arg),
            FunctionArg::ExprNamed { name: option, arg, .. } => {
                (position(&name, &parameters, &option.to_string())?, arg)
            }
        };
        seen_name |= slot != number || given.len() <= slot;
        let Some(place) = given.get_mut(slot) else {
            return Err(Error::Plan(format!("{name}: expected {by_name} arguments at most where one has a name")));
        };
        if place.replace(value).is_some() {
            return Err(Error::Plan(format!("{name}: {} is given twice", parameters[slot].0)));
        }
    }
    let last = given.iter().rposition(Option::is_some).unwrap_or(0);
    for (value, (parameter, default)) in given.into_iter().zip(parameters).take(last + 1) {
        let value = match (value, default) {
            (Some(value), _) => value,
            (None, Some(default)) => FunctionArgExpr::Expr(literal(default)),
            (None, None) => return Err(Error::Plan(format!("{name}: {parameter} is missing"))),
        };
        list.args.push(FunctionArg::Unnamed(value));
    }
    Ok(())
}

/// Returns the function of ours that has a name.
fn spec_of(name: &str) -> Option<&'static FunctionSpec> {
    loup_functions::catalog().iter().copied().find(|spec| spec.name == name || spec.aliases.contains(&name))
}

/// Parameters by position: their names and what they are where a call leaves them out.
type Parameters = Vec<(&'static str, Option<Literal>)>;

/// Returns the parameters that a call may name; None when the function is none of ours.
fn parameters(name: &str, arguments: &[FunctionArg]) -> Option<Parameters> {
    if let Some(spec) = spec_of(name) {
        let by_name = spec.most().unwrap_or(spec.parameters.len().saturating_sub(1));
        let own = &spec.parameters[..by_name];
        let further = if spec.most().is_none() { inner(own, arguments) } else { &[] };
        return Some(own.iter().chain(further).map(|parameter| (parameter.name, parameter.default)).collect());
    }
    // Of several forms the one that has the names is meant, and the method where one is given.
    let method = arguments.first().and_then(text);
    let names: Vec<String> = arguments.iter().filter_map(named).collect();
    let forms: Vec<&Alias> = aliases().iter().filter(|alias| alias.name() == name).collect();
    let is_meant = |alias: &&&Alias| {
        let parameters = alias.parameters();
        alias.method().is_none_or(|of| method == Some(of))
            && names.iter().all(|name| parameters.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)))
    };
    forms.iter().find(is_meant).or(forms.first()).map(|alias| alias.parameters())
}

/// Returns the options of the function that a call names, as `split_mask(ids, ',', 'hash_keyed', ..)` does: they follow its own.
fn inner(own: &[Parameter], arguments: &[FunctionArg]) -> &'static [Parameter] {
    let place = own.iter().position(|parameter| parameter.name == "function");
    let by_name = arguments.iter().find(|argument| named(argument).is_some_and(|name| name == "function"));
    let argument = by_name.or_else(|| arguments.get(place?));
    let function = argument.and_then(text).map(str::to_ascii_lowercase);
    let spec = function.as_deref().and_then(spec_of);
    spec.map_or(&[], |spec| spec.parameters.get(1..).unwrap_or_default())
}

/// Functions of the engine whose results differ between runs, or rows.
const CHANGING: &[&str] =
    &["now", "today", "current_date", "current_time", "current_timestamp", "localtimestamp", "random", "uuid"];

/// Refuses options that would change from run to run: so would all results.
fn refuse_changing(name: &str, arguments: &[FunctionArg]) -> Result<()> {
    let Some(spec) = spec_of(name) else { return Ok(()) };
    // A value may be anything, and so may a second one.
    let is_option = |(place, argument): &(usize, &FunctionArg)| {
        let parameter = match named(argument) {
            Some(name) => spec.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(&name)),
            None => spec.parameters.get(*place),
        };
        !parameter.is_some_and(|parameter| matches!(parameter.kind, Kind::Value(_) | Kind::Window(_) | Kind::Column(_)))
    };
    for (_, argument) in arguments.iter().enumerate().filter(is_option) {
        let changes = visit_expressions(argument, |expr| match expr {
            Expr::Function(function) if CHANGING.contains(&folded(&function.name).as_str()) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        if changes.is_break() {
            return Err(Error::Plan(format!(
                "{name}: options must be literals, got a function that changes from run to run"
            )));
        }
    }
    Ok(())
}

fn named(argument: &FunctionArg) -> Option<String> {
    match argument {
        FunctionArg::Unnamed(_) => None,
        FunctionArg::Named { name, .. } => Some(name.value.clone()),
        FunctionArg::ExprNamed { name, .. } => Some(name.to_string()),
    }
}

fn text(argument: &FunctionArg) -> Option<&str> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))
        | FunctionArg::Named { arg: FunctionArgExpr::Expr(Expr::Value(value)), .. } => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Returns a function's name in lower case, without quotes.
fn folded(name: &ObjectName) -> String {
    let parts = name.0.iter().map(|part| part.as_ident().map_or_else(String::new, |ident| ident.value.clone()));
    parts.collect::<Vec<_>>().join(".").to_ascii_lowercase()
}

fn position(name: &str, parameters: &Parameters, option: &str) -> Result<usize> {
    let found = parameters.iter().position(|(parameter, _)| parameter.eq_ignore_ascii_case(option));
    found.ok_or_else(|| {
        let names: Vec<_> = parameters.iter().map(|(parameter, _)| *parameter).collect();
        Error::Plan(format!("{name}: there is no argument {option}; there are {}", names.join(", ")))
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
    fn names_of_the_function_that_is_named_follow_its_own() {
        assert_eq!(
            expanded("split_mask(a, ',', 'hash_keyed', 'd', length => 8)").unwrap(),
            "split_mask(a, ',', 'hash_keyed', 'd', 'hex', 8)"
        );
        assert_eq!(expanded("list_mask(a, 'Pseudo_Int', domain => 'd')").unwrap(), "list_mask(a, 'Pseudo_Int', 'd')");
        assert!(expanded("list_mask(a, 'pseudo_int', lenght => 8)").is_err());
        assert!(expanded("list_mask(a, 'nothing', domain => 'd')").is_err());
    }

    #[test]
    fn options_that_change_from_run_to_run_are_refused() {
        for text in
            ["hash_keyed(a, now()::text)", "hash_keyed(a, domain => CAST(CURRENT_DATE AS TEXT))", "redact(a, uuid())"]
        {
            assert!(matches!(expanded(text), Err(Error::Plan(_))), "{text}");
        }
        for text in [
            "hash_keyed(now(), 'd')",
            "hash_keyed(x => now(), domain => 'd')",
            "keep_blank(a, hash_keyed(a, 'd'))",
            "date_shift(a, b, 3, 'd')",
        ] {
            assert!(expanded(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_window_function_needs_its_window() {
        assert!(matches!(expanded("shuffle(a, 'd')"), Err(Error::Plan(_))));
        assert!(expanded("shuffle(a, 'd') OVER ()").is_ok());
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
    fn names_of_other_tools_are_spelled_as_registered() {
        assert_eq!(expanded("ANON.Partial_Email(a)").unwrap(), "anon.partial_email(a)");
        assert_eq!(expanded("\"anon\".\"hash\"(seed => a)").unwrap(), "anon.hash(a)");
        assert_eq!(expanded("other.Partial_Email(a)").unwrap(), "other.Partial_Email(a)");
        assert_eq!(
            expanded("anon.pseudo_first_name(anon.hash(a), salt => 's')").unwrap(),
            "anon.pseudo_first_name(anon.hash(a), 's')"
        );
        assert_eq!(expanded("faker('last_name', a, locale => 'fr_FR')").unwrap(), "faker('last_name', a, 'fr_FR')");
        assert!(matches!(expanded("anon.hash(sead => a)"), Err(Error::Plan(_))));
    }

    #[test]
    fn functions_of_others_are_left_alone() {
        assert_eq!(expanded("other(a, b => 1)").unwrap(), "other(a, b => 1)");
    }
}
