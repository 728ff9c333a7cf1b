//! Runs all partitions of a plan at once and hands on their results in the order of the source.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::common::runtime::JoinSet;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use tokio::sync::mpsc;

use crate::carrier::Position;

/// Pieces a partition may be ahead of the consumer; bounds memory.
const AHEAD: usize = 2;

/// The results of neighbouring rows.
#[derive(Debug)]
pub struct Piece<T> {
    first: Position,
    /// Number of rows.
    pub rows: usize,
    /// What they were turned to.
    pub item: T,
}

impl<T> Piece<T> {
    /// Returns the number of the segment in its file that the rows come from.
    pub(super) fn segment(&self) -> u64 {
        self.first.segment_in_file()
    }

    /// Returns the number of the file the rows come from.
    pub fn file(&self) -> usize {
        self.first.file()
    }
}

enum Message<T> {
    Piece(Piece<T>),
    End,
}

/// The results of a plan, in order.
pub struct Ordered<T> {
    inputs: Vec<mpsc::Receiver<Result<Message<T>>>>,
    heads: Vec<Option<Piece<T>>>,
    is_merged: bool,
    /// Stops the partitions when the consumer goes away.
    _tasks: JoinSet<()>,
}

impl<T> std::fmt::Debug for Ordered<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ordered").field("partitions", &self.inputs.len()).finish_non_exhaustive()
    }
}

/// Runs `plan`; `map` turns batches to items on the thread of their partition.
///
/// With the index of a [position](crate::Carrier::Position) column, pieces come in the order of positions; else partition
/// by partition.
///
/// # Errors
/// Returns an error where a partition cannot be started.
pub fn ordered<T, F>(
    plan: Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    position: Option<usize>,
    map: F,
) -> Result<Ordered<T>>
where
    T: Send + 'static,
    F: Fn(RecordBatch) -> Result<T> + Clone + Send + 'static,
{
    let plan = match position {
        Some(position) if !keeps_order(&plan) => sorted(plan, position)?,
        _ => plan,
    };
    started(&plan, context, position, map)
}

/// Runs a plan whose partitions yield their rows in the order of its scan, to be asked one by one by
/// [`next_of`](Ordered::next_of).
///
/// # Errors
/// Returns an error where the plan mixes rows.
pub(super) fn partitioned<T, F>(
    plan: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    position: usize,
    map: F,
) -> Result<Ordered<T>>
where
    T: Send + 'static,
    F: Fn(RecordBatch) -> Result<T> + Clone + Send + 'static,
{
    if !keeps_order(plan) {
        return Err(DataFusionError::Internal("a plan over rows that pass by mixes them".to_owned()));
    }
    started(plan, context, Some(position), map)
}

fn started<T, F>(
    plan: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    position: Option<usize>,
    map: F,
) -> Result<Ordered<T>>
where
    T: Send + 'static,
    F: Fn(RecordBatch) -> Result<T> + Clone + Send + 'static,
{
    let partitions = plan.output_partitioning().partition_count();
    let mut tasks = JoinSet::new();
    let mut inputs = Vec::with_capacity(partitions);
    for partition in 0..partitions {
        let mut stream = plan.execute(partition, Arc::clone(context))?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let map = map.clone();
        tasks.spawn(async move {
            while let Some(batch) = stream.next().await {
                let pieces = batch.and_then(|batch| split(&batch, position));
                let pieces = match pieces {
                    Ok(pieces) => pieces,
                    Err(error) => {
                        let _ = sender.send(Err(error)).await;
                        return;
                    }
                };
                for (first, batch) in pieces {
                    let rows = batch.num_rows();
                    let piece = map(batch).map(|item| Message::Piece(Piece { first, rows, item }));
                    let failed = piece.is_err();
                    if sender.send(piece).await.is_err() || failed {
                        return;
                    }
                }
            }
            let _ = sender.send(Ok(Message::End)).await;
        });
        inputs.push(receiver);
    }
    let heads = inputs.iter().map(|_| None).collect();
    Ok(Ordered { inputs, heads, is_merged: position.is_some(), _tasks: tasks })
}

