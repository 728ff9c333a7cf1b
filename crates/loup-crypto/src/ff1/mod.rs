//! FF1 (NIST SP 800-38G): digits encrypted to as many digits, many rows at a time.

pub(crate) mod arithmetic;
mod big;
pub(crate) mod cipher;
pub(crate) mod feistel;
pub(crate) mod layout;

use std::fmt;

use arithmetic::{Arithmetic, Digits, Narrow, Wide};
use cipher::AesKey;
use feistel::{Direction, ROWS};
use layout::{Layout, Size};

use crate::error::Error;

/// Format-preserving encryption of digits in any radix, with AES-128, AES-192 or AES-256.
///
/// A permutation of all rows of one length: every row has one cipher row and the other way round, so nothing collides.
/// There is no lower bound on the number of possible rows here beyond two digits; SP 800-38G asks for a million, and
/// that limit belongs to whoever faces the user. Time grows with the square of the row's length once half a row no
/// longer fits 96 bits.
///
/// # Example
/// ```
/// use loup_crypto::Ff1;
///
/// // The first NIST sample.
/// let key = 0x2B7E151628AED2A6ABF7158809CF4F3C_u128.to_be_bytes();
/// let ff1 = Ff1::new(&key, 10)?;
/// let mut digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// ff1.encrypt(b"", &mut digits)?;
/// assert_eq!(digits, [2, 4, 3, 3, 4, 7, 7, 4, 8, 4]);
/// ff1.decrypt(b"", &mut digits)?;
/// assert_eq!(digits, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
/// # Ok::<(), loup_crypto::Error>(())
/// ```
pub struct Ff1 {
    key: AesKey,
    radix: u32,
}

impl Ff1 {
    /// Makes the cipher of an AES key of 16, 24 or 32 bytes for digits below `radix`.
    ///
    /// # Errors
    /// If the key has another length, or the radix is not 2 to 65536.
    pub fn new(key: &[u8], radix: u32) -> Result<Self, Error> {
        if !(2..=65_536).contains(&radix) {
            return Err(Error::Ff1Radix { radix });
        }
        let key = AesKey::new(key).ok_or(Error::Ff1Key { length: key.len() })?;
        Ok(Self { key, radix })
    }

    /// Encrypts one row in place.
    ///
    /// # Errors
    /// If the row has fewer than 2 digits, or a digit is not below the radix; then nothing is changed.
    pub fn encrypt(&self, tweak: &[u8], digits: &mut [u16]) -> Result<(), Error> {
        self.apply(tweak, digits, digits.len(), Direction::Encrypt)
    }

    /// Decrypts one row in place.
    ///
    /// # Errors
    /// As [`Ff1::encrypt`].
    pub fn decrypt(&self, tweak: &[u8], digits: &mut [u16]) -> Result<(), Error> {
        self.apply(tweak, digits, digits.len(), Direction::Decrypt)
    }

    /// Encrypts rows of `row_len` digits each, one after another in `digits`; many times as fast as one by one.
    ///
    /// # Errors
    /// If `row_len` is below 2, the rows do not fill `digits`, or a digit is not below the radix; then nothing is
    /// changed.
    pub fn encrypt_batch(&self, tweak: &[u8], digits: &mut [u16], row_len: usize) -> Result<(), Error> {
        self.apply(tweak, digits, row_len, Direction::Encrypt)
    }

    /// Decrypts rows of `row_len` digits each.
    ///
    /// # Errors
    /// As [`Ff1::encrypt_batch`].
    pub fn decrypt_batch(&self, tweak: &[u8], digits: &mut [u16], row_len: usize) -> Result<(), Error> {
        self.apply(tweak, digits, row_len, Direction::Decrypt)
    }

