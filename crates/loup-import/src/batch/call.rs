//! The function that a configuration gives a column: a name, or a whole call.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use loup_functions::{FunctionSpec, aliases};

use crate::{Error, Result, sql};

/// Writes the value that a column gets: `written` is a masking function's name, or an expression that calls one.
///
/// # Errors
/// Returns an error for what is neither.
pub(super) fn value(column: &str, written: &str) -> Result<String> {
    let name = written.trim();
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return call(column, name);
    }
    let problem = |problem: &str| Error::Config(format!("columns: {column}: {problem}"));
    let mut parser = Parser::new(&GenericDialect {})
        .try_with_sql(written)
        .map_err(|error| problem(&format!("not a function's name or call: {error}")))?;
    let expr = parser.parse_expr().map_err(|error| problem(&format!("not a function's name or call: {error}")))?;
    if parser.peek_token().token != Token::EOF {
        return Err(problem("one function's name or call is expected, and something follows it"));
    }
    if expr.visit(&mut FindsMask).is_continue() {
        return Err(problem("calls no masking function; loup functions lists them"));
    }
    // Written anew, so that a comment at its end cannot swallow what follows.
    Ok(expr.to_string())
}

/// Calls a function that needs nothing but the column.
fn call(column: &str, name: &str) -> Result<String> {
    let Some(spec) = masking_function(name) else {
        let near = loup_functions::catalog()
            .iter()
            .map(|spec| (strsim::damerau_levenshtein(&name.to_lowercase(), spec.name), spec.name))
            .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
            .min();
        let hint = near.map_or("loup functions lists all".to_owned(), |(_, name)| format!("did you mean {name}?"));
        return Err(Error::Config(format!("columns: {column}: no masking function '{name}'; {hint}")));
    };
    let needed = spec.parameters.iter().filter(|parameter| parameter.default.is_none()).count();
    if needed > 1 {
        let syntax = spec.syntax();
        return Err(Error::Config(format!("columns: {column}: {name} needs more than the column; write {syntax}")));
    }
    Ok(format!("{}({})", spec.name, sql::ident(column)))
}

/// Returns whether a name is a masking function's, or one that another tool has for it.
fn is_masking(name: &str) -> bool {
    let folded = name.to_ascii_lowercase();
    masking_function(name).is_some() || aliases().iter().any(|alias| alias.name() == folded)
}

fn masking_function(name: &str) -> Option<&'static FunctionSpec> {
    let name = name.to_ascii_lowercase();
    loup_functions::catalog().iter().find(|spec| spec.name == name || spec.aliases.contains(&name.as_str())).copied()
}

/// Breaks where it meets a masking function.
struct FindsMask;

impl Visitor for FindsMask {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if is_masking(&function.name.to_string()) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_called_with_the_column() {
        assert_eq!(value("E-mail", "mask_email").unwrap(), "mask_email(\"E-mail\")");
        assert_eq!(value("a\"b", " REDACT ").unwrap(), "redact(\"a\"\"b\")");
    }

    #[test]
    fn a_call_stands_as_written() {
        let written = "pseudo_email(lower(email), 'customer', keep_domain => true)";
        assert_eq!(value("email", written).unwrap(), written);
        assert_eq!(value("email", "anon.partial_email(email)").unwrap(), "anon.partial_email(email)");
        let part = "fake_address(home)['city'] -- the city";
        assert_eq!(value("home", part).unwrap(), "fake_address(home)['city']");
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for (written, named) in [
            ("redactt", "did you mean redact?"),
            ("email", "no masking function"),
            ("hash_keyed", "hash_keyed(x, domain"),
            ("lower(email)", "no masking function"),
            ("'x'", "no masking function"),
            ("redact(a), b = b", "follows"),
            ("redact(a); DROP TABLE t", "follows"),
            ("redact(", "not a function's name or call"),
            ("", "no masking function"),
        ] {
            let message = value("email", written).unwrap_err().to_string();
            assert!(message.contains(named) && message.contains("email"), "{written}: {message}");
        }
    }
}
