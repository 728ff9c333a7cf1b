//! Random numbers from the operating system, by the batch.

use datafusion::common::{Result, exec_err};

/// Bytes fetched in one go.
const BATCH: usize = 1024;

/// Where random bytes come from.
pub(crate) type Fill = fn(&mut [u8]) -> std::result::Result<(), getrandom::Error>;

/// Unbiased random draws. Bytes that were used are cleared: who knows them knows the noise.
pub(crate) struct RandomBits {
    fill: Fill,
    bytes: [u8; BATCH],
    used: usize,
}

impl RandomBits {
    /// Draws from the operating system.
    pub(crate) fn new() -> Self {
        Self::from(getrandom::fill)
    }

    /// Draws from elsewhere, for tests that repeat.
    pub(crate) fn from(fill: Fill) -> Self {
        Self { fill, bytes: [0; BATCH], used: BATCH }
    }

    /// Returns so many random bytes as a number, least first.
    #[inline]
    fn take(&mut self, count: usize) -> Result<u128> {
        if self.used + count > BATCH {
            if (self.fill)(&mut self.bytes).is_err() {
                return exec_err!("the system gave no random bytes");
            }
            self.used = 0;
        }
        let mut number = [0; 16];
        let taken = &mut self.bytes[self.used..self.used + count];
        number[..count].copy_from_slice(taken);
        taken.fill(0);
        self.used += count;
        Ok(u128::from_le_bytes(number))
    }

    /// Returns a number below `n`, each equally likely. `n` is 1 or more.
    #[inline]
    pub(crate) fn below(&mut self, n: u128) -> Result<u128> {
        let bits = u128::BITS - (n - 1).leading_zeros();
        if bits == 0 {
            return Ok(0);
        }
        let mask = u128::MAX >> (u128::BITS - bits);
        // Those at n and above are thrown away, at worst every other one.
        loop {
            let drawn = self.take(bits.div_ceil(8) as usize)? & mask;
            if drawn < n {
                return Ok(drawn);
            }
        }
    }

    /// Returns true with the chance `a / b`, at most 1.
    #[inline]
    pub(crate) fn chance(&mut self, a: u128, b: u128) -> Result<bool> {
        Ok(self.below(b)? < a)
    }
}

impl Drop for RandomBits {
    fn drop(&mut self) {
        self.bytes.fill(0);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::draw::{GOLDEN, mixed};

    thread_local! {
        static STATE: Cell<u64> = const { Cell::new(0) };
    }

    /// Bits that repeat on every run: SplitMix64, from one seed for each test's thread.
    pub(crate) fn repeating() -> RandomBits {
        STATE.set(1);
        RandomBits::from(|bytes| {
            for chunk in bytes.chunks_mut(8) {
                let state = STATE.get().wrapping_add(GOLDEN);
                STATE.set(state);
                chunk.copy_from_slice(&mixed(state).to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        })
    }

    #[test]
    fn draws_are_even() {
        for mut bits in [repeating(), RandomBits::new()] {
            let mut counts = [0_f64; 5];
            for _ in 0..50_000 {
                counts[bits.below(5).expect("random bytes") as usize] += 1.0;
            }
            // Four degrees of freedom: above 47 once in 10^9 runs.
            let chi: f64 = counts.iter().map(|n| (n - 1e4).powi(2) / 1e4).sum();
            assert!(chi < 47.0, "{chi}");
        }
    }

    #[test]
    fn wide_draws_stay_below_their_bound() {
        let mut bits = repeating();
        let n = (1 << 100) + 1;
        assert!((0..1000).all(|_| bits.below(n).expect("random bytes") < n));
        assert_eq!(bits.below(1).expect("random bytes"), 0);
    }

    #[test]
    fn no_randomness_is_an_error() {
        let mut bits = RandomBits::from(|_| Err(getrandom::Error::UNSUPPORTED));
        assert!(bits.below(2).is_err());
    }
}
