//! Values encrypted one by one, equal values to equal bytes (AES-256-GCM-SIV).

use std::fmt;

use aes_gcm_siv::Aes256GcmSiv;

use crate::aead::{self, NONCE};
use crate::error::Error;
use crate::key::PurposeKey;

/// RFC 8452 permits a repeated nonce at the price of showing which values are equal, which is what joins need.
const ZERO_NONCE: [u8; NONCE] = [0; NONCE];

/// Deterministic authenticated encryption of values: AES-256-GCM-SIV (RFC 8452) with a zero nonce.
///
/// Whoever holds the output sees which values are equal and how long each is, and nothing else; with the key every
/// value can be read again. Not for values from a small known set when even their frequency is a secret.
///
/// # Example
/// ```
/// use loup_crypto::{KeyRing, SivCipher};
///
/// let cipher = SivCipher::new(&KeyRing::ephemeral()?.active().purpose_key("siv", "job"));
/// let sealed = cipher.encrypt(b"job", b"alice@example.com")?;
/// assert_eq!(sealed, cipher.encrypt(b"job", b"alice@example.com")?);
/// assert_eq!(cipher.decrypt(b"job", &sealed)?, b"alice@example.com");
/// assert!(cipher.decrypt(b"another column", &sealed).is_err());
/// # Ok::<(), loup_crypto::Error>(())
/// ```
pub struct SivCipher {
    cipher: Box<Aes256GcmSiv>,
}

impl SivCipher {
    /// Makes the cipher of one purpose key.
    pub fn new(key: &PurposeKey) -> Self {
        Self { cipher: Box::new(aead::gcm_siv(key.expose())) }
    }

    /// Encrypts a value; the result is 16 bytes longer. `aad` names the place it belongs to and must be given again.
    ///
    /// # Errors
    /// If the value is larger than the cipher's limit of 64 GiB.
    pub fn encrypt(&self, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        aead::seal(&*self.cipher, &ZERO_NONCE, aad, value)
    }

    /// Decrypts what [`SivCipher::encrypt`] gave.
    ///
    /// # Errors
    /// If the key or `aad` is another one, or the bytes were changed.
    pub fn decrypt(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        aead::open(&*self.cipher, &ZERO_NONCE, aad, sealed)
    }

    /// Encrypts the value in `buffer` in place; for many values, whose buffer is used again.
    ///
    /// # Errors
    /// As [`SivCipher::encrypt`].
    pub fn encrypt_in_place(&self, aad: &[u8], buffer: &mut Vec<u8>) -> Result<(), Error> {
        aead::seal_in_place(&*self.cipher, &ZERO_NONCE, aad, buffer)
    }

    /// Decrypts in place what [`SivCipher::encrypt`] gave. A buffer that does not open is emptied.
    ///
    /// # Errors
    /// As [`SivCipher::decrypt`].
    pub fn decrypt_in_place(&self, aad: &[u8], buffer: &mut Vec<u8>) -> Result<(), Error> {
        aead::open_in_place(&*self.cipher, &ZERO_NONCE, aad, buffer)
    }
}

impl fmt::Debug for SivCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SivCipher(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher(first: u8) -> SivCipher {
        let mut key = [0; 32];
        key[0] = first;
        SivCipher::new(&PurposeKey::from_bytes(&mut key))
    }

    /// Made by an independent program from the key 01 00 .. 00: what is encrypted today is read for ever.
    #[test]
    fn bytes_are_pinned() {
        let sealed = cipher(1).encrypt(b"place", b"value").unwrap();
        let hex = format!("{sealed:02x?}").replace(['[', ']', ',', ' '], "");
        assert_eq!(hex, "03d281d1eb06a6582b91ef5950e6b91d41144de0fb");
    }

    #[test]
    fn equal_values_give_equal_bytes() {
        let cipher = cipher(1);
        let one = cipher.encrypt(b"place", b"value").unwrap();
        assert_eq!(one, cipher.encrypt(b"place", b"value").unwrap());
        assert_ne!(one, cipher.encrypt(b"place", b"valuf").unwrap());
        assert_ne!(one, cipher.encrypt(b"other", b"value").unwrap());
        assert_eq!(one.len(), b"value".len() + aead::TAG);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let cipher = cipher(1);
        let sealed = cipher.encrypt(b"place", b"a longer value of the table").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(matches!(cipher.decrypt(b"place", &changed), Err(Error::Rejected)), "byte {at}");
            assert!(cipher.decrypt_in_place(b"place", &mut changed).is_err() && changed.is_empty(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(cipher.decrypt(b"place", &sealed[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn in_place_is_the_same() {
        let cipher = cipher(1);
        for value in [&b""[..], b"value", b"a longer value of the table"] {
            let mut buffer = value.to_vec();
            cipher.encrypt_in_place(b"place", &mut buffer).unwrap();
            assert_eq!(buffer, cipher.encrypt(b"place", value).unwrap());
            cipher.decrypt_in_place(b"place", &mut buffer).unwrap();
            assert_eq!(buffer, value);
        }
        assert!(cipher.decrypt_in_place(b"place", &mut vec![1; 15]).is_err());
    }

    #[test]
    fn another_key_or_place_does_not_open() {
        let sealed = cipher(1).encrypt(b"place", b"value").unwrap();
        assert!(cipher(2).decrypt(b"place", &sealed).is_err());
        assert!(cipher(1).decrypt(b"other", &sealed).is_err());
        assert_eq!(cipher(1).decrypt(b"place", &sealed).unwrap(), b"value");
    }
}
