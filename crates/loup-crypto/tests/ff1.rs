//! FF1 against the NIST samples and all of Wycheproof.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;
mod wycheproof;

use corpus::hex;
use loup_crypto::{Error, Ff1};
use serde_json::Value;

const ALPHABET: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
const DIGITS: &str = "0123456789";
const LETTERS: &str = "0123456789abcdefghi";

/// A symbol outside the alphabet becomes a digit outside the radix, for the core to refuse.
fn digits(text: &str, alphabet: &str) -> Vec<u16> {
    let place = |symbol| alphabet.chars().position(|c| c == symbol).map_or(u16::MAX, |place| place as u16);
    text.chars().map(place).collect()
}

/// The nine samples NIST published with SP 800-38G: bits of the key, radix, tweak, plaintext, ciphertext.
#[test]
fn nist_samples_hold() {
    for (bits, radix, tweak, plain, cipher) in [
        (128, 10, "", DIGITS, "2433477484"),
        (128, 10, "39383736353433323130", DIGITS, "6124200773"),
        (128, 36, "3737373770717273373737", LETTERS, "a9tv40mll9kdu509eum"),
        (192, 10, "", DIGITS, "2830668132"),
        (192, 10, "39383736353433323130", DIGITS, "2496655549"),
        (192, 36, "3737373770717273373737", LETTERS, "xbj3kv35jrawxv32ysr"),
        (256, 10, "", DIGITS, "6657667009"),
        (256, 10, "39383736353433323130", DIGITS, "1001623463"),
        (256, 36, "3737373770717273373737", LETTERS, "xs8a0azh2avyalyzuwd"),
    ] {
        let key = hex(&Value::from(&KEY[..bits / 4]));
        let tweak = hex(&Value::from(tweak));
        both_ways(&Ff1::new(&key, radix).unwrap(), &tweak, &digits(plain, ALPHABET), &digits(cipher, ALPHABET), plain);
    }
}

#[test]
fn nist_samples_of_the_data_folder_hold() {
    let Some(corpus) = corpus::load("nist_sp800_38g_ff1_samples.json") else {
        return;
    };
    let samples = corpus["vectors"].as_array().unwrap();
    assert_eq!(samples.len(), 9);
    for sample in samples {
        let ff1 = Ff1::new(&hex(&sample["key"]), sample["radix"].as_u64().unwrap() as u32).unwrap();
        let row = |name: &str| digits(sample[name].as_str().unwrap(), ALPHABET);
        both_ways(&ff1, &hex(&sample["tweak"]), &row("plaintext"), &row("ciphertext"), &sample["sample"].to_string());
    }
}

