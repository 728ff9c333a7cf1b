//! Writes a dump while it passes by: in one pass, with a few segments in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::TaskContext;
use futures::future::BoxFuture;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::{DumpPlan, Rewrite};
use crate::dump::{DumpTable, Feed, FeedSender, LiveDump, LiveSegment, Passing, TableIndex};
use crate::error::SourceError;
use crate::pool::Pooled;
use crate::sink::ordered::partitioned;
use crate::sink::output::OutputFile;
use crate::sink::{Destination, Item, Ordered};

/// Pieces that may wait for the writer; bounds memory.
const QUEUE: usize = 16;
/// Bytes outside rows that are written in one go.
const COPIED: usize = 256 << 10;

/// What becomes of a table's rows.
#[derive(Debug)]
pub enum Passed {
    /// They pass as they are.
    Copied,
    /// They are left out, with their statements.
    Dropped,
    /// A plan over the table gives one row for each.
    Rewritten(DumpPlan),
}

/// Says what becomes of tables when their first rows come.
pub trait PassPlanner<E>: Send {
    /// Plans one table. Its rows pass once.
    fn plan(&mut self, table: DumpTable) -> BoxFuture<'_, Result<Passed, E>>;
}

/// What to do with a table under way.
enum Way {
    Copied,
    Dropped,
    Fed(FeedSender),
}

/// What the writer is told, in the order of the dump.
enum Order {
    Bytes(Bytes),
    Table(usize, Ordered<Pooled>, Arc<Feed>),
    /// So many rows of a table come as this segment.
    Rows {
        table: usize,
        segment: u64,
        rows: u64,
    },
}

/// Passes a dump on to `destination`; returns the rows written to each table that a plan gives, by their names.
///
/// `read` hears of bytes as they are read, `advanced` of rows as they are written.
///
/// # Errors
/// Returns the first error of the dump, of a plan, the encoding or the destination.
pub async fn pass_dump<E>(
    dump: &mut LiveDump,
    planner: &mut dyn PassPlanner<E>,
    context: &Arc<TaskContext>,
    destination: Destination,
    advanced: &(dyn Fn(u64) + Send + Sync),
) -> Result<BTreeMap<String, u64>, E>
where
    E: From<SourceError> + From<DataFusionError> + Send,
{
    let (orders, receiver) = mpsc::channel(QUEUE);
    let partitions = context.session_config().target_partitions();
    let feeding = feed(dump, planner, context, orders, partitions);
    let writing = async { drain(receiver, destination, advanced).await.map_err(E::from) };
    let (names, rows) = tokio::try_join!(feeding, writing)?;
    Ok(names.into_iter().map(|(number, name)| (name, rows.get(&number).copied().unwrap_or_default())).collect())
}

/// Reads the dump and hands its pieces to plans and to the writer.
async fn feed<E>(
    dump: &mut LiveDump,
    planner: &mut dyn PassPlanner<E>,
    context: &Arc<TaskContext>,
    orders: Sender<Order>,
    partitions: usize,
) -> Result<BTreeMap<usize, String>, E>
where
    E: From<SourceError> + From<DataFusionError> + Send,
{
    let mut feeder = Feeder { orders, pending: BytesMut::new(), ways: BTreeMap::new(), names: BTreeMap::new() };
    while let Some(passing) = dump.next().await? {
        // A writer that is gone says itself why.
        let is_open = match passing {
            Passing::Table(number, table) => {
                feeder.table(dump.name(), number, &table, planner, context, partitions).await?
            }
            Passing::Bytes(bytes) => feeder.copy(bytes).await,
            Passing::Frame { table, bytes, is_copy } => match feeder.ways.get(&table) {
                Some(Way::Dropped) if !is_copy => true,
                _ => feeder.copy(bytes).await,
            },
            Passing::Rows { table, live, bytes } => feeder.rows(table, live, bytes).await,
        };
        if !is_open {
            return Ok(BTreeMap::new());
        }
    }
    feeder.flush().await;
    // What names a table without rows must fit it all the same.
    for (number, table) in dump.rest()? {
        feeder.table(dump.name(), number, &table, planner, context, partitions).await?;
    }
    Ok(feeder.names)
}

struct Feeder {
    orders: Sender<Order>,
    /// Bytes outside rows, which come in small pieces.
    pending: BytesMut,
    ways: BTreeMap<usize, Way>,
    /// The tables that plans give.
    names: BTreeMap<usize, String>,
}

