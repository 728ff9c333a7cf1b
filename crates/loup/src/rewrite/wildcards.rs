//! The names in `* EXCLUDE (..)` and `* REPLACE (..)`.
//!
//! DataFusion passes over a name that matches nothing, and the clear column would leave. So every SELECT with such a list
//! is planned a second time without it, and each name must be among its columns.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, Visit, Visitor,
    WildcardAdditionalOptions, With,
};

use super::walk::walk;
use crate::{Error, Result};

/// A SELECT with a list of names, and the query whose columns they must be.
#[derive(Debug)]
pub(crate) struct WildcardUse {
    /// The wildcard without its lists, over the same tables.
    pub(crate) query: Box<Query>,
    /// The names.
    pub(crate) names: Vec<Ident>,
}

/// Finds the lists of a statement.
///
/// # Errors
/// Returns an error for what DataFusion passes over or this walk does not see: `* ILIKE`, and pipes.
pub(crate) fn find_wildcards<N: Visit>(node: &N) -> Result<Vec<WildcardUse>> {
    let mut finder = Finder::default();
    walk(node, &mut finder)?;
    Ok(finder.found)
}

#[derive(Default)]
struct Finder {
    scopes: Vec<Option<With>>,
    found: Vec<WildcardUse>,
}

impl Visitor for Finder {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        if !query.pipe_operators.is_empty() {
            return ControlFlow::Break(Error::Plan("|> is not supported; write a subquery".to_owned()));
        }
        self.scopes.push(query.with.clone());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<Error> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        for item in &select.projection {
            let mut item = item.clone();
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = &item
                && options.opt_ilike.is_some()
            {
                return ControlFlow::Break(Error::Plan("* ILIKE is not supported; name the columns".to_owned()));
            }
            let names: Vec<Ident> = listed_names(&mut item).into_iter().map(|ident| ident.clone()).collect();
            if names.is_empty() {
                continue;
            }
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = &mut item {
                *options = WildcardAdditionalOptions::default();
            }
            self.found.push(WildcardUse { query: self.query(select, item), names });
        }
        if let Some(mut exclude) = select.exclude.clone() {
            let names = excluded(&mut exclude).into_iter().map(|ident| ident.clone()).collect();
            let item = SelectItem::Wildcard(WildcardAdditionalOptions::default());
            self.found.push(WildcardUse { query: self.query(select, item), names });
        }
        ControlFlow::Continue(())
    }
}

impl Finder {
    fn query(&self, select: &Select, item: SelectItem) -> Box<Query> {
        let mut with: Option<With> = None;
        for scope in self.scopes.iter().flatten() {
            match &mut with {
                None => with = Some(scope.clone()),
                Some(with) => with.cte_tables.extend(scope.cte_tables.clone()),
            }
        }
        let mut plain = select.clone();
        plain.projection = vec![item];
        plain.exclude = None;
        plain.selection = None;
        plain.distinct = None;
        plain.having = None;
        plain.qualify = None;
        plain.group_by = datafusion::sql::sqlparser::ast::GroupByExpr::Expressions(Vec::new(), Vec::new());
        Box::new(Query {
            with,
            body: Box::new(SetExpr::Select(Box::new(plain))),
            order_by: None,
            limit_clause: None,
            fetch: None,
            locks: Vec::new(),
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators: Vec::new(),
        })
    }
}

/// Returns the names that a wildcard's EXCLUDE, EXCEPT and REPLACE list.
pub(super) fn listed_names(item: &mut SelectItem) -> Vec<&mut Ident> {
    let mut names = Vec::new();
    if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
        if let Some(exclude) = &mut options.opt_exclude {
            names.extend(excluded(exclude));
        }
        if let Some(except) = &mut options.opt_except {
            names.push(&mut except.first_element);
            names.extend(&mut except.additional_elements);
        }
        if let Some(replace) = &mut options.opt_replace {
            names.extend(replace.items.iter_mut().map(|item| &mut item.column_name));
        }
    }
    names
}

fn excluded(exclude: &mut ExcludeSelectItem) -> Vec<&mut Ident> {
    match exclude {
        ExcludeSelectItem::Single(name) => last_ident(name).into_iter().collect(),
        ExcludeSelectItem::Multiple(list) => list.iter_mut().filter_map(last_ident).collect(),
    }
}

fn last_ident(name: &mut ObjectName) -> Option<&mut Ident> {
    match name.0.last_mut() {
        Some(ObjectNamePart::Identifier(ident)) => Some(ident),
        _ => None,
    }
}
