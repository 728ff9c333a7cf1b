//! Lets original values flow beside masked ones through a plan to its sink.
//!
//! As [carriers](crate::fidelity) bring a cell's bytes, witnesses bring the value that a source column had, for every column
//! made of it. They are columns that the scan reads anyway, handed on by reference. Nodes that mix rows (aggregates, joins)
//! end the journey: above them there is no original to compare with.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::{
    Expr, Filter, Limit, LogicalPlan, Projection, Sort, SubqueryAlias, TableScan, Union, Window, cast, lit,
};

use super::change::{Counted, change_number, counted, is_subquery};
use super::lineage::Lineage;
use super::seen::Seen;
use crate::catalog::Change;
use crate::shuffles::only_shuffles;

/// A plan whose columns are those it had, then witnesses.
pub(crate) struct Watched {
    pub(crate) plan: LogicalPlan,
    /// One for each column of the plan as it was.
    pub(crate) columns: Vec<WatchedColumn>,
    /// Whether each row of its tables becomes one row.
    pub(crate) keeps_rows: bool,
    /// The numbers of changes in the plan, and who counts the rows that each matches.
    pub(crate) changes: Vec<(usize, Arc<Seen>)>,
}

/// What is known of one column.
pub(crate) struct WatchedColumn {
    pub(crate) name: String,
    pub(crate) lineage: Lineage,
    /// The source column that it is compared with: its name, and the column that brings its values.
    pub(crate) original: Option<(String, Column)>,
}

/// Adds witnesses to `plan`; with `changes`, the rows that each UPDATE and DELETE matches are counted on the way.
pub(crate) fn watch(plan: &LogicalPlan, changes: &[Change]) -> Result<Watched> {
    let mut watcher = Watcher { changes, names: 0, counting: true, keeps_rows: true, seen: Vec::new() };
    let Node { plan: watched, columns, sources, carried } = watcher.visit(plan)?;
    let columns = columns.into_iter().zip(plan.schema().fields()).map(|(lineage, field)| {
        // Of several columns, the one whose place it takes.
        let only = lineage.origins.first().filter(|_| lineage.origins.len() == 1);
        let origin = only.or_else(|| lineage.origins.iter().find(|origin| sources[**origin] == *field.name()));
        let original = origin.and_then(|origin| Some((sources[*origin].clone(), carried.get(origin)?.clone())));
        WatchedColumn { name: field.name().clone(), lineage, original }
    });
    let columns = columns.collect();
    Ok(Watched { plan: watched, columns, keeps_rows: watcher.keeps_rows, changes: watcher.seen })
}

/// A plan under way.
struct Node {
    plan: LogicalPlan,
    columns: Vec<Lineage>,
    /// Names of the source columns.
    sources: Vec<String>,
    /// For each source column that is still at hand, the column with its values.
    carried: BTreeMap<usize, Column>,
}

struct Watcher<'a> {
    changes: &'a [Change],
    names: usize,
    /// Whether all rows below come up to here, so that counts of them are whole.
    counting: bool,
    keeps_rows: bool,
    seen: Vec<(usize, Arc<Seen>)>,
}

