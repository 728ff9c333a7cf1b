//! Salted hashes and HMAC: digests that other systems compute from the same secret.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

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
