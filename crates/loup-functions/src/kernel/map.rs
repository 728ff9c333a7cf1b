//! The row loops: text to text, and value plus keyed digest to text.

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, internal_err};
use loup_crypto::KeyedDigest;

use super::Kernel;
use super::telling::Telling;
use super::text_builder::TextBuilder;
use super::value_bytes::{self, Bytes};
use crate::call::Call;

/// Values digested in one go: enough for every lane, few enough for the first-level cache.
const BLOCK: usize = 256;
/// Further draws before a value that keeps meeting itself is an error; two choices suffice to never get there.
const DRAWS: u32 = 128;

/// Runs `$body` with `$array` as whichever array of text or bytes it is.
macro_rules! with_bytes {
    ($array:expr, $typed:ident => $body:expr) => {
        match $array.data_type() {
            DataType::Utf8 => {
                let $typed = $array.as_string::<i32>();
                $body
            }
            DataType::LargeUtf8 => {
                let $typed = $array.as_string::<i64>();
                $body
            }
            DataType::Utf8View => {
                let $typed = $array.as_string_view();
                $body
            }
            DataType::Binary => {
                let $typed = $array.as_binary::<i32>();
                $body
            }
            DataType::LargeBinary => {
                let $typed = $array.as_binary::<i64>();
                $body
            }
            DataType::BinaryView => {
                let $typed = $array.as_binary_view();
                $body
            }
            DataType::FixedSizeBinary(_) => {
                let $typed = $array.as_fixed_size_binary();
                $body
            }
            other => datafusion::common::internal_err!("expected text or bytes, got {other}"),
        }
    };
}
pub(crate) use with_bytes;

/// Makes a kernel that writes one text for each text.
pub(crate) fn map_text<F>(out: DataType, row: F) -> Box<dyn Kernel>
where
    F: Fn(&str, &mut TextBuilder) -> Result<()> + Send + Sync + 'static,
{
    Box::new(MapText { out, row })
}

struct MapText<F> {
    out: DataType,
    row: F,
}

