//! The row loop of functions that return several texts at once: value plus keyed digest to a struct.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, StructArray, UInt32Array};
use datafusion::arrow::compute::take;
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
/// one of which `record` says that it shows the value. The last fields are `constant`, the same in every struct, so they are not
/// compared: no other draw would differ in them.
pub(crate) fn map_record<A, D, P, F>(
    call: &Call,
    fields: Fields,
    constant: Vec<String>,
    digest: KeyedDigest,
    record: Record<D, P>,
    row: F,
) -> Box<dyn Kernel>
where
    A: 'static,
    D: Fn(&[u8; 32]) -> A + Send + Sync + 'static,
    P: Fn(&A, &[u8]) -> bool + Send + Sync + 'static,
    F: Fn(&A, &mut [TextBuilder]) + Send + Sync + 'static,
{
    Box::new(MapRecord { name: call.name(), uuid: call.is_uuid(), fields, constant, digest, record, row })
}

struct MapRecord<D, P, F> {
    name: &'static str,
    uuid: bool,
    fields: Fields,
    constant: Vec<String>,
    digest: KeyedDigest,
    record: Record<D, P>,
    row: F,
}

impl<D, P, F> MapRecord<D, P, F> {
    fn rows<'a, R, A>(&self, values: &R) -> Result<ArrayRef>
    where
        R: ArrayAccessor,
        R::Item: Bytes<'a>,
        D: Fn(&[u8; 32]) -> A,
        P: Fn(&A, &[u8]) -> bool,
        F: Fn(&A, &mut [TextBuilder]),
    {
        let builder = |field: &FieldRef| TextBuilder::new(field.data_type(), values.len(), 16);
        let drawn = self.fields.len() - self.constant.len();
        let mut out = self.fields[..drawn].iter().map(builder).collect::<Result<Vec<_>>>()?;
        for_each_digest(&self.digest, values, |drawn| {
            match drawn {
                Some((value, digest)) => {
                    self.record.telling.check(self.name, value.trim_ascii())?;
                    if !self.draw(value, digest, &mut out) {
                        self.draw_again(value, digest, &mut out)?;
                    }
                }
                None => out.iter_mut().for_each(TextBuilder::set_null),
            }
            out.iter_mut().try_for_each(TextBuilder::finish_row)
        })?;
        let mut columns: Vec<ArrayRef> = out.into_iter().map(TextBuilder::finish).collect();
        // The first row of a column of one, in every row that is not NULL.
        let rows = UInt32Array::new(vec![0; values.len()].into(), values.nulls().cloned());
        for (text, field) in self.constant.iter().zip(&self.fields[drawn..]) {
            let mut one = TextBuilder::new(field.data_type(), 1, text.len())?;
            one.push_str(text);
            one.finish_row()?;
            columns.push(take(&one.finish(), &rows, None)?);
        }
        Ok(Arc::new(StructArray::try_new(self.fields.clone(), columns, values.nulls().cloned())?))
    }

    /// Writes the fields of a digest; false when one of them, or the record, shows the value.
    #[inline]
    fn draw<A>(&self, value: &[u8], digest: &[u8; 32], out: &mut [TextBuilder]) -> bool
    where
        D: Fn(&[u8; 32]) -> A,
        P: Fn(&A, &[u8]) -> bool,
        F: Fn(&A, &mut [TextBuilder]),
    {
        let record = (self.record.draw)(digest);
        // Blanks around a value do not make it another one.
        let value = value.trim_ascii();
        if (self.record.shows)(&record, value) {
            return false;
        }
        (self.row)(&record, out);
        !out.iter().any(|field| same_folded(value, field.row()))
    }

    #[cold]
    fn draw_again<A>(&self, value: &[u8], digest: &[u8; 32], out: &mut [TextBuilder]) -> Result<()>
    where
        D: Fn(&[u8; 32]) -> A,
        P: Fn(&A, &[u8]) -> bool,
        F: Fn(&A, &mut [TextBuilder]),
    {
        for digest in further_draws(&self.digest, digest) {
            out.iter_mut().for_each(TextBuilder::clear_row);
            if self.draw(value, &digest, out) {
                return Ok(());
            }
        }
        no_draw_differs(self.name)
    }
}

impl<A, D, P, F> Kernel for MapRecord<D, P, F>
where
    D: Fn(&[u8; 32]) -> A + Send + Sync,
    P: Fn(&A, &[u8]) -> bool + Send + Sync,
    F: Fn(&A, &mut [TextBuilder]) + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}
