//! The arithmetic of one Feistel round on halves that fit a register.
#![expect(clippy::inline_always, reason = "must become part of a function with the AES unit's target features")]

use super::layout::Layout;

/// Which modulus a round uses: radix^u in even rounds, radix^v in odd ones.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    U,
    V,
}

/// What a round needs to know of numbers.
pub(crate) trait Arithmetic {
    /// A half of a row, as the number its digits spell.
    type Half: Copy + Default;

    /// The block of Q, chaining value mixed in, for a round and a half.
    fn block(&self, round: u8, half: Self::Half) -> [u8; 16];

    /// `half` plus the value of the encrypted block, modulo the side's power.
    fn add(&self, side: Side, half: Self::Half, block: [u8; 16]) -> Self::Half;

    /// `half` minus the value of the encrypted block, modulo the side's power.
    fn sub(&self, side: Side, half: Self::Half, block: [u8; 16]) -> Self::Half;
}

/// The way between digits and halves.
pub(crate) trait Digits: Arithmetic {
    /// The number that digits spell, most significant first.
    fn number(&self, digits: &[u16]) -> Self::Half;

    /// Spells a number in as many digits as `digits` has.
    fn digits(&self, half: Self::Half, digits: &mut [u16]);
}

/// A modulus of at most 2^32 with its reciprocal: a remainder by multiplication.
#[derive(Clone, Copy)]
struct Modulus {
    modulus: u64,
    reciprocal: u64,
}

impl Modulus {
    fn new(modulus: u64) -> Self {
        Self { modulus, reciprocal: u64::MAX / modulus }
    }

    /// The remainder. The estimated quotient is at most one too small: `n / m - n * reciprocal / 2^64` is at most
    /// `n / 2^64`, which is below 1.
    #[inline(always)]
    fn reduce(self, n: u64) -> u64 {
        let rest = n - high(n, self.reciprocal) * self.modulus;
        rest.min(rest.wrapping_sub(self.modulus))
    }
}

/// A radix with its reciprocal, for numbers below 2^32.
#[derive(Clone, Copy)]
struct Radix {
    radix: u64,
    reciprocal: u64,
}

impl Radix {
    fn new(radix: u64) -> Self {
        // Rounded up: with n below 2^32 and a radix of at most 2^16 the error stays below the next quotient.
        Self { radix, reciprocal: u64::MAX / radix + 1 }
    }

    /// Quotient and remainder, exact for `n` below 2^32.
    #[inline(always)]
    fn div_rem(self, n: u64) -> (u64, u64) {
        let quotient = high(n, self.reciprocal);
        (quotient, n - quotient * self.radix)
    }
}

/// The upper half of a product.
#[inline(always)]
fn high(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b)) >> 64) as u64
}

/// Where round number and half go in a block whose halves have at most 32 bits: all in its last 8 bytes.
#[derive(Clone, Copy)]
struct NarrowBlock {
    head: [u8; 8],
    tail: u64,
    round_shift: u32,
}

impl NarrowBlock {
    fn new(layout: &Layout) -> Self {
        let template = layout.template();
        Self { head: ((template >> 64) as u64).to_be_bytes(), tail: template as u64, round_shift: 8 * layout.b as u32 }
    }

    #[inline(always)]
    fn fill(&self, round: u8, half: u64) -> [u8; 16] {
        let mut block = [0; 16];
        block[..8].copy_from_slice(&self.head);
        block[8..].copy_from_slice(&(self.tail ^ (u64::from(round) << self.round_shift) ^ half).to_be_bytes());
        block
    }
}

/// The round value of a narrow block: its first 8 bytes.
#[inline(always)]
fn narrow_value(block: [u8; 16]) -> u64 {
    (u128::from_be_bytes(block) >> 64) as u64
}

/// Halves of at most 32 bits, in any radix.
pub(crate) struct Narrow {
    block: NarrowBlock,
    radix: Radix,
    u: Modulus,
    v: Modulus,
}

