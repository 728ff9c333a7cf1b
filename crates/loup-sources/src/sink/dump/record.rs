//! Encodes changed rows in the places of the rows they were: all bytes around the changed values stay.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BinaryViewArray, RecordBatch};
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::error::{DataFusionError, Result as DataFusionResult};

use super::cell::{CellWriter, Setting, as_bytes};
use crate::carrier::Position;
use crate::dump::{ColumnList, DumpTable, Rows, Segment};
use crate::pool::{Pool, Pooled};
use crate::sink::POOLED;

/// Writes a table's rows one for one.
#[derive(Debug)]
pub struct RecordEncoder {
    table: DumpTable,
    /// Columns of the table that are computed, in their order: their numbers, and where batches hold them.
    changed: Vec<(usize, usize, CellWriter)>,
    /// Where batches hold the records' bytes.
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
        let first =
            batch.column(self.position).as_primitive_opt::<UInt64Type>().map(|positions| Position(positions.value(0)));
        let encoded = first.and_then(|first| {
            self.table.segment(first.segment_in_file(), |segment, list| self.rows(batch, segment, list))
        });
        encoded.unwrap_or_else(|| Err(DataFusionError::Internal("rows of a dump without their segment".to_owned())))
    }

    fn rows(&self, batch: &RecordBatch, segment: &Segment, list: &ColumnList) -> DataFusionResult<Pooled> {
        let Some(records) = batch.column(self.record).as_binary_view_opt() else {
            return Err(DataFusionError::Internal("rows of a dump without their records".to_owned()));
        };
        let values = self.changed.iter().map(|(_, place, writer)| as_bytes(batch.column(*place), writer.name()));
        let values: Vec<BinaryViewArray> = values.collect::<DataFusionResult<_>>()?;
        let mut text = self.pool.take();
        text.clear();
        records.iter().flatten().for_each(|record| text.extend_from_slice(record));
        let mut rows = Rows::default();
        let found = rows.read(&text, segment.kind, segment.syntax, list.width);
        if found.ok() != Some(batch.num_rows()) {
            return Err(DataFusionError::Internal("the records of a dump are not its rows".to_owned()));
        }
        let setting = Setting { kind: segment.kind, syntax: segment.syntax, charset: segment.charset };
        let mut out = self.pool.take();
        out.clear();
        out.reserve(text.len() + text.len() / 8);
        let mut copied = 0;
        // In the order of the row; a column that the rows have no value for has nothing to replace.
        let columns = self.changed.iter().zip(&values);
        let mut columns: Vec<_> =
            columns.filter_map(|((column, _, writer), values)| Some((list.places[*column]?, writer, values))).collect();
        columns.sort_by_key(|(place, ..)| *place);
        for row in 0..batch.num_rows() {
            for (place, writer, values) in &columns {
                let (start, end) = rows.cell(row, *place);
                out.extend_from_slice(&text[copied..start]);
                let value = values.is_valid(row).then(|| values.value(row));
                writer.replace(&text[start..end], value, setting, &mut out).map_err(DataFusionError::from)?;
                copied = end;
            }
        }
        out.extend_from_slice(&text[copied..]);
        Ok(out)
    }
}
