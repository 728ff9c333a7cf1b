//! Draws without end from one keyed digest, for fakes that take more of them than a digest has words.

use crate::draw::{GOLDEN, mixed, word};

/// Draws numbers, digits and letters. A draw below `n` is uniform to within 2^-32.
pub(crate) struct Dice<'a> {
    digest: &'a [u8; 32],
    words: u64,
    rest: u64,
    /// How many of the word's bits are not drawn from yet.
    left: u32,
}

/// Bits of a word that are never drawn from, so that no draw is biased.
const MARGIN: u32 = 32;
/// The digest's words.
const WORDS: u64 = 4;

impl<'a> Dice<'a> {
    /// Starts with the digest's first word.
    pub(crate) fn new(digest: &'a [u8; 32]) -> Self {
        Self { digest, words: 0, rest: 0, left: 0 }
    }

    /// Returns the digest that is drawn from.
    pub(crate) fn digest(&self) -> &'a [u8; 32] {
        self.digest
    }

    /// Returns a number below `n`.
    #[inline]
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let bits = u32::BITS - n.saturating_sub(1).leading_zeros();
        if self.left < bits + MARGIN {
            self.rest = self.next_word();
            self.left = u64::BITS;
        }
        self.left -= bits;
        // The word is a fraction of 2^64: multiplied, its whole part is the draw and its fraction serves the next one.
        let product = u128::from(self.rest) * u128::from(n);
        self.rest = product as u64;
        (product >> 64) as u32
    }

    /// Returns a number below `n`, which may have 64 bits; uniform to within n / 2^64.
    pub(crate) fn below_wide(&mut self, n: u64) -> u64 {
        self.left = 0;
        ((u128::from(self.next_word()) * u128::from(n)) >> 64) as u64
    }

    /// Returns a word that nothing was drawn from yet.
    pub(crate) fn word(&mut self) -> u64 {
        self.left = 0;
        self.next_word()
    }

    /// Returns a digit from `'0'` to `'9'`.
    #[inline]
    pub(crate) fn digit(&mut self) -> u8 {
        b'0' + self.below(10) as u8
    }

    /// Returns a letter from `'A'` to `'Z'`.
    #[inline]
    pub(crate) fn letter(&mut self) -> u8 {
        b'A' + self.below(26) as u8
    }

    /// Returns one of several.
    #[inline]
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Returns the digest's next word; after the last, words made from them as SplitMix64 does (Steele, Lea, Flood
    /// 2014).
    fn next_word(&mut self) -> u64 {
        let position = self.words;
        self.words += 1;
        let word = word(self.digest, (position % WORDS) as usize);
        if position < WORDS {
            return word;
        }
        mixed(word.wrapping_add((position / WORDS).wrapping_mul(GOLDEN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_are_those_of_the_word_as_a_fraction() {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&(u64::MAX / 4 + 1).to_le_bytes()); // 0.25
        digest[8..16].copy_from_slice(&(1_u64 << 63).to_le_bytes()); // 0.5
        let mut dice = Dice::new(&digest);
        let digits: Vec<u32> = (0..9).map(|_| dice.below(10)).collect();
        assert_eq!(digits, [2, 5, 0, 0, 0, 0, 0, 0, 5], "eight digits leave a margin of 32 bits");
    }

    #[test]
    fn words_beyond_the_digest_do_not_repeat() {
        let digest = std::array::from_fn(|i| i as u8);
        let mut dice = Dice::new(&digest);
        let words: std::collections::HashSet<u64> = (0..4_000).map(|_| dice.next_word()).collect();
        assert_eq!(words.len(), 4_000);
    }

    #[test]
    fn draws_are_uniform() {
        let digest = std::array::from_fn(|i| (i * 7) as u8);
        let mut dice = Dice::new(&digest);
        let mut counts = [0_u32; 26];
        for _ in 0..260_000 {
            counts[usize::from(dice.letter() - b'A')] += 1;
        }
        let square: f64 = counts.iter().map(|count| (f64::from(*count) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(square < 52.6, "chi-squared with 25 degrees of freedom is below 52.6 with p = 0.999: {square}");
    }
}
