//! The ten rounds, many rows in step so that the AES unit never waits for one of them.
#![expect(clippy::inline_always, reason = "must become part of a function with the AES unit's target features")]

use aes::Block;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::typenum::Unsigned;
use aes::cipher::{BlockCipherEncBackend, BlockCipherEncClosure, BlockSizeUser};

use super::arithmetic::{Arithmetic, Side};
use super::cipher::AesKey;

/// Rows in flight: what fills the widest AES unit known (AVX-512 VAES: 16 registers of 4 blocks) once.
pub(crate) const ROWS: usize = 64;

const ROUNDS: u8 = 10;

/// Which way to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

/// Runs all rounds over up to [`ROWS`] rows, given as their left and right halves.
#[inline]
pub(crate) fn run<A: Arithmetic>(
    key: &AesKey,
    arithmetic: &A,
    a: &mut [A::Half],
    b: &mut [A::Half],
    direction: Direction,
) {
    key.with_backend(Rounds { arithmetic, a, b, direction });
}

/// All rounds as one visit to the cipher's backend: there the round keys are laid out once, and the arithmetic between
/// the rounds is compiled for the same instruction set.
struct Rounds<'a, A: Arithmetic> {
    arithmetic: &'a A,
    a: &'a mut [A::Half],
    b: &'a mut [A::Half],
    direction: Direction,
}

impl<A: Arithmetic> BlockSizeUser for Rounds<'_, A> {
    type BlockSize = U16;
}

impl<A: Arithmetic> BlockCipherEncClosure for Rounds<'_, A> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let Self { arithmetic, a, b, direction } = self;
        let mut blocks = [Block::default(); ROWS];
        let blocks = &mut blocks[..worthwhile::<B>(a.len())];
        match direction {
            Direction::Encrypt => {
                for round in (0..ROUNDS).step_by(2) {
                    encrypt(backend, blocks, b, |half| arithmetic.block(round, half));
                    mix(blocks, a, |half, block| arithmetic.add(Side::U, half, block));
                    encrypt(backend, blocks, a, |half| arithmetic.block(round + 1, half));
                    mix(blocks, b, |half, block| arithmetic.add(Side::V, half, block));
                }
            }
            Direction::Decrypt => {
                for round in (0..ROUNDS).step_by(2).rev() {
                    encrypt(backend, blocks, a, |half| arithmetic.block(round + 1, half));
                    mix(blocks, b, |half, block| arithmetic.sub(Side::V, half, block));
                    encrypt(backend, blocks, b, |half| arithmetic.block(round, half));
                    mix(blocks, a, |half, block| arithmetic.sub(Side::U, half, block));
                }
            }
        }
    }
}

/// How many blocks to encrypt for `count` rows: more than needed where that completes a group the backend takes at
/// once, and the group is at least a third full; blocks left over go one by one.
#[inline(always)]
fn worthwhile<B: BlockCipherEncBackend<BlockSize = U16>>(count: usize) -> usize {
    let group = B::ParBlocksSize::USIZE;
    let filled = count.next_multiple_of(group);
    if filled <= ROWS && 3 * (count % group) > group { filled } else { count }
}

/// Makes the block of each half and encrypts it.
#[inline(always)]
fn encrypt<B: BlockCipherEncBackend<BlockSize = U16>, H: Copy>(
    backend: &B,
    blocks: &mut [Block],
    halves: &[H],
    block_of: impl Fn(H) -> [u8; 16],
) {
    for (block, &half) in blocks.iter_mut().zip(halves) {
        *block = Block::from(block_of(half));
    }
    let (groups, rest) = Array::<Block, B::ParBlocksSize>::slice_as_chunks_mut(blocks);
    for group in groups {
        backend.encrypt_par_blocks_inplace(group);
    }
    for block in rest {
        backend.encrypt_block_inplace(block);
    }
}

/// Takes each encrypted block into the other half. What the standard writes as a swap of the halves is the caller
/// naming them the other way round in the next round.
#[inline(always)]
fn mix<H: Copy>(blocks: &[Block], halves: &mut [H], mixed: impl Fn(H, [u8; 16]) -> H) {
    for (half, block) in halves.iter_mut().zip(blocks) {
        *half = mixed(*half, (*block).into());
    }
}
