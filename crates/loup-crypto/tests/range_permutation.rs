//! The permutation of integer ranges: pinned images, bijection, inverse.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::RangeInclusive;

use loup_crypto::{Error, PurposeKey, RangePermutation};
use proptest::prelude::*;

fn key() -> PurposeKey {
    PurposeKey::from_bytes(&mut std::array::from_fn(|i| i as u8))
}

fn permutation(range: RangeInclusive<i128>) -> RangePermutation {
    RangePermutation::new(&key(), *range.start(), *range.end()).unwrap()
}

/// Made by an independent program (FF1 in Python over another AES) with the key 00 01 .. 1f: offset and image.
#[test]
fn images_are_pinned() {
    const BASE: u64 = 1 << 31;
    let lowest = i128::MIN;
    for (range, pairs) in [
        (0..=1, vec![(0, 1), (1, 0)]),
        (0..=2, vec![(0, 0), (1, 2), (2, 1)]),
        (0..=(1 << 31) - 1, vec![(0, 1_415_596_475), (1, 1_430_966_088), (BASE - 1, 270_443_653)]),
        (1 << 31..=(1 << 32) - 1, vec![(0, 1_144_535_021), (1, 462_269_971), (BASE - 1, 892_171_361)]),
        (1 << 32..=(1 << 53) - 1, vec![(0, 6_794_637_778_552_724), (4_503_597_479_886_848, 6_424_165_365_922_564)]),
        (1 << 53..=(1 << 63) - 1, vec![(0, 6_801_653_340_982_952_411), (1, 6_513_007_436_782_760_187)]),
        (1 << 63..=(1 << 64) - 1, vec![(0, 7_414_880_686_026_041_434), (1, 6_408_176_965_021_916_813)]),
        (0..=(1 << 64) - 1, vec![(0, 7_574_815_647_249_194_001), (u64::MAX, 17_417_807_320_735_357_991)]),
        (0..=1 << 63, vec![(0, 7_234_367_228_552_882_422), (1 << 63, 1_409_260_103_403_414_588)]),
        (-1_000_000..=1_000_000, vec![(0, 1_516_090), (1_000_000, 1_540_790), (2_000_000, 1_447_658)]),
        (lowest..=lowest + 999_999, vec![(0, 566_240), (1, 50_667), (500_000, 646_337), (999_999, 807_005)]),
    ] {
        let permutation = permutation(range.clone());
        let (mut offsets, images): (Vec<u64>, Vec<u64>) = pairs.into_iter().unzip();
        let before = offsets.clone();
        permutation.forward(&mut offsets).unwrap();
        assert_eq!(offsets, images, "{range:?}");
        permutation.inverse(&mut offsets).unwrap();
        assert_eq!(offsets, before, "{range:?}");
    }
}

#[test]
fn small_ranges_are_permuted_whole() {
    for size in (2..=70_u64).chain((71..=2_000).step_by(37)).chain([255, 256, 257, 1_023, 1_024, 1_025, 2_000]) {
        let permutation = permutation(100..=99 + i128::from(size));
        let all: Vec<u64> = (0..size).collect();
        let mut images = all.clone();
        permutation.forward(&mut images).unwrap();
        let mut sorted = images.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all, "size {size}: every value once");
        permutation.inverse(&mut images).unwrap();
        assert_eq!(images, all, "size {size}");
    }
}

#[test]
fn ranges_have_their_own_permutation() {
    let images = |range| {
        let mut offsets: Vec<u64> = (0..100).collect();
        permutation(range).forward(&mut offsets).unwrap();
        offsets
    };
    assert_ne!(images(0..=999_999), images(1..=1_000_000));
    assert_ne!(images(0..=999_999), images(0..=999_998));
}

#[test]
fn impossible_ranges_are_refused() {
    for (lo, hi) in [(0, 0), (1, 0), (0, 1 << 64), (i128::MIN, i128::MAX), (i128::MIN, 0)] {
        assert!(matches!(RangePermutation::new(&key(), lo, hi), Err(Error::RangeWidth)), "{lo} {hi}");
    }
}

#[test]
fn offset_beyond_the_range_changes_nothing() {
    let permutation = permutation(0..=999);
    let mut offsets: Vec<u64> = (0..200).chain([1_000]).collect();
    let before = offsets.clone();
    assert!(matches!(permutation.forward(&mut offsets), Err(Error::RangeOffset)));
    assert!(matches!(permutation.inverse(&mut offsets), Err(Error::RangeOffset)));
    assert_eq!(offsets, before);
}

#[test]
fn debug_shows_no_key() {
    let permutation = RangePermutation::new(&PurposeKey::from_bytes(&mut [0xc9; 32]), 0, 999).unwrap();
    let shown = format!("{permutation:?}");
    assert!(shown.contains("***") && !shown.contains("201") && !shown.contains("c9"), "{shown}");
}

proptest! {
    #[test]
    fn inverse_undoes_forward_and_batch_equals_single(
        lo in -(1_i128 << 70)..1 << 70,
        last in (0_u32..64).prop_flat_map(|bits| (1_u64 << bits)..=u64::MAX >> (63 - bits)),
        picks in prop::collection::vec(any::<u64>(), 0..150),
    ) {
        let permutation = permutation(lo..=lo + i128::from(last));
        let offsets: Vec<u64> = picks.into_iter().map(|pick| if last == u64::MAX { pick } else { pick % (last + 1) }).collect();
        let mut images = offsets.clone();
        permutation.forward(&mut images).unwrap();
        prop_assert!(images.iter().all(|&image| image <= last));
        for (&offset, &image) in offsets.iter().zip(&images).take(3) {
            let mut single = [offset];
            permutation.forward(&mut single).unwrap();
            prop_assert_eq!(single, [image]);
        }
        permutation.inverse(&mut images).unwrap();
        prop_assert_eq!(images, offsets);
    }
}
