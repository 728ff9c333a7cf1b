//! The keyed digest: pinned values, and every lane width against the sha3 crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use corpus::hex;
use loup_crypto::{KeyRing, KeyedDigest, Lanes, PurposeKey};
use proptest::prelude::*;
use serde_json::Value;
use sha3::{Digest, Sha3_256};

const VECTORS: &str = include_str!("vectors/loup_keyed_digest.json");

fn check(vectors: &Value) {
    // The root is 00 01 .. 1f, here in base64.
    let root = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap().active();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let keys = vectors["purpose_keys"].as_array().unwrap();
    assert_eq!(keys.len(), 7);
    for key in keys {
        let purpose_key = root.purpose_key(&text(&key["purpose"]), &text(&key["domain"]));
        assert_eq!(purpose_key.expose().as_slice(), hex(&key["key"]));
    }
    let digests = vectors["digests"].as_array().unwrap();
    assert_eq!(digests.len(), 48);
    for case in digests {
        let key = root.purpose_key(&text(&case["purpose"]), &text(&case["domain"]));
        let (value, expected) = (text(&case["value"]), hex(&case["digest"]));
        assert_eq!(KeyedDigest::new(&key).digest(value.as_bytes()).as_slice(), expected, "{value}");
        for digest in Lanes::ALL.into_iter().filter_map(|lanes| KeyedDigest::with_lanes(&key, lanes)) {
            let mut out = [[0; 32]; 9];
            digest.digest_batch(&[value.as_bytes(); 9], &mut out);
            assert!(out.iter().all(|out| out.as_slice() == expected), "{value} in {:?}", digest.lanes());
        }
    }
}

#[test]
fn pinned_digests_hold() {
    check(&serde_json::from_str(VECTORS).unwrap());
}

#[test]
fn data_folder_holds_the_same_vectors() {
    if let Some(vectors) = corpus::load("loup_keyed_digest.json") {
        check(&vectors);
    }
}

#[test]
fn widest_lanes_are_chosen() {
    let key = KeyRing::ephemeral().unwrap().active().purpose_key("hash_keyed", "job");
    let widest = Lanes::ALL.into_iter().rfind(|&lanes| KeyedDigest::with_lanes(&key, lanes).is_some());
    assert_eq!(Some(KeyedDigest::new(&key).lanes()), widest);
    #[cfg(target_arch = "x86_64")]
    for (lanes, present) in [
        (Lanes::Four, std::arch::is_x86_feature_detected!("avx2")),
        (Lanes::Eight, std::arch::is_x86_feature_detected!("avx512f")),
    ] {
        assert_eq!(KeyedDigest::with_lanes(&key, lanes).is_some(), present, "{lanes:?}");
    }
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", KeyedDigest::new(&PurposeKey::from_bytes(&mut [0xc9; 32])));
    assert!(shown.contains("***") && !shown.contains("201") && !shown.contains("c9"), "{shown}");
}

/// The lengths at which a padding or a block begins anew, next to one another in one batch.
#[test]
fn block_borders_are_right() {
    let values: Vec<Vec<u8>> = (0..=550).map(|length| vec![0xa5; length]).collect();
    compare([3; 32], &values);
    let borders: Vec<Vec<u8>> = [0, 7, 8, 95, 96, 102, 103, 104, 135, 136, 239, 240, 241, 375, 376, 5_000]
        .into_iter()
        .flat_map(|length| [vec![1; length], vec![2; length + 1]])
        .collect();
    for from in 0..borders.len() {
        compare([4; 32], &borders[from..]);
    }
}

fn compare(key: [u8; 32], values: &[Vec<u8>]) {
    let expected: Vec<[u8; 32]> =
        values.iter().map(|value| Sha3_256::new().chain_update(key).chain_update(value).finalize().into()).collect();
    let purpose_key = PurposeKey::from_bytes(&mut key.clone());
    let borrowed: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    for digest in Lanes::ALL.into_iter().filter_map(|lanes| KeyedDigest::with_lanes(&purpose_key, lanes)) {
        let mut out = vec![[0xee; 32]; values.len()];
        digest.digest_batch(&borrowed, &mut out);
        assert!(out == expected, "{:?} differs from the sha3 crate on {} values", digest.lanes(), values.len());
    }
}

proptest! {
    #[test]
    fn all_lanes_equal_the_sha3_crate(
        key in any::<[u8; 32]>(),
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..=400), 0..40),
    ) {
        compare(key, &values);
    }

    #[test]
    fn short_values_equal_the_sha3_crate(
        key in any::<[u8; 32]>(),
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..=110), 0..40),
    ) {
        compare(key, &values);
    }
}
