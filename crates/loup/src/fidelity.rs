//! Lets raw cells and positions flow through a plan to its sink.
//!
//! A statement's plan computes values. What a sink writes of an untouched cell is not its value but its bytes, and rows
//! leave in the order of their source. So before it runs, the plan's CSV scans are exchanged for scans with
//! [carriers](loup_sources::Carrier), and the nodes above pass them on: a column that is handed on untouched brings its
//! raw cell, a CASE its raw cell where an arm is untouched. Nodes that mix rows (aggregates, joins of rows) end the
//! journey: above them values are written.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::logical_expr::SortExpr;
use datafusion::logical_expr::expr::{Alias, Case};
use datafusion::logical_expr::{
    Expr, Filter, Limit, LogicalPlan, LogicalPlanBuilder, Projection, Sort, SubqueryAlias, TableScan, Union, Window,
    lit,
};
use loup_sources::dump::DumpTable;
use loup_sources::{Carrier, CsvTable, Position};
use loup_text::csv::{Dialect, Terminator};

use crate::csv_cell::CsvCell;
use crate::shuffles::{InOrder, in_order, numbered, only_shuffles};

/// A plan whose columns are those it had, then carriers.
pub(crate) struct Exposed {
    pub(crate) plan: LogicalPlan,
    /// For each column of the plan as it was, the column with its raw cell.
    pub(crate) raw: Vec<Option<Column>>,
    /// The column with the rows' positions.
    pub(crate) position: Option<Column>,
    /// The column with the bytes of a dump's records.
    pub(crate) record: Option<Column>,
    /// The CSV tables that raw cells come from.
    pub(crate) tables: Vec<CsvTable>,
    /// Whether the plan is another than it was.
    pub(crate) is_changed: bool,
    /// File numbers that positions may hold.
    files: usize,
}

/// Exposes the carriers of the CSV scans below `plan` whose files have `dialect`, whatever its line ends.
///
/// With no dialect no raw cells are exposed, only positions.
pub(crate) fn expose(plan: &LogicalPlan, dialect: Option<&Dialect>) -> Result<Exposed> {
    Exposer { dialect, names: 0, terminator: None }.visit(plan)
}

struct Exposer<'a> {
    dialect: Option<&'a Dialect>,
    names: usize,
    /// Line ends of the first table whose raw cells are exposed; those of another kind could not stand between them.
    terminator: Option<Terminator>,
}