impl Feeder {
    async fn table<E>(
        &mut self,
        name: &str,
        number: usize,
        table: &Arc<TableIndex>,
        planner: &mut dyn PassPlanner<E>,
        context: &Arc<TaskContext>,
        partitions: usize,
    ) -> Result<bool, E>
    where
        E: From<SourceError> + From<DataFusionError> + Send,
    {
        let (feed, sender) = Feed::new(name, partitions);
        let (way, is_open) = match planner.plan(DumpTable::live(Arc::clone(table), Arc::clone(&feed))).await? {
            Passed::Copied => (Way::Copied, true),
            Passed::Dropped => (Way::Dropped, true),
            Passed::Rewritten(plan) => {
                self.names.insert(number, table.name.to_string());
                let rows = rows_of(plan, context)?;
                if rows.partitions() != feed.partitions() {
                    let problem = "a plan over rows that pass by has other partitions than they have".to_owned();
                    return Err(DataFusionError::Internal(problem).into());
                }
                let is_open = self.flush().await && self.orders.send(Order::Table(number, rows, feed)).await.is_ok();
                (Way::Fed(sender), is_open)
            }
        };
        self.ways.insert(number, way);
        Ok(is_open)
    }

    async fn copy(&mut self, bytes: Bytes) -> bool {
        if bytes.len() >= COPIED / 2 {
            return self.flush().await && self.orders.send(Order::Bytes(bytes)).await.is_ok();
        }
        self.pending.extend_from_slice(&bytes);
        self.pending.len() < COPIED || self.flush().await
    }

    async fn flush(&mut self) -> bool {
        if self.pending.is_empty() {
            return true;
        }
        let bytes = std::mem::replace(&mut self.pending, BytesMut::with_capacity(COPIED)).freeze();
        self.orders.send(Order::Bytes(bytes)).await.is_ok()
    }

    async fn rows(&mut self, table: usize, live: LiveSegment, bytes: Bytes) -> bool {
        match self.ways.get(&table) {
            Some(Way::Dropped) => return true,
            Some(Way::Fed(_)) => {}
            _ => return self.copy(bytes).await,
        }
        if !self.flush().await {
            return false;
        }
        let Some(Way::Fed(sender)) = self.ways.get_mut(&table) else { return false };
        // The writer hears of it first: it takes segments in the order of the dump, so that no partition waits in vain.
        let order = Order::Rows { table, segment: sender.next(), rows: u64::from(live.segment.rows) };
        if self.orders.send(order).await.is_err() {
            return false;
        }
        sender.send(live, bytes).await;
        true
    }
}

/// Starts a plan whose partitions encode what they are given.
fn rows_of(plan: DumpPlan, context: &Arc<TaskContext>) -> DataFusionResult<Ordered<Pooled>> {
    let DumpPlan { plan, position, rewrite, inspect } = plan;
    let (Some(position), Rewrite::Records(encoder)) = (position, rewrite) else {
        return Err(DataFusionError::Internal("rows that pass by are written one for one".to_owned()));
    };
    partitioned(&plan, context, position, move |batch| {
        if let Some(inspect) = &inspect {
            inspect(&batch)?;
        }
        encoder.encode(&batch)
    })
}

/// Writes what it is told; returns the rows of each table.
async fn drain(
    mut orders: Receiver<Order>,
    destination: Destination,
    advanced: &(dyn Fn(u64) + Send + Sync),
) -> DataFusionResult<BTreeMap<usize, u64>> {
    let mut file = OutputFile::open(destination)?;
    let mut tables: BTreeMap<usize, (Ordered<Pooled>, Arc<Feed>, u64)> = BTreeMap::new();
    while let Some(order) = orders.recv().await {
        match order {
            Order::Bytes(bytes) => file.write(Item::Shared(bytes)).await?,
            Order::Table(number, rows, feed) => {
                tables.insert(number, (rows, feed, 0));
            }
            Order::Rows { table, segment, rows } => {
                let lost = || DataFusionError::Internal("a dump's rows are not as many as they were".to_owned());
                let (pieces, feed, total) = tables.get_mut(&table).ok_or_else(lost)?;
                let partition = (segment % feed.partitions() as u64) as usize;
                let mut left = rows;
                while left > 0 {
                    let piece = pieces.next_of(partition).await?.ok_or_else(lost)?;
                    if piece.segment() != segment {
                        return Err(lost());
                    }
                    left = left.checked_sub(piece.rows as u64).ok_or_else(lost)?;
                    let rows = piece.rows as u64;
                    file.write(Item::Bytes(piece.item)).await?;
                    advanced(rows);
                    *total += rows;
                }
                feed.forget(segment);
            }
        }
    }
    file.finish().await?;
    Ok(tables.into_iter().map(|(number, (_, _, rows))| (number, rows)).collect())
}
