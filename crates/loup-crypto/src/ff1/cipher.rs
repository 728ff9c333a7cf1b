//! AES of any key size, encrypting only: FF1 never decrypts a block.

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncClosure, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc, Block};

/// An expanded AES key, on the heap so that it is not copied about.
pub(crate) enum AesKey {
    Aes128(Box<Aes128Enc>),
    Aes192(Box<Aes192Enc>),
    Aes256(Box<Aes256Enc>),
}

impl AesKey {
    /// Expands a key of 16, 24 or 32 bytes; `None` for any other length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128Enc::new_from_slice(key).ok().map(|key| Self::Aes128(Box::new(key))),
            24 => Aes192Enc::new_from_slice(key).ok().map(|key| Self::Aes192(Box::new(key))),
            32 => Aes256Enc::new_from_slice(key).ok().map(|key| Self::Aes256(Box::new(key))),
            _ => None,
        }
    }

    /// Visits the implementation that fits this processor.
    #[inline]
    pub(crate) fn with_backend(&self, visit: impl BlockCipherEncClosure<BlockSize = U16>) {
        match self {
            Self::Aes128(key) => key.encrypt_with_backend(visit),
            Self::Aes192(key) => key.encrypt_with_backend(visit),
            Self::Aes256(key) => key.encrypt_with_backend(visit),
        }
    }

    /// Encrypts blocks independently of one another, as many at once as the processor can.
    #[inline]
    pub(crate) fn encrypt_blocks(&self, blocks: &mut [Block]) {
        match self {
            Self::Aes128(key) => key.encrypt_blocks(blocks),
            Self::Aes192(key) => key.encrypt_blocks(blocks),
            Self::Aes256(key) => key.encrypt_blocks(blocks),
        }
    }

    /// One step of CBC-MAC: encrypts `state` XOR `block`.
    pub(crate) fn chain(&self, state: [u8; 16], block: &[u8; 16]) -> [u8; 16] {
        let mixed: [u8; 16] = std::array::from_fn(|i| state[i] ^ block[i]);
        let mut blocks = [Block::from(mixed)];
        self.encrypt_blocks(&mut blocks);
        let [block] = blocks;
        block.into()
    }
}
