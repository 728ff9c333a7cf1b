//! Draws pseudonyms from keyed digests: numbers, UUIDs and text, without bias.

use loup_crypto::KeyedDigest;

use crate::scheme::Core;
use crate::value::{Value, Values};

/// Values digested in one go.
const BATCH: usize = 1_024;

/// Digests many inputs, several at a time; `write` appends the bytes of each, `each` gets the digests in order.
pub(crate) fn digest_all(
    digest: &KeyedDigest,
    count: usize,
    mut write: impl FnMut(usize, &mut Vec<u8>),
    mut each: impl FnMut(usize, &[u8; 32]),
) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(BATCH));
    let mut digests = vec![[0; 32]; BATCH.min(count)];
    for first in (0..count).step_by(BATCH) {
        let batch = BATCH.min(count - first);
        bytes.clear();
        ends.clear();
        for at in first..first + batch {
            write(at, &mut bytes);
            ends.push(bytes.len());
        }
        let mut start = 0;
        let inputs: Vec<&[u8]> = ends.iter().map(|&end| &bytes[std::mem::replace(&mut start, end)..end]).collect();
        digest.digest_batch(&inputs, &mut digests[..batch]);
        for (at, digest) in (first..).zip(&digests[..batch]) {
            each(at, digest);
        }
    }
}

/// The first eight bytes of a digest as a number.
#[inline]
pub(crate) fn word(digest: &[u8; 32]) -> u64 {
    u64::from_le_bytes(*digest.first_chunk().expect("a digest is longer than a word"))
}

/// The random pseudonyms, UUIDs or text, with the numbers from `first` on.
pub(crate) fn by_number(draws: &KeyedDigest, core: Core, first: u64, count: usize, out: &mut Values) {
    let write = |at, bytes: &mut Vec<u8>| bytes.extend_from_slice(&input(first + at as u64, 0));
    match core {
        Core::Texts { characters, alphabet } => {
            let mut text = String::with_capacity(characters as usize);
            digest_all(draws, count, write, |at, digest| {
                text.clear();
                let mut digest = *digest;
                let mut block = 0;
                while !fill(&digest, alphabet, characters as usize, &mut text) {
                    block += 1;
                    digest = draws.digest(&input(first + at as u64, block));
                }
                out.push(Value::Text(&text));
            });
        }
        Core::Uuids | Core::Numbers { .. } => {
            digest_all(draws, count, write, |_, digest| out.push(Value::Uuid(uuid(digest))));
        }
    }
}

/// The keyed pseudonym that a digest of the original stands for; text is written to `text`.
pub(crate) fn of_digest<'a>(core: Core, digest: &[u8; 32], text: &'a mut String) -> Value<'a> {
    match core {
        Core::Numbers { lo, hi, .. } => {
            let wide = u128::from_le_bytes(*digest.first_chunk().expect("a digest is longer than 16 bytes"));
            let offset = below(wide, (i128::from(hi) - i128::from(lo) + 1) as u128);
            Value::Integer((i128::from(lo) + offset as i128) as i64)
        }
        Core::Uuids => Value::Uuid(uuid(digest)),
        Core::Texts { characters, alphabet } => {
            text.clear();
            let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            text.extend(halves.take(characters as usize).map(|half| char::from(alphabet[usize::from(half)])));
            Value::Text(text)
        }
    }
}

/// What the digest of a drawn number is taken of. A pseudonym that needs more than one digest has further blocks.
fn input(number: u64, block: u8) -> [u8; 9] {
    let mut input = [block; 9];
    input[..8].copy_from_slice(&number.to_le_bytes());
    input
}

/// Appends characters until there are enough, or the digest is used up; bytes that would favour some are left out.
fn fill(digest: &[u8; 32], alphabet: &[u8], characters: usize, text: &mut String) -> bool {
    let fair = 256 - 256 % alphabet.len();
    for &byte in digest {
        if text.len() == characters {
            break;
        }
        if usize::from(byte) < fair {
            text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
        }
    }
    text.len() == characters
}

fn uuid(digest: &[u8; 32]) -> u128 {
    let random = u128::from_be_bytes(*digest.first_chunk().expect("a digest is longer than 16 bytes"));
    // Version 4, variant 1 (RFC 9562).
    random & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62
}

/// The share of `size`, at most 2^64, that a random number of 128 bits is of 2^128.
fn below(random: u128, size: u128) -> u128 {
    let (high, low) = (random >> 64, random & u128::from(u64::MAX));
    // size * 2^64 fits where size is below 2^64; where it is 2^64 the high half is the answer.
    if size > u128::from(u64::MAX) { high } else { (high * size + ((low * size) >> 64)) >> 64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_the_whole_range() {
        for size in [1, 2, 10, u128::from(u64::MAX), 1 << 64] {
            assert_eq!(below(0, size), 0);
            assert_eq!(below(u128::MAX, size), size - 1);
            assert_eq!(below(1 << 127, size), size / 2);
        }
    }

    #[test]
    fn uuids_say_that_they_are_random() {
        for byte in [0, 0xff] {
            let uuid = uuid(&[byte; 32]);
            assert_eq!((uuid >> 76 & 0xf, uuid >> 62 & 0b11), (4, 0b10));
        }
    }

    #[test]
    fn unfair_bytes_are_left_out() {
        let mut text = String::new();
        assert!(!fill(&[255; 32], b"abc", 4, &mut text));
        assert_eq!(text, "");
        assert!(fill(&[254; 32], b"abc", 4, &mut text));
        assert_eq!(text, "cccc");
    }
}
