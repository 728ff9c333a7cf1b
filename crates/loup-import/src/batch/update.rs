//! The UPDATE statements that a user gives for a single file, whose table they call `t`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Statement, TableAlias, TableFactor, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::tables::Table;
use crate::{Error, Result};

/// The name by which the statements call the file.
const NAME: &str = "t";

/// Reads UPDATE statements over `t` and writes them over the table itself.
///
/// # Errors
/// Returns an error for what is no SQL, for other statements and for other tables.
pub(super) fn updates(sql: &str, table: &Table) -> Result<Vec<String>> {
    let problem = |problem: &str| Error::Config(format!("--sql: {problem}"));
    let statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|error| problem(&error.to_string()))?;
    if statements.is_empty() {
        return Err(problem("expected UPDATE t SET column = ..; redact and nullify are the plainest masks"));
    }
    let mut written = Vec::with_capacity(statements.len());
    for mut statement in statements {
        let Statement::Update(update) = &statement else {
            return Err(problem(
                "only UPDATE statements mask a file; write a plan for others and run it with loup run",
            ));
        };
        if !is_file(&update.table.relation) {
            return Err(problem("UPDATE names the file's table t, as in UPDATE t SET email = mask_email(email)"));
        }
        let _ = statement.visit(&mut Renames { table });
        written.push(format!("{statement};"));
    }
    Ok(written)
}

fn is_file(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::Table { name, args: None, .. } if name.to_string().eq_ignore_ascii_case(NAME))
}

/// Gives the table its name, and lets `t` stand for it.
struct Renames<'a> {
    table: &'a Table,
}

impl VisitorMut for Renames<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if is_file(factor)
            && let TableFactor::Table { name, alias, .. } = factor
        {
            let parts = [Ident::new(&self.table.database), Ident::with_quote('"', &self.table.name)];
            *name = ObjectName::from(parts.to_vec());
            alias.get_or_insert_with(|| TableAlias {
                explicit: true,
                name: Ident::new(NAME),
                columns: Vec::new(),
                at: None,
            });
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(sql: &str) -> Result<Vec<String>> {
        let table = Table { database: "f1".into(), name: "my \"people\"".into(), columns: Vec::new() };
        updates(sql, &table)
    }

    #[test]
    fn t_is_the_file_wherever_it_stands() {
        let sql =
            "UPDATE t SET t.a = redact(a, x => 'b') WHERE id IN (SELECT max(id) FROM T); update T set b = nullify(b)";
        assert_eq!(
            rewritten(sql).unwrap(),
            [
                "UPDATE f1.\"my \"\"people\"\"\" AS t SET t.a = redact(a, x => 'b') \
                 WHERE id IN (SELECT max(id) FROM f1.\"my \"\"people\"\"\" AS t);",
                "UPDATE f1.\"my \"\"people\"\"\" AS t SET b = nullify(b);"
            ]
        );
    }

    #[test]
    fn other_statements_and_tables_are_refused() {
        for sql in
            ["DELETE FROM t", "SELECT 1", "UPDATE people SET a = redact(a)", "UPDATE t SET", "", "COPY t TO 'x.csv'"]
        {
            assert!(rewritten(sql).is_err(), "{sql}");
        }
    }
}
