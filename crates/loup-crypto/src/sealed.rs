//! Bytes and files kept secret and whole (AES-256-GCM): mappings, checkpoints, whatever is written to be read again.
//!
//! Layout: `LOUPSEAL`, a version byte (1), a random 96-bit nonce, the ciphertext, a 16-byte tag. What comes before the
//! nonce is authenticated together with the caller's associated data. One key may seal 2^32 times (NIST SP 800-38D).
//!
//! # Example
//! ```
//! use loup_crypto::{KeyRing, sealed};
//!
//! let key = KeyRing::ephemeral()?.active().purpose_key("mapping", "job");
//! let bytes = sealed::seal(&key, b"mapping of job", b"12345 -> 67890")?;
//! assert_eq!(sealed::open(&key, b"mapping of job", &bytes)?, b"12345 -> 67890");
//! # Ok::<(), loup_crypto::Error>(())
//! ```

use std::path::Path;

use crate::aead::{self, NONCE, TAG};
use crate::error::Error;
use crate::key::PurposeKey;
use crate::private_file::{self, Replacement};
use crate::secret::fill_random;

const MAGIC: &[u8; 8] = b"LOUPSEAL";
const VERSION: u8 = 1;
const HEADER: usize = MAGIC.len() + 1;

/// The largest sealed file that is read: the cipher's own limit.
const FILE_LIMIT: u64 = 1 << 36;

/// Seals bytes under a key. `aad` says what they are; it is not stored, and must be given again to open them.
///
/// # Errors
/// If the system has no random bytes, or the plaintext is larger than 64 GiB.
pub fn seal(key: &PurposeKey, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    let header = header(VERSION);
    let mut nonce = [0; NONCE];
    fill_random(&mut nonce)?;
    let body = aead::seal(&aead::gcm(key.expose()), &nonce, &authenticated(&header, aad), plaintext)?;
    let mut sealed = Vec::with_capacity(HEADER + NONCE + body.len());
    sealed.extend_from_slice(&header);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

/// Opens what [`seal`] gave.
///
/// # Errors
/// If the bytes are not sealed bytes, are of a later version, were changed, or the key or `aad` is another one.
pub fn open(key: &PurposeKey, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let not_sealed = Error::NotSealed { length: sealed.len() };
    let Some((header, rest)) = sealed.split_first_chunk::<HEADER>() else {
        return Err(not_sealed);
    };
    if !header.starts_with(MAGIC) {
        return Err(not_sealed);
    }
    if header[MAGIC.len()] != VERSION {
        return Err(Error::SealedVersion { version: header[MAGIC.len()] });
    }
    match rest.split_first_chunk::<NONCE>() {
        Some((nonce, body)) if body.len() >= TAG => {
            aead::open(&aead::gcm(key.expose()), nonce, &authenticated(header, aad), body)
        }
        _ => Err(not_sealed),
    }
}

/// Seals bytes into a file of mode 0600; an existing file is replaced in one step.
///
/// # Errors
/// As [`seal`], and if the file cannot be written or another process is writing it.
pub fn write(path: impl AsRef<Path>, key: &PurposeKey, aad: &[u8], plaintext: &[u8]) -> Result<(), Error> {
    let replacement = Replacement::claim(path.as_ref())?;
    replacement.commit(&seal(key, aad, plaintext)?)
}

/// Opens a file made by [`write()`].
///
/// # Errors
/// As [`open`], and if the file cannot be read or may be opened by others than its owner.
pub fn read(path: impl AsRef<Path>, key: &PurposeKey, aad: &[u8]) -> Result<Vec<u8>, Error> {
    open(key, aad, &private_file::read(path.as_ref(), FILE_LIMIT)?)
}

fn header(version: u8) -> [u8; HEADER] {
    let mut header = [version; HEADER];
    header[..MAGIC.len()].copy_from_slice(MAGIC);
    header
}

/// The header is of fixed length, so header and associated data cannot run into one another.
fn authenticated(header: &[u8; HEADER], aad: &[u8]) -> Vec<u8> {
    [header, aad].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> PurposeKey {
        let mut bytes = [9; 32];
        bytes[0] = first;
        PurposeKey::from_bytes(&mut bytes)
    }

    #[test]
    fn opens_what_was_sealed() {
        for length in [0, 1, 15, 16, 17, 4096] {
            let plaintext = vec![0x5a; length];
            let sealed = seal(&key(1), b"aad", &plaintext).unwrap();
            assert_eq!(sealed.len(), length + HEADER + NONCE + TAG);
            assert_eq!(open(&key(1), b"aad", &sealed).unwrap(), plaintext);
        }
    }

    #[test]
    fn same_bytes_are_sealed_differently_each_time() {
        assert_ne!(seal(&key(1), b"", b"text").unwrap(), seal(&key(1), b"", b"text").unwrap());
    }

    /// Made by an independent program from key 09 .. 09, nonce 00 .. 0b, associated data `aad`.
    #[test]
    fn layout_is_pinned() {
        let sealed = include_bytes!("../tests/vectors/sealed_v1.bin");
        assert_eq!(open(&key(9), b"aad", sealed).unwrap(), b"sealed by version 1");
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let sealed = seal(&key(1), b"aad", b"some text").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 0x80;
            assert!(open(&key(1), b"aad", &changed).is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(open(&key(1), b"aad", &sealed[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn another_key_or_place_does_not_open() {
        let sealed = seal(&key(1), b"aad", b"text").unwrap();
        assert!(matches!(open(&key(2), b"aad", &sealed), Err(Error::Rejected)));
        assert!(matches!(open(&key(1), b"aae", &sealed), Err(Error::Rejected)));
    }

    #[test]
    fn later_version_is_named() {
        let mut sealed = seal(&key(1), b"aad", b"text").unwrap();
        sealed[MAGIC.len()] = 2;
        assert!(matches!(open(&key(1), b"aad", &sealed), Err(Error::SealedVersion { version: 2 })));
    }

    #[test]
    fn files_are_replaced_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mapping.sealed");
        write(&path, &key(1), b"aad", b"first").unwrap();
        write(&path, &key(1), b"aad", b"second").unwrap();
        assert_eq!(read(&path, &key(1), b"aad").unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn second_writer_is_turned_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mapping.sealed");
        write(&path, &key(1), b"aad", b"first").unwrap();
        let held = Replacement::claim(&path).unwrap();
        assert!(matches!(write(&path, &key(1), b"aad", b"second"), Err(Error::Busy { .. })));
        drop(held);
        write(&path, &key(1), b"aad", b"second").unwrap();
    }
}