impl Watcher<'_> {
    fn visit(&mut self, plan: &LogicalPlan) -> Result<Node> {
        match plan {
            LogicalPlan::TableScan(scan) => Ok(self.scan(scan, plan)),
            LogicalPlan::SubqueryAlias(alias) => self.alias(alias),
            LogicalPlan::Projection(projection) => self.projection(projection),
            LogicalPlan::Filter(filter) => {
                // Filters move down, below what would count the rows of changes.
                let before = std::mem::replace(&mut self.counting, false);
                let node = self.filter(filter);
                self.counting = before;
                node
            }
            LogicalPlan::Sort(sort) => {
                let counting = self.counting;
                self.counting &= sort.fetch.is_none();
                self.keeps_rows &= sort.fetch.is_none();
                let node = self.visit(&sort.input)?;
                self.counting = counting;
                let plan = Sort { expr: sort.expr.clone(), input: Arc::new(node.plan), fetch: sort.fetch };
                Ok(Node { plan: LogicalPlan::Sort(plan), ..node })
            }
            LogicalPlan::Limit(limit) => {
                let counting = std::mem::replace(&mut self.counting, false);
                self.keeps_rows = false;
                let node = self.visit(&limit.input)?;
                self.counting = counting;
                let plan = LogicalPlan::Limit(Limit { input: Arc::new(node.plan), ..limit.clone() });
                Ok(Node { plan, ..node })
            }
            LogicalPlan::Union(union) => self.union(union, plan),
            LogicalPlan::Window(window) if only_shuffles(window) => self.shuffled(window),
            other => Ok(self.opaque(other)),
        }
    }

    fn scan(&mut self, scan: &TableScan, plan: &LogicalPlan) -> Node {
        self.keeps_rows &= scan.filters.is_empty() && scan.fetch.is_none();
        let columns = plan.schema().columns();
        let sources = columns.iter().map(|column| column.name.clone()).collect();
        let lineage = (0..columns.len()).map(Lineage::source).collect();
        Node { plan: plan.clone(), columns: lineage, sources, carried: columns.into_iter().enumerate().collect() }
    }

    fn alias(&mut self, alias: &SubqueryAlias) -> Result<Node> {
        let change = change_number(&alias.alias).filter(|_| self.counting);
        let change = change.and_then(|number| Some((number, self.changes.get(number)?)));
        let counted = match change {
            Some((number, change)) => counted(&alias.input, change)?.map(|counted| (number, counted)),
            None => None,
        };
        let node = match counted {
            Some((number, Counted { plan, seen })) => {
                self.seen.push((number, seen));
                self.visit_counted(&plan)?
            }
            None => self.visit(&alias.input)?,
        };
        let plan = LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(node.plan), alias.alias.clone())?);
        let requalify = |column: Column| Column::new(Some(alias.alias.clone()), column.name);
        let carried = node.carried.into_iter().map(|(origin, column)| (origin, requalify(column))).collect();
        Ok(Node { plan, carried, ..node })
    }

    /// Visits a change whose rows are counted: its own filter stands above the count and cannot move below it.
    fn visit_counted(&mut self, plan: &LogicalPlan) -> Result<Node> {
        match plan {
            LogicalPlan::Filter(filter) => self.filter(filter),
            LogicalPlan::Projection(projection) => {
                let input = self.visit_counted(&projection.input)?;
                self.project(projection, input)
            }
            other => self.visit(other),
        }
    }

    fn filter(&mut self, filter: &Filter) -> Result<Node> {
        self.keeps_rows = false;
        let node = self.visit(&filter.input)?;
        let plan = LogicalPlan::Filter(Filter::try_new(filter.predicate.clone(), Arc::new(node.plan))?);
        Ok(Node { plan, ..node })
    }

    fn projection(&mut self, projection: &Projection) -> Result<Node> {
        let input = self.visit(&projection.input)?;
        self.project(projection, input)
    }

    fn project(&mut self, projection: &Projection, input: Node) -> Result<Node> {
        for expr in &projection.expr {
            // What a subquery scans are not this table's rows.
            self.keeps_rows &= !expr.exists(|expr| Ok(is_subquery(expr)))?;
        }
        let before: &DFSchema = projection.input.schema();
        let of = |expr: &Expr| {
            let index = if let Expr::Column(column) = expr { before.index_of_column(column).ok() } else { None };
            index.map_or_else(Lineage::default, |index| input.columns[index].clone())
        };
        let mut columns = Vec::with_capacity(projection.expr.len());
        for (expr, field) in projection.expr.iter().zip(projection.schema.fields()) {
            let mut lineage = Lineage::of(expr, before, &of);
            let has_columns = expr.any_column_refs();
            if lineage.origins.is_empty() && !has_columns {
                // A constant takes the place of the column that it is named after.
                let named = before.columns().into_iter().filter(|column| column.name == *field.name());
                let named: Vec<_> = named.map(Expr::Column).collect();
                if let [place] = named.as_slice() {
                    lineage.origins = of(place).origins;
                }
            }
            columns.push(lineage);
        }
        let mut exprs = projection.expr.clone();
        let mut carried = BTreeMap::new();
        let outputs = projection.schema.columns();
        for (lineage, output) in columns.iter().zip(&outputs) {
            if let Some(origin) = lineage.origins.first().filter(|_| lineage.is_plain) {
                carried.entry(*origin).or_insert_with(|| output.clone());
            }
        }
        for origin in columns.iter().flat_map(|lineage| &lineage.origins) {
            let Some(column) = input.carried.get(origin).filter(|_| !carried.contains_key(origin)) else { continue };
            carried.insert(*origin, self.push(&mut exprs, Expr::Column(column.clone())));
        }
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input.plan))?);
        Ok(Node { plan, columns, sources: input.sources, carried })
    }

    fn shuffled(&mut self, window: &Window) -> Result<Node> {
        let input = self.visit(&window.input)?;
        let before: &DFSchema = window.input.schema();
        let of = |expr: &Expr| {
            let index = if let Expr::Column(column) = expr { before.index_of_column(column).ok() } else { None };
            index.map_or_else(Lineage::default, |index| input.columns[index].clone())
        };
        let shuffled: Vec<Lineage> = window.window_expr.iter().map(|expr| Lineage::of(expr, before, &of)).collect();
        let columns = input.columns.iter().cloned().chain(shuffled.iter().cloned()).collect();
        let plan = LogicalPlan::Window(Window::try_new(window.window_expr.clone(), Arc::new(input.plan))?);
        // What it computes stands behind the witnesses, and has to stand before them.
        let mut exprs: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
        let computed = exprs.split_off(exprs.len() - shuffled.len());
        let carried = exprs.split_off(before.fields().len());
        let exprs = exprs.into_iter().chain(computed).chain(carried).collect();
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?);
        Ok(Node { plan, columns, sources: input.sources, carried: input.carried })
    }

    /// Appends an expression under a name that nothing else has.
    fn push(&mut self, exprs: &mut Vec<Expr>, expr: Expr) -> Column {
        let name = self.name();
        exprs.push(expr.alias(&name));
        Column::new_unqualified(name)
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("\0original:{}", self.names)
    }

    fn union(&mut self, union: &Union, plan: &LogicalPlan) -> Result<Node> {
        let inputs = union.inputs.iter().map(|input| self.visit(input)).collect::<Result<Vec<_>>>()?;
        let width = plan.schema().fields().len();
        let mut columns = Vec::with_capacity(width);
        let mut sources = Vec::with_capacity(width);
        let mut witnesses: Vec<Option<String>> = Vec::with_capacity(width);
        for number in 0..width {
            let parts: Vec<Lineage> = inputs.iter().map(|input| input.columns[number].clone()).collect();
            let lineage = Lineage::union(&parts, number);
            let first =
                inputs.iter().find_map(|input| Some(input.sources[*input.columns[number].origins.first()?].clone()));
            sources.push(first.unwrap_or_default());
            witnesses.push((!lineage.is_plain && !lineage.origins.is_empty()).then(|| self.name()));
            columns.push(lineage);
        }
        let mut aligned = Vec::with_capacity(inputs.len());
        for input in inputs {
            let values = input.plan.schema().columns().into_iter().take(width);
            let mut exprs: Vec<Expr> = values.map(Expr::Column).collect();
            for (number, name) in witnesses.iter().enumerate() {
                let Some(name) = name else { continue };
                let origins = &input.columns[number].origins;
                let only = origins.first().filter(|_| origins.len() == 1);
                let original = only.and_then(|origin| input.carried.get(origin)).cloned().map(Expr::Column);
                let data_type = plan.schema().field(number).data_type().clone();
                let original = original.unwrap_or_else(|| cast(lit(ScalarValue::Null), data_type));
                exprs.push(original.alias(name));
            }
            aligned.push(Arc::new(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input.plan))?)));
        }
        let plan = LogicalPlan::Union(Union::try_new_with_loose_types(aligned)?);
        let now = plan.schema().columns();
        let carried = columns.iter().zip(&witnesses).enumerate().filter_map(|(number, (lineage, witness))| {
            let column = match witness {
                Some(name) => now.iter().find(|column| column.name == *name)?,
                None => now.get(number).filter(|_| lineage.is_plain)?,
            };
            Some((number, column.clone()))
        });
        let carried = carried.collect();
        Ok(Node { plan, columns, sources, carried })
    }

    /// A plan whose rows have no original.
    fn opaque(&mut self, plan: &LogicalPlan) -> Node {
        self.keeps_rows = false;
        let columns = vec![Lineage::untraced(); plan.schema().fields().len()];
        Node { plan: plan.clone(), columns, sources: Vec::new(), carried: BTreeMap::new() }
    }
}
