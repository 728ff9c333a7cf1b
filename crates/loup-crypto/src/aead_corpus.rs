//! The Wycheproof corpora of AES-256-GCM and AES-256-GCM-SIV, run through the core that all sealing uses.

#[path = "../tests/corpus/mod.rs"]
mod corpus;
#[path = "../tests/wycheproof/mod.rs"]
mod wycheproof;

use aes_gcm::aead::{Aead, consts::U12};

use crate::aead::{self, NONCE};
use corpus::hex;

/// Runs all tests with a 256-bit key and a 96-bit nonce, the only sizes in use here; gives how many there were.
fn run<C: Aead<NonceSize = U12>>(name: &str, cipher_of: impl Fn(&[u8; 32]) -> C) -> Option<(usize, usize)> {
    let corpus = corpus::load(name)?;
    let (mut valid, mut invalid) = (0, 0);
    for (group, test) in wycheproof::tests(&corpus) {
        if group["keySize"] != 256 || group["ivSize"] != 8 * NONCE {
            continue;
        }
        let id = &test["tcId"];
        let cipher = cipher_of(hex(&test["key"]).as_slice().try_into().expect("256 bits"));
        let nonce: [u8; NONCE] = hex(&test["iv"]).try_into().expect("96 bits");
        let (aad, message) = (hex(&test["aad"]), hex(&test["msg"]));
        let sealed = [hex(&test["ct"]), hex(&test["tag"])].concat();
        let opened = aead::open(&cipher, &nonce, &aad, &sealed);
        if test["result"] == "valid" {
            valid += 1;
            assert_eq!(aead::seal(&cipher, &nonce, &aad, &message).unwrap(), sealed, "{name} {id}");
            assert_eq!(opened.unwrap(), message, "{name} {id}");
        } else {
            invalid += 1;
            assert!(opened.is_err(), "{name} {id}");
        }
    }
    Some((valid, invalid))
}

#[test]
fn gcm_agrees_with_wycheproof() {
    if let Some((valid, invalid)) = run("wycheproof_aes_gcm.json", aead::gcm) {
        assert!(valid >= 20 && invalid >= 10, "{valid} valid, {invalid} invalid");
    }
}

#[test]
fn gcm_siv_agrees_with_wycheproof() {
    if let Some((valid, invalid)) = run("wycheproof_aes_gcm_siv.json", aead::gcm_siv) {
        assert!(valid >= 50 && invalid >= 30, "{valid} valid, {invalid} invalid");
    }
}
