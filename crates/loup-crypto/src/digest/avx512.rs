//! Eight messages at once in AVX-512 registers.
#![expect(unsafe_code, reason = "vector loads and stores by pointer, and calls into functions with a target feature")]

use core::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_rol_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_storeu_si512,
    _mm512_ternarylogic_epi64, _mm512_xor_si512,
};

use super::keccak::{DIGEST, Permutation, RATE, STATE, keccak_rounds};

/// Proof that the processor has AVX-512F.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// Looks at the processor; the answer is cached by the standard library.
    pub(super) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

impl Permutation<8> for Avx512 {
    fn digest_block(self, block: &[[u64; 8]; RATE], digest: &mut [[u64; 8]; DIGEST]) {
        // SAFETY: `detect` is the only way to a value of this type, and it found AVX-512F.
        unsafe { digest_block(block, digest) }
    }

    fn permute(self, state: &mut [[u64; 8]; STATE]) {
        // SAFETY: as above.
        unsafe { permute(state) }
    }
}

macro_rules! xor3 {
    ($a:expr, $b:expr, $c:expr) => {
        _mm512_ternarylogic_epi64::<0x96>($a, $b, $c)
    };
}
macro_rules! xor {
    ($a:expr, $b:expr) => {
        _mm512_xor_si512($a, $b)
    };
}
macro_rules! chi {
    ($a:expr, $b:expr, $c:expr) => {
        _mm512_ternarylogic_epi64::<0xd2>($a, $b, $c)
    };
}
macro_rules! rol {
    ($a:expr, $n:literal) => {
        _mm512_rol_epi64::<$n>($a)
    };
}
macro_rules! all {
    ($word:expr) => {
        _mm512_set1_epi64($word as i64)
    };
}

#[target_feature(enable = "avx512f")]
fn digest_block(block: &[[u64; 8]; RATE], digest: &mut [[u64; 8]; DIGEST]) {
    let mut s = [_mm512_setzero_si512(); STATE];
    for (vector, words) in s.iter_mut().zip(block) {
        *vector = load(words);
    }
    keccak_rounds!(s, xor3, xor, chi, rol, all);
    for (words, vector) in digest.iter_mut().zip(s) {
        store(words, vector);
    }
}

#[target_feature(enable = "avx512f")]
fn permute(state: &mut [[u64; 8]; STATE]) {
    let mut s = [_mm512_setzero_si512(); STATE];
    for (vector, words) in s.iter_mut().zip(state.iter()) {
        *vector = load(words);
    }
    keccak_rounds!(s, xor3, xor, chi, rol, all);
    for (words, vector) in state.iter_mut().zip(s) {
        store(words, vector);
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(words: &[u64; 8]) -> __m512i {
    // SAFETY: reads the 64 bytes of `words`; this load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(words: &mut [u64; 8], vector: __m512i) {
    // SAFETY: writes the 64 bytes of `words`, which is borrowed mutably; this store needs no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) }
}