    fn apply(&self, tweak: &[u8], digits: &mut [u16], row_len: usize, direction: Direction) -> Result<(), Error> {
        if row_len < 2 || u32::try_from(row_len).is_err() || !digits.len().is_multiple_of(row_len) {
            return Err(Error::Ff1Length { row_len, total: digits.len() });
        }
        if u32::try_from(tweak.len()).is_err() {
            return Err(Error::Ff1Tweak { length: tweak.len() });
        }
        let largest = digits.iter().copied().max().unwrap_or(0);
        if u32::from(largest) >= self.radix {
            return Err(Error::Ff1Digit { radix: self.radix });
        }
        let layout = Layout::new(&self.key, self.radix, row_len, tweak);
        match layout.size {
            Size::Narrow => self.rows(&Narrow::new(&layout), digits, row_len, direction),
            Size::Wide => self.rows(&Wide::new(&layout), digits, row_len, direction),
            Size::Big => {
                for row in digits.chunks_exact_mut(row_len) {
                    big::apply(&self.key, &layout, row, direction);
                }
            }
        }
        Ok(())
    }

    /// All rows whose halves fit a register, [`ROWS`] at a time.
    fn rows<A: Arithmetic + Digits>(&self, arithmetic: &A, digits: &mut [u16], row_len: usize, direction: Direction) {
        let half = row_len / 2;
        let (mut a, mut b) = ([A::Half::default(); ROWS], [A::Half::default(); ROWS]);
        for rows in digits.chunks_mut(ROWS * row_len) {
            let count = rows.len() / row_len;
            for (row, (a, b)) in rows.chunks_exact(row_len).zip(a.iter_mut().zip(&mut b)) {
                (*a, *b) = (arithmetic.number(&row[..half]), arithmetic.number(&row[half..]));
            }
            feistel::run(&self.key, arithmetic, &mut a[..count], &mut b[..count], direction);
            for (row, (a, b)) in rows.chunks_exact_mut(row_len).zip(a.iter().zip(&b)) {
                let (left, right) = row.split_at_mut(half);
                arithmetic.digits(*a, left);
                arithmetic.digits(*b, right);
            }
        }
    }
}

impl fmt::Debug for Ff1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ff1").field("key", &"***").field("radix", &self.radix).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The arithmetic of any size is the yardstick for the fast ones: 32-bit halves, 96-bit halves, batches.
        #[test]
        fn all_sizes_agree_and_decrypt(
            key_len in prop::sample::select(vec![16, 24, 32]),
            radix in prop_oneof![2_u32..100, 2_u32..=65_536, Just(2), Just(65_536)],
            tweak in prop::collection::vec(any::<u8>(), 0..40),
            row_len in 2_usize..48,
            picks in prop::collection::vec(any::<u16>(), 48 * 70),
            rows in 1_usize..70,
        ) {
            let ff1 = Ff1::new(&[7; 32][..key_len], radix).unwrap();
            let plain: Vec<u16> = picks[..rows * row_len].iter().map(|&pick| (u32::from(pick) % radix) as u16).collect();
            let mut fast = plain.clone();
            ff1.encrypt_batch(&tweak, &mut fast, row_len).unwrap();
            let layout = Layout::new(&ff1.key, radix, row_len, &tweak);
            for (index, (row, fast)) in plain.chunks(row_len).zip(fast.chunks(row_len)).enumerate() {
                let mut big = row.to_vec();
                big::apply(&ff1.key, &layout, &mut big, Direction::Encrypt);
                prop_assert_eq!(&big, fast, "row {}", index);
                if index == 0 {
                    let mut single = row.to_vec();
                    ff1.encrypt(&tweak, &mut single).unwrap();
                    prop_assert_eq!(&single, fast);
                }
            }
            ff1.decrypt_batch(&tweak, &mut fast, row_len).unwrap();
            prop_assert_eq!(fast, plain);
        }
    }

    /// The proptest above proves little if it misses a size.
    #[test]
    fn every_size_is_reached() {
        let key = AesKey::new(&[0; 16]).unwrap();
        let sizes = [2, 18, 19, 20, 56, 58].map(|row_len| Layout::new(&key, 10, row_len, b"").size);
        assert_eq!(sizes, [Size::Narrow, Size::Narrow, Size::Wide, Size::Wide, Size::Wide, Size::Big]);
    }
}
