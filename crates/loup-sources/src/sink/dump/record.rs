//! Encodes changed rows in the places of the rows they were: all bytes around the changed values stay.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BinaryViewArray, RecordBatch};
use datafusion::arrow::datatypes::{UInt32Type, UInt64Type};
use datafusion::error::{DataFusionError, Result as DataFusionResult};

use super::cell::{CellWriter, Setting, as_bytes};
use crate::carrier::Position;
use crate::dump::{ColumnList, DumpTable, Parsed, Segment};
use crate::pool::{Pool, Pooled};
use crate::sink::POOLED;

/// Writes a table's rows one for one.
#[derive(Debug)]
pub struct RecordEncoder {
    table: DumpTable,
    /// Columns of the table that are computed, in their order: their numbers, and where batches hold them.
    changed: Vec<(usize, usize, CellWriter)>,
    /// Where batches hold the records' numbers.
    record: usize,
    position: usize,
    pool: Arc<Pool>,
}

impl RecordEncoder {
    /// Prepares an encoder; `changed` says which columns of the table are computed and where batches hold them, `record` and
    /// `position` where the carriers are.
    pub fn new(table: DumpTable, mut changed: Vec<(usize, usize)>, record: usize, position: usize) -> Self {
        changed.sort_unstable();
        let found = Arc::clone(table.table());
        let name = found.name.to_string();
        let writer = |column: usize| CellWriter::new(&name, &found.columns[column], found.schema.field(column));
        let changed = changed.into_iter().map(|(column, place)| (column, place, writer(column))).collect();
        Self { table, changed, record, position, pool: Pool::new(POOLED) }
    }

    /// Returns the bytes of the batch's rows.
    pub(super) fn encode(&self, batch: &RecordBatch) -> DataFusionResult<Pooled> {
        let positions = batch.column(self.position).as_primitive_opt::<UInt64Type>();
        let numbers = batch.column(self.record).as_primitive_opt::<UInt32Type>();
        let first = positions.filter(|positions| !positions.is_empty()).map(|positions| Position(positions.value(0)));
        let number = first.map(Position::segment_in_file);
        let parsed = number.and_then(|number| self.table.parsed().find(number));
        let (Some(number), Some(parsed), Some(numbers)) = (number, parsed, numbers) else {
            return Err(DataFusionError::Internal("rows of a dump without their records".to_owned()));
        };
        // A plan that gives one row for each leaves neighbours side by side.
        let range = numbers.values().first().map_or(0..0, |first| *first as usize..*first as usize + numbers.len());
        let are_neighbours = numbers.values().iter().zip(range.clone()).all(|(number, row)| *number as usize == row);
        if !are_neighbours || range.end > parsed.rows.len() {
            return Err(DataFusionError::Internal("the records of a dump are not its rows".to_owned()));
        }
        let encoded =
            self.table.segment(number, |segment, list| self.rows(batch, segment, list, &parsed, range.clone()));
        let unknown = || Err(DataFusionError::Internal("rows of a dump without their segment".to_owned()));
        let encoded = encoded.unwrap_or_else(unknown)?;
        if range.end == parsed.rows.len() {
            self.table.parsed().forget(number, parsed);
        }
        Ok(encoded)
    }

    fn rows(
        &self,
        batch: &RecordBatch,
        segment: &Segment,
        list: &ColumnList,
        parsed: &Parsed,
        range: Range<usize>,
    ) -> DataFusionResult<Pooled> {
        let Parsed { text, rows } = parsed;
        let values = self.changed.iter().map(|(_, place, writer)| as_bytes(batch.column(*place), writer.name()));
        let values: Vec<BinaryViewArray> = values.collect::<DataFusionResult<_>>()?;
        let setting = Setting { kind: segment.kind, syntax: segment.syntax, charset: segment.charset };
        // In the order of the row; a column that the rows have no value for has nothing to replace.
        let columns = self.changed.iter().zip(&values);
        let mut columns: Vec<_> =
            columns.filter_map(|((column, _, writer), values)| Some((list.places[*column]?, writer, values))).collect();
        columns.sort_by_key(|(place, ..)| *place);
        let (mut copied, end) = (rows.bytes(range.start).0, rows.bytes(range.end - 1).1);
        let mut out = self.pool.take();
        out.clear();
        out.reserve((end - copied) + (end - copied) / 8);
        for (number, row) in range.enumerate() {
            for (place, writer, values) in &columns {
                let (start, end) = rows.cell(row, *place);
                out.extend_from_slice(&text[copied..start]);
                let value = values.is_valid(number).then(|| values.value(number));
                writer.replace(&text[start..end], value, setting, &mut out).map_err(DataFusionError::from)?;
                copied = end;
            }
        }
        out.extend_from_slice(&text[copied..end]);
        Ok(out)
    }
}
