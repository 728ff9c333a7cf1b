//! The row loops of functions without a keyed digest of ours: value to text, and value to bytes.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, BinaryBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use loup_crypto::BatchHash;

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

/// Values hashed at a time.
const BLOCK: usize = 256;

/// Makes a kernel that writes one text for each value from a hash that is made many at a time.
///
/// As with [`map_value`], a text equal to its value is an error.
pub(crate) fn map_hash<H, F>(call: &Call, out: DataType, width: usize, hash: H, row: F) -> Box<dyn Kernel>
where
    H: Fn(&[&[u8]], &mut [[u8; 64]]) + Send + Sync + 'static,
    F: Fn(&[u8; 64], &mut TextBuilder) + Send + Sync + 'static,
{
    Box::new(MapHash { name: call.name(), uuid: call.is_uuid(), out, width, hash, row })
}

struct MapHash<H, F> {
    name: &'static str,
    uuid: bool,
    out: DataType,
    width: usize,
    hash: H,
    row: F,
}

impl<H, F> MapHash<H, F>
where
    H: Fn(&[&[u8]], &mut [[u8; 64]]) + Send + Sync,
    F: Fn(&[u8; 64], &mut TextBuilder) + Send + Sync,
{
    fn rows<'a, A>(&self, values: &A) -> Result<ArrayRef>
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let mut out = TextBuilder::new(&self.out, values.len(), self.width)?;
        let mut hashes = [[0; 64]; BLOCK];
        let hash = |block: &[&[u8]], hashes: &mut [[u8; 64]]| (self.hash)(block, hashes);
        in_blocks(values, &mut hashes, hash, |hashed| {
            match hashed {
                None => out.set_null(),
                Some((value, hash)) => {
                    (self.row)(hash, &mut out);
                    if same_folded(value, out.row()) {
                        return exec_err!(
                            "{}: expected a result unlike its value, got one equal to it; allow longer results",
                            self.name
                        );
                    }
                }
            }
            out.finish_row()
        })?;
        Ok(out.finish())
    }
}

impl<H, F> Kernel for MapHash<H, F>
where
    H: Fn(&[&[u8]], &mut [[u8; 64]]) + Send + Sync,
    F: Fn(&[u8; 64], &mut TextBuilder) + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}

/// Hashes the values block by block, and calls `each` for every row in order with its value and hash, or with None where it
/// is NULL.
fn in_blocks<'a, A, const N: usize>(
    values: &A,
    hashes: &mut [[u8; N]; BLOCK],
    hash: impl Fn(&[&[u8]], &mut [[u8; N]]),
    mut each: impl FnMut(Option<(&[u8], &[u8; N])>) -> Result<()>,
) -> Result<()>
where
    A: ArrayAccessor,
    A::Item: Bytes<'a>,
{
    let mut block: Vec<&[u8]> = Vec::with_capacity(BLOCK);
    for start in (0..values.len()).step_by(BLOCK) {
        let rows = start..values.len().min(start + BLOCK);
        block.clear();
        block.extend(rows.clone().filter(|&i| values.is_valid(i)).map(|i| values.value(i).bytes()));
        hash(&block, &mut hashes[..block.len()]);
        let mut hashed = block.iter().zip(hashes.iter());
        for i in rows {
            let valid = if values.is_null(i) { None } else { hashed.next() };
            each(valid.map(|(value, hash)| (*value, hash)))?;
        }
    }
    Ok(())
}

/// Makes a kernel that gives each value's canonical bytes their hash.
pub(crate) fn map_binary(call: &Call, hash: BatchHash) -> Box<dyn Kernel> {
    Box::new(MapBinary { uuid: call.is_uuid(), hash })
}

struct MapBinary {
    uuid: bool,
    hash: BatchHash,
}

impl MapBinary {
    fn rows<'a, A>(&self, values: &A) -> Result<ArrayRef>
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let mut out = BinaryBuilder::with_capacity(values.len(), values.len() * 32);
        let hash = |block: &[&[u8]], hashes: &mut [[u8; 32]]| self.hash.hash_batch(block, hashes);
        in_blocks(values, &mut [[0; 32]; BLOCK], hash, |hashed| {
            out.append_option(hashed.map(|(_, hash)| hash));
            Ok(())
        })?;
        Ok(Arc::new(out.finish()))
    }
}

impl Kernel for MapBinary {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}
