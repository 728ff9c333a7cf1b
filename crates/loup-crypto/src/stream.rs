//! Streams kept secret and whole, chunk by chunk (AES-256-GCM): what is too large to be sealed at once.
//!
//! Each chunk's nonce is its number and whether it is the last, so chunks can neither be moved, dropped nor cut off
//! unnoticed: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance, 2015). A key seals one stream only.
//!
//! # Example
//! ```
//! use loup_crypto::{KeyRing, stream};
//!
//! let key = KeyRing::ephemeral()?.active().purpose_key("spill", "1");
//! let first = stream::seal_chunk(&key, 0, false, b"first ")?;
//! let last = stream::seal_chunk(&key, 1, true, b"and last")?;
//! assert_eq!(stream::open_chunk(&key, 0, false, &first)?, b"first ");
//! assert_eq!(stream::open_chunk(&key, 1, true, &last)?, b"and last");
//! # Ok::<(), loup_crypto::Error>(())
//! ```

use crate::aead::{self, NONCE, TAG};
use crate::error::Error;
use crate::key::PurposeKey;

/// Bytes that sealing adds to a chunk.
pub const OVERHEAD: usize = TAG;

/// Seals one chunk of a stream.
///
/// # Errors
/// If the chunk is larger than 64 GiB.
pub fn seal_chunk(key: &PurposeKey, number: u64, is_last: bool, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    aead::seal(&aead::gcm(key.expose()), &nonce(number, is_last), b"", plaintext)
}

/// Opens what [`seal_chunk`] gave for the same number.
///
/// # Errors
/// If the chunk was changed, stood elsewhere in the stream, or the key is another one.
pub fn open_chunk(key: &PurposeKey, number: u64, is_last: bool, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    aead::open(&aead::gcm(key.expose()), &nonce(number, is_last), b"", sealed)
}

fn nonce(number: u64, is_last: bool) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[NONCE - 1] = u8::from(is_last);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PurposeKey {
        PurposeKey::from_bytes(&mut [7; 32])
    }

    #[test]
    fn a_chunk_opens_in_its_place_only() {
        let sealed = seal_chunk(&key(), 3, false, b"text").unwrap();
        assert_eq!(sealed.len(), 4 + OVERHEAD);
        assert_eq!(open_chunk(&key(), 3, false, &sealed).unwrap(), b"text");
        for (number, is_last) in [(2, false), (4, false), (3, true)] {
            assert!(matches!(open_chunk(&key(), number, is_last, &sealed), Err(Error::Rejected)));
        }
        let mut other = [8; 32];
        assert!(open_chunk(&PurposeKey::from_bytes(&mut other), 3, false, &sealed).is_err());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let sealed = seal_chunk(&key(), 0, true, b"text").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open_chunk(&key(), 0, true, &changed).is_err(), "byte {at}");
            assert!(open_chunk(&key(), 0, true, &sealed[..at]).is_err(), "cut to {at}");
        }
    }
}
