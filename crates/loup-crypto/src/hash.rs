//! Hash functions as they are, for digests that other systems compute too.

use sha2::Sha256;
use sha3::{Digest, Keccak256, Sha3_256, Sha3_512};
use zeroize::Zeroize;

/// The longest hash, in bytes.
pub(crate) const LONGEST: usize = 64;

/// A hash function by name. Without a key or a secret salt, anyone can hash a guess and compare.
///
/// Keccak-256 and SHA3-256 differ in their padding and so in every result: Ethereum hashes with the first, FIPS 202
/// specifies the second, and some systems say "Keccak" and mean SHA3.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA3-256 of FIPS 202, padding 0x06.
    Sha3_256,
    /// The original Keccak-256, padding 0x01.
    Keccak256,
    /// SHA3-512 of FIPS 202, padding 0x06.
    Sha3_512,
    /// SHA-256 of FIPS 180-4.
    Sha256,
}

impl HashAlgorithm {
    /// Returns how many bytes the hash has: 32 or 64.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha3_256 | Self::Keccak256 | Self::Sha256 => 32,
            Self::Sha3_512 => LONGEST,
        }
    }

    /// Writes the hash of the parts, one after another without any frame, and returns it.
    ///
    /// # Example
    /// ```
    /// use loup_crypto::HashAlgorithm;
    ///
    /// let mut out = [0; 64];
    /// let hash = HashAlgorithm::Keccak256.hash(&[b"", b""], &mut out);
    /// assert_eq!(hash[..4], [0xc5, 0xd2, 0x46, 0x01]);
    /// ```
    pub fn hash<'o>(self, parts: &[&[u8]], out: &'o mut [u8; LONGEST]) -> &'o [u8] {
        match self {
            Self::Sha3_256 => write::<Sha3_256>(parts, out),
            Self::Keccak256 => write::<Keccak256>(parts, out),
            Self::Sha3_512 => write::<Sha3_512>(parts, out),
            Self::Sha256 => write::<Sha256>(parts, out),
        }
    }
}

fn write<'o, D: Digest>(parts: &[&[u8]], out: &'o mut [u8; LONGEST]) -> &'o [u8] {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    let mut hash = hasher.finalize();
    let written = &mut out[..hash.len()];
    written.copy_from_slice(&hash);
    hash.as_mut_slice().zeroize();
    written
}
