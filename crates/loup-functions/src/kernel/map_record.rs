//! The row loop of functions that return several texts at once: value plus keyed digest to a struct.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, StructArray};
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::common::Result;
use loup_crypto::KeyedDigest;

use super::Kernel;
use super::map::{for_each_digest, further_draws, no_draw_differs, same_folded, with_bytes};
use super::text_builder::TextBuilder;
use super::value_bytes::{self, Bytes};
use crate::call::Call;

/// Makes a kernel that writes the text fields of one struct for each value from its keyed digest.
///
/// A struct with a field equal to the value (compared case-folded) is drawn again as a whole, so its fields still agree.
pub(crate) fn map_record<F>(call: &Call, fields: Fields, digest: KeyedDigest, row: F) -> Box<dyn Kernel>
where
    F: Fn(&[u8; 32], &mut [TextBuilder]) + Send + Sync + 'static,
{
    Box::new(MapRecord { name: call.name(), uuid: call.is_uuid(), fields, digest, row })
}

struct MapRecord<F> {
    name: &'static str,
    uuid: bool,
    fields: Fields,
    digest: KeyedDigest,
    row: F,
}

impl<F> MapRecord<F>
where
    F: Fn(&[u8; 32], &mut [TextBuilder]) + Send + Sync,
{
    fn rows<'a, A>(&self, values: &A) -> Result<ArrayRef>
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let builder = |field: &FieldRef| TextBuilder::new(field.data_type(), values.len(), 16);
        let mut out = self.fields.iter().map(builder).collect::<Result<Vec<_>>>()?;
        for_each_digest(&self.digest, values, |drawn| {
            match drawn {
                Some((value, digest)) => self.draw(value, digest, &mut out)?,
                None => out.iter_mut().for_each(TextBuilder::set_null),
            }
            out.iter_mut().try_for_each(TextBuilder::finish_row)
        })?;
        let columns = out.into_iter().map(TextBuilder::finish).collect();
        Ok(Arc::new(StructArray::try_new(self.fields.clone(), columns, values.nulls().cloned())?))
    }

    fn draw(&self, value: &[u8], digest: &[u8; 32], out: &mut [TextBuilder]) -> Result<()> {
        (self.row)(digest, out);
        let is_shown = |out: &[TextBuilder]| out.iter().any(|field| same_folded(value, field.row()));
        if !is_shown(out) {
            return Ok(());
        }
        for digest in further_draws(&self.digest, digest) {
            out.iter_mut().for_each(TextBuilder::clear_row);
            (self.row)(&digest, out);
            if !is_shown(out) {
                return Ok(());
            }
        }
        no_draw_differs(self.name)
    }
}

impl<F> Kernel for MapRecord<F>
where
    F: Fn(&[u8; 32], &mut [TextBuilder]) + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}
