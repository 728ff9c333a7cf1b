//! Counts distinct values by keyed hashes, exactly up to a bound and as an estimate beyond it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use datafusion::common::hash_utils::QualityRandomState;

/// Hashes that may wait for being sorted in.
const PENDING: usize = 1 << 17;

/// Hashes values under a random seed that lives as long as this: nothing can be read back from a hash.
pub(super) struct ValueHasher(QualityRandomState);

impl Default for ValueHasher {
    fn default() -> Self {
        // The standard library's hasher begins with random bytes of the system.
        Self(QualityRandomState::with_seed(RandomState::new().hash_one(0)))
    }
}

impl fmt::Debug for ValueHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueHasher(..)")
    }
}

impl ValueHasher {
    #[inline]
    pub(super) fn hash(&self, value: &[u8]) -> u64 {
        self.0.hash_one(value)
    }
}

/// A set of hashes of bounded size.
///
/// Above the bound it keeps the hashes below a limit, which halves as often as needed: as hashes are spread evenly, what is
/// kept times the halvings estimates the whole.
#[derive(Debug)]
pub(super) struct Distinct {
    hashes: Vec<u64>,
    /// How many of them are sorted and differ.
    sorted: usize,
    halvings: u32,
    bound: usize,
}

/// A number of distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DistinctCount {
    pub(super) values: u64,
    pub(super) is_exact: bool,
}

impl Distinct {
    pub(super) fn new(bound: usize) -> Self {
        Self { hashes: Vec::new(), sorted: 0, halvings: 0, bound: bound.max(1) }
    }

    pub(super) fn extend(&mut self, hashes: &[u64]) {
        let halvings = self.halvings;
        self.hashes.extend(hashes.iter().filter(|hash| is_kept(**hash, halvings)));
        // Each sort takes in as many as there are, so that all of them together cost little more than the last one.
        if self.hashes.len() - self.sorted > self.sorted.max(PENDING.min(self.bound)) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        while self.hashes.len() > self.bound {
            self.halvings += 1;
            let halvings = self.halvings;
            self.hashes.retain(|hash| is_kept(*hash, halvings));
        }
        self.sorted = self.hashes.len();
    }

    pub(super) fn count(&mut self) -> DistinctCount {
        self.sort();
        let values = (self.hashes.len() as u64).saturating_mul(1 << self.halvings.min(63));
        DistinctCount { values, is_exact: self.halvings == 0 }
    }
}

fn is_kept(hash: u64, halvings: u32) -> bool {
    halvings == 0 || hash.leading_zeros() >= halvings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(values: u64, bound: usize) -> DistinctCount {
        let hasher = ValueHasher::default();
        let mut distinct = Distinct::new(bound);
        for value in (0..values).chain(0..values / 2) {
            distinct.extend(&[hasher.hash(&value.to_le_bytes())]);
        }
        distinct.count()
    }

    #[test]
    fn values_are_counted_once() {
        for values in [0, 1, 7, 100_000] {
            assert_eq!(count(values, 1 << 20), DistinctCount { values, is_exact: true });
        }
    }

    #[test]
    fn beyond_the_bound_the_count_is_an_estimate() {
        let DistinctCount { values, is_exact } = count(200_000, 20_000);
        // A standard deviation is below one percent.
        assert!(!is_exact && values.abs_diff(200_000) < 20_000, "{values}");
    }

    #[test]
    fn hashes_differ_between_runs() {
        assert_ne!(ValueHasher::default().hash(b"a"), ValueHasher::default().hash(b"a"));
    }
}
