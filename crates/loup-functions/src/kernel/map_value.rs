//! The row loops of functions without a keyed digest of ours: value to text, and value to bytes.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, BinaryBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::Kernel;
use super::map::{same_folded, with_bytes};
use super::text_builder::TextBuilder;
use super::value_bytes::{self, Bytes};
use crate::call::Call;

/// Makes a kernel that writes one text for each value from its canonical bytes.
///
/// The text is what another system computes too, so it cannot be drawn again: one equal to its value is an error.
pub(crate) fn map_value<F>(call: &Call, out: DataType, width: usize, row: F) -> Box<dyn Kernel>
where
    F: Fn(&[u8], &mut TextBuilder) + Send + Sync + 'static,
{
    Box::new(MapValue { name: call.name(), uuid: call.is_uuid(), out, width, row })
}

struct MapValue<F> {
    name: &'static str,
    uuid: bool,
    out: DataType,
    width: usize,
    row: F,
}

impl<F> MapValue<F>
where
    F: Fn(&[u8], &mut TextBuilder) + Send + Sync,
{
    fn rows<'a, A>(&self, values: &A) -> Result<ArrayRef>
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let mut out = TextBuilder::new(&self.out, values.len(), self.width)?;
        for i in 0..values.len() {
            if values.is_null(i) {
                out.set_null();
            } else {
                let value = values.value(i).bytes();
                (self.row)(value, &mut out);
                if same_folded(value, out.row()) {
                    return exec_err!(
                        "{}: expected a result unlike its value, got one equal to it; allow longer results",
                        self.name
                    );
                }
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl<F> Kernel for MapValue<F>
where
    F: Fn(&[u8], &mut TextBuilder) + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}

/// Makes a kernel that gives each value's canonical bytes 32 others.
pub(crate) fn map_binary<F>(call: &Call, row: F) -> Box<dyn Kernel>
where
    F: Fn(&[u8]) -> [u8; 32] + Send + Sync + 'static,
{
    Box::new(MapBinary { uuid: call.is_uuid(), row })
}

struct MapBinary<F> {
    uuid: bool,
    row: F,
}

impl<F> MapBinary<F>
where
    F: Fn(&[u8]) -> [u8; 32] + Send + Sync,
{
    fn rows<'a, A>(&self, values: &A) -> ArrayRef
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let mut out = BinaryBuilder::with_capacity(values.len(), values.len() * 32);
        for i in 0..values.len() {
            out.append_option(values.is_valid(i).then(|| (self.row)(values.value(i).bytes())));
        }
        Arc::new(out.finish())
    }
}

impl<F> Kernel for MapBinary<F>
where
    F: Fn(&[u8]) -> [u8; 32] + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => Ok(self.rows(&typed)))
    }
}
