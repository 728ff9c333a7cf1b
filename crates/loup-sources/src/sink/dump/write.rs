//! Walks over the file from start to end: copies what stays, and puts new rows where the old ones were.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::{AnewEncoder, RecordEncoder};
use crate::dump::{DumpIndex, Place, RangeReader};
use crate::error::SourceError;
use crate::pool::Pooled;
use crate::sink::output::OutputFile;
use crate::sink::{Destination, Inspect, Item, Ordered, Piece, ordered};

/// Bytes copied in one go.
const COPIED: u64 = 1 << 20;

/// How a table's rows are written.
#[derive(Debug, Clone)]
pub enum Rewrite {
    /// Each row in the place of the one it was.
    Records(Arc<RecordEncoder>),
    /// All rows where the first ones were.
    Anew(Arc<AnewEncoder>),
}

/// A table whose rows are changed, and the plan that gives them.
pub struct DumpPlan {
    /// The rows.
    pub plan: Arc<dyn ExecutionPlan>,
    /// The column with their positions; rows that are written one for one have one.
    pub position: Option<usize>,
    /// How they are written.
    pub rewrite: Rewrite,
    /// Sees each batch before it is written.
    pub inspect: Option<Inspect>,
}

impl std::fmt::Debug for DumpPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DumpPlan").field("rewrite", &self.rewrite).finish_non_exhaustive()
    }
}

/// Writes a dump with new rows for some of its tables, by their numbers; returns the rows written to each.
///
/// Everything else is copied byte for byte. `advanced` hears of rows as they are written.
///
/// # Errors
/// Returns the first error of a plan, the encoding, the source or the file system; nothing but the staged file was touched.
pub fn write_dump<'a>(
    index: &'a Arc<DumpIndex>,
    plans: BTreeMap<usize, DumpPlan>,
    context: &'a Arc<TaskContext>,
    destination: Destination,
    advanced: &'a (dyn Fn(u64) + Send + Sync),
) -> BoxFuture<'a, DataFusionResult<BTreeMap<usize, u64>>> {
    // Boxed, so that what runs for every batch is compiled here and not by whoever awaits it.
    write_all(index, plans, context, destination, advanced).boxed()
}

/// A piece of the file that is replaced.
struct Edit {
    start: u64,
    end: u64,
    table: usize,
    with: Replacement,
}

enum Replacement {
    /// So many rows, which are those of one segment.
    Segment { number: u64, rows: u64 },
    /// All rows of the table; behind the statement that creates it, where it had none.
    All { had_none: bool },
    /// Nothing.
    Nothing,
}

async fn write_all(
    index: &Arc<DumpIndex>,
    plans: BTreeMap<usize, DumpPlan>,
    context: &Arc<TaskContext>,
    destination: Destination,
    advanced: &(dyn Fn(u64) + Send + Sync),
) -> DataFusionResult<BTreeMap<usize, u64>> {
    let edits = edits(index, &plans)?;
    let mut tables: BTreeMap<usize, Table> = BTreeMap::new();
    for (number, plan) in plans {
        tables.insert(number, Table { plan: Some(plan), pieces: None, ahead: None, rows: 0 });
    }
    let mut copier = Copier { source: RangeReader::new(Arc::clone(index.file())), at: 0 };
    let mut file = OutputFile::open(destination)?;
    for edit in edits {
        copier.copy_to(edit.start, &mut file).await?;
        copier.at = edit.end;
        let Some(table) = tables.get_mut(&edit.table) else { continue };
        let before = table.rows;
        match edit.with {
            Replacement::Nothing => {}
            Replacement::All { had_none } => {
                let between = table.between();
                let mut is_next = had_none;
                while table.head(context).await?.is_some() {
                    if std::mem::replace(&mut is_next, true) {
                        file.write(Item::Shared(Bytes::from_static(between))).await?;
                    }
                    table.write_next(None, context, &mut file, advanced).await?;
                }
            }
            Replacement::Segment { number, rows } => {
                while table.rows < before + rows && table.write_next(Some(number), context, &mut file, advanced).await?
                {
                }
                if table.rows != before + rows {
                    return Err(DataFusionError::Internal("a dump's rows are not as many as they were".to_owned()));
                }
            }
        }
    }
    copier.copy_to(index.size(), &mut file).await?;
    for table in tables.values_mut() {
        if table.head(context).await?.is_some() {
            return Err(DataFusionError::Internal("rows of a dump have no place in it".to_owned()));
        }
    }
    file.finish().await?;
    Ok(tables.into_iter().map(|(number, table)| (number, table.rows)).collect())
}

