//! The keyed digest: SHA3-256 of a purpose key and a value, many values at a time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod batch;
#[cfg(target_arch = "x86_64")]
mod keccak;
mod plain;
#[cfg(target_arch = "x86_64")]
mod stage;

use std::fmt;

use sha3::{Digest, Sha3_256};

use crate::key::PurposeKey;

pub use self::plain::BatchHash;

/// How many values a [`KeyedDigest`] works on at once. The result is the same, bit for bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Lanes {
    /// One value after another; every processor.
    One,
    /// Four values in AVX2 registers.
    Four,
    /// Eight values in AVX-512 registers.
    Eight,
}

impl Lanes {
    /// All of them, narrowest first.
    pub const ALL: [Self; 3] = [Self::One, Self::Four, Self::Eight];
}

/// What does the work: proof that the processor can, where it takes one.
#[derive(Clone, Copy)]
enum Engine {
    One,
    #[cfg(target_arch = "x86_64")]
    Four(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Eight(avx512::Avx512),
}

impl Engine {
    /// Returns the widest that the processor has.
    fn widest() -> Self {
        Lanes::ALL.into_iter().rev().find_map(Self::new).unwrap_or(Self::One)
    }

    fn new(lanes: Lanes) -> Option<Self> {
        match lanes {
            Lanes::One => Some(Self::One),
            #[cfg(target_arch = "x86_64")]
            Lanes::Four => avx2::Avx2::detect().map(Self::Four),
            #[cfg(target_arch = "x86_64")]
            Lanes::Eight => avx512::Avx512::detect().map(Self::Eight),
            #[cfg(not(target_arch = "x86_64"))]
            Lanes::Four | Lanes::Eight => None,
        }
    }
}

/// `D(value) = SHA3-256(K || value)` under one purpose key: what every hash, fake, pseudonym and shuffle draws from.
///
/// Without the key nobody can recompute a digest, also of a value from a small known set. It is not for other systems'
/// salted hashes, which put the salt elsewhere or use another function.
///
/// # Example
/// ```
/// use loup_crypto::{KeyRing, KeyedDigest};
///
/// let root = KeyRing::ephemeral()?.active();
/// let digest = KeyedDigest::new(&root.purpose_key("hash_keyed", "job"));
/// let mut out = [[0; 32]; 2];
/// digest.digest_batch(&[b"12345", b"alice@example.com"], &mut out);
/// assert_eq!(out[0], digest.digest(b"12345"));
/// # Ok::<(), loup_crypto::Error>(())
/// ```
#[derive(Clone)]
pub struct KeyedDigest {
    key: PurposeKey,
    engine: Engine,
}

impl KeyedDigest {
    /// Makes the digest of one purpose key, with as many lanes as the processor has.
    pub fn new(key: &PurposeKey) -> Self {
        Self { key: key.clone(), engine: Engine::widest() }
    }

    /// Makes it with a given number of lanes, for tests and benchmarks; `None` if the processor lacks them.
    pub fn with_lanes(key: &PurposeKey, lanes: Lanes) -> Option<Self> {
        Some(Self { key: key.clone(), engine: Engine::new(lanes)? })
    }

    /// Returns how many values [`KeyedDigest::digest_batch`] works on at once.
    pub fn lanes(&self) -> Lanes {
        match self.engine {
            Engine::One => Lanes::One,
            #[cfg(target_arch = "x86_64")]
            Engine::Four(_) => Lanes::Four,
            #[cfg(target_arch = "x86_64")]
            Engine::Eight(_) => Lanes::Eight,
        }
    }

    /// Returns the digest of one value.
    pub fn digest(&self, value: &[u8]) -> [u8; 32] {
        one(self.key.expose(), value)
    }

    /// Returns the key as the words that every message begins with.
    #[cfg(target_arch = "x86_64")]
    fn words(&self) -> zeroize::Zeroizing<[u64; stage::KEY]> {
        let (words, _) = self.key.expose().as_chunks::<8>();
        zeroize::Zeroizing::new(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
    }

    /// Writes the digest of each value to the same place in `out`; several times as fast as one by one.
    ///
    /// Values may be of any length and mixed; a call of a few dozen values or more makes full use of the lanes.
    ///
    /// # Panics
    /// If `values` and `out` differ in length.
    pub fn digest_batch(&self, values: &[&[u8]], out: &mut [[u8; 32]]) {
        assert_eq!(values.len(), out.len(), "one digest for each value");
        match self.engine {
            Engine::One => {
                for (value, digest) in values.iter().zip(out) {
                    *digest = one(self.key.expose(), value);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Engine::Four(lanes) => {
                batch::digest::<4, { stage::KEY }, { stage::SHA3 }>(lanes, &self.words(), values, out, |v| {
                    self.digest(v)
                });
            }
            #[cfg(target_arch = "x86_64")]
            Engine::Eight(lanes) => {
                batch::digest::<8, { stage::KEY }, { stage::SHA3 }>(lanes, &self.words(), values, out, |v| {
                    self.digest(v)
                });
            }
        }
    }
}

impl fmt::Debug for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedDigest").field("key", &self.key).field("lanes", &self.lanes()).finish_non_exhaustive()
    }
}

fn one(key: &[u8; 32], value: &[u8]) -> [u8; 32] {
    let mut hasher = Sha3_256::new();
    hasher.update(key);
    hasher.update(value);
    hasher.finalize().into()
}
