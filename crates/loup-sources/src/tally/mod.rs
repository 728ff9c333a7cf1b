//! Counts, batch by batch, how what is written differs from what it came from.
//!
//! It runs for every row that is compared, beside the encoders.

mod distinct;

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::{DataType, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use loup_text::csv::{Dialect, value_of};

use self::distinct::{Distinct, DistinctCount, ValueHasher};
use crate::carrier::Position;

/// Distinct values of one column that are counted exactly.
const EXACT: usize = 4 << 20;
/// Bytes that all columns of a table may take for it.
const BYTES: usize = 256 << 20;
/// Bytes with which a few values can still be told apart.
const LEAST: usize = 64 << 10;

/// A column to count, by its place in the batches.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The column that is written.
    pub output: usize,
    /// The column with the originals.
    pub original: Option<usize>,
    /// The dialect, where the output holds cells and not values.
    pub cells: Option<Dialect>,
}

/// Counts of one column, over the rows that were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// NULL in the output.
    pub nulls: u64,
    /// Rows whose output is another text than the original, or of which one is NULL, as for inserted rows.
    pub changed: u64,
    /// Rows whose output is their original, but for the case of letters.
    pub equal: u64,
    /// Different outputs, of rows where neither is NULL.
    pub distinct: u64,
    /// Different originals of those rows.
    pub distinct_originals: u64,
    /// Whether both numbers of distinct values are exact, and not estimates.
    pub is_exact: bool,
}

/// Counts the batches of one table as they are written, from all partitions.
#[derive(Debug)]
pub struct Tally {
    columns: Vec<(Counted, Mutex<Column>)>,
    position: Option<usize>,
    /// One in so many runs of rows is looked at; none where it is `None`.
    one_in: Option<NonZeroU64>,
    hasher: ValueHasher,
    batches: AtomicU64,
    rows: AtomicU64,
    looked_at: AtomicU64,
    _memory: MemoryReservation,
}

#[derive(Debug)]
struct Column {
    counts: Counts,
    outputs: Distinct,
    originals: Distinct,
}

impl Tally {
    /// Prepares to count `columns` of batches whose rows' positions are in column `position`.
    ///
    /// One in `one_in` runs of rows is looked at, the same ones each time; the memory for it comes from `pool`.
    pub fn new(
        columns: Vec<Counted>,
        position: Option<usize>,
        one_in: Option<NonZeroU64>,
        pool: &Arc<dyn MemoryPool>,
    ) -> Self {
        let memory = MemoryConsumer::new("loup verify").register(pool);
        let share = match pool.memory_limit() {
            MemoryLimit::Finite(limit) => limit / 16,
            _ => BYTES,
        };
        let most = BYTES / one_in.map_or(1, |runs| runs.get().min(16) as usize);
        let mut bytes = share.clamp(LEAST, most);
        while bytes > LEAST && memory.try_grow(bytes).is_err() {
            bytes /= 2;
        }
        // Two sets for each column, each up to twice its bound before it is sorted.
        let bound = (bytes / size_of::<u64>() / columns.len().max(1) / 4).min(EXACT);
        let column =
            || Column { counts: Counts::default(), outputs: Distinct::new(bound), originals: Distinct::new(bound) };
        let columns = columns.into_iter().map(|counted| (counted, Mutex::new(column()))).collect();
        Self {
            columns,
            position,
            one_in,
            hasher: ValueHasher::default(),
            batches: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            looked_at: AtomicU64::new(0),
            _memory: memory,
        }
    }

    /// Counts a batch that is about to be written.
    ///
    /// # Errors
    /// Returns an error where a column has no form as text.
    pub fn add(&self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows() as u64;
        self.rows.fetch_add(rows, Ordering::Relaxed);
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        if !self.is_looked_at(batch, number) {
            return Ok(());
        }
        self.looked_at.fetch_add(rows, Ordering::Relaxed);
        for (counted, column) in &self.columns {
            let found = self.look(batch, counted)?;
            let mut column = column.lock().unwrap_or_else(PoisonError::into_inner);
            column.counts.nulls += found.counts.nulls;
            column.counts.changed += found.counts.changed;
            column.counts.equal += found.counts.equal;
            column.outputs.extend(&found.outputs);
            column.originals.extend(&found.originals);
        }
        Ok(())
    }

