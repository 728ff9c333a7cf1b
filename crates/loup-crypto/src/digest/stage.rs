//! Where messages wait for their permutation: word by word, one column a message.

use zeroize::Zeroize;

use super::keccak::{RATE, STATE};

/// Words of a purpose key, which every message of a keyed digest begins with.
pub(super) const KEY: usize = 4;

/// The first byte of the padding, of SHA3 and of the original Keccak; the last one is the top bit of the block.
pub(super) const SHA3: u64 = 0x06;
pub(super) const KECCAK: u64 = 0x01;
const LAST_BIT: u64 = 1 << 63;

/// Bytes of a block.
const BLOCK: usize = 8 * RATE;

/// Returns the longest value that fits one block after `K` words, with its padding.
pub(super) const fn short<const K: usize>() -> usize {
    8 * (RATE - K) - 1
}

/// One block each of up to `L` short messages, which begin with `K` words and end with the padding `PAD`.
#[repr(align(64))]
pub(super) struct Stage<const L: usize, const K: usize, const PAD: u64> {
    pub(super) block: [[u64; L]; RATE],
    /// How many words of the column the last message used, so that the next one clears no more than needed.
    used: [usize; L],
}

impl<const L: usize, const K: usize, const PAD: u64> Stage<L, K, PAD> {
    pub(super) fn new(key: &[u64; K]) -> Self {
        let mut stage = Self { block: [[0; L]; RATE], used: [K; L] };
        for (row, &word) in stage.block.iter_mut().zip(key) {
            *row = [word; L];
        }
        stage.block[RATE - 1] = [LAST_BIT; L];
        stage
    }

    /// Puts a value of at most [`short`] bytes into a column, behind the key, and pads it.
    #[inline]
    pub(super) fn put(&mut self, lane: usize, value: &[u8]) {
        debug_assert!(value.len() <= short::<K>());
        let (words, rest) = value.as_chunks::<8>();
        let end = K + words.len();
        for (row, word) in self.block[K..].iter_mut().zip(words) {
            row[lane] = u64::from_le_bytes(*word);
        }
        let used = std::mem::replace(&mut self.used[lane], end + 1);
        for row in self.block.iter_mut().take(used).skip(end + 1) {
            row[lane] = 0;
        }
        self.block[end][lane] = padded::<PAD>(rest);
        self.block[RATE - 1][lane] |= LAST_BIT;
    }
}

impl<const L: usize, const K: usize, const PAD: u64> Drop for Stage<L, K, PAD> {
    fn drop(&mut self) {
        for row in &mut self.block[..K] {
            row.zeroize();
        }
    }
}

/// How many blocks the key and a value of `length` bytes fill, padding included.
pub(super) fn blocks<const K: usize>(length: usize) -> usize {
    (8 * K + length) / BLOCK + 1
}

/// Adds one block of key and value to a column of a state. `number` counts from 0 and is below [`blocks`].
pub(super) fn absorb<const L: usize, const K: usize, const PAD: u64>(
    state: &mut [[u64; L]; STATE],
    lane: usize,
    key: &[u64; K],
    value: &[u8],
    number: usize,
) {
    let (start, rest) = match number.checked_sub(1) {
        None => (K, value),
        Some(later) => (0, &value[BLOCK - 8 * K + later * BLOCK..]),
    };
    if number == 0 {
        for (row, word) in state.iter_mut().zip(key) {
            row[lane] ^= word;
        }
    }
    let (words, tail) = rest.as_chunks::<8>();
    for (row, word) in state[start..RATE].iter_mut().zip(words) {
        row[lane] ^= u64::from_le_bytes(*word);
    }
    if number + 1 == blocks::<K>(value.len()) {
        state[start + words.len()][lane] ^= padded::<PAD>(tail);
        state[RATE - 1][lane] ^= LAST_BIT;
    }
}

/// The last, incomplete word of a message (0 to 7 bytes) with the padding that follows it.
#[inline]
fn padded<const PAD: u64>(rest: &[u8]) -> u64 {
    let mut word = PAD << (8 * rest.len());
    // Two loads that may overlap instead of a loop over bytes: this runs once for every value.
    if let (Some(head), Some(tail)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        word |= u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << (8 * (rest.len() - 4));
    } else if let (Some(head), Some(tail)) = (rest.first_chunk::<2>(), rest.last_chunk::<2>()) {
        word |= u64::from(u16::from_le_bytes(*head)) | u64::from(u16::from_le_bytes(*tail)) << (8 * (rest.len() - 2));
    } else if let [byte] = rest {
        word |= u64::from(*byte);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_and_padding_make_one_word() {
        let bytes = [1, 2, 3, 4, 5, 6, 7];
        for length in 0..8 {
            let mut expected = [0; 8];
            expected[..length].copy_from_slice(&bytes[..length]);
            expected[length] = 0x06;
            assert_eq!(padded::<SHA3>(&bytes[..length]), u64::from_le_bytes(expected), "{length}");
        }
    }

    #[test]
    fn shorter_value_leaves_nothing_of_the_longer_one() {
        const SHORT: usize = short::<KEY>();
        let key = [1, 2, 3, 4];
        let mut reused = Stage::<4, KEY, SHA3>::new(&key);
        for length in (0..=SHORT).rev().chain([SHORT, 0, 50, 96, 95]) {
            let value = vec![0xff; length];
            reused.put(2, &value);
            let mut fresh = Stage::<4, KEY, SHA3>::new(&key);
            fresh.put(2, &value);
            assert_eq!(reused.block, fresh.block, "{length}");
        }
    }

    #[test]
    fn blocks_are_counted_with_padding() {
        const SHORT: usize = short::<KEY>();
        for (length, expected) in [(0, 1), (SHORT, 1), (SHORT + 1, 2), (239, 2), (240, 3)] {
            assert_eq!(blocks::<KEY>(length), expected, "{length}");
        }
    }
}
