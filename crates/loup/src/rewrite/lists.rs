//! The lists that calls of a statement name: `fake_from(x, 'jobs')`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan, Visit, Visitor,
};
use loup_functions::lists_named_by;

use super::walk::walk;
use crate::Error;

/// Returns the lists that calls below `node` name, once their arguments stand in their positions.
pub(crate) fn find_lists<N: Visit>(node: &N) -> BTreeSet<String> {
    let mut finder = Finder(BTreeSet::new());
    walk(node, &mut finder).expect("finding lists fails nowhere");
    finder.0
}

struct Finder(BTreeSet<String>);

impl Visitor for Finder {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        if let Expr::Function(function) = expr
            && let FunctionArguments::List(list) = &function.args
        {
            let texts: Vec<_> = list.args.iter().map(text).collect();
            self.0.extend(lists_named_by(&function.name.to_string(), &texts).into_iter().map(str::to_owned));
        }
        ControlFlow::Continue(())
    }
}

/// Returns an argument that is a text literal.
fn text(argument: &FunctionArg) -> Option<&str> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text),
            ..
        }))) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse_query;

    #[test]
    fn lists_are_found_wherever_a_call_stands() {
        let sql =
            "SELECT upper(fake_from(a, 'jobs')), 'none' FROM t WHERE b = (SELECT generalize_to(c, 'x.age', 1) FROM u)";
        let query = parse_query(sql).unwrap();
        assert_eq!(find_lists(query.as_ref()), BTreeSet::from(["jobs".to_owned(), "x.age".to_owned()]));
    }
}
