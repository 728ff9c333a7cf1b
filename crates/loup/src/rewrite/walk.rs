//! Walks syntax trees through one visitor type.
//!
//! The parser's walk is compiled anew, for every kind of node, for each type of visitor. One type that hands on to a trait
//! object saves minutes of build time and costs nothing that shows.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, TableFactor, Visit, VisitMut, Visitor, VisitorMut,
};

use crate::{Error, Result};

type Flow = ControlFlow<Error>;

/// Shows the nodes below `node` to a visitor.
///
/// # Errors
/// Returns the error that the visitor breaks off with.
pub(super) fn walk<N: Visit>(node: &N, visitor: &mut dyn Visitor<Break = Error>) -> Result<()> {
    result(node.visit(&mut Reader(visitor)))
}

/// Gives the nodes below `node` to a visitor that may change them.
///
/// # Errors
/// Returns the error that the visitor breaks off with.
pub(super) fn walk_mut<N: VisitMut>(node: &mut N, visitor: &mut dyn VisitorMut<Break = Error>) -> Result<()> {
    result(node.visit(&mut Writer(visitor)))
}

/// Turns a step's result to what the walk goes on by.
pub(super) fn flow(result: Result<()>) -> Flow {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

fn result(flow: Flow) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Reader<'a>(&'a mut dyn Visitor<Break = Error>);

impl Visitor for Reader<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        self.0.pre_visit_query(query)
    }

    fn post_visit_query(&mut self, query: &Query) -> Flow {
        self.0.post_visit_query(query)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        self.0.pre_visit_select(select)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Flow {
        self.0.pre_visit_table_factor(factor)
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Flow {
        self.0.pre_visit_expr(expr)
    }
}

struct Writer<'a>(&'a mut dyn VisitorMut<Break = Error>);

impl VisitorMut for Writer<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> Flow {
        self.0.pre_visit_query(query)
    }

    fn post_visit_query(&mut self, query: &mut Query) -> Flow {
        self.0.post_visit_query(query)
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Flow {
        self.0.pre_visit_select(select)
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> Flow {
        self.0.pre_visit_relation(name)
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Flow {
        self.0.pre_visit_table_factor(factor)
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        self.0.pre_visit_expr(expr)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        self.0.post_visit_expr(expr)
    }
}