    /// A share of the segments of each file, where rows have positions, else of the batches.
    fn is_looked_at(&self, batch: &RecordBatch, number: u64) -> bool {
        let Some(one_in) = self.one_in else { return false };
        let positions = self.position.and_then(|position| batch.column(position).as_primitive_opt::<UInt64Type>());
        let first = positions.and_then(|positions| positions.values().first().copied());
        first.map_or(number, |first| Position(first).segment()).is_multiple_of(one_in.get())
    }

    fn look(&self, batch: &RecordBatch, counted: &Counted) -> Result<Found> {
        let with_room = || Vec::with_capacity(batch.num_rows());
        let mut found = Found { counts: Counts::default(), outputs: with_room(), originals: with_room() };
        let outputs = Texts::of(batch.column(counted.output), counted.cells.as_ref())?;
        let originals = counted.original.map(|original| Texts::of(batch.column(original), None)).transpose()?;
        for row in 0..batch.num_rows() {
            let output = outputs.value(row);
            found.counts.nulls += u64::from(output.is_none());
            let Some(originals) = &originals else {
                found.outputs.extend(output.map(|output| self.hasher.hash(&output)));
                continue;
            };
            match (originals.value(row), output) {
                (None, None) => {}
                (None, Some(_)) | (Some(_), None) => found.counts.changed += 1,
                (Some(original), Some(output)) => {
                    let is_same = original == output;
                    found.counts.changed += u64::from(!is_same);
                    found.counts.equal += u64::from(is_same || same_folded(&original, &output));
                    found.outputs.push(self.hasher.hash(&output));
                    found.originals.push(self.hasher.hash(&original));
                }
            }
        }
        Ok(found)
    }

    /// Returns all rows seen, and those looked at.
    pub fn rows(&self) -> (u64, u64) {
        (self.rows.load(Ordering::Relaxed), self.looked_at.load(Ordering::Relaxed))
    }

    /// Returns the counts of the columns, in their order.
    pub fn counts(&self) -> Vec<Counts> {
        let counts = |column: &Mutex<Column>| {
            let column = &mut *column.lock().unwrap_or_else(PoisonError::into_inner);
            let DistinctCount { values: distinct, is_exact: a } = column.outputs.count();
            let DistinctCount { values: distinct_originals, is_exact: b } = column.originals.count();
            Counts { distinct, distinct_originals, is_exact: a && b, ..column.counts }
        };
        self.columns.iter().map(|(_, column)| counts(column)).collect()
    }
}

/// What one batch adds.
struct Found {
    counts: Counts,
    outputs: Vec<u64>,
    originals: Vec<u64>,
}

/// A column's values as text.
struct Texts<'a> {
    text: StringViewArray,
    dialect: Option<&'a Dialect>,
}

impl<'a> Texts<'a> {
    fn of(array: &ArrayRef, cells: Option<&'a Dialect>) -> Result<Self> {
        let data_type = array.data_type();
        let text = if let Some(text) = array.as_string_view_opt() {
            text.clone()
        } else if data_type.is_nested() || data_type.is_binary() || !can_cast_types(data_type, &DataType::Utf8View) {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(array, &options)?;
            (0..array.len()).map(|row| array.is_valid(row).then(|| formatter.value(row).to_string())).collect()
        } else {
            cast(array, &DataType::Utf8View)?.as_string_view().clone()
        };
        Ok(Self { text, dialect: cells })
    }

    fn value(&self, row: usize) -> Option<Cow<'_, [u8]>> {
        if self.text.is_null(row) {
            return None;
        }
        let text = self.text.value(row).as_bytes();
        match self.dialect {
            None => Some(Cow::Borrowed(text)),
            Some(dialect) => value_of(text, dialect),
        }
    }
}