impl Narrow {
    pub(crate) fn new(layout: &Layout) -> Self {
        let radix = u64::from(layout.radix);
        Self {
            block: NarrowBlock::new(layout),
            radix: Radix::new(radix),
            u: Modulus::new(radix.pow(layout.u as u32)),
            v: Modulus::new(radix.pow(layout.v as u32)),
        }
    }

    #[inline(always)]
    fn modulus(&self, side: Side) -> Modulus {
        match side {
            Side::U => self.u,
            Side::V => self.v,
        }
    }
}

impl Arithmetic for Narrow {
    type Half = u64;

    #[inline(always)]
    fn block(&self, round: u8, half: u64) -> [u8; 16] {
        self.block.fill(round, half)
    }

    #[inline(always)]
    fn add(&self, side: Side, half: u64, block: [u8; 16]) -> u64 {
        let modulus = self.modulus(side);
        let sum = half + modulus.reduce(narrow_value(block));
        sum.min(sum.wrapping_sub(modulus.modulus))
    }

    #[inline(always)]
    fn sub(&self, side: Side, half: u64, block: [u8; 16]) -> u64 {
        let modulus = self.modulus(side);
        let difference = half.wrapping_sub(modulus.reduce(narrow_value(block)));
        difference.min(difference.wrapping_add(modulus.modulus))
    }
}

impl Digits for Narrow {
    #[inline(always)]
    fn number(&self, digits: &[u16]) -> u64 {
        digits.iter().fold(0, |number, &digit| number * self.radix.radix + u64::from(digit))
    }

    #[inline(always)]
    fn digits(&self, mut half: u64, digits: &mut [u16]) {
        for digit in digits.iter_mut().rev() {
            let (quotient, rest) = self.radix.div_rem(half);
            *digit = rest as u16;
            half = quotient;
        }
    }
}

/// Halves of at most 32 bits in radix 2, where a row is a number and taking a remainder is masking.
pub(crate) struct Bits {
    block: NarrowBlock,
    u: u64,
    v: u64,
}

impl Bits {
    pub(crate) fn new(layout: &Layout) -> Self {
        debug_assert_eq!(layout.radix, 2);
        Self { block: NarrowBlock::new(layout), u: (1 << layout.u) - 1, v: (1 << layout.v) - 1 }
    }

    #[inline(always)]
    fn mask(&self, side: Side) -> u64 {
        match side {
            Side::U => self.u,
            Side::V => self.v,
        }
    }
}

impl Arithmetic for Bits {
    type Half = u64;

    #[inline(always)]
    fn block(&self, round: u8, half: u64) -> [u8; 16] {
        self.block.fill(round, half)
    }

    #[inline(always)]
    fn add(&self, side: Side, half: u64, block: [u8; 16]) -> u64 {
        half.wrapping_add(narrow_value(block)) & self.mask(side)
    }

    #[inline(always)]
    fn sub(&self, side: Side, half: u64, block: [u8; 16]) -> u64 {
        half.wrapping_sub(narrow_value(block)) & self.mask(side)
    }
}

/// Halves of 33 to 64 bits in radix 2.
pub(crate) struct WideBits {
    template: u128,
    round_shift: u32,
    u: u64,
    v: u64,
}

impl WideBits {
    pub(crate) fn new(layout: &Layout) -> Self {
        debug_assert!(layout.radix == 2 && layout.d == 12 && layout.v <= 64);
        let mask = |bits: usize| u64::MAX >> (64 - bits);
        Self { template: layout.template(), round_shift: 8 * layout.b as u32, u: mask(layout.u), v: mask(layout.v) }
    }

    #[inline(always)]
    fn mask(&self, side: Side) -> u64 {
        match side {
            Side::U => self.u,
            Side::V => self.v,
        }
    }
}

/// The lower 64 bits of the round value of a wide block, which is its first 12 bytes.
#[inline(always)]
fn wide_value(block: [u8; 16]) -> u64 {
    (u128::from_be_bytes(block) >> 32) as u64
}

