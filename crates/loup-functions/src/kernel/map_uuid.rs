//! The row loop of UUIDs held as 16 bytes: a UUID for each UUID, from its keyed digest.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder};
use datafusion::common::{Result, internal_err};
use loup_crypto::KeyedDigest;

use super::Kernel;
use super::map::{for_each_digest, further_draws, no_draw_differs};
use super::value_bytes;

/// Makes a kernel that gives each UUID another one; `uuid` makes it from a digest.
pub(crate) fn map_uuid(
    name: &'static str,
    digest: KeyedDigest,
    uuid: impl Fn(&[u8; 32]) -> [u8; 16] + Send + Sync + 'static,
) -> Box<dyn Kernel> {
    Box::new(MapUuid { name, digest, uuid })
}

struct MapUuid<F> {
    name: &'static str,
    digest: KeyedDigest,
    uuid: F,
}

impl<F> MapUuid<F>
where
    F: Fn(&[u8; 32]) -> [u8; 16] + Send + Sync,
{
    fn draw(&self, value: &[u8], digest: &[u8; 32]) -> Result<[u8; 16]> {
        let first = (self.uuid)(digest);
        if first != value {
            return Ok(first);
        }
        let others = further_draws(&self.digest, digest).map(|digest| (self.uuid)(&digest));
        others.into_iter().find(|uuid| uuid != value).map_or_else(|| no_draw_differs(self.name), Ok)
    }
}

impl<F> Kernel for MapUuid<F>
where
    F: Fn(&[u8; 32]) -> [u8; 16] + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let Some(bytes) = values.as_fixed_size_binary_opt().filter(|bytes| bytes.value_length() == 16) else {
            return internal_err!("{}: expected UUIDs, got {}", self.name, values.data_type());
        };
        // Digested as text, so that a column of text has the same ids.
        let canonical = value_bytes::canonical(values, true)?;
        let mut out = FixedSizeBinaryBuilder::with_capacity(values.len(), 16);
        let mut row = 0;
        for_each_digest(&self.digest, &canonical.as_binary::<i32>(), |drawn| {
            match drawn {
                Some((_, digest)) => out.append_value(self.draw(bytes.value(row), digest)?)?,
                None => out.append_null(),
            }
            row += 1;
            Ok(())
        })?;
        Ok(Arc::new(out.finish()))
    }
}
