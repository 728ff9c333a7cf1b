//! Queries that count what breaks the keys, lengths and NOT NULL of tables.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::common::JoinType;
use datafusion::functions::unicode::expr_fn::char_length;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, col, lit, when};

use super::{Collation, collation_key};
use crate::Result;

/// Columns of a table that are compared as a key.
#[derive(Debug, Clone)]
pub(crate) struct Keyed {
    plan: LogicalPlan,
    columns: Vec<(Column, Collation)>,
}

impl Keyed {
    /// Takes columns of a plan by their names; `None` where one is not there.
    pub(crate) fn new(plan: &LogicalPlan, names: &[String], collation: impl Fn(&str) -> Collation) -> Option<Self> {
        let columns = names.iter().map(|name| {
            let place = plan.schema().fields().iter().position(|field| field.name() == name)?;
            Some((plan.schema().columns().swap_remove(place), collation(name)))
        });
        Some(Self { plan: plan.clone(), columns: columns.collect::<Option<_>>()? })
    }

    /// Returns the rows whose key has no NULL, as columns `k0`, `k1`, ...
    fn keys(&self, is_folded: &[bool]) -> Result<LogicalPlanBuilder> {
        let keys = self.columns.iter().zip(is_folded).enumerate().map(|(number, ((column, _), is_folded))| {
            let value = Expr::Column(column.clone());
            let value = if *is_folded { collation_key(value) } else { cast(value, DataType::Utf8View) };
            value.alias(format!("k{number}"))
        });
        let there = self.columns.iter().map(|(column, _)| Expr::Column(column.clone()).is_not_null());
        let there = there.reduce(Expr::and).unwrap_or_else(|| lit(true));
        Ok(LogicalPlanBuilder::from(self.plan.clone()).filter(there)?.project(keys.collect::<Vec<_>>())?)
    }

    fn folds(&self) -> Vec<bool> {
        self.columns.iter().map(|(_, collation)| *collation == Collation::Folded).collect()
    }

    fn names(&self) -> Vec<Expr> {
        (0..self.columns.len()).map(|number| col(format!("k{number}"))).collect()
    }

    /// Returns a query for the number of keys that several rows have.
    pub(crate) fn duplicates(&self) -> Result<LogicalPlan> {
        let grouped = self.keys(&self.folds())?.aggregate(self.names(), [count(lit(1_i64)).alias("rows")])?;
        let several = grouped.filter(col("rows").gt(lit(1_i64)))?;
        Ok(several.aggregate(Vec::<Expr>::new(), [count(lit(1_i64)).alias("n")])?.build()?)
    }

    /// Returns a query for the number of rows whose key none of `parent` is; a key with NULL needs none.
    pub(crate) fn orphans(&self, parent: &Self) -> Result<LogicalPlan> {
        // Texts that either side takes for one are one.
        let folds: Vec<bool> = self.folds().iter().zip(parent.folds()).map(|(a, b)| *a || b).collect();
        let parents = parent.keys(&folds)?.distinct()?.alias("parent")?.build()?;
        let joined = |side: &str| (0..folds.len()).map(|number| format!("{side}.k{number}")).collect::<Vec<_>>();
        let children = self.keys(&folds)?.alias("child")?;
        let alone = children.join(parents, JoinType::LeftAnti, (joined("child"), joined("parent")), None)?;
        Ok(alone.aggregate(Vec::<Expr>::new(), [count(lit(1_i64)).alias("n")])?.build()?)
    }

    /// Returns a query for the number of NULLs in the columns.
    pub(crate) fn nulls(&self) -> Result<LogicalPlan> {
        self.counted(Expr::is_null)
    }

    /// Returns a query for the number of texts of more characters than that.
    pub(crate) fn longer_than(&self, chars: i64) -> Result<LogicalPlan> {
        self.counted(|column| cast(char_length(column), DataType::Int64).gt(lit(chars)))
    }

    fn counted(&self, is_wrong: impl Fn(Expr) -> Expr) -> Result<LogicalPlan> {
        let wrong = self.columns.iter().map(|(column, _)| is_wrong(Expr::Column(column.clone())));
        let wrong = wrong.reduce(Expr::or).unwrap_or_else(|| lit(false));
        let one = when(wrong, lit(1_i64)).otherwise(lit(0_i64))?;
        let counted =
            LogicalPlanBuilder::from(self.plan.clone()).aggregate(Vec::<Expr>::new(), [sum(one).alias("n")])?;
        Ok(counted.build()?)
    }
}
