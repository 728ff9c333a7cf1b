//! `ASSERT condition [AS 'message']`.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::physical_plan::collect;
use datafusion::sql::sqlparser::ast::{Expr, SelectItem, SetExpr};

use crate::script::{Statement, parse_query};
use crate::shuffles::shuffles;
use crate::{Error, Outcome, Result, Session};

/// Fails where the condition is false or NULL.
pub(crate) async fn assert(
    session: &Session,
    condition: &Expr,
    message: Option<&str>,
    statement: &Statement,
) -> Result<Outcome> {
    let mut query = parse_query("SELECT 1")?;
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = vec![SelectItem::UnnamedExpr(condition.clone())];
    }
    let plan = session.plan_query(query).await?;
    let state = session.state(shuffles(&plan)?);
    let physical = state.create_physical_plan(&plan).await?;
    let batches = collect(physical, session.context.task_ctx()).await?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    let message = message.map_or_else(|| statement.to_string(), str::to_owned);
    let value = first.map(|batch| batch.column(0));
    let is_true = match value.and_then(|value| value.as_boolean_opt()) {
        Some(value) => value.is_valid(0) && value.value(0),
        None if value.is_none_or(|value| value.data_type().is_null()) => false,
        None => return Err(Error::Plan("ASSERT: the condition must be true or false".to_owned())),
    };
    if is_true {
        return Ok(Outcome::Done { tag: "ASSERT".to_owned(), rows: None, notices: vec![format!("holds: {message}")] });
    }
    Err(Error::Assertion(message))
}