impl<T> Ordered<T> {
    /// Returns how many partitions run.
    pub(super) fn partitions(&self) -> usize {
        self.inputs.len()
    }

    /// Returns the next piece of one partition, `None` at its end; of a plan that [`next`](Self::next) is not called on.
    pub(super) async fn next_of(&mut self, partition: usize) -> Result<Option<Piece<T>>> {
        match self.inputs[partition].recv().await {
            Some(Ok(Message::Piece(piece))) => Ok(Some(piece)),
            Some(Ok(Message::End)) => Ok(None),
            Some(Err(error)) => Err(error),
            None => Err(DataFusionError::Execution("a partition stopped unexpectedly".to_owned())),
        }
    }

    /// Returns the next piece, `None` at the end.
    ///
    /// # Errors
    /// Returns the first error of any partition whose turn it is.
    pub async fn next(&mut self) -> Result<Option<Piece<T>>> {
        let mut partition = 0;
        while partition < self.inputs.len() {
            if self.heads[partition].is_some() {
                partition += 1;
                continue;
            }
            match self.inputs[partition].recv().await {
                Some(Ok(Message::Piece(piece))) => self.heads[partition] = Some(piece),
                Some(Ok(Message::End)) => {
                    drop(self.inputs.remove(partition));
                    self.heads.remove(partition);
                    continue;
                }
                Some(Err(error)) => return Err(error),
                // Ended without saying so: its task panicked. Nothing may be taken for complete.
                None => {
                    return Err(DataFusionError::Execution("a partition stopped unexpectedly".to_owned()));
                }
            }
            if !self.is_merged {
                break;
            }
        }
        let first = |piece: &Option<Piece<T>>| piece.as_ref().map(|piece| piece.first);
        let next = if self.is_merged {
            (0..self.heads.len()).min_by_key(|partition| first(&self.heads[*partition]))
        } else {
            (!self.heads.is_empty()).then_some(0)
        };
        Ok(next.and_then(|partition| self.heads[partition].take()))
    }
}

/// Cuts a batch where its rows' segment changes: what lies between belongs to other partitions.
fn split(batch: &RecordBatch, position: Option<usize>) -> Result<Vec<(Position, RecordBatch)>> {
    if batch.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let Some(position) = position else {
        return Ok(vec![(Position(0), batch.clone())]);
    };
    let positions = batch.column(position).as_primitive_opt::<UInt64Type>().filter(|array| array.null_count() == 0);
    let Some(positions) = positions.map(datafusion::arrow::array::PrimitiveArray::values) else {
        return Err(DataFusionError::Internal("the position column does not hold positions".to_owned()));
    };
    let mut pieces = Vec::with_capacity(1);
    let mut start = 0;
    while start < positions.len() {
        let first = Position(positions[start]);
        let length = positions[start..].partition_point(|next| Position(*next).segment() == first.segment());
        pieces.push((first, batch.slice(start, length)));
        start += length;
    }
    Ok(pieces)
}

/// Returns whether each partition surely yields its rows in the order of its scan.
fn keeps_order(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let children = plan.children();
    let passes_on = plan.is::<ProjectionExec>() || plan.is::<FilterExec>() || plan.is::<UnionExec>();
    children.is_empty() || passes_on && children.into_iter().all(keeps_order)
}

/// Sorts by position into one partition, since rows of one segment may be in several; spills where memory is short.
fn sorted(plan: Arc<dyn ExecutionPlan>, position: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let column = Column::new(plan.schema().field(position).name(), position);
    let ordering = LexOrdering::new([PhysicalSortExpr::new(Arc::new(column), SortOptions::default())]);
    let ordering = ordering.ok_or_else(|| DataFusionError::Internal("an ordering has a column".to_owned()))?;
    let sorted = Arc::new(SortExec::new(ordering.clone(), plan).with_preserve_partitioning(true));
    Ok(Arc::new(SortPreservingMergeExec::new(ordering, sorted)))
}