impl<F> MapText<F>
where
    F: Fn(&str, &mut TextBuilder) -> Result<()> + Send + Sync,
{
    fn rows<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A) -> Result<ArrayRef> {
        let mut out = TextBuilder::new(&self.out, values.len(), 24)?;
        for i in 0..values.len() {
            if values.is_null(i) {
                out.set_null();
            } else {
                (self.row)(values.value(i), &mut out)?;
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl<F> Kernel for MapText<F>
where
    F: Fn(&str, &mut TextBuilder) -> Result<()> + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Utf8 => self.rows(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.rows(&values.as_string::<i64>()),
            DataType::Utf8View => self.rows(&values.as_string_view()),
            other => internal_err!("expected text, got {other}"),
        }
    }
}

/// Makes a kernel that writes one text for each value from its keyed digest.
///
/// `row` gets the value's bytes and the digest. A text equal to the value (compared case-folded) is drawn again from the
/// digest of the digest and a counter, so a pseudonym or fake never equals its input.
pub(crate) fn map_digest<F>(call: &Call, out: DataType, digest: KeyedDigest, width: usize, row: F) -> Box<dyn Kernel>
where
    F: Fn(&[u8], &[u8; 32], &mut TextBuilder) -> Result<()> + Send + Sync + 'static,
{
    map_digest_unless(call, out, digest, width, no_record(Telling::default(), true), row)
}

/// The record that a text is part of.
pub(crate) struct Record<D, P> {
    /// Values that any part of the record would tell.
    pub(crate) telling: Telling,
    /// Whether those that the text itself would tell are found by drawing, and not among them yet.
    pub(crate) is_sampled: bool,
    /// Draws the record of a digest.
    pub(crate) draw: D,
    /// Whether a record shows a value.
    pub(crate) shows: P,
}

/// Returns the record of what is part of none: its digest.
#[expect(clippy::type_complexity, reason = "two closures, which are inlined where pointers are not")]
pub(crate) fn no_record(
    telling: Telling,
    is_sampled: bool,
) -> Record<impl Fn(&[u8; 32]) -> [u8; 32] + Send + Sync, impl Fn(&[u8; 32], &[u8]) -> bool + Send + Sync> {
    Record { telling, is_sampled, draw: <[u8; 32]>::clone, shows: |_: &[u8; 32], _: &[u8]| false }
}

/// Makes the kernel of [`map_digest`] for a text that is part of a record: where the record shows the value, the whole is drawn
/// again. So functions that draw other parts of it still agree.
pub(crate) fn map_digest_unless<A, D, P, F>(
    call: &Call,
    out: DataType,
    digest: KeyedDigest,
    width: usize,
    record: Record<D, P>,
    row: F,
) -> Box<dyn Kernel>
where
    A: 'static,
    D: Fn(&[u8; 32]) -> A + Send + Sync + 'static,
    P: Fn(&A, &[u8]) -> bool + Send + Sync + 'static,
    F: Fn(&[u8], &A, &mut TextBuilder) -> Result<()> + Send + Sync + 'static,
{
    Box::new(MapDigest { name: call.name(), uuid: call.is_uuid(), out, digest, width, record, row })
}

struct MapDigest<D, P, F> {
    name: &'static str,
    uuid: bool,
    out: DataType,
    digest: KeyedDigest,
    width: usize,
    record: Record<D, P>,
    row: F,
}

impl<D, P, F> MapDigest<D, P, F> {
    fn rows<'a, R, A>(&self, values: &R) -> Result<ArrayRef>
    where
        R: ArrayAccessor,
        R::Item: Bytes<'a>,
        D: Fn(&[u8; 32]) -> A,
        P: Fn(&A, &[u8]) -> bool,
        F: Fn(&[u8], &A, &mut TextBuilder) -> Result<()>,
    {
        // A function that refuses the empty text draws by the value, and judges its results itself.
        let sample = |digest: &[u8; 32], out: &mut TextBuilder| (self.row)(b"", &(self.record.draw)(digest), out);
        let telling = if self.record.is_sampled {
            Telling::sampled(&self.out, sample).unwrap_or_default()
        } else {
            Telling::default()
        };
        let mut out = TextBuilder::new(&self.out, values.len(), self.width)?;
        for_each_digest(&self.digest, values, |drawn| {
            match drawn {
                Some((value, digest)) => {
                    let bare = value.trim_ascii();
                    telling.check(self.name, bare)?;
                    self.record.telling.check(self.name, bare)?;
                    if !self.draw(value, digest, &mut out)? {
                        self.draw_again(value, digest, &mut out)?;
                    }
                }
                None => out.set_null(),
            }
            out.finish_row()
        })?;
        Ok(out.finish())
    }

    /// Writes the text of a digest; false when it, or its record, shows the value.
    #[inline]
    fn draw<A>(&self, value: &[u8], digest: &[u8; 32], out: &mut TextBuilder) -> Result<bool>
    where
        D: Fn(&[u8; 32]) -> A,
        P: Fn(&A, &[u8]) -> bool,
        F: Fn(&[u8], &A, &mut TextBuilder) -> Result<()>,
    {
        let record = (self.record.draw)(digest);
        // Blanks around a value do not make it another one.
        let bare = value.trim_ascii();
        if (self.record.shows)(&record, bare) {
            return Ok(false);
        }
        (self.row)(value, &record, out)?;
        Ok(!same_folded(bare, out.row().trim_ascii()))
    }

    #[cold]
    fn draw_again<A>(&self, value: &[u8], digest: &[u8; 32], out: &mut TextBuilder) -> Result<()>
    where
        D: Fn(&[u8; 32]) -> A,
        P: Fn(&A, &[u8]) -> bool,
        F: Fn(&[u8], &A, &mut TextBuilder) -> Result<()>,
    {
        for digest in further_draws(&self.digest, digest) {
            out.clear_row();
            if self.draw(value, &digest, out)? {
                return Ok(());
            }
        }
        no_draw_differs(self.name)
    }
}

impl<A, D, P, F> Kernel for MapDigest<D, P, F>
where
    D: Fn(&[u8; 32]) -> A + Send + Sync,
    P: Fn(&A, &[u8]) -> bool + Send + Sync,
    F: Fn(&[u8], &A, &mut TextBuilder) -> Result<()> + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}

