//! Queries whose rows go to the caller, in the order of their source.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::TryStreamExt;
use loup_sources::sink::{Ordered, ordered};

use super::sink::{Columns, Planned};
use crate::redact::redact;
use crate::{Outcome, Result, Session};

/// Starts a plan and returns its rows.
pub(crate) async fn rows(session: &Session, plan: LogicalPlan) -> Result<Outcome> {
    let Planned { physical, position, .. } = super::sink::plan(session, &plan, Columns::Values, None).await?;
    let context = session.context.task_ctx();
    let Some(position) = position else {
        let schema = physical.schema();
        let rows = execute_stream(physical, context)?;
        return Ok(Outcome::Rows(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            rows.map_err(|error| withheld(&error)),
        ))));
    };
    let schema = visible(physical.as_ref(), position);
    let output = Arc::clone(&schema);
    let pieces = ordered(physical, &context, Some(position), move |batch| {
        let columns = batch.columns()[..position].to_vec();
        Ok(RecordBatch::try_new(Arc::clone(&output), columns)?)
    })?;
    let rows = futures::stream::try_unfold(pieces, |mut pieces: Ordered<RecordBatch>| async move {
        let next = pieces.next().await.map_err(|error| withheld(&error))?;
        Ok(next.map(|piece| (piece.item, pieces)))
    });
    Ok(Outcome::Rows(Box::pin(RecordBatchStreamAdapter::new(schema, rows))))
}

/// Returns the schema without the position, which stands last.
fn visible(plan: &dyn ExecutionPlan, position: usize) -> SchemaRef {
    let schema = plan.schema();
    Arc::new(Schema::new_with_metadata(schema.fields()[..position].to_vec(), schema.metadata().clone()))
}

/// Errors of a stream reach the caller without a detour through the session, so they are made safe here.
fn withheld(error: &DataFusionError) -> DataFusionError {
    DataFusionError::External(Box::new(redact(error)))
}