/// Returns what is replaced, in the order of the file.
fn edits(index: &Arc<DumpIndex>, plans: &BTreeMap<usize, DumpPlan>) -> DataFusionResult<Vec<Edit>> {
    let mut edits = Vec::new();
    for (&table, plan) in plans {
        let found = &index.tables()[table];
        match &plan.rewrite {
            Rewrite::Records(_) => {
                edits.extend(found.segment_ranges().enumerate().map(|(number, (start, end, rows))| Edit {
                    start,
                    end,
                    table,
                    with: Replacement::Segment { number: number as u64, rows },
                }));
            }
            Rewrite::Anew(_) => {
                let places = found.places();
                if places.is_empty() {
                    let problem = format!("table {}: the dump has no place for its rows", found.name);
                    return Err(SourceError::Target { target: index.file().name.clone(), problem }.into());
                }
                edits.extend(places.into_iter().enumerate().map(|(number, Place { start, end })| Edit {
                    start,
                    end,
                    table,
                    with: match number {
                        0 => Replacement::All { had_none: start == end && !found.has_rows_place() },
                        _ => Replacement::Nothing,
                    },
                }));
            }
        }
    }
    edits.sort_by_key(|edit| (edit.start, edit.end));
    Ok(edits)
}

/// A table under way.
struct Table {
    plan: Option<DumpPlan>,
    pieces: Option<Ordered<Pooled>>,
    ahead: Option<Piece<Pooled>>,
    rows: u64,
}

impl Table {
    /// Returns what stands between two pieces.
    fn between(&self) -> &'static [u8] {
        match self.plan.as_ref().map(|plan| &plan.rewrite) {
            Some(Rewrite::Anew(encoder)) => encoder.between(),
            _ => b"",
        }
    }

    /// Returns the next piece of the table's rows; its plan starts when the first is wanted.
    async fn head(&mut self, context: &Arc<TaskContext>) -> DataFusionResult<Option<&Piece<Pooled>>> {
        if let Some(DumpPlan { plan, position, rewrite, inspect }) = self.plan.take() {
            self.pieces = Some(ordered(plan, context, position, move |batch| {
                if let Some(inspect) = &inspect {
                    inspect(&batch)?;
                }
                match &rewrite {
                    Rewrite::Records(encoder) => encoder.encode(&batch),
                    Rewrite::Anew(encoder) => encoder.encode(&batch),
                }
            })?);
        }
        if self.ahead.is_none()
            && let Some(pieces) = &mut self.pieces
        {
            self.ahead = pieces.next().await?;
        }
        Ok(self.ahead.as_ref())
    }

    /// Writes the next piece, where it is one of the segment; returns whether it was.
    async fn write_next(
        &mut self,
        segment: Option<u64>,
        context: &Arc<TaskContext>,
        file: &mut OutputFile,
        advanced: &(dyn Fn(u64) + Send + Sync),
    ) -> DataFusionResult<bool> {
        let Some(head) = self.head(context).await? else { return Ok(false) };
        if segment.is_some_and(|segment| head.segment() != segment) {
            return Ok(false);
        }
        let Some(piece) = self.ahead.take() else { return Ok(false) };
        file.write(Item::Bytes(piece.item)).await?;
        self.rows += piece.rows as u64;
        advanced(piece.rows as u64);
        Ok(true)
    }
}

/// Copies the file piece by piece.
struct Copier {
    source: RangeReader,
    at: u64,
}

impl Copier {
    async fn copy_to(&mut self, end: u64, file: &mut OutputFile) -> DataFusionResult<()> {
        while self.at < end {
            let next = (self.at + COPIED).min(end);
            let bytes = self.source.read(self.at..next).await?;
            file.write(Item::Shared(bytes)).await?;
            self.at = next;
        }
        Ok(())
    }
}
