//! AES-256-GCM and AES-256-GCM-SIV over plain arguments; everything sealed in this crate goes through here.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, AeadInOut, KeyInit, Payload};
use aes_gcm_siv::Aes256GcmSiv;

use crate::error::Error;

/// Bytes of the authentication tag that both ciphers append.
pub(crate) const TAG: usize = 16;

/// Bytes of the nonce that both ciphers take.
pub(crate) const NONCE: usize = 12;

/// Builds the GCM cipher of a key.
pub(crate) fn gcm(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}

/// Builds the GCM-SIV cipher of a key.
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

/// Encrypts what `buffer` holds, in place, and appends the tag.
pub(crate) fn seal_in_place<C>(cipher: &C, nonce: &[u8; NONCE], aad: &[u8], buffer: &mut Vec<u8>) -> Result<(), Error>
where
    C: AeadInOut<NonceSize = aes::cipher::consts::U12>,
{
    let length = buffer.len();
    cipher.encrypt_in_place(nonce.into(), aad, buffer).map_err(|_| Error::TooLarge { length })
}

/// Checks the tag at the end of `buffer` and decrypts it in place; a buffer that does not open is emptied.
pub(crate) fn open_in_place<C>(cipher: &C, nonce: &[u8; NONCE], aad: &[u8], buffer: &mut Vec<u8>) -> Result<(), Error>
where
    C: AeadInOut<NonceSize = aes::cipher::consts::U12>,
{
    cipher.decrypt_in_place(nonce.into(), aad, buffer).map_err(|_| {
        buffer.clear();
        Error::Rejected
    })
}
