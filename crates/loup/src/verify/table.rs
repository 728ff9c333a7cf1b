//! One table under verification, from its plan to its report.

use std::sync::Arc;

use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::logical_expr::{Expr, LogicalPlan};
use loup_functions::Collisions;
use loup_sources::{Counted, Tally};
use loup_text::csv::Dialect;

use super::Verify;
use super::budget::{Spent, spent};
use super::keys::KeyColumn;
use super::lineage::Mask;
use super::report::{ColumnReport, TableReport};
use super::seen::Seen;
use super::verdict::Verdict;
use super::witness::{Watched, WatchedColumn, watch};
use crate::catalog::Change;

/// Where the batches of a sink hold a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) place: usize,
    /// The dialect, where they hold its cells and not its values.
    pub(crate) cells: Option<&'a Dialect>,
}

/// A table that is about to be written.
pub(crate) struct WatchedTable {
    /// How messages and the report name it.
    name: String,
    target: String,
    watched: Watched,
    budget: Option<Spent>,
    verify: Verify,
}

impl WatchedTable {
    /// Adds what verification needs to the plan of a table.
    pub(crate) fn new(
        name: &str,
        target: &str,
        plan: &LogicalPlan,
        changes: &[Change],
        verify: Verify,
    ) -> Result<Self> {
        let (name, target) = (name.to_owned(), target.to_owned());
        Ok(Self { name, target, watched: watch(plan, changes)?, budget: spent(plan)?, verify })
    }

    /// Returns how messages name it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the plan: the table's columns, then others.
    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.watched.plan
    }

    /// Returns the originals of the columns that are counted, as they stand behind the sink's own columns.
    pub(crate) fn witnesses(&self) -> Vec<Expr> {
        let originals = self.counted().filter_map(|(_, column)| column.original.as_ref());
        let named = originals.enumerate();
        named.map(|(number, (_, column))| Expr::Column(column.clone()).alias(format!("\0witness:{number}"))).collect()
    }

    /// The columns that are not written as they were read, with their numbers; none where nothing is compared.
    fn counted(&self) -> impl Iterator<Item = (usize, &WatchedColumn)> {
        let columns = self.watched.columns.iter().enumerate();
        columns.filter(|(_, column)| self.verify != Verify::Off && !column.lineage.is_plain)
    }

    /// Makes what counts the batches of a sink: their columns by `places`, one for each column of the table that is in them,
    /// then the witnesses.
    pub(crate) fn tally(
        &self,
        places: &[Option<Place<'_>>],
        position: Option<usize>,
        pool: &Arc<dyn MemoryPool>,
    ) -> Result<Arc<Tally>> {
        let mut witnesses = places.iter().flatten().count()..;
        let counted = self.counted().map(|(number, column)| {
            let Some(Place { place, cells }) = places[number] else {
                return internal_err!("a column that is to be counted is not in the batches");
            };
            let original = column.original.as_ref().and_then(|_| witnesses.next());
            Ok(Counted { output: place, original, cells: cells.cloned() })
        });
        Ok(Arc::new(Tally::new(counted.collect::<Result<_>>()?, position, self.verify.one_in(), pool)))
    }

    /// Judges a table that was written; `scanned` rows came from its sources. Without a tally, nothing of it was computed.
    pub(crate) fn finish(&self, tally: Option<&Tally>, written: u64, scanned: Option<u64>) -> (TableReport, Verdict) {
        let (rows, compared) = tally.map_or((written, 0), Tally::rows);
        let mut counts = tally.map(Tally::counts).unwrap_or_default().into_iter();
        let mut columns = Vec::new();
        let mut untouched = Vec::new();
        for column in &self.watched.columns {
            if column.lineage.is_plain {
                untouched.push(column.name.clone());
                continue;
            }
            let from = column.original.as_ref().map(|(name, _)| name.as_str());
            // Where nothing is compared, nothing was counted.
            columns.push(ColumnReport::new(&column.name, from, &column.lineage, counts.next()));
        }
        let source_rows = scanned.filter(|_| self.watched.keeps_rows);
        let (table, target) = (self.name.clone(), self.target.clone());
        let report = TableReport {
            table,
            target,
            rows: written,
            source_rows,
            compared,
            columns,
            untouched,
            budget: self.budget,
        };
        let mut verdict = Verdict::default();
        if self.verify != Verify::Off {
            verdict.rows(&report, rows);
            let touched = self.watched.columns.iter().filter(|column| !column.lineage.is_plain);
            for (column, report) in touched.zip(&report.columns) {
                verdict.column(&self.name, &column.lineage, report);
            }
        }
        (report, verdict)
    }

    /// Returns each column's name, and the masking function that every row of it comes from.
    pub(crate) fn masks(&self) -> impl Iterator<Item = (&str, Option<&Mask>)> {
        self.watched.columns.iter().map(|column| (column.name.as_str(), column.lineage.mask.as_ref()))
    }

    /// Returns whether a column is written as it was read.
    pub(crate) fn is_plain(&self, column: &str) -> bool {
        self.watched.columns.iter().any(|known| known.name == column && known.lineage.is_plain)
    }

    /// Returns whether each row of the source becomes one row.
    pub(crate) fn keeps_rows(&self) -> bool {
        self.watched.keeps_rows
    }

    /// Returns whether different originals may have one value in a column; `None` where nothing is promised.
    pub(crate) fn collisions(&self, column: &str) -> Option<Collisions> {
        self.watched.columns.iter().find(|known| known.name == column)?.lineage.collisions()
    }

    /// Returns the numbers of the changes that the table's plan counts, with their counts.
    pub(crate) fn changes(&self) -> &[(usize, Arc<Seen>)] {
        &self.watched.changes
    }

    /// Returns the columns that are keys: masked so that they still join.
    pub(crate) fn keys(&self) -> Vec<KeyColumn> {
        let plan = Arc::new(self.watched.plan.clone());
        let outputs = self.watched.plan.schema().columns();
        let columns = self.watched.columns.iter().zip(outputs).filter_map(|(column, output)| {
            let mask = column.lineage.key()?.clone();
            let (_, original) = column.original.clone()?;
            let (table, name) = (self.name.clone(), column.name.clone());
            Some(KeyColumn { table, name, mask, plan: Arc::clone(&plan), output, original })
        });
        columns.collect()
    }
}
