//! Four messages at once in AVX2 registers.
#![expect(unsafe_code, reason = "vector loads and stores by pointer, and calls into functions with a target feature")]

use core::arch::x86_64::{
    __m256i, _mm256_andnot_si256, _mm256_loadu_si256, _mm256_or_si256, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_slli_epi64, _mm256_srli_epi64, _mm256_storeu_si256, _mm256_xor_si256,
};

use super::keccak::{DIGEST, Permutation, RATE, STATE, keccak_rounds};

/// Proof that the processor has AVX2.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Looks at the processor; the answer is cached by the standard library.
    pub(super) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Permutation<4> for Avx2 {
    fn digest_block(self, block: &[[u64; 4]; RATE], digest: &mut [[u64; 4]; DIGEST]) {
        // SAFETY: `detect` is the only way to a value of this type, and it found AVX2.
        unsafe { digest_block(block, digest) }
    }

    fn permute(self, state: &mut [[u64; 4]; STATE]) {
        // SAFETY: as above.
        unsafe { permute(state) }
    }
}

macro_rules! xor {
    ($a:expr, $b:expr) => {
        _mm256_xor_si256($a, $b)
    };
}
macro_rules! xor3 {
    ($a:expr, $b:expr, $c:expr) => {
        xor!(xor!($a, $b), $c)
    };
}
macro_rules! chi {
    ($a:expr, $b:expr, $c:expr) => {
        xor!($a, _mm256_andnot_si256($b, $c))
    };
}
macro_rules! rol {
    ($a:expr, $n:literal) => {{
        let word = $a;
        _mm256_or_si256(_mm256_slli_epi64::<$n>(word), _mm256_srli_epi64::<{ 64 - $n }>(word))
    }};
}
macro_rules! all {
    ($word:expr) => {
        _mm256_set1_epi64x($word as i64)
    };
}

#[target_feature(enable = "avx2")]
fn digest_block(block: &[[u64; 4]; RATE], digest: &mut [[u64; 4]; DIGEST]) {
    let mut s = [_mm256_setzero_si256(); STATE];
    for (vector, words) in s.iter_mut().zip(block) {
        *vector = load(words);
    }
    keccak_rounds!(s, xor3, xor, chi, rol, all);
    for (words, vector) in digest.iter_mut().zip(s) {
        store(words, vector);
    }
}

#[target_feature(enable = "avx2")]
fn permute(state: &mut [[u64; 4]; STATE]) {
    let mut s = [_mm256_setzero_si256(); STATE];
    for (vector, words) in s.iter_mut().zip(state.iter()) {
        *vector = load(words);
    }
    keccak_rounds!(s, xor3, xor, chi, rol, all);
    for (words, vector) in state.iter_mut().zip(s) {
        store(words, vector);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &[u64; 4]) -> __m256i {
    // SAFETY: reads the 32 bytes of `words`; this load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(words: &mut [u64; 4], vector: __m256i) {
    // SAFETY: writes the 32 bytes of `words`, which is borrowed mutably; this store needs no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) }
}
