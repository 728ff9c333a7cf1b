//! SHA3-256 and Keccak-256 of many messages at a time, without a key.

use std::fmt;

use super::Engine;
#[cfg(target_arch = "x86_64")]
use super::{batch, stage};
use crate::hash::HashAlgorithm;

/// Hashes messages in the lanes of the processor. What it gives is what the hash function gives, bit for bit.
///
/// # Example
/// ```
/// use loup_crypto::{BatchHash, HashAlgorithm};
///
/// let hash = BatchHash::new(HashAlgorithm::Sha3_256).expect("one of the two that have lanes");
/// let mut out = [[0; 32]; 2];
/// hash.hash_batch(&[b"12345", b""], &mut out);
/// assert_eq!(out[1][..4], [0xa7, 0xff, 0xc6, 0xf8]);
/// ```
#[derive(Clone, Copy)]
pub struct BatchHash {
    algorithm: HashAlgorithm,
    engine: Engine,
}

impl BatchHash {
    /// Makes it for SHA3-256 or Keccak-256; `None` for functions without lanes.
    pub fn new(algorithm: HashAlgorithm) -> Option<Self> {
        let has_lanes = matches!(algorithm, HashAlgorithm::Sha3_256 | HashAlgorithm::Keccak256);
        has_lanes.then(|| Self { algorithm, engine: Engine::widest() })
    }

    /// Writes the hash of each message to the same place in `out`.
    ///
    /// # Panics
    /// If `messages` and `out` differ in length.
    pub fn hash_batch(&self, messages: &[&[u8]], out: &mut [[u8; 32]]) {
        assert_eq!(messages.len(), out.len(), "one hash for each message");
        let single = |message: &[u8]| {
            let mut hash = [0; 64];
            self.algorithm.hash(&[message], &mut hash);
            *hash.first_chunk().expect("64 bytes begin with 32")
        };
        #[cfg(target_arch = "x86_64")]
        {
            let is_sha3 = self.algorithm == HashAlgorithm::Sha3_256;
            match self.engine {
                Engine::One => {}
                Engine::Four(lanes) if is_sha3 => {
                    return batch::digest::<4, 0, { stage::SHA3 }>(lanes, &[], messages, out, single);
                }
                Engine::Four(lanes) => {
                    return batch::digest::<4, 0, { stage::KECCAK }>(lanes, &[], messages, out, single);
                }
                Engine::Eight(lanes) if is_sha3 => {
                    return batch::digest::<8, 0, { stage::SHA3 }>(lanes, &[], messages, out, single);
                }
                Engine::Eight(lanes) => {
                    return batch::digest::<8, 0, { stage::KECCAK }>(lanes, &[], messages, out, single);
                }
            }
        }
        for (message, hash) in messages.iter().zip(out) {
            *hash = single(message);
        }
    }
}

impl fmt::Debug for BatchHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchHash").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Lanes;

    #[test]
    fn lanes_give_what_the_function_gives() {
        // Lengths around the ends of words and blocks, in orders that fill groups of short and long messages.
        let text: Vec<u8> = (0..600_u32).map(|i| (i * 7 % 251) as u8).collect();
        let lengths = [0, 1, 7, 8, 20, 84, 134, 135, 136, 137, 271, 272, 273, 20, 20, 20, 20, 135, 409, 600, 3];
        let messages: Vec<&[u8]> = lengths.iter().cycle().take(50).map(|length| &text[..*length]).collect();
        for algorithm in [HashAlgorithm::Sha3_256, HashAlgorithm::Keccak256] {
            for engine in Lanes::ALL.into_iter().filter_map(Engine::new) {
                for count in [0, 1, 2, 7, 8, 9, 50] {
                    let mut out = vec![[0; 32]; count];
                    BatchHash { algorithm, engine }.hash_batch(&messages[..count], &mut out);
                    for (message, hash) in messages.iter().zip(&out) {
                        let mut single = [0; 64];
                        assert_eq!(hash, algorithm.hash(&[message], &mut single), "{algorithm:?} {}", message.len());
                    }
                }
            }
        }
        assert!(BatchHash::new(HashAlgorithm::Sha256).is_none());
    }
}