impl Arithmetic for WideBits {
    type Half = u64;

    #[inline(always)]
    fn block(&self, round: u8, half: u64) -> [u8; 16] {
        (self.template ^ (u128::from(round) << self.round_shift) ^ u128::from(half)).to_be_bytes()
    }

    #[inline(always)]
    fn add(&self, side: Side, half: u64, block: [u8; 16]) -> u64 {
        half.wrapping_add(wide_value(block)) & self.mask(side)
    }

    #[inline(always)]
    fn sub(&self, side: Side, half: u64, block: [u8; 16]) -> u64 {
        half.wrapping_sub(wide_value(block)) & self.mask(side)
    }
}

/// Halves of 33 to 96 bits, in any radix.
pub(crate) struct Wide {
    template: u128,
    round_shift: u32,
    value_shift: u32,
    radix: u128,
    u: u128,
    v: u128,
}

impl Wide {
    pub(crate) fn new(layout: &Layout) -> Self {
        let radix = u128::from(layout.radix);
        Self {
            template: layout.template(),
            round_shift: 8 * layout.b as u32,
            value_shift: 128 - 8 * layout.d as u32,
            radix,
            u: radix.pow(layout.u as u32),
            v: radix.pow(layout.v as u32),
        }
    }

    #[inline(always)]
    fn modulus(&self, side: Side) -> u128 {
        match side {
            Side::U => self.u,
            Side::V => self.v,
        }
    }

    #[inline(always)]
    fn value(&self, block: [u8; 16]) -> u128 {
        u128::from_be_bytes(block) >> self.value_shift
    }
}

impl Arithmetic for Wide {
    type Half = u128;

    #[inline(always)]
    fn block(&self, round: u8, half: u128) -> [u8; 16] {
        (self.template ^ (u128::from(round) << self.round_shift) ^ half).to_be_bytes()
    }

    #[inline(always)]
    fn add(&self, side: Side, half: u128, block: [u8; 16]) -> u128 {
        let modulus = self.modulus(side);
        let sum = half + self.value(block) % modulus;
        sum.min(sum.wrapping_sub(modulus))
    }

    #[inline(always)]
    fn sub(&self, side: Side, half: u128, block: [u8; 16]) -> u128 {
        let modulus = self.modulus(side);
        let difference = half.wrapping_sub(self.value(block) % modulus);
        difference.min(difference.wrapping_add(modulus))
    }
}

impl Digits for Wide {
    fn number(&self, digits: &[u16]) -> u128 {
        digits.iter().fold(0, |number, &digit| number * self.radix + u128::from(digit))
    }

    fn digits(&self, mut half: u128, digits: &mut [u16]) {
        for digit in digits.iter_mut().rev() {
            *digit = (half % self.radix) as u16;
            half /= self.radix;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: [u64; 3] = [u64::MAX, 0, 1];

    #[test]
    fn remainder_is_exact() {
        for modulus in [2, 3, 7, 10, 1_000_000, 65_535, 65_536, (1 << 31) - 1, 1 << 31, (1 << 32) - 5, 1 << 32] {
            let multiples = [0, modulus, modulus * 2, u64::MAX / modulus * modulus, u64::MAX / 3, u64::MAX];
            for n in multiples.into_iter().flat_map(|n| AROUND.map(|around| n.wrapping_add(around))) {
                assert_eq!(Modulus::new(modulus).reduce(n), n % modulus, "{n} % {modulus}");
            }
        }
    }

    #[test]
    fn radix_divides_exactly() {
        const TOP: u64 = 1 << 32;
        for radix in 2..=65_536 {
            let multiples = [radix, TOP / 2 / radix * radix, (TOP - 1) / radix * radix, TOP - 1];
            for n in multiples.into_iter().flat_map(|n| AROUND.map(|around| n.wrapping_add(around) % TOP)) {
                assert_eq!(Radix::new(radix).div_rem(n), (n / radix, n % radix), "{n} / {radix}");
            }
        }
    }
}