impl Exposer<'_> {
    fn visit(&mut self, plan: &LogicalPlan) -> Result<Exposed> {
        match plan {
            LogicalPlan::TableScan(scan) => self.scan(scan, plan),
            LogicalPlan::SubqueryAlias(alias) => self.alias(alias),
            LogicalPlan::Projection(projection) => self.projection(projection),
            LogicalPlan::Filter(filter) => {
                let input = self.visit(&filter.input)?;
                let plan = LogicalPlan::Filter(Filter::try_new(filter.predicate.clone(), Arc::new(input.plan))?);
                Ok(Exposed { plan, ..input })
            }
            LogicalPlan::Sort(sort) => {
                let input = self.visit(&sort.input)?;
                // Rows that are equal to the sort keep the order they had, on any number of cores.
                let ties = input.position.clone().map(ascending);
                let expr = sort.expr.iter().cloned().chain(ties).collect();
                let plan = LogicalPlan::Sort(Sort { expr, input: Arc::new(input.plan), fetch: sort.fetch });
                // Sorted rows have an order of their own.
                Ok(Exposed { plan, position: None, record: None, ..input })
            }
            LogicalPlan::Limit(limit) => {
                let input = self.visit(&limit.input)?;
                // The parts of a union run side by side; which rows are the first only their positions tell.
                let is_union = limit.input.exists(|node| Ok(matches!(node, LogicalPlan::Union(_))))?;
                let position = input.position.clone().filter(|_| is_union);
                let rows = match position.clone() {
                    None => input.plan,
                    Some(position) => {
                        let expr = vec![ascending(position)];
                        LogicalPlan::Sort(Sort { expr, input: Arc::new(input.plan), fetch: None })
                    }
                };
                let plan = LogicalPlan::Limit(Limit { input: Arc::new(rows), ..limit.clone() });
                Ok(Exposed { plan, position, ..input })
            }
            LogicalPlan::Union(union) => self.union(union, plan),
            LogicalPlan::Window(window) if only_shuffles(window) => self.shuffled(window),
            other => Ok(untouched(other)),
        }
    }

    fn scan(&mut self, scan: &TableScan, plan: &LogicalPlan) -> Result<Exposed> {
        let is_plain = scan.projection.is_none() && scan.filters.is_empty() && scan.fetch.is_none();
        let provider = source_as_provider(&scan.source).ok().filter(|_| is_plain);
        if let Some(table) = provider.as_ref().and_then(|provider| DumpTable::of(provider.as_ref())) {
            return Self::dump(scan, &table, plan);
        }
        let table = provider.and_then(|provider| CsvTable::of(provider.as_ref()));
        let Some(table) = table else { return Ok(untouched(plan)) };
        let columns = plan.schema().fields().len();
        let source = provider_as_source(Arc::new(table.with_carriers()?));
        let plan = LogicalPlanBuilder::scan(scan.table_name.clone(), source, None)?.build()?;
        let column = |carrier: Carrier| Column::new(Some(scan.table_name.clone()), carrier.name());
        let terminator = table.header().map(|header| header.dialect.terminator);
        let is_same = self.dialect.is_some_and(|dialect| same_cells(dialect, &table.options().dialect))
            && self.terminator.is_none_or(|first| terminator == Some(first));
        if is_same {
            self.terminator = Some(terminator.unwrap_or_default());
        }
        let files = table.files();
        let raw = (0..columns).map(|number| is_same.then(|| column(Carrier::Raw(number)))).collect();
        let tables = if is_same { vec![table] } else { Vec::new() };
        let position = Some(column(Carrier::Position));
        Ok(Exposed { plan, raw, position, record: None, tables, is_changed: true, files })
    }

    /// A dump's records are carried whole: their cells are found again where they are written.
    fn dump(scan: &TableScan, table: &DumpTable, plan: &LogicalPlan) -> Result<Exposed> {
        let raw = vec![None; plan.schema().fields().len()];
        let source = provider_as_source(Arc::new(table.with_carriers()));
        let plan = LogicalPlanBuilder::scan(scan.table_name.clone(), source, None)?.build()?;
        let column = |carrier: Carrier| Some(Column::new(Some(scan.table_name.clone()), carrier.name()));
        let (position, record) = (column(Carrier::Position), column(Carrier::Record));
        Ok(Exposed { plan, raw, position, record, tables: Vec::new(), is_changed: true, files: 1 })
    }

    fn alias(&mut self, alias: &SubqueryAlias) -> Result<Exposed> {
        let input = self.visit(&alias.input)?;
        let plan = LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(input.plan), alias.alias.clone())?);
        let requalify = |column: Column| Column::new(Some(alias.alias.clone()), column.name);
        let raw = input.raw.into_iter().map(|raw| raw.map(requalify)).collect();
        Ok(Exposed {
            plan,
            raw,
            position: input.position.map(requalify),
            record: input.record.map(requalify),
            tables: input.tables,
            is_changed: input.is_changed,
            files: input.files,
        })
    }

    fn projection(&mut self, projection: &Projection) -> Result<Exposed> {
        let input = self.visit(&projection.input)?;
        let before = projection.input.schema();
        let raw_of = |column: &Column| {
            let index = before.index_of_column(column).ok()?;
            input.raw.get(index)?.clone().map(Expr::Column)
        };
        let mut exprs = projection.expr.clone();
        let mut raw = Vec::with_capacity(exprs.len());
        for expr in &projection.expr {
            let cell = self.raw_expr(expr, &raw_of);
            raw.push(cell.map(|cell| self.push(&mut exprs, cell)));
        }
        let position = input.position.map(|position| self.push(&mut exprs, Expr::Column(position)));
        let record = input.record.map(|record| self.push(&mut exprs, Expr::Column(record)));
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input.plan))?);
        let Exposed { tables, is_changed, files, .. } = input;
        Ok(Exposed { plan, raw, position, record, tables, is_changed, files })
    }

    /// Appends an expression under a name that nothing else has.
    fn push(&mut self, exprs: &mut Vec<Expr>, expr: Expr) -> Column {
        let name = format!("\0carrier:{}", self.names);
        self.names += 1;
        exprs.push(expr.alias(&name));
        Column::new_unqualified(name)
    }

    /// Returns the raw cell of an expression that hands on an untouched cell, always or in some arm.
    fn raw_expr(&self, expr: &Expr, raw_of: &dyn Fn(&Column) -> Option<Expr>) -> Option<Expr> {
        match expr {
            Expr::Column(column) => raw_of(column),
            Expr::Alias(Alias { expr, .. }) => self.raw_expr(expr, raw_of),
            Expr::Case(case) if case.expr.is_none() => {
                let arm = |expr: &Expr| self.raw_expr(expr, raw_of);
                let is_touched = |expr: &Expr| arm(expr).is_none();
                let otherwise = case.else_expr.as_deref()?;
                let all_touched = case.when_then_expr.iter().all(|(_, then)| is_touched(then)) && is_touched(otherwise);
                if all_touched {
                    return None;
                }
                let cell = |expr: &Expr| arm(expr).or_else(|| Some(self.encode(expr.clone())));
                let arms = case.when_then_expr.iter().map(|(when, then)| Some((when.clone(), Box::new(cell(then)?))));
                let arms = arms.collect::<Option<Vec<_>>>()?;
                Some(Expr::Case(Case::new(None, arms, Some(Box::new(cell(otherwise)?)))))
            }
            _ => None,
        }
    }

    fn encode(&self, value: Expr) -> Expr {
        CsvCell::call(value, self.dialect.cloned().unwrap_or_default())
    }

    fn shuffled(&mut self, window: &Window) -> Result<Exposed> {
        let input = self.visit(&window.input)?;
        let mut exprs: Vec<Expr> = input.plan.schema().columns().into_iter().map(Expr::Column).collect();
        exprs.truncate(window.input.schema().fields().len());
        let (below, position) = match input.position {
            Some(position) => (input.plan, position),
            None => numbered(input.plan)?,
        };
        let InOrder { plan, shuffled } = in_order(window, below, position)?;
        let mut raw = input.raw;
        raw.resize(exprs.len() + shuffled.len(), None);
        exprs.extend(shuffled);
        exprs.extend(raw.iter().flatten().cloned().map(Expr::Column));
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?);
        // Its rows are sorted back already.
        Ok(Exposed {
            plan,
            raw,
            position: None,
            record: None,
            tables: input.tables,
            is_changed: true,
            files: input.files,
        })
    }

    fn union(&mut self, union: &Union, plan: &LogicalPlan) -> Result<Exposed> {
        let inputs = union.inputs.iter().map(|input| self.visit(input)).collect::<Result<Vec<_>>>()?;
        if inputs.iter().all(|input| input.position.is_none()) {
            return Ok(untouched(plan));
        }
        let width = plan.schema().fields().len();
        let is_raw: Vec<bool> = (0..width).map(|i| inputs.iter().any(|input| input.raw[i].is_some())).collect();
        let names: Vec<String> = (0..=width)
            .map(|_| {
                self.names += 1;
                format!("\0carrier:{}", self.names)
            })
            .collect();
        let mut aligned = Vec::with_capacity(inputs.len());
        let mut tables = Vec::new();
        let mut files = 0;
        for input in inputs {
            let values: Vec<Column> = input.plan.schema().columns().into_iter().take(width).collect();
            let mut exprs: Vec<Expr> = values.iter().cloned().map(Expr::Column).collect();
            for column in 0..width {
                if is_raw[column] {
                    let value = Expr::Column(values[column].clone());
                    let cell = input.raw[column].clone().map_or_else(|| self.encode(value), Expr::Column);
                    exprs.push(cell.alias(&names[column]));
                }
            }
            // Each input's rows stand behind those of the inputs before it.
            let before = lit(ScalarValue::UInt64(Some(Position::behind(files))));
            let position = match input.position.clone() {
                Some(position) if files == 0 => Expr::Column(position),
                Some(position) => Expr::Column(position) + before,
                None => before,
            };
            exprs.push(position.alias(&names[width]));
            files += input.files;
            aligned.push(Arc::new(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input.plan))?)));
            tables.extend(input.tables);
        }
        let plan = LogicalPlan::Union(Union::try_new_with_loose_types(aligned)?);
        let columns = plan.schema().columns();
        let column = |name: &String| columns.iter().find(|column| column.name == *name).cloned();
        let raw = (0..width).map(|i| if is_raw[i] { column(&names[i]) } else { None }).collect();
        let position = column(&names[width]);
        Ok(Exposed { plan, raw, position, record: None, tables, is_changed: true, files })
    }
}

