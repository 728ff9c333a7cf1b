//! Permutations of numbers of any size: pinned images, bijection, inverse.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use loup_crypto::{Error, NumberCipher, PurposeKey};
use num_bigint::BigUint;
use proptest::prelude::*;

fn cipher() -> NumberCipher {
    NumberCipher::new(&PurposeKey::from_bytes(&mut std::array::from_fn(|i| i as u8)))
}

fn big(digits: &str) -> BigUint {
    digits.parse().unwrap()
}

/// Made by an independent program (FF1 in Python over another AES) with the key 00 01 .. 1f: tweak, last, number, image.
#[test]
fn images_are_pinned() {
    for (tweak, last, number, image) in [
        ("", "999999", "0", "612523"),
        ("", "999999", "999999", "618463"),
        ("loup", "4569759999", "1", "4117720269"),
        ("", "18446744073709551615", "18446744073709551615", "15304040877740988536"),
        ("", "18446744073709551616", "0", "3430572276698331059"),
        ("", "18446744073709551616", "18446744073709551616", "8822571907862312492"),
        (
            "a tweak of more than one block",
            "19928148895209409152340197375",
            "12345678901234567890123456789",
            "12985937566253621244699407803",
        ),
        (
            "",
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211455",
            "261249912489327905343683875110806908643",
        ),
        ("", "340282366920938463463374607431768211456", "0", "20736559268384196025908640620748213677"),
        (
            "x",
            "178689910246017054531432477289437798228285773001601743140683775",
            "0",
            "61130618001481290999359357539517964013387723146091300629215427",
        ),
    ] {
        let (cipher, tweak, mut row) = (cipher(), tweak.as_bytes(), big(number));
        cipher.forward_big(tweak, &big(last), &mut row).unwrap();
        assert_eq!(row, big(image), "{last} {number}");
        cipher.inverse_big(tweak, &big(last), &mut row).unwrap();
        assert_eq!(row, big(number), "{last} {number}");
        if let Ok(last) = last.parse::<u128>() {
            let mut rows = [number.parse().unwrap()];
            cipher.forward(tweak, last, &mut rows).unwrap();
            assert_eq!(rows[0].to_string(), image, "{last} {number}");
        }
    }
}

#[test]
fn small_ranges_are_permuted_whole() {
    for last in (1..70).chain([254, 255, 256, 999, 1_023, 1_024]) {
        let all: Vec<u128> = (0..=last).collect();
        let mut images = all.clone();
        cipher().forward(b"t", last, &mut images).unwrap();
        let mut sorted = images.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all, "{last}: every number once");
        cipher().inverse(b"t", last, &mut images).unwrap();
        assert_eq!(images, all, "{last}");
    }
}

#[test]
fn numbers_beyond_the_last_change_nothing() {
    let mut numbers: Vec<u128> = (0..200).chain([1_000]).collect();
    let before = numbers.clone();
    assert!(matches!(cipher().forward(b"", 999, &mut numbers), Err(Error::RangeOffset)));
    assert!(matches!(cipher().forward(b"", 0, &mut numbers), Err(Error::RangeWidth)));
    assert_eq!(numbers, before);
    let mut number = big("1000");
    assert!(matches!(cipher().forward_big(b"", &big("999"), &mut number), Err(Error::RangeOffset)));
    assert!(matches!(cipher().inverse_big(b"", &big("0"), &mut number), Err(Error::RangeWidth)));
    assert_eq!(number, big("1000"));
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(format!("{:?}", cipher()), "NumberCipher(***)");
}

proptest! {
    /// One permutation whichever way it is computed: many at once in registers, or one by one in numbers of any size.
    #[test]
    fn all_sizes_agree_and_go_back(
        tweak in prop::collection::vec(any::<u8>(), 0..40),
        last in (0_u32..128).prop_flat_map(|bits| (1_u128 << bits)..=u128::MAX >> (127 - bits)),
        picks in prop::collection::vec(any::<u128>(), 1..80),
    ) {
        let cipher = cipher();
        let numbers: Vec<u128> = picks.into_iter().map(|pick| if last == u128::MAX { pick } else { pick % (last + 1) }).collect();
        let mut images = numbers.clone();
        cipher.forward(&tweak, last, &mut images).unwrap();
        prop_assert!(images.iter().all(|&image| image <= last));
        for (&number, &image) in numbers.iter().zip(&images).take(3) {
            let mut row = BigUint::from(number);
            cipher.forward_big(&tweak, &BigUint::from(last), &mut row).unwrap();
            prop_assert_eq!(row, BigUint::from(image));
        }
        cipher.inverse(&tweak, last, &mut images).unwrap();
        prop_assert_eq!(images, numbers);
    }
}