/// A set small enough for the repository, of all radices and sizes of halves.
#[test]
fn vectors_of_another_program_hold() {
    let corpus: Value = serde_json::from_str(include_str!("vectors/ff1.json")).unwrap();
    let vectors = corpus["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 21);
    for vector in vectors {
        let ff1 = Ff1::new(&hex(&vector["key"]), vector["radix"].as_u64().unwrap() as u32).unwrap();
        let row = |name: &str| of_list(vector, &vector[name]);
        both_ways(&ff1, &hex(&vector["tweak"]), &row("plain"), &row("cipher"), &vector["key"].to_string());
    }
}

/// One row alone, and the same row many times over among others.
fn both_ways(ff1: &Ff1, tweak: &[u8], plain: &[u16], cipher: &[u16], name: &str) {
    let mut row = plain.to_vec();
    ff1.encrypt(tweak, &mut row).unwrap();
    assert_eq!(row, cipher, "{name}");
    ff1.decrypt(tweak, &mut row).unwrap();
    assert_eq!(row, plain, "{name}");
    let mut rows = [plain, cipher].concat().repeat(17);
    ff1.encrypt_batch(tweak, &mut rows, plain.len()).unwrap();
    assert!(rows.chunks(plain.len()).step_by(2).all(|row| row == cipher), "{name} in a batch");
    ff1.decrypt_batch(tweak, &mut rows, plain.len()).unwrap();
    assert!(rows == [plain, cipher].concat().repeat(17), "{name} in a batch");
}

/// Runs a corpus and returns how many tests were valid, and how many were refused for key, length and digits.
fn run(name: &str, row: impl Fn(&Value, &Value) -> Vec<u16>) -> Option<[usize; 4]> {
    let corpus = corpus::load(name)?;
    let mut counts = [0; 4];
    for (group, test) in wycheproof::tests(&corpus) {
        let id = format!("{name} {}", test["tcId"]);
        let (plain, cipher) = (row(group, &test["msg"]), row(group, &test["ct"]));
        let (key, tweak) = (hex(&test["key"]), hex(&test["tweak"]));
        let ff1 = Ff1::new(&key, group["radix"].as_u64().unwrap() as u32);
        if test["result"] == "valid" {
            counts[0] += 1;
            both_ways(&ff1.unwrap(), &tweak, &plain, &cipher, &id);
            continue;
        }
        let refused = match ff1 {
            Err(error) => error,
            Ok(ff1) => ff1.encrypt(&tweak, &mut plain.clone()).expect_err(&id),
        };
        counts[match (test["flags"][0].as_str(), refused) {
            (Some("InvalidKeySize"), Error::Ff1Key { .. }) => 1,
            (Some("InvalidMessageSize"), Error::Ff1Length { .. }) => 2,
            (Some("InvalidPlaintext"), Error::Ff1Digit { .. }) => 3,
            (flag, error) => panic!("{id}: {flag:?} gave {error}"),
        }] += 1;
    }
    Some(counts)
}

fn of_text(group: &Value, text: &Value) -> Vec<u16> {
    digits(text.as_str().unwrap(), group["alphabet"].as_str().unwrap())
}

fn of_list(_group: &Value, list: &Value) -> Vec<u16> {
    list.as_array().unwrap().iter().map(|digit| u16::try_from(digit.as_i64().unwrap()).unwrap_or(u16::MAX)).collect()
}

#[test]
fn wycheproof_base10_holds() {
    if let Some(counts) = run("wycheproof_aes_ff1_base10.json", of_text) {
        assert_eq!(counts, [1_987, 3, 4, 313]);
    }
}

#[test]
fn wycheproof_base26_holds() {
    if let Some([valid, ..]) = run("wycheproof_aes_ff1_base26.json", of_text) {
        assert!(valid > 2_000, "{valid}");
    }
}

#[test]
fn wycheproof_base36_holds() {
    if let Some([valid, ..]) = run("wycheproof_aes_ff1_base36.json", of_text) {
        assert!(valid > 1_000, "{valid}");
    }
}

#[test]
fn wycheproof_base62_holds() {
    if let Some([valid, ..]) = run("wycheproof_aes_ff1_base62.json", of_text) {
        assert!(valid > 1_000, "{valid}");
    }
}

#[test]
fn wycheproof_radix256_holds() {
    if let Some(counts) = run("wycheproof_aes_ff1_radix256.json", of_list) {
        assert_eq!(counts, [1_758, 5, 6, 252]);
    }
}

#[test]
fn wrong_parameters_are_refused() {
    for radix in [0, 1, 65_537, u32::MAX] {
        assert!(matches!(Ff1::new(&[0; 16], radix), Err(Error::Ff1Radix { .. })), "{radix}");
    }
    for length in [0, 15, 17, 31, 33] {
        assert!(matches!(Ff1::new(&vec![0; length], 10), Err(Error::Ff1Key { .. })), "{length}");
    }
    let ff1 = Ff1::new(&[0; 32], 10).unwrap();
    for (total, row_len) in [(0, 0), (6, 0), (6, 1), (6, 4), (6, 7)] {
        let mut rows = vec![0; total];
        assert!(
            matches!(ff1.encrypt_batch(b"", &mut rows, row_len), Err(Error::Ff1Length { .. })),
            "{total} {row_len}"
        );
    }
    assert!(ff1.encrypt_batch(b"", &mut [], 6).is_ok(), "no rows are no error");
}

#[test]
fn refused_batch_is_left_as_it_was() {
    let ff1 = Ff1::new(&[0; 32], 10).unwrap();
    let mut rows = vec![5; 600];
    rows[599] = 10;
    let before = rows.clone();
    assert!(matches!(ff1.encrypt_batch(b"", &mut rows, 6), Err(Error::Ff1Digit { radix: 10 })));
    assert_eq!(rows, before);
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", Ff1::new(&[0xc9; 32], 10).unwrap());
    assert!(shown.contains("***") && !shown.contains("201") && !shown.contains("c9"), "{shown}");
}