/// Returns whether two texts are equal but for the case of their letters.
#[inline]
fn same_folded(a: &[u8], b: &[u8]) -> bool {
    // Folding leaves an ASCII letter one ASCII letter, so two that differ at either end tell most values apart.
    let differ = |a: Option<&u8>, b: Option<&u8>| match (a, b) {
        (Some(a), Some(b)) => a.is_ascii() && b.is_ascii() && !a.eq_ignore_ascii_case(b),
        _ => false,
    };
    if differ(a.last(), b.last()) || differ(a.first(), b.first()) {
        return false;
    }
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    match (std::str::from_utf8(a), std::str::from_utf8(b)) {
        (Ok(a), Ok(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, StringArray};
    use datafusion::execution::memory_pool::{GreedyMemoryPool, UnboundedMemoryPool};

    use super::*;

    fn batch(outputs: Vec<Option<&str>>, originals: Vec<Option<&str>>) -> RecordBatch {
        let outputs: ArrayRef = Arc::new(StringViewArray::from(outputs));
        let originals: ArrayRef = Arc::new(StringArray::from(originals));
        RecordBatch::try_from_iter_with_nullable([("o", outputs, true), ("w", originals, true)]).unwrap()
    }

    fn column(cells: Option<Dialect>) -> Counted {
        Counted { output: 0, original: Some(1), cells }
    }

    fn tally(column: Counted, one_in: u64) -> Tally {
        Tally::new(vec![column], None, NonZeroU64::new(one_in), &pool())
    }

    fn pool() -> Arc<dyn MemoryPool> {
        Arc::new(UnboundedMemoryPool::default())
    }

    #[test]
    fn differences_are_counted_and_case_is_folded() {
        let tally = tally(column(None), 1);
        let outputs = vec![Some("x"), Some("ANNA"), Some("b"), None, None, Some("y"), Some("ÉMILE")];
        let originals = vec![Some("a"), Some("anna"), Some("b"), Some("c"), None, None, Some("émile")];
        tally.add(&batch(outputs, originals)).unwrap();
        let counts = tally.counts()[0];
        assert_eq!((counts.nulls, counts.changed, counts.equal), (2, 5, 3));
        assert_eq!((counts.distinct, counts.distinct_originals, counts.is_exact), (4, 4, true));
        assert_eq!(tally.rows(), (7, 7));
    }

    #[test]
    fn collisions_show_as_fewer_distinct_values() {
        let tally = tally(column(None), 1);
        tally.add(&batch(vec![Some("x"); 3], vec![Some("a"), Some("b"), Some("b")])).unwrap();
        let counts = tally.counts()[0];
        assert_eq!((counts.distinct, counts.distinct_originals), (1, 2));
    }

    #[test]
    fn cells_are_compared_by_what_they_mean() {
        let tally = tally(column(Some(Dialect::default())), 1);
        let outputs = vec![Some("\"a\"\"b\""), Some(""), Some("\"\""), Some("q")];
        tally.add(&batch(outputs, vec![Some("a\"b"), None, Some(""), Some("p")])).unwrap();
        let counts = tally.counts()[0];
        assert_eq!((counts.nulls, counts.changed, counts.equal), (1, 1, 2));
    }

    #[test]
    fn a_sample_looks_at_the_first_batch_and_at_few_after_it() {
        let tally = tally(column(None), 16);
        for _ in 0..33 {
            tally.add(&batch(vec![Some("x")], vec![Some("a")])).unwrap();
        }
        assert_eq!(tally.rows(), (33, 3));
        let off = Tally::new(vec![column(None)], None, None, &pool());
        off.add(&batch(vec![Some("x")], vec![Some("a")])).unwrap();
        assert_eq!(off.rows(), (1, 0));
    }

    #[test]
    fn numbers_are_compared_as_text() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["1", "3"]));
        let batch = RecordBatch::try_from_iter([("o", texts), ("w", numbers)]).unwrap();
        let tally = tally(column(None), 1);
        tally.add(&batch).unwrap();
        assert_eq!((tally.counts()[0].equal, tally.counts()[0].changed), (1, 1));
    }

    #[test]
    fn little_memory_makes_estimates() {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(100_000));
        let tally = Tally::new(vec![column(None)], None, NonZeroU64::new(1), &pool);
        let texts: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
        tally.add(&batch(texts.clone(), texts)).unwrap();
        let counts = tally.counts()[0];
        assert!(!counts.is_exact && counts.distinct.abs_diff(50_000) < 15_000, "{counts:?}");
    }
}
