//! AES-256-GCM over plain arguments: everything that is sealed under a nonce of its own goes through here.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
#[cfg(test)]
use aes_gcm_siv::Aes256GcmSiv;

use crate::error::Error;

/// Bytes of the authentication tag that ciphers append.
pub(crate) const TAG: usize = 16;

/// Bytes of the nonce.
pub(crate) const NONCE: usize = 12;

/// Builds the GCM cipher of a key.
pub(crate) fn gcm(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}

/// Builds the GCM-SIV cipher of a key, for tests to compare with.
#[cfg(test)]
pub(crate) fn gcm_siv(key: &[u8; 32]) -> Aes256GcmSiv {
    Aes256GcmSiv::new(key.into())
}

/// Encrypts and appends the tag.
pub(crate) fn seal<C>(cipher: &C, nonce: &[u8; NONCE], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error>
where
    C: Aead<NonceSize = aes::cipher::consts::U12>,
{
    cipher
        .encrypt(nonce.into(), Payload { msg: plaintext, aad })
        .map_err(|_| Error::TooLarge { length: plaintext.len() })
}

/// Checks the tag at the end and decrypts.
pub(crate) fn open<C>(cipher: &C, nonce: &[u8; NONCE], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error>
where
    C: Aead<NonceSize = aes::cipher::consts::U12>,
{
    cipher.decrypt(nonce.into(), Payload { msg: sealed, aad }).map_err(|_| Error::Rejected)
}
