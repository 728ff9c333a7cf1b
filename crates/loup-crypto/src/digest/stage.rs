//! Where messages wait for their permutation: word by word, one column a message.

use zeroize::Zeroize;

use super::keccak::{RATE, STATE};

/// Words of the key, which every message begins with.
pub(super) const KEY: usize = 4;

/// The first byte of SHA3's padding; the last one is the top bit of the block.
const PAD: u64 = 0x06;
const LAST_BIT: u64 = 1 << 63;

/// The longest value that fits one block after the key, with its padding.
pub(super) const SHORT: usize = 8 * (RATE - KEY) - 1;

/// Bytes of a value in the first block, and in each later one.
const FIRST: usize = 8 * (RATE - KEY);
const LATER: usize = 8 * RATE;

/// One block each of up to `L` short messages.
#[repr(align(64))]
pub(super) struct Stage<const L: usize> {
    pub(super) block: [[u64; L]; RATE],
    /// How many words of the column the last message used, so that the next one clears no more than needed.
    used: [usize; L],
}

impl<const L: usize> Stage<L> {
    pub(super) fn new(key: &[u64; KEY]) -> Self {
        let mut stage = Self { block: [[0; L]; RATE], used: [KEY; L] };
        for (row, &word) in stage.block.iter_mut().zip(key) {
            *row = [word; L];
        }
        stage.block[RATE - 1] = [LAST_BIT; L];
        stage
    }

    /// Puts a value of at most [`SHORT`] bytes into a column, behind the key, and pads it.
    #[inline]
    pub(super) fn put(&mut self, lane: usize, value: &[u8]) {
        debug_assert!(value.len() <= SHORT);
        let (words, rest) = value.as_chunks::<8>();
        let end = KEY + words.len();
        for (row, word) in self.block[KEY..].iter_mut().zip(words) {
            row[lane] = u64::from_le_bytes(*word);
        }
        let used = std::mem::replace(&mut self.used[lane], end + 1);
        for row in self.block.iter_mut().take(used).skip(end + 1) {
            row[lane] = 0;
        }
        self.block[end][lane] = padded(rest);
        self.block[RATE - 1][lane] |= LAST_BIT;
    }
}

impl<const L: usize> Drop for Stage<L> {
    fn drop(&mut self) {
        for row in &mut self.block[..KEY] {
            row.zeroize();
        }
    }
}

/// How many blocks the key and a value of `length` bytes fill, padding included.
pub(super) fn blocks(length: usize) -> usize {
    (8 * KEY + length) / LATER + 1
}

/// Adds one block of key and value to a column of a state. `number` counts from 0 and is below [`blocks`].
pub(super) fn absorb<const L: usize>(
    state: &mut [[u64; L]; STATE],
    lane: usize,
    key: &[u64; KEY],
    value: &[u8],
    number: usize,
) {
    let (start, rest) = match number.checked_sub(1) {
        None => (KEY, value),
        Some(later) => (0, &value[FIRST + later * LATER..]),
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
    if number + 1 == blocks(value.len()) {
        state[start + words.len()][lane] ^= padded(tail);
        state[RATE - 1][lane] ^= LAST_BIT;
    }
}

/// The last, incomplete word of a message (0 to 7 bytes) with the padding that follows it.
#[inline]
fn padded(rest: &[u8]) -> u64 {
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
            assert_eq!(padded(&bytes[..length]), u64::from_le_bytes(expected), "{length}");
        }
    }

    #[test]
    fn shorter_value_leaves_nothing_of_the_longer_one() {
        let key = [1, 2, 3, 4];
        let mut reused = Stage::<4>::new(&key);
        for length in (0..=SHORT).rev().chain([SHORT, 0, 50, 96, 95]) {
            let value = vec![0xff; length];
            reused.put(2, &value);
            let mut fresh = Stage::<4>::new(&key);
            fresh.put(2, &value);
            assert_eq!(reused.block, fresh.block, "{length}");
        }
    }

    #[test]
    fn blocks_are_counted_with_padding() {
        for (length, expected) in [(0, 1), (SHORT, 1), (SHORT + 1, 2), (239, 2), (240, 3)] {
            assert_eq!(blocks(length), expected, "{length}");
        }
    }
}
