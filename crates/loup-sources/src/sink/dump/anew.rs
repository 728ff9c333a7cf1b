//! Encodes the rows of a table whose rows are others than they were, in statements like those it had.

use std::sync::Arc;

use datafusion::arrow::array::{Array, BinaryViewArray, RecordBatch};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use loup_text::dump::{Literal, LiteralKind, Style};

use super::cell::{CellWriter, Setting, as_bytes};
use crate::dump::{DumpIndex, Model, SegmentKind};
use crate::error::Result;
use crate::pool::{Pool, Pooled};
use crate::sink::POOLED;

/// Writes any rows as those of a table.
#[derive(Debug)]
pub struct AnewEncoder {
    columns: Vec<(CellWriter, Style)>,
    model: Model,
    pool: Arc<Pool>,
}

impl AnewEncoder {
    /// Prepares an encoder after the table's first rows; batches hold the table's columns first, in their order.
    ///
    /// # Errors
    /// Returns an error where the file is not what it was.
    pub async fn new(index: &Arc<DumpIndex>, table: usize) -> Result<Self> {
        let model = Model::of(index, table).await?;
        let found = &index.tables()[table];
        let name = found.name.to_string();
        let columns = found.columns.iter().zip(found.schema.fields()).enumerate().map(|(number, (column, field))| {
            let writer = CellWriter::new(&name, column, field);
            let shown = model.cells.get(number).map(|raw| Literal::read(raw, model.syntax));
            let style = shown.filter(|literal| {
                !matches!(literal.kind(), LiteralKind::Null | LiteralKind::Default | LiteralKind::Expression)
            });
            let style = style.map_or_else(|| writer.own_style(), |literal| literal.style());
            (writer, style)
        });
        Ok(Self { columns: columns.collect(), pool: Pool::new(POOLED), model })
    }

    /// Returns what stands between two batches' rows.
    pub(super) fn between(&self) -> &'static [u8] {
        if self.model.kind == SegmentKind::Copy { b"" } else { b"\n" }
    }

    /// Returns the batch's rows: lines of a COPY, else whole statements.
    pub(super) fn encode(&self, batch: &RecordBatch) -> DataFusionResult<Pooled> {
        let Model { kind, syntax, charset, .. } = self.model;
        let setting = Setting { kind, syntax, charset };
        let values =
            batch.columns().iter().zip(&self.columns).map(|(array, (writer, _))| as_bytes(array, writer.name()));
        let values: Vec<BinaryViewArray> = values.collect::<DataFusionResult<_>>()?;
        let mut out = self.pool.take();
        out.clear();
        let mut statement = out.len();
        for row in 0..batch.num_rows() {
            if kind != SegmentKind::Copy {
                let is_full = row > 0 && out.len() - statement >= self.model.statement_bytes;
                if row == 0 || is_full {
                    if is_full {
                        out.extend_from_slice(&self.model.tail);
                        out.push(b'\n');
                        statement = out.len();
                    }
                    out.extend_from_slice(&self.model.head);
                } else {
                    out.extend_from_slice(&self.model.between_rows);
                }
                out.push(b'(');
            }
            for (number, ((writer, style), values)) in self.columns.iter().zip(&values).enumerate() {
                if number > 0 {
                    out.extend_from_slice(&self.model.between_cells);
                }
                let value = values.is_valid(row).then(|| values.value(row));
                writer.write(value, *style, setting, &mut out).map_err(DataFusionError::from)?;
            }
            out.push(if kind == SegmentKind::Copy { b'\n' } else { b')' });
        }
        if kind != SegmentKind::Copy && batch.num_rows() > 0 {
            out.extend_from_slice(&self.model.tail);
        }
        Ok(out)
    }
}
