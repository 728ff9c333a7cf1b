//! The row loop of functions that return several texts at once: value plus keyed digest to a struct.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, StructArray};
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::common::Result;
use loup_crypto::KeyedDigest;

use super::Kernel;
use super::map::{Record, for_each_digest, further_draws, no_draw_differs, same_folded, with_bytes};
use super::text_builder::TextBuilder;
use super::value_bytes::{self, Bytes};
use crate::call::Call;

/// Makes a kernel that writes the text fields of one struct for each value from its keyed digest.
///
/// A struct with a field equal to the value (compared case-folded) is drawn again as a whole, so its fields still agree; so is
/// one of which `record` says that it shows the value. The last `constant` fields are the same in every
/// struct, so they are not compared: no other draw would differ in them.
pub(crate) fn map_record<P, F>(
    call: &Call,
    fields: Fields,
    constant: usize,
    digest: KeyedDigest,
    record: Record<P>,
    row: F,
) -> Box<dyn Kernel>
where
    P: Fn(&[u8], &[u8; 32]) -> bool + Send + Sync + 'static,
    F: Fn(&[u8; 32], &mut [TextBuilder]) + Send + Sync + 'static,
{
    let compared = fields.len() - constant;
    Box::new(MapRecord { name: call.name(), uuid: call.is_uuid(), fields, compared, digest, record, row })
}

struct MapRecord<P, F> {
    name: &'static str,
    uuid: bool,
    fields: Fields,
    compared: usize,
    digest: KeyedDigest,
    record: Record<P>,
    row: F,
}

impl<P, F> MapRecord<P, F>
where
    P: Fn(&[u8], &[u8; 32]) -> bool + Send + Sync,
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
                Some((value, digest)) => {
                    self.record.telling.check(self.name, value)?;
                    self.draw(value, digest, &mut out)?;
                }
                None => out.iter_mut().for_each(TextBuilder::set_null),
            }
            out.iter_mut().try_for_each(TextBuilder::finish_row)
        })?;
        let columns = out.into_iter().map(TextBuilder::finish).collect();
        Ok(Arc::new(StructArray::try_new(self.fields.clone(), columns, values.nulls().cloned())?))
    }

    fn draw(&self, value: &[u8], digest: &[u8; 32], out: &mut [TextBuilder]) -> Result<()> {
        let first = std::iter::once(*digest).chain(further_draws(&self.digest, digest));
        for digest in first.filter(|digest| !(self.record.shows)(value, digest)) {
            out.iter_mut().for_each(TextBuilder::clear_row);
            (self.row)(&digest, out);
            if !out[..self.compared].iter().any(|field| same_folded(value, field.row())) {
                return Ok(());
            }
        }
        no_draw_differs(self.name)
    }
}

impl<P, F> Kernel for MapRecord<P, F>
where
    P: Fn(&[u8], &[u8; 32]) -> bool + Send + Sync,
    F: Fn(&[u8; 32], &mut [TextBuilder]) + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}
