//! Draws numbers from a keyed digest, without modulo bias.

/// The fewest results that a value may itself be among: a fake that leaves out one of eight tells a fifth of a bit of it.
pub(crate) const FEWEST: usize = 8;

/// Returns one of the digest's four 64-bit words.
#[inline]
pub(crate) fn word(digest: &[u8; 32], position: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[position * 8..position * 8 + 8]);
    u64::from_le_bytes(bytes)
}

/// Spreads the bits of a word over all of it, one to one: the last step of SplitMix64 (Steele, Lea, Flood 2014).
#[inline]
pub(crate) fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// 2^64 divided by the golden ratio, the step of SplitMix64.
pub(crate) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns a number below `n`, each equally likely to within n / 2^64.
#[inline]
pub(crate) fn below(word: u64, n: usize) -> usize {
    ((u128::from(word) * n as u128) >> 64) as usize
}

/// Returns a number below `n`, drawn from the digest's first two words: each equally likely to within n / 2^128.
#[inline]
pub(crate) fn below_wide(digest: &[u8; 32], n: u128) -> u128 {
    let (low, high) = (u128::from(word(digest, 0)), u128::from(word(digest, 1)));
    let (n_low, n_high) = (n & u128::from(u64::MAX), n >> 64);
    // The upper half of the product of 128 bits by 128, in parts of 64.
    let carry = (low * n_low) >> 64;
    let middle = high * n_low + carry;
    let other = low * n_high + (middle & u128::from(u64::MAX));
    high * n_high + (middle >> 64) + (other >> 64)
}

/// Some draws from one word, each from what those before left of it; their ranges multiplied stay far below 2^64.
#[derive(Clone)]
pub(crate) struct Fraction(u64);

impl Fraction {
    /// Takes a word of a digest.
    pub(crate) fn new(word: u64) -> Self {
        Self(word)
    }

    /// Returns a number below `n`.
    #[inline]
    pub(crate) fn below(&mut self, n: usize) -> usize {
        // The word is a fraction of 2^64: multiplied, its whole part is the draw and its fraction serves the next one.
        let product = u128::from(self.0) * n as u128;
        self.0 = product as u64;
        (product >> 64) as usize
    }
}

/// A run of up to 32 small draws, eight from each word of a digest.
pub(crate) struct Draws<'a> {
    digest: &'a [u8; 32],
    taken: usize,
    rest: u64,
}

impl<'a> Draws<'a> {
    /// Starts with the digest's first word.
    pub(crate) fn new(digest: &'a [u8; 32]) -> Self {
        Self { digest, taken: 0, rest: 0 }
    }

    /// Returns a number below `n`, for `n` up to 26.
    #[inline]
    pub(crate) fn below(&mut self, n: u8) -> u8 {
        if self.taken.is_multiple_of(8) {
            self.rest = word(self.digest, self.taken / 8 % 4);
        }
        self.taken += 1;
        // The word is a fraction of 2^64: multiplied, its whole part is the draw and its fraction serves the next one.
        let product = u128::from(self.rest) * u128::from(n);
        self.rest = product as u64;
        (product >> 64) as u8
    }

    /// Returns one of a few bytes.
    #[inline]
    pub(crate) fn one_of(&mut self, choices: &[u8]) -> u8 {
        choices[usize::from(self.below(choices.len() as u8))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_covers_the_whole_range_and_no_more() {
        assert_eq!(below(0, 7), 0);
        assert_eq!(below(u64::MAX, 7), 6);
        assert_eq!(below(u64::MAX / 2 + 1, 2), 1);
    }

    #[test]
    fn a_wide_draw_is_the_fraction_times_n() {
        let digest = |low: u64, high: u64| {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&low.to_le_bytes());
            digest[8..16].copy_from_slice(&high.to_le_bytes());
            digest
        };
        assert_eq!(below_wide(&digest(u64::MAX, u64::MAX), u128::MAX), u128::MAX - 1);
        assert_eq!(below_wide(&digest(0, 1 << 63), u128::MAX), u128::MAX / 2);
        assert_eq!(below_wide(&digest(u64::MAX, u64::MAX), 7), 6);
        assert_eq!(below_wide(&digest(0, 1 << 62), 1 << 70), 1 << 68);
        assert_eq!(below_wide(&digest(u64::MAX, 0), 1 << 64), 0);
    }

    #[test]
    fn a_fraction_gives_its_digits_in_any_base() {
        let mut fraction = Fraction::new(1 << 63); // 0.5
        assert_eq!([fraction.below(1000), fraction.below(7)], [500, 0]);
        let mut fraction = Fraction::new(u64::MAX / 8 + 1); // 0.125
        assert_eq!([fraction.below(12), fraction.below(3), fraction.below(2)], [1, 1, 1]);
    }

    #[test]
    fn draws_are_the_decimal_digits_of_the_word_as_a_fraction() {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&(u64::MAX / 4 + 1).to_le_bytes()); // 0.25
        digest[8..16].copy_from_slice(&(1_u64 << 63).to_le_bytes()); // 0.5
        let mut draws = Draws::new(&digest);
        let digits: Vec<u8> = (0..9).map(|_| draws.below(10)).collect();
        assert_eq!(digits, [2, 5, 0, 0, 0, 0, 0, 0, 5]);
    }
}
