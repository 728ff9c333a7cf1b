//! Keccak-f\[1600\] (FIPS 202) written once for vectors: each 64-bit lane of a vector belongs to another message.

/// Words of the state.
pub(super) const STATE: usize = 25;

/// Words of a SHA3-256 block, 136 bytes.
pub(super) const RATE: usize = 17;

/// Words of a digest.
pub(super) const DIGEST: usize = 4;

/// The round constants (FIPS 202, 3.2.5).
pub(super) const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Keccak on `L` messages at once. Whoever holds a value of such a type has shown that the processor can do it.
pub(super) trait Permutation<const L: usize>: Copy {
    /// Permutes one block, already padded, from the empty state, and gives the digest's words.
    fn digest_block(self, block: &[[u64; L]; RATE], digest: &mut [[u64; L]; DIGEST]);

    /// Permutes a whole state.
    fn permute(self, state: &mut [[u64; L]; STATE]);
}

/// The 24 rounds over `$s`, an array of 25 vectors. The set of instructions is given as five macros: `xor3!(a, b, c)`,
/// `xor!(a, b)`, `chi!(a, b, c)` = a ^ (!b & c), `rol!(a, n)`, `all!(word)`. Macros and not a trait, because only code
/// that stands in a function with the target feature may use the instructions without `unsafe`.
macro_rules! keccak_rounds {
    ($s:ident, $xor3:ident, $xor:ident, $chi:ident, $rol:ident, $all:ident) => {
        for constant in $crate::digest::keccak::ROUND_CONSTANTS {
            // theta: the parity of each column ..
            let c: [_; 5] = core::array::from_fn(|x| $xor3!($xor3!($s[x], $s[x + 5], $s[x + 10]), $s[x + 15], $s[x + 20]));
            let r = [$rol!(c[0], 1), $rol!(c[1], 1), $rol!(c[2], 1), $rol!(c[3], 1), $rol!(c[4], 1)];
            // .. goes into its neighbours, and rho turns and pi moves the word (the word named, turned by so many bits).
            macro_rules! moved {
                ($i:literal, $n:literal) => {
                    $rol!($xor3!($s[$i], c[($i + 4) % 5], r[($i + 1) % 5]), $n)
                };
            }
            let first = $xor3!($s[0], c[4], r[1]);
            let rows = [
                [first, moved!(6, 44), moved!(12, 43), moved!(18, 21), moved!(24, 14)],
                [moved!(3, 28), moved!(9, 20), moved!(10, 3), moved!(16, 45), moved!(22, 61)],
                [moved!(1, 1), moved!(7, 6), moved!(13, 25), moved!(19, 8), moved!(20, 18)],
                [moved!(4, 27), moved!(5, 36), moved!(11, 10), moved!(17, 15), moved!(23, 56)],
                [moved!(2, 62), moved!(8, 55), moved!(14, 39), moved!(15, 41), moved!(21, 2)],
            ];
            // chi, row by row, and iota.
            for y in 0..5 {
                for x in 0..5 {
                    $s[5 * y + x] = $chi!(rows[y][x], rows[y][(x + 1) % 5], rows[y][(x + 2) % 5]);
                }
            }
            $s[0] = $xor!($s[0], $all!(constant));
        }
    };
}
pub(super) use keccak_rounds;