/// Calls `each` for every row in order, with the keyed digest of its value's canonical bytes, or with None where it is NULL.
pub(crate) fn each_digest(
    digest: &KeyedDigest,
    values: &ArrayRef,
    mut each: impl FnMut(Option<&[u8; 32]>) -> Result<()>,
) -> Result<()> {
    let canonical = value_bytes::canonical(values, false)?;
    with_bytes!(canonical, typed => for_each_digest(digest, &typed, |drawn| each(drawn.map(|(_, digest)| digest))))
}

/// Calls `each` for every row in order, with its value's canonical bytes and their keyed digest, or with None where it is
/// NULL.
pub(crate) fn each_drawn(
    digest: &KeyedDigest,
    values: &ArrayRef,
    each: impl FnMut(Option<(&[u8], &[u8; 32])>) -> Result<()>,
) -> Result<()> {
    let canonical = value_bytes::canonical(values, false)?;
    with_bytes!(canonical, typed => for_each_digest(digest, &typed, each))
}

/// Calls `each` for every row in order, with the value's bytes and its keyed digest, or with None where it is NULL.
#[inline]
pub(super) fn for_each_digest<'a, A>(
    digest: &KeyedDigest,
    values: &A,
    mut each: impl FnMut(Option<(&[u8], &[u8; 32])>) -> Result<()>,
) -> Result<()>
where
    A: ArrayAccessor,
    A::Item: Bytes<'a>,
{
    let count = values.len();
    let mut block: Vec<&[u8]> = Vec::with_capacity(BLOCK);
    let mut digests = [[0; 32]; BLOCK];
    for start in (0..count).step_by(BLOCK) {
        let rows = start..count.min(start + BLOCK);
        block.clear();
        block.extend(rows.clone().filter(|&i| values.is_valid(i)).map(|i| values.value(i).bytes()));
        digest.digest_batch(&block, &mut digests[..block.len()]);
        let mut drawn = block.iter().zip(&digests);
        for i in rows {
            let valid = if values.is_null(i) { None } else { drawn.next() };
            each(valid.map(|(value, digest)| (*value, digest)))?;
        }
    }
    Ok(())
}

/// Returns the digests to draw from when what the first one gave may not be used.
pub(super) fn further_draws(digest: &KeyedDigest, first: &[u8; 32]) -> impl Iterator<Item = [u8; 32]> {
    (1..=DRAWS).map(move |counter| {
        let mut seed = [0; 36];
        seed[..32].copy_from_slice(first);
        seed[32..].copy_from_slice(&counter.to_le_bytes());
        digest.digest(&seed)
    })
}

/// Fails with the message for a value that no draw differs from.
pub(super) fn no_draw_differs<T>(name: &str) -> Result<T> {
    exec_err!("{name}: no result differs from its input; allow longer results")
}

/// Returns whether two texts are equal but for their case.
#[inline]
pub(crate) fn same_folded(a: &[u8], b: &[u8]) -> bool {
    // Folding leaves an ASCII letter one ASCII letter, so two that differ at either end tell most values apart.
    let differ = |a: Option<&u8>, b: Option<&u8>| match (a, b) {
        (Some(a), Some(b)) => a.is_ascii() && b.is_ascii() && !a.eq_ignore_ascii_case(b),
        _ => false,
    };
    !differ(a.first(), b.first()) && !differ(a.last(), b.last()) && same_folded_within(a, b)
}

#[inline(never)]
fn same_folded_within(a: &[u8], b: &[u8]) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    match (std::str::from_utf8(a), std::str::from_utf8(b)) {
        (Ok(a), Ok(b)) => {
            // Most differ in the first character, which needs no copy of the whole.
            let folded = |text: &str| text.chars().next().map(|c| c.to_lowercase().next());
            folded(a) == folded(b) && a.to_lowercase() == b.to_lowercase()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_beyond_ascii() {
        assert!(same_folded(b"Anna", b"aNNa"));
        assert!(same_folded("ÉMILE".as_bytes(), "émile".as_bytes()));
        assert!(same_folded("\u{212a}im".as_bytes(), b"kim"));
        assert!(!same_folded(b"Anna", b"Anne"));
        assert!(!same_folded(&[0xff], &[0xff, 0xfe]));
    }
}