fn ascending(position: Column) -> SortExpr {
    Expr::Column(position).sort(true, false)
}

fn untouched(plan: &LogicalPlan) -> Exposed {
    let raw = vec![None; plan.schema().fields().len()];
    Exposed { plan: plan.clone(), raw, position: None, record: None, tables: Vec::new(), is_changed: false, files: 1 }
}

/// Returns whether a raw cell of one dialect reads the same in the other.
fn same_cells(a: &Dialect, b: &Dialect) -> bool {
    (a.delimiter, a.quote, a.escape, &a.null) == (b.delimiter, b.quote, b.escape, &b.null)
}

/// Returns whether a LIMIT picks among unsorted rows, so that only one partition gives the first ones.
pub(crate) fn needs_source_order(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Limit(limit) => {
            !matches!(limit.input.as_ref(), LogicalPlan::Sort(_)) || needs_source_order(&limit.input)
        }
        other => other.inputs().into_iter().any(needs_source_order),
    }
}

/// Returns the names of columns that appear once only, which alone can be matched with a header.
pub(crate) fn unique_names(plan: &LogicalPlan) -> HashSet<String> {
    let mut seen = HashSet::new();
    let mut twice = HashSet::new();
    for field in plan.schema().fields() {
        if !seen.insert(field.name().clone()) {
            twice.insert(field.name().clone());
        }
    }
    seen.difference(&twice).cloned().collect()
}

/// Returns whether a plan hands on the rows of its tables one by one.
pub(crate) fn is_streaming(plan: &LogicalPlan) -> bool {
    let passes_on = matches!(
        plan,
        LogicalPlan::TableScan(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Union(_)
    );
    passes_on && plan.inputs().into_iter().all(is_streaming)
}
