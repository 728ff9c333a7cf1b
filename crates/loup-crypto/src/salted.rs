//! Salted hashes and HMAC: digests that other systems compute from the same secret.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::digest::BatchHash;
use crate::hash::{HashAlgorithm, LONGEST};

/// `H(value || salt)`, and with a pepper `H(that || pepper)`; the first hash enters the second as bytes.
///
/// Nothing separates value and salt, so the value `ab` with the salt `c` has the hash of `a` with `bc`: that is how the
/// systems do it whose hashes these are. For pseudonyms of one's own there is [`KeyedDigest`](crate::KeyedDigest).
#[derive(Clone)]
pub struct SaltedDigest {
    algorithm: HashAlgorithm,
    salt: Zeroizing<Vec<u8>>,
    pepper: Option<Zeroizing<Vec<u8>>>,
}

impl SaltedDigest {
    pub(crate) fn new(algorithm: HashAlgorithm, salt: &[u8], pepper: Option<&[u8]>) -> Self {
        let own = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        Self { algorithm, salt: own(salt), pepper: pepper.map(own) }
    }

    /// Writes the digest of each value to the same place in `out`, whose first 32 or 64 bytes it is; several times as fast as
    /// one by one where the hash function has lanes.
    ///
    /// # Panics
    /// If `values` and `out` differ in length.
    pub fn digest_batch(&self, values: &[&[u8]], out: &mut [[u8; LONGEST]]) {
        assert_eq!(values.len(), out.len(), "one digest for each value");
        let Some(hash) = BatchHash::new(self.algorithm) else {
            for (value, out) in values.iter().zip(out) {
                self.digest(value, out);
            }
            return;
        };
        let mut hashes = Zeroizing::new(vec![[0; 32]; values.len()]);
        hash_all(hash, values.iter().copied(), &self.salt, &mut hashes);
        if let Some(pepper) = &self.pepper {
            let first = hashes.clone();
            hash_all(hash, first.iter().map(|hash| &hash[..]), pepper, &mut hashes);
        }
        for (out, hash) in out.iter_mut().zip(hashes.iter()) {
            out[..32].copy_from_slice(hash);
        }
    }

    /// Writes the digest of one value and returns it: 32 or 64 bytes, as the algorithm has.
    pub fn digest<'o>(&self, value: &[u8], out: &'o mut [u8; LONGEST]) -> &'o [u8] {
        match &self.pepper {
            None => self.algorithm.hash(&[value, &self.salt], out),
            Some(pepper) => {
                let mut inner = [0; LONGEST];
                let first = self.algorithm.hash(&[value, &self.salt], &mut inner);
                let second = self.algorithm.hash(&[first, pepper], out);
                // The hash without the pepper can be tested against guesses by whoever has the salt alone.
                inner.zeroize();
                second
            }
        }
    }
}

/// Hashes each part with the secret behind it.
fn hash_all<'a>(hash: BatchHash, parts: impl Iterator<Item = &'a [u8]> + Clone, secret: &[u8], out: &mut [[u8; 32]]) {
    let bytes = parts.clone().map(|part| part.len() + secret.len()).sum();
    // As large as it gets, so that no copy of a secret is left where it grew.
    let mut text = Zeroizing::new(Vec::with_capacity(bytes));
    let mut ends = Vec::with_capacity(out.len());
    for part in parts {
        text.extend_from_slice(part);
        text.extend_from_slice(secret);
        ends.push(text.len());
    }
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let messages: Vec<&[u8]> = starts.zip(&ends).map(|(start, end)| &text[start..*end]).collect();
    hash.hash_batch(&messages, out);
}

impl fmt::Debug for SaltedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaltedDigest").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// HMAC-SHA256 (RFC 2104) under one key of any length. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// Returns the code of one value.
    pub fn mac(&self, value: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for HmacSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSha256(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_a_time_are_as_one_by_one() {
        let values: Vec<String> = (0..40).map(|n| "v".repeat(n * 7) + &n.to_string()).collect();
        let values: Vec<&[u8]> = values.iter().map(String::as_bytes).collect();
        for algorithm in
            [HashAlgorithm::Sha3_256, HashAlgorithm::Keccak256, HashAlgorithm::Sha3_512, HashAlgorithm::Sha256]
        {
            for pepper in [None, Some(&b"pepper"[..])] {
                let digest = SaltedDigest::new(algorithm, b"a salt of some length", pepper);
                let mut batch = vec![[0; LONGEST]; values.len()];
                digest.digest_batch(&values, &mut batch);
                for (value, out) in values.iter().zip(&batch) {
                    let mut single = [0; LONGEST];
                    assert_eq!(digest.digest(value, &mut single), &out[..algorithm.length()]);
                }
            }
        }
    }
}
