//! Values encrypted one by one, equal values to equal bytes (AES-256-GCM-SIV).

use std::fmt;

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use ctr::cipher::{InnerIvInit, StreamCipherCore};
use polyval::Polyval;
use polyval::universal_hash::UniversalHash;
use zeroize::Zeroizing;

use crate::aead::TAG;
use crate::error::Error;
use crate::key::PurposeKey;

/// The longest value (RFC 8452, section 6).
const LONGEST: u64 = 1 << 36;

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
///
/// RFC 8452 permits a repeated nonce at the price of showing which values are equal, which is what joins need. With one nonce
/// the keys that the cipher derives from it are the same for every value: they are derived once. Its parts are RustCrypto's,
/// and tests compare it with RustCrypto's whole.
pub struct SivCipher {
    /// The message-encryption key.
    cipher: Box<Aes256>,
    /// Under the message-authentication key, before the first block.
    polyval: Polyval,
}

impl SivCipher {
    /// Makes the cipher of one purpose key.
    pub fn new(key: &PurposeKey) -> Self {
        let generator = Aes256::new(key.expose().into());
        // RFC 8452, section 4: of each block, a counter before the nonce, encrypted, the first half is kept.
        let mut derived = Zeroizing::new([0; 48]);
        for (counter, half) in (0_u32..).zip(derived.as_chunks_mut::<8>().0) {
            let mut block = Zeroizing::new([0; 16]);
            block[..4].copy_from_slice(&counter.to_le_bytes());
            generator.encrypt_block((&mut *block).into());
            half.copy_from_slice(&block[..8]);
        }
        let authentication: &[u8; 16] = derived.first_chunk().expect("48 bytes begin with 16");
        let encryption: &[u8; 32] = derived.last_chunk().expect("48 bytes end with 32");
        Self { cipher: Box::new(Aes256::new(encryption.into())), polyval: Polyval::new(authentication.into()) }
    }

    /// Returns the tag of a value. A zero nonce changes nothing in it.
    fn tag(&self, aad: &[u8], value: &[u8]) -> [u8; TAG] {
        let mut polyval = self.polyval.clone();
        polyval.update_padded(aad);
        polyval.update_padded(value);
        let mut lengths = [0; 16];
        lengths[..8].copy_from_slice(&(aad.len() as u64 * 8).to_le_bytes());
        lengths[8..].copy_from_slice(&(value.len() as u64 * 8).to_le_bytes());
        polyval.update(&[lengths.into()]);
        let mut tag = polyval.finalize();
        tag[15] &= 0x7f;
        self.cipher.encrypt_block(&mut tag);
        tag.into()
    }

    /// Encrypts and decrypts: the counter starts at the tag, with its last bit set.
    fn apply_keystream(&self, tag: &[u8; TAG], text: &mut [u8]) {
        let mut counter = *tag;
        counter[15] |= 0x80;
        let core = ctr::CtrCore::<_, ctr::flavors::Ctr32LE>::inner_iv_init(&*self.cipher, (&counter).into());
        core.apply_keystream_partial(text.into());
    }

    /// Encrypts a value; the result is 16 bytes longer. `aad` names the place it belongs to and must be given again.
    ///
    /// # Errors
    /// If the value is larger than the cipher's limit of 64 GiB.
    pub fn encrypt(&self, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::with_capacity(value.len() + TAG);
        sealed.extend_from_slice(value);
        self.encrypt_in_place(aad, &mut sealed)?;
        Ok(sealed)
    }

    /// Decrypts what [`SivCipher::encrypt`] gave.
    ///
    /// # Errors
    /// If the key or `aad` is another one, or the bytes were changed.
    pub fn decrypt(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let mut value = sealed.to_vec();
        self.decrypt_in_place(aad, &mut value)?;
        Ok(value)
    }

    /// Encrypts the value in `buffer` in place; for many values, whose buffer is used again.
    ///
    /// # Errors
    /// As [`SivCipher::encrypt`].
    pub fn encrypt_in_place(&self, aad: &[u8], buffer: &mut Vec<u8>) -> Result<(), Error> {
        if buffer.len() as u64 > LONGEST {
            return Err(Error::TooLarge { length: buffer.len() });
        }
        let tag = self.tag(aad, buffer);
        self.apply_keystream(&tag, buffer);
        buffer.extend_from_slice(&tag);
        Ok(())
    }

    /// Decrypts in place what [`SivCipher::encrypt`] gave. A buffer that does not open is emptied.
    ///
    /// # Errors
    /// As [`SivCipher::decrypt`].
    pub fn decrypt_in_place(&self, aad: &[u8], buffer: &mut Vec<u8>) -> Result<(), Error> {
        let tag: Option<[u8; TAG]> = buffer.last_chunk().copied();
        let Some(tag) = tag.filter(|_| (buffer.len() - TAG) as u64 <= LONGEST) else {
            buffer.clear();
            return Err(Error::Rejected);
        };
        buffer.truncate(buffer.len() - TAG);
        self.apply_keystream(&tag, buffer);
        // One comparison of all bytes: no time tells how many of them agree.
        if u128::from_le_bytes(self.tag(aad, buffer)) ^ u128::from_le_bytes(tag) == 0 {
            return Ok(());
        }
        // What was decrypted must not be seen.
        buffer.fill(0);
        buffer.clear();
        Err(Error::Rejected)
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
    use crate::aead;

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
        assert_eq!(one.len(), b"value".len() + TAG);
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

    /// RustCrypto's AES-256-GCM-SIV gives the same bytes, and opens them.
    #[test]
    fn it_is_the_cipher_of_the_standard() {
        let text: Vec<u8> = (0..300_u32).map(|i| (i * 31 % 251) as u8).collect();
        for first in 0..4 {
            let mut key = [0; 32];
            key[0] = first;
            let whole = aead::gcm_siv(&key);
            for length in [0, 1, 15, 16, 17, 31, 32, 33, 100, 255, 256, 300] {
                for aad in [&b""[..], b"place", &text[..64]] {
                    let sealed = cipher(first).encrypt(aad, &text[..length]).unwrap();
                    assert_eq!(
                        sealed,
                        aead::seal(&whole, &[0; aead::NONCE], aad, &text[..length]).unwrap(),
                        "{length}"
                    );
                    assert_eq!(aead::open(&whole, &[0; aead::NONCE], aad, &sealed).unwrap(), &text[..length]);
                }
            }
        }
    }
}
