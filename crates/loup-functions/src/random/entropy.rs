//! Uniform numbers from the operating system's randomness, fetched a block at a time.

use datafusion::common::{Result, exec_err};

/// Bytes fetched at once.
const BLOCK: usize = 4096;

/// Random numbers for one batch.
pub(super) struct Entropy {
    /// The function that draws, for messages.
    function: &'static str,
    block: [u8; BLOCK],
    used: usize,
}

impl Entropy {
    /// Starts without bytes: they are fetched when the first number is drawn.
    pub(super) fn new(function: &'static str) -> Self {
        Self { function, block: [0; BLOCK], used: BLOCK }
    }

    /// Returns 64 random bits.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    #[inline]
    pub(super) fn word(&mut self) -> Result<u64> {
        if self.used == BLOCK {
            if getrandom::fill(&mut self.block).is_err() {
                return exec_err!("{}: the system gives no random bytes", self.function);
            }
            self.used = 0;
        }
        let mut word = [0; 8];
        word.copy_from_slice(&self.block[self.used..self.used + 8]);
        self.used += 8;
        Ok(u64::from_le_bytes(word))
    }

    /// Returns a number from 0 to `most`, each equally likely (D. Lemire, Fast Random Integer Generation in an Interval,
    /// 2019).
    ///
    /// # Errors
    /// When the system gives no random bytes.
    #[inline]
    pub(super) fn up_to(&mut self, most: u64) -> Result<u64> {
        let Some(count) = most.checked_add(1) else { return self.word() };
        loop {
            let product = u128::from(self.word()?) * u128::from(count);
            // The first 2^64 mod count fractions would make some numbers likelier.
            if product as u64 >= count || product as u64 >= count.wrapping_neg() % count {
                return Ok((product >> 64) as u64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_their_range_evenly() {
        let mut entropy = Entropy::new("random_int");
        let mut counts = [0_i64; 7];
        for _ in 0..70_000 {
            counts[entropy.up_to(6).expect("random bytes") as usize] += 1;
        }
        // Chi-squared with 6 degrees of freedom: above 45 once in 10^7 runs.
        let chi: i64 = counts.iter().map(|count| (count - 10_000).pow(2)).sum();
        assert!(chi < 45 * 10_000, "{counts:?}");
        assert_eq!(entropy.up_to(0).expect("random bytes"), 0);
        assert!((0..64).any(|_| entropy.up_to(u64::MAX).expect("random bytes") > u64::MAX / 2));
    }

    #[test]
    fn blocks_do_not_repeat() {
        let mut entropy = Entropy::new("random_int");
        let words: std::collections::HashSet<u64> =
            (0..3 * BLOCK / 8).map(|_| entropy.word().expect("bytes")).collect();
        assert_eq!(words.len(), 3 * BLOCK / 8);
    }
}
