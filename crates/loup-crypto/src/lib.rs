//! Key ring, batched keyed digest, FF1 and sealed files.
//!
//! This is the only crate that touches a secret. It knows nothing of Arrow, SQL or tables: bytes go in, bytes come out.
//!
//! - [`KeyRing`] holds the [`RootKey`]s of a key file; [`RootKey::purpose_key`] derives one key per purpose and domain.
//! - [`KeyedDigest`] is the primitive behind every hash, fake and shuffle: SHA3-256 of key and value, eight or four
//!   values at a time where the processor allows it.
//! - [`Ff1`] encrypts digits to as many digits; [`RangePermutation`] maps an integer range onto itself, [`NumberCipher`] the
//!   numbers up to one of any size.
//! - [`sealed`] keeps bytes and files secret and whole, [`stream`] what is too large for that; [`SivCipher`] encrypts single values, equal ones to equal ones.
//! - [`Salts`] holds a salts file, for digests that other systems compute too: [`SaltedDigest`], [`HmacSha256`].
//!
//! # Example
//! ```
//! use loup_crypto::{KeyRing, KeyedDigest};
//!
//! let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
//! let key = ring.active().purpose_key("hash_keyed", "job");
//! let digest = KeyedDigest::new(&key).digest(b"12345");
//! assert_eq!(digest.len(), 32);
//! # Ok::<(), loup_crypto::Error>(())
//! ```

mod aead;
mod cycle_walk;
mod digest;
mod error;
mod ff1;
mod frame;
mod hash;
mod hex;
mod key;
mod key_file;
mod key_ring;
mod number_cipher;
mod passphrase;
mod private_file;
mod range_permutation;
mod salted;
mod salts;
mod salts_file;
pub mod sealed;
mod secret;
mod siv;
pub mod stream;
mod timestamp;

#[cfg(test)]
mod aead_corpus;

pub use digest::{BatchHash, KeyedDigest, Lanes};
pub use error::Error;
pub use ff1::Ff1;
pub use frame::frame;
pub use hash::HashAlgorithm;
pub use hex::hex;
pub use key::{Fingerprint, PurposeKey, RootKey};
pub use key_ring::KeyRing;
pub use number_cipher::NumberCipher;
pub use passphrase::Passphrase;
pub use range_permutation::RangePermutation;
pub use salted::{HmacSha256, SaltedDigest};
pub use salts::{Pepper, Salts};
pub use siv::SivCipher;
