//! What FF1 computes from radix, row length and tweak alone, once for a whole batch (SP 800-38G, algorithm 7).

use num_bigint::BigUint;

use super::cipher::AesKey;

/// The kind of number a half of a row needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    /// At most 32 bits: the round value has 64.
    Narrow,
    /// At most 96 bits: the round value has up to 128.
    Wide,
    /// More.
    Big,
}

/// The constants of one row length and tweak, named as in the standard.
pub(crate) struct Layout {
    pub(crate) radix: u32,
    /// Digits of the left half A; the right half B has as many or one more.
    pub(crate) u: usize,
    /// Digits of the right half B.
    pub(crate) v: usize,
    /// Bytes of NUM(B) in a block.
    pub(crate) b: usize,
    /// Bytes of the round value y.
    pub(crate) d: usize,
    pub(crate) size: Size,
    /// CBC-MAC over P and the blocks of Q that are the same in every round.
    pub(crate) state: [u8; 16],
    /// The rest of Q, whole blocks, with zeros where the round number (1 byte) and NUM(B) (b bytes) stand at the end.
    pub(crate) rest: Vec<u8>,
}

impl Layout {
    /// Computes the constants. `row_len` is at least 2; it and the tweak's length fit 32 bits.
    pub(crate) fn new(key: &AesKey, radix: u32, row_len: usize, tweak: &[u8]) -> Self {
        let (u, v) = (row_len / 2, row_len - row_len / 2);
        let bits = bits(radix, v);
        let b = bits.div_ceil(8);
        let d = 4 * b.div_ceil(4) + 4;
        let size = match bits {
            ..=32 => Size::Narrow,
            33..=96 => Size::Wide,
            _ => Size::Big,
        };

        let [_, radix_bytes @ ..] = radix.to_be_bytes();
        let mut p = [1, 2, 1, 0, 0, 0, 10, u as u8, 0, 0, 0, 0, 0, 0, 0, 0];
        p[3..6].copy_from_slice(&radix_bytes);
        p[8..12].copy_from_slice(&(row_len as u32).to_be_bytes());
        p[12..].copy_from_slice(&(tweak.len() as u32).to_be_bytes());

        let mut rest = tweak.to_vec();
        let length = (tweak.len() + 1 + b).next_multiple_of(16);
        rest.resize(length, 0);
        let constant = (length - 1 - b) / 16;
        let (blocks, _) = rest.as_chunks::<16>();
        let state = blocks[..constant].iter().fold(key.chain([0; 16], &p), |state, block| key.chain(state, block));
        rest.drain(..16 * constant);
        Self { radix, u, v, b, d, size, state, rest }
    }

    /// The single changing block of Q with the chaining value mixed in, where the halves are not [`Size::Big`].
    pub(crate) fn template(&self) -> u128 {
        let block = self.rest.first_chunk().expect("Q has at least one block");
        u128::from_be_bytes(self.state) ^ u128::from_be_bytes(*block)
    }
}

/// How many bits the numbers of `length` digits need: those of radix^length - 1.
fn bits(radix: u32, length: usize) -> usize {
    if radix.is_power_of_two() {
        return length * radix.ilog2() as usize;
    }
    let length = u32::try_from(length).expect("checked by the caller");
    match u128::from(radix).checked_pow(length) {
        Some(power) => 128 - (power - 1).leading_zeros() as usize,
        None => (BigUint::from(radix).pow(length) - 1_u32).bits() as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_exactly() {
        for (radix, length, expected) in [
            (2, 1, 1),
            (2, 33, 33),
            (10, 6, 20),
            (10, 38, 127),
            (10, 39, 130),
            (65_536, 8, 128),
            (256, 3, 24),
            (3, 2, 4),
        ] {
            assert_eq!(bits(radix, length), expected, "{radix}^{length}");
        }
    }

    #[test]
    fn whole_constant_blocks_are_folded() {
        let key = AesKey::new(&[0; 32]).unwrap();
        for tweak in 0..70 {
            for row_len in [2, 12, 40, 80, 200] {
                let layout = Layout::new(&key, 10, row_len, &vec![1; tweak]);
                assert_eq!(layout.rest.len() % 16, 0);
                assert!(layout.rest.len() < 1 + layout.b + 16, "no block is left that never changes");
                assert!(layout.size == Size::Big || layout.rest.len() == 16);
            }
        }
    }
}
