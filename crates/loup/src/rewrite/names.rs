//! Names in any case: identifiers get the spelling of the table or column they find.
//!
//! The session plans with identifiers as written; this step makes `EMAIL` and `"Email"` find `email`, as users of MySQL
//! and DuckDB expect, and keeps the source's spelling in outputs. Where two names differ by case alone, only a quoted
//! exact one will do.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TableFactor, Visit, VisitMut, Visitor, VisitorMut,
};

use super::walk::{flow, walk, walk_mut};
use super::wildcards::listed_names;
use crate::{Error, Result};

/// Finds the one candidate that an identifier names: the exact one, else the only one in another case.
///
/// # Errors
/// Returns an error where several differ by case alone and the identifier does not name one of them in quotes.
pub(crate) fn find_ident<'a>(ident: &Ident, candidates: impl IntoIterator<Item = &'a str>) -> Result<Option<&'a str>> {
    let mut alike: Vec<&str> = Vec::new();
    for candidate in candidates {
        if folded(candidate) == folded(&ident.value) && !alike.contains(&candidate) {
            alike.push(candidate);
        }
    }
    let exact = alike.iter().find(|candidate| **candidate == ident.value);
    match (alike.as_slice(), exact) {
        ([], _) => Ok(None),
        ([one], _) => Ok(Some(one)),
        (_, Some(exact)) if ident.quote_style.is_some() => Ok(Some(exact)),
        (several, _) => Err(Error::Plan(format!(
            "{} is ambiguous: {} differ by case alone; quote the one that is meant",
            ident.value,
            several.join(", ")
        ))),
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// A relation of a statement: a table under its name or an alias.
#[derive(Debug, Clone)]
struct Relation {
    /// Its name as it must be written: catalog and schema first.
    path: Vec<String>,
    /// Its columns; `None` where only planning knows them.
    columns: Option<Vec<String>>,
}

/// What the names of one statement can mean.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Table names as the statement writes them.
    pub(crate) tables: Vec<ObjectName>,
    /// Aliases with the table they stand for, where it is one.
    aliases: Vec<(Ident, Option<ObjectName>)>,
    /// Names that the statement gives to columns.
    outputs: Vec<String>,
    /// Names of common table expressions.
    expressions: Vec<String>,
    found: HashMap<ObjectName, Relation>,
    relations: Vec<Relation>,
    selects: usize,
}

impl Names {
    /// Collects the names of a statement.
    pub(crate) fn of<N: Visit>(node: &N) -> Self {
        let mut names = Self::default();
        walk(node, &mut names).expect("collecting names fails nowhere");
        names
    }

    /// Adds a table that the statement names outside its queries, such as the target of an UPDATE.
    pub(crate) fn add_table(&mut self, table: &ObjectName) {
        self.tables.push(table.clone());
    }

    /// Says what a table name of the statement found.
    pub(crate) fn resolve(&mut self, written: &ObjectName, path: Vec<String>, columns: Vec<String>) {
        self.found.insert(written.clone(), Relation { path, columns: Some(columns) });
    }

    /// Rewrites the names of the statement.
    pub(crate) fn apply<N: VisitMut>(mut self, node: &mut N) -> Result<()> {
        self.check_expressions()?;
        self.relations = self.found.values().cloned().collect();
        for (alias, table) in &self.aliases {
            let columns =
                table.as_ref().and_then(|table| self.found.get(table)).and_then(|found| found.columns.clone());
            self.relations.push(Relation { path: vec![alias.value.clone()], columns });
        }
        for name in &self.expressions {
            self.relations.push(Relation { path: vec![name.clone()], columns: None });
        }
        walk_mut(node, &mut Rewriter { names: &self })
    }

    /// Refuses a common table expression that differs by case alone from a table the statement names.
    fn check_expressions(&self) -> Result<()> {
        for (written, relation) in &self.found {
            let [ObjectNamePart::Identifier(ident)] = written.0.as_slice() else { continue };
            let table = relation.path.last().map_or("", String::as_str);
            let clash = |name: &&String| folded(name) == folded(&ident.value) && name.as_str() != table;
            if let Some(name) = self.expressions.iter().find(clash) {
                return Err(Error::Plan(format!(
                    "WITH {name}: differs by case alone from the table {table}; rename it"
                )));
            }
        }
        Ok(())
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        let tables = self.relations.iter().filter_map(|relation| relation.columns.as_ref()).flatten();
        tables.chain(&self.outputs).map(String::as_str)
    }

