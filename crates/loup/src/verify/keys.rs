//! Columns that join: what had no partner before masking has none after it, and nothing else.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, JoinType};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, col, lit, when};

use super::lineage::Mask;

/// A masked column of a table that was written.
#[derive(Debug, Clone)]
pub(crate) struct KeyColumn {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) mask: Mask,
    /// A plan with the column and its original.
    pub(super) plan: Arc<LogicalPlan>,
    pub(super) output: Column,
    pub(super) original: Column,
}

impl KeyColumn {
    /// Returns whether both are one column of one table.
    pub(crate) fn is_same_column(&self, other: &Self) -> bool {
        (&self.table, &self.name) == (&other.table, &other.name)
    }
}

/// Two columns of different tables that one call masked.
pub(crate) struct KeyPair<'a>(&'a KeyColumn, &'a KeyColumn);

/// Returns every pair of columns in different tables that were masked alike, so that they join as before.
pub(crate) fn key_pairs(columns: &[KeyColumn]) -> Vec<KeyPair<'_>> {
    let mut pairs = Vec::new();
    for (number, a) in columns.iter().enumerate() {
        let joins = |b: &&KeyColumn| a.table != b.table && a.mask.is_same_call(&b.mask);
        pairs.extend(columns[number + 1..].iter().filter(joins).map(|b| KeyPair(a, b)));
    }
    pairs
}

impl KeyPair<'_> {
    /// Returns how messages name the pair.
    pub(crate) fn name(&self) -> String {
        let Self(a, b) = self;
        format!("{}.{} = {}.{}", a.table, a.name, b.table, b.name)
    }

    /// Returns queries whose only row holds the rows of either table without a partner in the other: first by the
    /// originals, then by what was written.
    pub(crate) fn orphans(&self) -> Result<[LogicalPlan; 2]> {
        let Self(a, b) = self;
        Ok([
            unmatched(grouped(a, &a.original)?, grouped(b, &b.original)?)?,
            unmatched(grouped(a, &a.output)?, grouped(b, &b.output)?)?,
        ])
    }
}

/// Counts the rows of each value, of the rows that have an original.
fn grouped(column: &KeyColumn, values: &Column) -> Result<LogicalPlan> {
    // As text, since an id is the same id in columns of different types.
    let key = cast(Expr::Column(values.clone()), DataType::Utf8View).alias("key");
    LogicalPlanBuilder::from(column.plan.as_ref().clone())
        .filter(Expr::Column(column.original.clone()).is_not_null())?
        .project([key])?
        .filter(col("key").is_not_null())?
        .aggregate([col("key")], [count(lit(1_i64)).alias("rows")])?
        .build()
}

fn unmatched(a: LogicalPlan, b: LogicalPlan) -> Result<LogicalPlan> {
    let b = LogicalPlanBuilder::from(b).alias("b")?.build()?;
    let alone = |rows: &str, partner: &str| -> Result<Expr> {
        let rows = when(col(partner).is_null(), col(rows)).otherwise(lit(0_i64))?;
        Ok(sum(rows))
    };
    LogicalPlanBuilder::from(a)
        .alias("a")?
        .join(b, JoinType::Full, (vec!["a.key"], vec!["b.key"]), None)?
        .aggregate(Vec::<Expr>::new(), [alone("a.rows", "b.key")?.alias("a"), alone("b.rows", "a.key")?.alias("b")])?
        .build()
}
