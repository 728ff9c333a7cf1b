//! Finds the structural bytes of 64 bytes at once.

/// Bytes looked at in one step.
pub(super) const BLOCK: usize = 64;

/// Returns a mask of the bytes of `block` that equal one of three needles, lowest bit first.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "the compiler wants the promise that SSE2 is there")]
pub(super) fn positions(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
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
pub(super) fn positions(block: &[u8; BLOCK], needles: [u8; 3]) -> u64 {
    portable(block, needles)
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
}