    fn column(&self, ident: &mut Ident) -> Result<()> {
        // Over one table alone its columns come before the names that the statement itself gives. Anywhere else a name
        // with two spellings is refused: the one that is exact need not be the one that is meant, or is masked.
        let found = match self.relations.as_slice() {
            [Relation { columns: Some(columns), .. }] if self.selects == 1 => {
                find_ident(ident, columns.iter().map(String::as_str))?
            }
            _ => None,
        };
        let found = match found {
            Some(found) => Some(found),
            None => find_ident(ident, self.columns())?,
        };
        if let Some(found) = found {
            found.clone_into(&mut ident.value);
        }
        Ok(())
    }

    /// Rewrites `[[catalog.]schema.]table.column`, or `column.field`.
    fn compound(&self, parts: &mut [Ident]) -> Result<()> {
        let Some((column, prefix)) = parts.split_last_mut() else {
            return Ok(());
        };
        match self.relation(prefix) {
            Some(Relation { columns: Some(columns), .. }) => {
                if let Some(found) = find_ident(column, columns.iter().map(String::as_str))? {
                    found.clone_into(&mut column.value);
                }
                Ok(())
            }
            Some(_) => self.column(column),
            None => match prefix.first_mut() {
                Some(first) => self.column(first),
                None => self.column(column),
            },
        }
    }

    /// Finds the relation that a path names and gives the path its spelling.
    fn relation(&self, prefix: &mut [Ident]) -> Option<&Relation> {
        let ends = |relation: &&Relation| {
            prefix.len() <= relation.path.len()
                && prefix.iter().rev().zip(relation.path.iter().rev()).all(|(a, b)| folded(&a.value) == folded(b))
        };
        let candidates: Vec<&Relation> = self.relations.iter().filter(ends).collect();
        let exact = |relation: &&&Relation| {
            prefix.iter().rev().zip(relation.path.iter().rev()).all(|(written, name)| written.value == *name)
        };
        let found = candidates.iter().find(exact).or(candidates.first()).copied();
        if let Some(relation) = found {
            for (written, name) in prefix.iter_mut().rev().zip(relation.path.iter().rev()) {
                name.clone_into(&mut written.value);
            }
        }
        found
    }
}

fn idents(name: &ObjectName) -> Option<Vec<Ident>> {
    name.0.iter().map(|part| part.as_ident().cloned()).collect()
}

impl Visitor for Names {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.expressions.push(table.alias.name.value.clone());
            self.outputs.extend(table.alias.columns.iter().map(|column| column.name.value.clone()));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        self.selects += 1;
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.outputs.push(alias.value.clone());
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Error> {
        let (table, alias) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                self.tables.push(name.clone());
                (Some(name.clone()), alias)
            }
            TableFactor::Table { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::NestedJoin { alias, .. } => (None, alias),
            _ => return ControlFlow::Continue(()),
        };
        if let Some(alias) = alias {
            self.outputs.extend(alias.columns.iter().map(|column| column.name.value.clone()));
            let table = table.filter(|_| alias.columns.is_empty());
            self.aliases.push((alias.name.clone(), table));
        }
        ControlFlow::Continue(())
    }
}

struct Rewriter<'a> {
    names: &'a Names,
}

impl VisitorMut for Rewriter<'_> {
    type Break = Error;

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<Error> {
        if let Some(relation) = self.names.found.get(name) {
            *name = ObjectName::from(relation.path.iter().map(|part| Ident::with_quote('"', part)).collect::<Vec<_>>());
        } else if let [ObjectNamePart::Identifier(ident)] = name.0.as_mut_slice() {
            let expressions = self.names.expressions.iter().map(String::as_str);
            return flow(find_ident(ident, expressions).map(|found| {
                if let Some(found) = found {
                    found.clone_into(&mut ident.value);
                }
            }));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        flow(match expr {
            Expr::Identifier(ident) => self.names.column(ident),
            Expr::CompoundIdentifier(parts) => self.names.compound(parts),
            _ => Ok(()),
        })
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        flow(self.select(select))
    }
}

