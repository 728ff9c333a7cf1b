//! Finds the structural bytes of 64 bytes at once.

/// Bytes looked at in one step.
pub(crate) const BLOCK: usize = 64;

/// Returns a mask of the bytes of `block` that equal one of three needles, lowest bit first.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "the compiler wants the promise that SSE2 is there")]
pub(crate) fn positions(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    // SAFETY: SSE2 is part of every x86-64.
    unsafe { sse2(block, needles) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn sse2(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    use core::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};
    let half = |at: usize| i64::from_le_bytes(block[at..at + 8].try_into().expect("eight bytes"));
    let [a, b, c] = needles;
    let a = _mm_set1_epi8(a.cast_signed());
    let b = _mm_set1_epi8(b.cast_signed());
    let c = _mm_set1_epi8(c.cast_signed());
    let mut mask = 0;
    for at in (0..BLOCK).step_by(16) {
        // Two integers instead of a pointer: compiles to one unaligned load.
        let bytes = _mm_set_epi64x(half(at + 8), half(at));
        let hits =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, a), _mm_cmpeq_epi8(bytes, b)), _mm_cmpeq_epi8(bytes, c));
        mask |= u64::from(_mm_movemask_epi8(hits) as u16) << at;
    }
    mask
}

/// Returns a mask of the bytes of `block` that equal one of three needles, lowest bit first.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(crate) fn positions(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    portable(block, needles)
}

/// What SQL literals are made of, as masks of a block, lowest bit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SqlMasks {
    /// Single quotes.
    pub(crate) quote: u64,
    /// Backslashes.
    pub(crate) backslash: u64,
    /// The letter E in either case.
    pub(crate) letter_e: u64,
    /// Parentheses, `"`, `#`, `-`, `/`, `;`, `` ` ``, `$`, and commas where they were asked for.
    pub(crate) structure: u64,
}

/// Finds what SQL literals are made of in `block`.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "the compiler wants the promise that SSE2 is there")]
pub(crate) fn sql_masks<const COMMAS: bool>(block: &[u8; BLOCK]) -> SqlMasks {
    // SAFETY: SSE2 is part of every x86-64.
    unsafe { sql_sse2::<COMMAS>(block) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn sql_sse2<const COMMAS: bool>(block: &[u8; BLOCK]) -> SqlMasks {
    use core::arch::x86_64::{
        _mm_and_si128, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let half = |at: usize| i64::from_le_bytes(block[at..at + 8].try_into().expect("eight bytes"));
    let all = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let mut masks = SqlMasks { quote: 0, backslash: 0, letter_e: 0, structure: 0 };
    for at in (0..BLOCK).step_by(16) {
        let bytes = _mm_set_epi64x(half(at + 8), half(at));
        let is = |byte: u8| _mm_cmpeq_epi8(bytes, all(byte));
        // Two neighbours at once: bytes that differ in one bit only.
        let pair = |byte: u8, bit: u8| _mm_cmpeq_epi8(_mm_and_si128(bytes, all(!bit)), all(byte));
        let parens_and_quotes = _mm_or_si128(pair(b'(', 1), pair(b'"', 1));
        let ends = _mm_or_si128(_mm_or_si128(is(b';'), is(b'`')), is(b'$'));
        let mut structure = _mm_or_si128(_mm_or_si128(parens_and_quotes, ends), pair(b'-', 2));
        if COMMAS {
            structure = _mm_or_si128(structure, is(b','));
        }
        let mask = |hits| u64::from(_mm_movemask_epi8(hits) as u16) << at;
        masks.quote |= mask(is(b'\''));
        masks.backslash |= mask(is(b'\\'));
        masks.letter_e |= mask(pair(b'E', 0x20));
        masks.structure |= mask(structure);
    }
    masks
}

/// Finds what SQL literals are made of in `block`.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(crate) fn sql_masks<const COMMAS: bool>(block: &[u8; BLOCK]) -> SqlMasks {
    sql_portable::<COMMAS>(block)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn sql_portable<const COMMAS: bool>(block: &[u8; BLOCK]) -> SqlMasks {
    let mask = |needles: &[u8]| {
        block.iter().enumerate().fold(0, |mask, (at, byte)| mask | u64::from(needles.contains(byte)) << at)
    };
    SqlMasks {
        quote: mask(b"'"),
        backslash: mask(b"\\"),
        letter_e: mask(b"eE"),
        structure: mask(if COMMAS { b"()\"#-/;`$," } else { b"()\"#-/;`$" }),
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    block.iter().enumerate().fold(0, |mask, (at, byte)| mask | u64::from(needles.contains(byte)) << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_agree_with_the_portable_path() {
        let mut block = [b'x'; BLOCK];
        for (at, byte) in block.iter_mut().enumerate() {
            *byte = match at % 7 {
                0 => b',',
                3 => b'"',
                5 => 0xff,
                6 if at % 2 == 0 => b'\n',
                _ => at as u8,
            };
        }
        let needles = [b',', b'"', b'\n'];
        assert_eq!(positions(&block, needles), portable(&block, needles));
        assert_eq!(positions(&[b','; BLOCK], needles), u64::MAX);
        assert_eq!(positions(&[0; BLOCK], needles), 0);
    }

    #[test]
    fn sql_lanes_agree_with_the_portable_path() {
        for first in (0..=u8::MAX).step_by(BLOCK) {
            let mut block = [0; BLOCK];
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = first + at as u8;
            }
            assert_eq!(sql_masks::<false>(&block), sql_portable::<false>(&block));
            assert_eq!(sql_masks::<true>(&block), sql_portable::<true>(&block));
        }
    }
}
