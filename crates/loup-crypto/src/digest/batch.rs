//! Values sorted into lanes: short ones by the group, long ones in step.

use super::keccak::{DIGEST, Permutation, STATE};
use super::stage::{self, Stage, short};

/// Writes the digest of every value behind the `K` words of `key`; `single` is used where a group would hold one value only.
pub(super) fn digest<const L: usize, const K: usize, const PAD: u64>(
    lanes: impl Permutation<L>,
    key: &[u64; K],
    values: &[&[u8]],
    out: &mut [[u8; 32]],
    single: impl Fn(&[u8]) -> [u8; 32],
) {
    let mut stage = Stage::<L, K, PAD>::new(key);
    // The places of the values that wait, short and long ones apart.
    let (mut few, mut long) = (Group::<L>::new(), Group::<L>::new());
    for (place, value) in values.iter().enumerate() {
        if value.len() <= short::<K>() {
            stage.put(few.count, value);
            if few.push(place) {
                one_block(lanes, &stage, few.take(), out);
            }
        } else if long.push(place) {
            in_step::<L, K, PAD>(lanes, key, values, long.take(), out);
        }
    }
    // What is left over: unused lanes permute leftovers that nobody reads, which costs less than one value alone twice.
    match few.take() {
        &[] => {}
        &[place] => out[place] = single(values[place]),
        places => one_block(lanes, &stage, places, out),
    }
    match long.take() {
        &[] => {}
        &[place] => out[place] = single(values[place]),
        places => in_step::<L, K, PAD>(lanes, key, values, places, out),
    }
}

/// Up to `L` places in the batch.
struct Group<const L: usize> {
    places: [usize; L],
    count: usize,
}

impl<const L: usize> Group<L> {
    fn new() -> Self {
        Self { places: [0; L], count: 0 }
    }

    /// Adds a place and says whether the group is full.
    #[inline]
    fn push(&mut self, place: usize) -> bool {
        self.places[self.count] = place;
        self.count += 1;
        self.count == L
    }

    /// Gives the places and begins anew.
    #[inline]
    fn take(&mut self) -> &[usize] {
        &self.places[..std::mem::take(&mut self.count)]
    }
}

/// One permutation for a group of short values.
#[inline]
fn one_block<const L: usize, const K: usize, const PAD: u64>(
    lanes: impl Permutation<L>,
    stage: &Stage<L, K, PAD>,
    places: &[usize],
    out: &mut [[u8; 32]],
) {
    let mut digests = [[0; L]; DIGEST];
    lanes.digest_block(&stage.block, &mut digests);
    for (lane, &place) in places.iter().enumerate() {
        out[place] = column(&digests, lane);
    }
}

/// A group of long values, block by block; each lane's digest is taken when its own last block is done.
fn in_step<const L: usize, const K: usize, const PAD: u64>(
    lanes: impl Permutation<L>,
    key: &[u64; K],
    values: &[&[u8]],
    places: &[usize],
    out: &mut [[u8; 32]],
) {
    let mut state = [[0; L]; STATE];
    let longest = places.iter().map(|&place| stage::blocks::<K>(values[place].len())).max().unwrap_or(0);
    for number in 0..longest {
        for (lane, &place) in places.iter().enumerate() {
            if number < stage::blocks::<K>(values[place].len()) {
                stage::absorb::<L, K, PAD>(&mut state, lane, key, values[place], number);
            }
        }
        lanes.permute(&mut state);
        for (lane, &place) in places.iter().enumerate() {
            if number + 1 == stage::blocks::<K>(values[place].len()) {
                out[place] = column(&state, lane);
            }
        }
    }
}

/// The digest in one column.
#[inline]
fn column<const L: usize>(words: &[[u64; L]], lane: usize) -> [u8; 32] {
    let mut digest = [0; 32];
    for (bytes, row) in digest.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *bytes = row[lane].to_le_bytes();
    }
    digest
}