impl Rewriter<'_> {
    /// Rewrites the names that are no expressions: USING, `t.*`, EXCLUDE and REPLACE.
    fn select(&self, select: &mut Select) -> Result<()> {
        for join in select.from.iter_mut().flat_map(|table| &mut table.joins) {
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)) = &mut join.join_operator
            else {
                continue;
            };
            if let JoinConstraint::Using(columns) = constraint {
                for column in columns {
                    if let [ObjectNamePart::Identifier(ident)] = column.0.as_mut_slice() {
                        self.names.column(ident)?;
                    }
                }
            }
        }
        for item in &mut select.projection {
            if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) = item
                && let Some(mut parts) = idents(name)
            {
                self.names.relation(&mut parts);
                *name = ObjectName::from(parts);
            }
            for ident in listed_names(item) {
                self.names.column(ident)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    fn rewritten(sql: &str) -> Result<String> {
        let mut query = Parser::new(&GenericDialect {}).try_with_sql(sql).unwrap().parse_query().unwrap();
        let mut names = Names::of(&query);
        for table in names.tables.clone() {
            let columns: &[&str] = match table.to_string().to_lowercase().as_str() {
                "shop.orders" => &["Id", "userId"],
                "shop.users" => &["ID", "Name"],
                "shop.twins" => &["a", "A"],
                _ => continue,
            };
            let last = table.0.last().unwrap().as_ident().unwrap().value.to_lowercase();
            let path = vec!["shop".to_owned(), format!("{}{}", last[..1].to_uppercase(), &last[1..])];
            names.resolve(&table, path, columns.iter().map(|column| (*column).to_owned()).collect());
        }
        names.apply(&mut query)?;
        Ok(query.to_string())
    }

    #[test]
    fn names_get_the_spelling_of_what_they_find() {
        assert_eq!(
            rewritten("SELECT o.ID, \"USERID\" FROM SHOP.ORDERS o").unwrap(),
            "SELECT o.Id, \"userId\" FROM \"shop\".\"Orders\" o"
        );
        assert_eq!(
            rewritten("SELECT Orders.USERID, shop.orders.id FROM shop.orders").unwrap(),
            "SELECT Orders.userId, shop.Orders.Id FROM \"shop\".\"Orders\""
        );
        assert_eq!(
            rewritten("SELECT * EXCLUDE (USERID) REPLACE (1 AS ID) FROM shop.orders").unwrap(),
            "SELECT * EXCLUDE (userId) REPLACE (1 AS Id) FROM \"shop\".\"Orders\""
        );
    }

    #[test]
    fn aliases_and_common_tables_are_found_too() {
        assert_eq!(
            rewritten("WITH Big AS (SELECT Name AS Label FROM shop.users) SELECT LABEL FROM BIG ORDER BY label")
                .unwrap(),
            "WITH Big AS (SELECT Name AS Label FROM \"shop\".\"Users\") SELECT Label FROM Big ORDER BY Label"
        );
    }

    #[test]
    fn a_name_with_two_spellings_is_refused_unless_it_is_quoted() {
        let join = "FROM shop.orders o JOIN shop.users u ON o.userid = u.\"ID\"";
        assert!(matches!(rewritten(&format!("SELECT id {join}")), Err(Error::Plan(_))));
        assert!(rewritten(&format!("SELECT \"Id\" {join}")).is_ok());
        assert!(rewritten("WITH m AS (SELECT Name AS ID FROM shop.users) SELECT id FROM m").is_ok());
        assert!(matches!(
            rewritten("WITH m AS (SELECT Id AS ID FROM shop.orders) SELECT id FROM m"),
            Err(Error::Plan(_))
        ));
        // One table alone: what is masked may keep its name in another case.
        assert_eq!(
            rewritten("SELECT upper(USERID) AS userid FROM shop.orders").unwrap(),
            "SELECT upper(userId) AS userid FROM \"shop\".\"Orders\""
        );
    }

    #[test]
    fn names_that_differ_by_case_alone_must_be_quoted() {
        assert!(matches!(rewritten("SELECT a FROM shop.twins"), Err(Error::Plan(_))));
        assert_eq!(rewritten("SELECT \"A\" FROM shop.twins").unwrap(), "SELECT \"A\" FROM \"shop\".\"Twins\"");
        let two = "SELECT o.id, u.id FROM shop.orders o JOIN shop.users u ON o.userid = u.id";
        assert_eq!(
            rewritten(two).unwrap(),
            "SELECT o.Id, u.ID FROM \"shop\".\"Orders\" o JOIN \"shop\".\"Users\" u ON o.userId = u.ID"
        );
    }
}
