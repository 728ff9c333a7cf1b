//! Finds plans that give one row for each row of one Parquet table or dump's table, and the columns that they hand on untouched.

use std::path::PathBuf;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNode;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingTable, ListingTableUrl};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use loup_sources::dump::DumpTable;

/// A plan that gives one row for each row of a table.
pub(crate) struct RowForRow {
    /// The table's files on this machine.
    pub(crate) files: Vec<PathBuf>,
    /// The table's columns.
    pub(crate) table: SchemaRef,
    /// For each column of the plan the number of the table's column that it is, values and name.
    pub(crate) columns: Vec<Option<usize>>,
}

/// Looks through projections for a scan of one Parquet table; `None` where anything else is in the way.
///
/// A filter ends the search, as whatever leaves out, adds or moves rows: what is copied along with a column's untouched
/// values holds those of all its rows, so a deleted value would live on in a dictionary or in statistics.
pub(crate) fn row_for_row(plan: &LogicalPlan) -> Option<RowForRow> {
    let mut found = visit(plan, &table)?;
    let names = plan.schema().fields().iter().map(|field| field.name());
    for (column, name) in found.columns.iter_mut().zip(names) {
        *column = column.filter(|number| found.table.field(*number).name() == name);
    }
    Some(found)
}

/// Looks through projections for a scan of one table of a dump; returns for each column of the plan whether it is the
/// table's column at its place, untouched.
pub(crate) fn same_columns(plan: &LogicalPlan) -> Option<Vec<bool>> {
    let found = visit(plan, &dump_table)?;
    if found.columns.len() != found.table.fields().len() {
        return None;
    }
    Some(found.columns.iter().enumerate().map(|(number, column)| *column == Some(number)).collect())
}

fn visit(plan: &LogicalPlan, table: &dyn Fn(&TableScan) -> Option<RowForRow>) -> Option<RowForRow> {
    match plan {
        LogicalPlan::TableScan(scan) => table(scan),
        LogicalPlan::SubqueryAlias(alias) => visit(&alias.input, table),
        LogicalPlan::Projection(projection) => {
            let input = visit(&projection.input, table)?;
            // A subquery is another table's business, and becomes a join.
            if projection.expr.iter().any(has_subquery) {
                return None;
            }
            let before = projection.input.schema();
            let columns = projection.expr.iter().map(|expr| match bare(expr) {
                Expr::Column(column) => input.columns[before.index_of_column(column).ok()?],
                _ => None,
            });
            let columns = columns.collect();
            Some(RowForRow { columns, ..input })
        }
        _ => None,
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(Alias { expr, .. }) => bare(expr),
        other => other,
    }
}

fn has_subquery(expr: &Expr) -> bool {
    let is_subquery = |expr: &Expr| {
        matches!(expr, Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_))
    };
    expr.exists(|expr| Ok(is_subquery(expr))).unwrap_or(true)
}

fn dump_table(scan: &TableScan) -> Option<RowForRow> {
    let provider = source_as_provider(&scan.source).ok()?;
    let is_plain = scan.projection.is_none() && scan.filters.is_empty() && scan.fetch.is_none();
    if !is_plain || !provider.is::<DumpTable>() {
        return None;
    }
    let table = scan.source.schema();
    let columns = (0..table.fields().len()).map(Some).collect();
    Some(RowForRow { files: Vec::new(), table, columns })
}

fn table(scan: &TableScan) -> Option<RowForRow> {
    let provider = source_as_provider(&scan.source).ok()?;
    let table = provider.downcast_ref::<ListingTable>()?;
    let is_plain = scan.projection.is_none() && scan.filters.is_empty() && scan.fetch.is_none();
    let options = table.options();
    if !is_plain || !options.format.is::<ParquetFormat>() || !options.table_partition_cols.is_empty() {
        return None;
    }
    let files = table.table_paths().iter().map(local_file).collect::<Option<Vec<_>>>()?;
    let table = scan.source.schema();
    let columns = (0..table.fields().len()).map(Some).collect();
    Some(RowForRow { files, table, columns })
}

fn local_file(url: &ListingTableUrl) -> Option<PathBuf> {
    let path = url.get_url().to_file_path().ok()?;
    (url.get_glob().is_none() && path.is_file()).then_some(path)
}
