//! A keyed permutation of a range of integers: FF1 on the bits of the offset, walking on where that leaves the range.

use std::fmt;

use crate::cycle_walk::walk;
use crate::error::Error;
use crate::ff1::arithmetic::Bits;
use crate::ff1::cipher::AesKey;
use crate::ff1::feistel::{self, Direction, ROWS};
use crate::ff1::layout::Layout;
use crate::key::PurposeKey;

/// A keyed bijection of the integers from `lo` to `hi` onto themselves.
///
/// FF1 with AES-256 in radix 2 permutes the next power of two; an offset that lands beyond the range is encrypted again
/// until it lands within (cycle walking, fewer than two turns on average). Every range has its own tweak, `lo` and `hi`
/// as 16 bytes little-endian each, so ranges do not share their permutation.
///
/// # Example
/// ```
/// use loup_crypto::{KeyRing, RangePermutation};
///
/// let key = KeyRing::ephemeral()?.active().purpose_key("ff1", "job");
/// let permutation = RangePermutation::new(&key, 1_000_000, 4_999_999)?;
/// let mut offsets = [0, 1, 2, 3_999_999];
/// permutation.forward(&mut offsets)?;
/// assert!(offsets.iter().all(|&offset| offset < 4_000_000));
/// permutation.inverse(&mut offsets)?;
/// assert_eq!(offsets, [0, 1, 2, 3_999_999]);
/// # Ok::<(), loup_crypto::Error>(())
/// ```
pub struct RangePermutation {
    key: AesKey,
    bits: Bits,
    /// Bits of the right half.
    v: u32,
    /// The largest offset, `hi - lo`.
    last: u64,
}

impl RangePermutation {
    /// Makes the permutation of the range from `lo` to `hi`, both within.
    ///
    /// # Errors
    /// If the range has fewer than 2 values or more than 2^64.
    pub fn new(key: &PurposeKey, lo: i128, hi: i128) -> Result<Self, Error> {
        let last = hi.checked_sub(lo).and_then(|last| u64::try_from(last).ok()).filter(|&last| last > 0);
        let last = last.ok_or(Error::RangeWidth)?;
        let key = AesKey::new(key.expose()).expect("32 bytes are an AES-256 key");
        let tweak = [lo.to_le_bytes(), hi.to_le_bytes()].concat();
        // FF1 needs two digits; a range of two values walks among four.
        let length = (u64::BITS - last.leading_zeros()).max(2);
        let layout = Layout::new(&key, 2, length as usize, &tweak);
        Ok(Self { bits: Bits::new(&layout), key, v: layout.v as u32, last })
    }

    /// Replaces each offset from `lo` by that of its image.
    ///
    /// # Errors
    /// If an offset lies beyond `hi - lo`; then nothing is changed.
    pub fn forward(&self, offsets: &mut [u64]) -> Result<(), Error> {
        self.apply(offsets, Direction::Encrypt)
    }

    /// Replaces each offset by the one whose image it is.
    ///
    /// # Errors
    /// As [`RangePermutation::forward`].
    pub fn inverse(&self, offsets: &mut [u64]) -> Result<(), Error> {
        self.apply(offsets, Direction::Decrypt)
    }

    fn apply(&self, offsets: &mut [u64], direction: Direction) -> Result<(), Error> {
        // Checked first: from beyond the range a walk need not come back.
        if offsets.iter().any(|&offset| offset > self.last) {
            return Err(Error::RangeOffset);
        }
        walk(offsets, self.last, |numbers| self.once(numbers, direction));
        Ok(())
    }

    /// One turn of up to [`ROWS`] numbers below the power of two.
    fn once(&self, numbers: &mut [u64], direction: Direction) {
        let (mut a, mut b) = ([0; ROWS], [0; ROWS]);
        let (a, b) = (&mut a[..numbers.len()], &mut b[..numbers.len()]);
        for (&number, (a, b)) in numbers.iter().zip(a.iter_mut().zip(b.iter_mut())) {
            (*a, *b) = (number >> self.v, number & ((1 << self.v) - 1));
        }
        feistel::run(&self.key, &self.bits, a, b, direction);
        for (number, (&a, &b)) in numbers.iter_mut().zip(a.iter().zip(b.iter())) {
            *number = a << self.v | b;
        }
    }
}

impl fmt::Debug for RangePermutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangePermutation").field("key", &"***").field("last", &self.last).finish_non_exhaustive()
    }
}
