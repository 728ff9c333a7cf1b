//! Keyed permutations of the numbers up to a last one of any size, for whoever ranks values of a format as numbers.

use std::fmt;

use num_bigint::BigUint;

use crate::cycle_walk::walk;
use crate::error::Error;
use crate::ff1::Ff1;
use crate::ff1::arithmetic::{Arithmetic, Bits, WideBits};
use crate::ff1::cipher::AesKey;
use crate::ff1::feistel::{self, Direction};
use crate::ff1::layout::Layout;
use crate::key::PurposeKey;

/// Keyed bijections of the numbers from 0 to `last` onto themselves, one for each tweak.
///
/// FF1 (SP 800-38G) with AES-256 in radix 2 permutes the next power of two; a number that lands beyond `last` is encrypted
/// again until it lands within, fewer than two turns on average. The tweak has to tell ranges and uses apart: one tweak
/// with two values of `last` gives permutations that mostly agree. [`RangePermutation`](crate::RangePermutation) is the
/// same for integers of 64 bits.
///
/// # Example
/// ```
/// use loup_crypto::{KeyRing, NumberCipher};
///
/// let cipher = NumberCipher::new(&KeyRing::ephemeral()?.active().purpose_key("ff1", "job"));
/// let last = 26_u128.pow(20) - 1;
/// let mut numbers = [0, 1, last];
/// cipher.forward(b"twenty letters", last, &mut numbers)?;
/// assert!(numbers.iter().all(|&number| number <= last));
/// cipher.inverse(b"twenty letters", last, &mut numbers)?;
/// assert_eq!(numbers, [0, 1, last]);
/// # Ok::<(), loup_crypto::Error>(())
/// ```
pub struct NumberCipher {
    key: AesKey,
    /// For numbers that fit no register.
    ff1: Ff1,
}

impl NumberCipher {
    /// Makes the permutations of one purpose key.
    pub fn new(key: &PurposeKey) -> Self {
        let bytes = key.expose();
        Self {
            key: AesKey::new(bytes).expect("32 bytes are an AES-256 key"),
            ff1: Ff1::new(bytes, 2).expect("32 bytes are an AES-256 key, 2 is a radix"),
        }
    }

    /// Replaces each number by its image; many at once are many times as fast as one by one.
    ///
    /// # Errors
    /// If a number is greater than `last`, or `last` is 0; then nothing is changed.
    pub fn forward(&self, tweak: &[u8], last: u128, numbers: &mut [u128]) -> Result<(), Error> {
        self.apply(tweak, last, numbers, Direction::Encrypt)
    }

    /// Replaces each number by the one whose image it is.
    ///
    /// # Errors
    /// As [`NumberCipher::forward`].
    pub fn inverse(&self, tweak: &[u8], last: u128, numbers: &mut [u128]) -> Result<(), Error> {
        self.apply(tweak, last, numbers, Direction::Decrypt)
    }

    /// Replaces one number of any size by its image. The permutation is that of [`NumberCipher::forward`].
    ///
    /// # Errors
    /// As [`NumberCipher::forward`].
    pub fn forward_big(&self, tweak: &[u8], last: &BigUint, number: &mut BigUint) -> Result<(), Error> {
        apply_big(last, number, |bits| self.ff1.encrypt(tweak, bits))
    }

    /// Replaces one number of any size by the one whose image it is.
    ///
    /// # Errors
    /// As [`NumberCipher::forward`].
    pub fn inverse_big(&self, tweak: &[u8], last: &BigUint, number: &mut BigUint) -> Result<(), Error> {
        apply_big(last, number, |bits| self.ff1.decrypt(tweak, bits))
    }

    fn apply(&self, tweak: &[u8], last: u128, numbers: &mut [u128], direction: Direction) -> Result<(), Error> {
        if last == 0 {
            return Err(Error::RangeWidth);
        }
        if numbers.iter().any(|&number| number > last) {
            return Err(Error::RangeOffset);
        }
        let layout = Layout::new(&self.key, 2, digits(u64::from(u128::BITS - last.leading_zeros())), tweak);
        if layout.v <= 32 {
            self.walk(&Bits::new(&layout), layout.v, last, numbers, direction);
        } else {
            self.walk(&WideBits::new(&layout), layout.v, last, numbers, direction);
        }
        Ok(())
    }

    fn walk<A>(&self, arithmetic: &A, v: usize, last: u128, numbers: &mut [u128], direction: Direction)
    where
        A: Arithmetic<Half = u64>,
    {
        let mask = u64::MAX >> (64 - v);
        walk(numbers, last, |numbers| {
            let (mut a, mut b) = ([0; feistel::ROWS], [0; feistel::ROWS]);
            let (a, b) = (&mut a[..numbers.len()], &mut b[..numbers.len()]);
            for (&number, (a, b)) in numbers.iter().zip(a.iter_mut().zip(b.iter_mut())) {
                (*a, *b) = ((number >> v) as u64, number as u64 & mask);
            }
            feistel::run(&self.key, arithmetic, a, b, direction);
            for (number, (&a, &b)) in numbers.iter_mut().zip(a.iter().zip(b.iter())) {
                *number = u128::from(a) << v | u128::from(b);
            }
        });
    }
}

/// Lets `turn` permute the bits of a number until it is back in its range.
fn apply_big(
    last: &BigUint,
    number: &mut BigUint,
    turn: impl Fn(&mut [u16]) -> Result<(), Error>,
) -> Result<(), Error> {
    if *last == BigUint::ZERO {
        return Err(Error::RangeWidth);
    }
    if *number > *last {
        return Err(Error::RangeOffset);
    }
    let mut bits = vec![0; digits(last.bits())];
    loop {
        for (place, bit) in bits.iter_mut().rev().enumerate() {
            *bit = u16::from(number.bit(place as u64));
        }
        turn(&mut bits)?;
        *number = from_bits(&bits);
        if *number <= *last {
            return Ok(());
        }
    }
}

/// FF1 needs two digits; two numbers walk among four.
fn digits(bits: u64) -> usize {
    bits.max(2) as usize
}

fn from_bits(bits: &[u16]) -> BigUint {
    let bytes: Vec<u8> = bits.rchunks(8).map(|byte| byte.iter().fold(0, |byte, &bit| byte << 1 | bit as u8)).collect();
    BigUint::from_bytes_le(&bytes)
}

impl fmt::Debug for NumberCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberCipher(***)")
    }
}
