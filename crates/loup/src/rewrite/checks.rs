//! Check functions: `orphans(a.x, b.y)` and the like become the queries they stand for.
//!
//! As queries they are planned, optimised, spilled and judged like any other.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFactor, VisitMut, VisitorMut,
};

use super::walk::{flow, walk_mut};
use crate::script::parse_query;
use crate::{Error, Result};

/// Expands the check functions below `node`; `columns` gives a table's columns, for `nulls`.
pub(crate) fn expand_checks<N: VisitMut>(
    node: &mut N,
    columns: &dyn Fn(&[String]) -> Option<Vec<String>>,
) -> Result<()> {
    walk_mut(node, &mut Expander { columns })
}

struct Expander<'a> {
    columns: &'a dyn Fn(&[String]) -> Option<Vec<String>>,
}

impl VisitorMut for Expander<'_> {
    type Break = Error;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        flow(self.expand(factor))
    }
}

/// A table and one of its columns, as written.
struct Column {
    table: String,
    name: String,
}

impl Expander<'_> {
    fn expand(&self, factor: &mut TableFactor) -> Result<()> {
        let TableFactor::Table { name, args: Some(arguments), alias, .. } = factor else {
            return Ok(());
        };
        let function = name.to_string().to_ascii_lowercase();
        let arguments = &arguments.args;
        let sql = match function.as_str() {
            "orphans" => {
                let [child, parent] = two_columns(&function, arguments)?;
                format!(
                    "SELECT a.\"value\" AS \"value\", count(*) AS \"rows\" \
                     FROM (SELECT {} AS \"value\" FROM {}) AS a \
                     LEFT ANTI JOIN (SELECT {} AS \"value\" FROM {}) AS b ON a.\"value\" = b.\"value\" \
                     WHERE a.\"value\" IS NOT NULL GROUP BY a.\"value\"",
                    child.name, child.table, parent.name, parent.table
                )
            }
            "overlap" => {
                let [a, b] = two_columns(&function, arguments)?;
                format!(
                    "SELECT count(a.\"value\") AS distinct_a, count(b.\"value\") AS distinct_b, \
                     count(CASE WHEN a.\"value\" IS NOT NULL AND b.\"value\" IS NOT NULL THEN 1 END) AS common \
                     FROM (SELECT DISTINCT {a} AS \"value\" FROM {at} WHERE {a} IS NOT NULL) AS a \
                     FULL JOIN (SELECT DISTINCT {b} AS \"value\" FROM {bt} WHERE {b} IS NOT NULL) AS b \
                     ON a.\"value\" = b.\"value\"",
                    a = a.name,
                    at = a.table,
                    b = b.name,
                    bt = b.table
                )
            }
            "join_shape" => {
                let [a, b] = two_columns(&function, arguments)?;
                format!(
                    "SELECT coalesce(a.\"n\", 0) AS rows_a, coalesce(b.\"n\", 0) AS rows_b, count(*) AS \"keys\" \
                     FROM (SELECT {a} AS \"value\", count(*) AS \"n\" FROM {at} WHERE {a} IS NOT NULL GROUP BY {a}) AS a \
                     FULL JOIN (SELECT {b} AS \"value\", count(*) AS \"n\" FROM {bt} WHERE {b} IS NOT NULL GROUP BY {b}) AS b \
                     ON a.\"value\" = b.\"value\" GROUP BY coalesce(a.\"n\", 0), coalesce(b.\"n\", 0)",
                    a = a.name,
                    at = a.table,
                    b = b.name,
                    bt = b.table
                )
            }
            "duplicates" => duplicates(&columns(&function, arguments)?)?,
            "nulls" => self.nulls(arguments)?,
            _ => return Ok(()),
        };
        let subquery = parse_query(&sql)?;
        let named = TableAlias { explicit: true, name: Ident::new(function), columns: Vec::new(), at: None };
        let alias = Some(alias.take().unwrap_or(named));
        *factor = TableFactor::Derived { lateral: false, subquery, alias, sample: None };
        Ok(())
    }

    fn nulls(&self, arguments: &[FunctionArg]) -> Result<String> {
        let usage = || Error::Plan("nulls: expected one table, as in nulls(shop.orders)".to_owned());
        let [argument] = arguments else { return Err(usage()) };
        let parts = identifiers(argument).ok_or_else(usage)?;
        let table = quoted(&parts);
        let values: Vec<_> = parts.iter().map(|part| part.value.clone()).collect();
        let names = (self.columns)(&values).ok_or_else(|| Error::Plan(format!("nulls: there is no table {table}")))?;
        let quote = |name: &String| Ident::with_quote('"', name).to_string();
        let counts: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(number, name)| format!("count(*) - count({}) AS n{number}", quote(name)))
            .collect();
        let labels: Vec<_> = names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
        let cells: Vec<_> = (0..names.len()).map(|number| format!("n{number}")).collect();
        Ok(format!(
            "SELECT unnest(make_array({})) AS \"column\", unnest(make_array({})) AS nulls FROM (SELECT {} FROM {table}) AS counted",
            labels.join(", "),
            cells.join(", "),
            counts.join(", ")
        ))
    }
}

fn duplicates(columns: &[Column]) -> Result<String> {
    let [first, ..] = columns else {
        return Err(Error::Plan("duplicates: expected columns, as in duplicates(shop.orders.id)".to_owned()));
    };
    if columns.iter().any(|column| column.table != first.table) {
        return Err(Error::Plan("duplicates: all columns must be of one table".to_owned()));
    }
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    let names = names.join(", ");
    Ok(format!("SELECT {names}, count(*) AS \"rows\" FROM {} GROUP BY {names} HAVING count(*) > 1", first.table))
}

fn two_columns(function: &str, arguments: &[FunctionArg]) -> Result<[Column; 2]> {
    columns(function, arguments)?.try_into().map_err(|_| {
        Error::Plan(format!("{function}: expected two columns, as in {function}(orders.user_id, users.id)"))
    })
}

fn columns(function: &str, arguments: &[FunctionArg]) -> Result<Vec<Column>> {
    arguments
        .iter()
        .map(|argument| {
            let parts = identifiers(argument).filter(|parts| parts.len() > 1);
            let parts = parts.ok_or_else(|| {
                Error::Plan(format!("{function}: a column is written bare with its table, as in orders.user_id"))
            })?;
            // With its table before it, a column is found there and nowhere else.
            Ok(Column { table: quoted(&parts[..parts.len() - 1]), name: quoted(&parts) })
        })
        .collect()
}

fn identifiers(argument: &FunctionArg) -> Option<Vec<Ident>> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::CompoundIdentifier(parts))) => Some(parts.clone()),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(part))) => Some(vec![part.clone()]),
        _ => None,
    }
}

/// Writes identifiers as they were written, so that an unquoted name still finds any case.
fn quoted(parts: &[Ident]) -> String {
    ObjectName::from(parts.to_vec()).to_string()
}
