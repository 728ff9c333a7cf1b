//! Reads staged files back and counts their rows.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::datasource::provider_as_source;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionContext;
use loup_sources::CsvOptions;
use loup_sources::attach::{FileKind, open};

use crate::Result;

/// Returns the rows of a file or object, each of which is read.
pub(crate) async fn read_back(
    context: &SessionContext,
    location: &str,
    kind: FileKind,
    csv: &CsvOptions,
) -> Result<u64> {
    let Some(table) = open(&context.state(), location, kind, csv).await? else { return Ok(0) };
    let plan = LogicalPlanBuilder::scan("staged", provider_as_source(table), None)?
        .aggregate(Vec::<Expr>::new(), [count(lit(1_i64))])?
        .build()?;
    let counts = numbers(context, &plan).await?;
    Ok(counts.first().copied().unwrap_or_default().cast_unsigned())
}

/// Runs a query whose only row holds whole numbers; NULL, the sum of nothing, is 0.
pub(crate) async fn numbers(context: &SessionContext, plan: &LogicalPlan) -> Result<Vec<i64>> {
    let physical = context.state().create_physical_plan(plan).await?;
    let batches = collect(physical, context.task_ctx()).await?;
    let row = batches.iter().find(|batch| batch.num_rows() > 0);
    let number = |array: &ArrayRef| {
        let numbers = array.as_primitive_opt::<Int64Type>()?;
        Some(if numbers.is_valid(0) { numbers.value(0) } else { 0 })
    };
    Ok(row.map(|batch| batch.columns().iter().filter_map(number).collect()).unwrap_or_default())
}
