//! FF1 for rows whose halves fit no register: one row at a time, in arithmetic of any size.

use aes::Block;
use num_bigint::BigUint;

use super::cipher::AesKey;
use super::feistel::Direction;
use super::layout::Layout;

const ROUNDS: u8 = 10;

/// Encrypts or decrypts one row in place; its digits are below the layout's radix.
pub(crate) fn apply(key: &AesKey, layout: &Layout, row: &mut [u16], direction: Direction) {
    let spelling = Spelling::new(layout.radix);
    let (left, right) = row.split_at_mut(layout.u);
    let (mut a, mut b) = (spelling.number(left), spelling.number(right));
    let power = |digits: usize| BigUint::from(layout.radix).pow(digits as u32);
    let (power_u, power_v) = (power(layout.u), power(layout.v));
    let modulus = |round: u8| if round.is_multiple_of(2) { &power_u } else { &power_v };
    match direction {
        Direction::Encrypt => {
            for round in 0..ROUNDS {
                let c = (a + value(key, layout, round, &b)) % modulus(round);
                a = std::mem::replace(&mut b, c);
            }
        }
        Direction::Decrypt => {
            for round in (0..ROUNDS).rev() {
                let modulus = modulus(round);
                let c = (b + modulus - value(key, layout, round, &a) % modulus) % modulus;
                b = std::mem::replace(&mut a, c);
            }
        }
    }
    spelling.digits(a, left);
    spelling.digits(b, right);
}

/// The round value y (SP 800-38G, algorithm 7, steps 6.i to 6.iv).
fn value(key: &AesKey, layout: &Layout, round: u8, half: &BigUint) -> BigUint {
    let mut q = layout.rest.clone();
    let end = q.len();
    q[end - layout.b - 1] = round;
    let number = half.to_bytes_be();
    q[end - number.len()..].copy_from_slice(&number);
    let r = q.as_chunks::<16>().0.iter().fold(layout.state, |state, block| key.chain(state, block));

    let mut blocks: Vec<Block> = (0..layout.d.div_ceil(16) as u128)
        .map(|count| Block::from((u128::from_be_bytes(r) ^ count).to_be_bytes()))
        .collect();
    // The first block is R itself; the others are R with their number mixed in, encrypted.
    key.encrypt_blocks(&mut blocks[1..]);
    BigUint::from_bytes_be(&blocks.concat()[..layout.d])
}

/// Numbers spelled in digits of a radix, a machine word's worth at a time.
struct Spelling {
    radix: u64,
    /// Digits that fit a word.
    group: usize,
}

impl Spelling {
    fn new(radix: u32) -> Self {
        let radix = u64::from(radix);
        Self { radix, group: u64::MAX.ilog(radix) as usize }
    }

    fn number(&self, digits: &[u16]) -> BigUint {
        digits.chunks(self.group).fold(BigUint::ZERO, |number, group| {
            let word = group.iter().fold(0, |word, &digit| word * self.radix + u64::from(digit));
            number * self.radix.pow(group.len() as u32) + word
        })
    }

    fn digits(&self, mut number: BigUint, digits: &mut [u16]) {
        for group in digits.rchunks_mut(self.group) {
            let power = self.radix.pow(group.len() as u32);
            let mut word = (&number % power).iter_u64_digits().next().unwrap_or(0);
            number /= power;
            for digit in group.iter_mut().rev() {
                *digit = (word % self.radix) as u16;
                word /= self.radix;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_reversible() {
        for radix in [2, 10, 36, 255, 256, 65_535, 65_536] {
            let spelling = Spelling::new(radix);
            for length in [1, 2, 19, 20, 63, 64, 65, 130] {
                let digits: Vec<u16> = (0..length).map(|i| ((i * 7_919 + 1) % radix as usize) as u16).collect();
                let mut again = vec![0; length];
                spelling.digits(spelling.number(&digits), &mut again);
                assert_eq!(again, digits, "radix {radix}, {length} digits");
            }
        }
        assert_eq!(Spelling::new(10).number(&[1; 25]), "1".repeat(25).parse().unwrap());
    }
}
