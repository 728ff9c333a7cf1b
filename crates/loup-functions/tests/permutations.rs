//! Permutations are one to one, keep the form of their values, and can be turned back with the key.

mod tester;

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use loup_crypto::{KeyRing, NumberCipher, frame};
use proptest::prelude::*;
use tester::{ALPHABET, KEY, UdfTester};

fn tester(name: &str, options: &[&str]) -> UdfTester {
    UdfTester::new(KEY, name, options.iter().map(|option| ScalarValue::from(*option)).collect())
}

fn masked(tester: &UdfTester, values: impl Iterator<Item = String>) -> StringViewArray {
    let values: ArrayRef = Arc::new(values.map(Some).collect::<StringViewArray>());
    tester.mask(&values).expect("values fit").as_string_view().clone()
}

fn one(tester: &UdfTester, value: &str) -> String {
    tester.texts(&[Some(value)], &DataType::Utf8View).expect("fits").remove(0).expect("a value")
}

/// All million texts of six digits, each once, and about one of them its own image.
#[test]
fn six_digits_are_permuted_whole() {
    for (name, options) in
        [("pseudo_digits", &["d"][..]), ("pseudo_text", &["d"]), ("pseudo_text", &["d", "0123456789"])]
    {
        let results = masked(&tester(name, options), (0..1_000_000).map(|n| format!("{n:06}")));
        let mut seen = vec![false; 1_000_000];
        let mut fixed = 0;
        for (value, result) in results.iter().flatten().enumerate() {
            assert_eq!(result.len(), 6, "{name}");
            let number: usize = result.parse().expect("digits");
            assert!(!seen[number], "{name}: {result} twice");
            seen[number] = true;
            fixed += usize::from(number == value);
        }
        assert!(seen.iter().all(|seen| *seen) && fixed <= 8, "{name}: {fixed} fixed points");
    }
}

/// Right check digits stay right and wrong ones as wrong as they were, so that values stay one to one.
#[test]
fn check_digits_move_with_their_ids() {
    let luhn = |digits: &str| {
        let sum: u32 = digits.bytes().rev().enumerate().fold(0, |sum, (i, digit)| {
            let digit = u32::from(digit - b'0');
            sum + if i % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        });
        sum % 10
    };
    let tester = tester("pseudo_digits", &["d", "luhn"]);
    let ids = |n: u32| format!("{:07}", n * 17 % 10_000_000);
    let results = masked(&tester, (0..200_000).map(ids));
    let mut seen = HashSet::new();
    for (n, result) in results.iter().flatten().enumerate() {
        assert_eq!(luhn(&ids(n as u32)), luhn(result), "the sum keeps its distance from a multiple of ten");
        assert!(seen.insert(result), "{result} twice");
    }
    // The last digit of an id plays no part in the others, and each of its ten gives another one.
    let siblings: HashSet<String> = (0..10).map(|check| one(&tester, &format!("123456{check}"))).collect();
    assert_eq!(siblings.len(), 10);
    assert_eq!(siblings.iter().map(|id| &id[..6]).collect::<HashSet<_>>().len(), 1);
}

#[test]
fn verhoeff_is_kept() {
    // Valid ones of the literature; that results are valid is pinned in the vectors, computed with python-stdnum.
    let tester = tester("pseudo_digits", &["d", "verhoeff"]);
    for valid in ["1428570", "1234567890120", "847364309548372845678922"] {
        let check = |id: &str| one(&tester, id);
        let valid_result = check(valid);
        assert_ne!(valid_result, valid);
        // The results of a right and a wrong id differ in the last digit alone.
        let wrong = format!("{}{}", &valid[..valid.len() - 1], (valid.as_bytes()[valid.len() - 1] - b'0' + 3) % 10);
        let wrong_result = check(&wrong);
        assert_eq!(valid_result[..valid.len() - 1], wrong_result[..valid.len() - 1]);
        let last = |id: &str| u32::from(id.as_bytes()[id.len() - 1] - b'0');
        assert_eq!((last(&wrong_result) + 10 - last(&valid_result)) % 10, 3);
    }
}

/// The tweak of letters and digits, and the way back from rank to text, written a second time.
fn turned_back(text: &str) -> String {
    let places: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()).collect();
    let mut tweak = Vec::new();
    let pattern: Vec<u8> = places.iter().map(|(_, byte)| if byte.is_ascii_digit() { b'9' } else { b'A' }).collect();
    for part in [&b"pseudo_text"[..], b"classes", b"none", &pattern] {
        frame(&mut tweak, part);
    }
    let base = |byte: u8| if byte.is_ascii_digit() { 10 } else { 26 };
    let (mut rank, mut texts) = (0_u128, 1_u128);
    for (_, byte) in &places {
        let symbol = if byte.is_ascii_digit() { byte - b'0' } else { byte.to_ascii_lowercase() - b'a' };
        rank = rank * base(*byte) + u128::from(symbol);
        texts *= base(*byte);
    }
    let key = KeyRing::from_base64(KEY).expect("a key").active().purpose_key("ff1", "d");
    let mut ranks = [rank];
    NumberCipher::new(&key).inverse(&tweak, texts - 1, &mut ranks).expect("below the number of texts");
    let mut out = text.as_bytes().to_vec();
    for (place, byte) in places.iter().rev() {
        let first = if byte.is_ascii_digit() { b'0' } else { b'A' | byte & 0x20 };
        out[*place] = first + (ranks[0] % base(*byte)) as u8;
        ranks[0] /= base(*byte);
    }
    String::from_utf8(out).expect("ASCII")
}

/// Returns the class of each character: what a permutation keeps.
fn form(text: &str) -> String {
    let class = |c: char| match c {
        '0'..='9' => '9',
        'A'..='Z' => 'A',
        'a'..='z' => 'a',
        other => other,
    };
    text.chars().map(class).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pseudo_text_keeps_the_form_and_is_turned_back(text in "[A-Za-z0-9]{6,12}[-/. @]{0,3}[A-Za-z0-9]{0,14}") {
        let result = one(&tester("pseudo_text", &["d"]), &text);
        prop_assert_eq!(form(&result), form(&text));
        prop_assert_eq!(turned_back(&result), text.clone());
        let lower = one(&tester("pseudo_text", &["d"]), &text.to_lowercase());
        prop_assert_eq!(lower, result.to_lowercase(), "case plays no part");
    }

    #[test]
    fn pseudo_digits_keeps_the_form_and_all_spellings_agree(digits in "[0-9]{6,30}", separators in prop::collection::vec(0_usize..6, 30)) {
        let spelled: String = digits.chars().zip(separators).flat_map(|(c, pick)| [Some(c), [Some('-'), Some(' '), None][pick % 3]]).flatten().collect();
        let tester = tester("pseudo_digits", &["d"]);
        let result = one(&tester, &spelled);
        prop_assert_eq!(form(&result), form(&spelled));
        prop_assert_eq!(result.replace(['-', ' '], ""), one(&tester, &digits));
    }

    #[test]
    fn fpe_decrypt_turns_fpe_encrypt_back(text in "[A-Za-z0-9]{4,80}", tweak in "[a-zé]{0,20}", domain in "[a-z]{1,8}") {
        let options = [ALPHABET, &domain, &tweak];
        let encrypted = one(&tester("fpe_encrypt", &options), &text);
        prop_assert_eq!(encrypted.len(), text.len());
        prop_assert_eq!(one(&tester("fpe_decrypt", &options), &encrypted), text);
    }

    #[test]
    fn decrypt_turns_encrypt_back(text in any::<String>(), domain in any::<String>()) {
        let encrypted = one(&tester("encrypt", &[&domain]), &text);
        prop_assert_eq!(encrypted.len(), (text.len() + 16).div_ceil(3) * 4);
        prop_assert_eq!(one(&tester("decrypt", &[&domain]), &encrypted), text);
        prop_assert!(tester("decrypt", &["another"]).texts(&[Some(&encrypted)], &DataType::Utf8).is_err());
    }
}

#[test]
fn every_altered_character_is_noticed() {
    let (encrypt, decrypt) = (tester("encrypt", &["d"]), tester("decrypt", &["d"]));
    for value in ["", "12345", "canary", "François Çelik"] {
        let encrypted = one(&encrypt, value);
        for (place, old) in encrypted.char_indices() {
            for new in ['A', 'B', '/', '=', ' ', 'é'].into_iter().filter(|new| *new != old) {
                let mut altered = encrypted.clone();
                altered.replace_range(place..=place, new.encode_utf8(&mut [0; 4]));
                let error = decrypt.texts(&[Some(&altered)], &DataType::Utf8).expect_err("altered").to_string();
                assert!(error.contains("decrypt: expected") && !error.contains("canary"), "{error}");
                assert!(!error.contains(&altered), "{error}");
            }
        }
        for cut in 0..encrypted.len() {
            assert!(decrypt.texts(&[Some(&encrypted[..cut])], &DataType::Utf8).is_err(), "cut to {cut}");
        }
    }
}

#[test]
fn values_of_another_shape_are_refused_and_not_shown() {
    for (name, options, value, says) in [
        ("pseudo_digits", &["d"][..], "12345", "expected 6 to 512 digits, got 5"),
        ("pseudo_digits", &["d"], "", "expected 6 to 512 digits, got 0"),
        ("pseudo_digits", &["d", "luhn"], "123456", "expected 7 to 512 digits, got 6"),
        ("pseudo_digits", &["d"], "canary of 123456", "at most 4 letters, and no more than digits; got 8 beside 6"),
        ("pseudo_digits", &["d"], "123456 ٣٤", "got 2 of another script"),
        ("pseudo_text", &["d"], "AB12", "got 2 letters and 2 digits"),
        ("pseudo_text", &["d"], "--", "got 0 letters and 0 digits"),
        ("pseudo_text", &["d"], "canary é", "expected ASCII text, got 1 other characters"),
        ("pseudo_text", &["d", "", "luhn"], "123456 canary", "expected a check digit at the end, got none"),
        ("pseudo_text", &["d", "", "luhn"], "AB123", "before the check digit, got 2 letters and 2 digits"),
        ("pseudo_text", &["d", "abcnry"], "canary of abc", "symbols of the alphabet alone, got 4 others"),
        ("pseudo_text", &["d", "abcnry"], "canary", "expected 8 to 512 symbols of the alphabet, got 6"),
        ("fpe_encrypt", &["0123456789", "d"], "12345", "expected 6 to 512 symbols of the alphabet, got 5"),
        ("fpe_encrypt", &["0123456789", "d"], "123-456", "symbols of the alphabet alone, got 1 others"),
        ("fpe_decrypt", &["0123456789", "d"], "12345", "expected 6 to 512 symbols of the alphabet, got 5"),
        ("decrypt", &["d"], "canary", "expected base64 text that encrypt gave, got other text of 6 characters"),
        ("decrypt", &["d"], "Y2FuYXJ5IGNhbmFyeSBjYW5hcnk=", "got text of 28 characters of another one, or altered"),
    ] {
        let error = tester(name, options).texts(&[Some(value)], &DataType::Utf8).expect_err(value).to_string();
        assert!(error.contains(name) && error.contains(says), "{error}");
        assert!(value.is_empty() || !error.contains(value) && !error.contains("canary"), "{error}");
    }
    let long = "7".repeat(513);
    for (name, options) in
        [("pseudo_digits", &["d"][..]), ("pseudo_text", &["d"]), ("fpe_encrypt", &["0123456789", "d"])]
    {
        let error = tester(name, options).texts(&[Some(&long)], &DataType::Utf8).expect_err("long").to_string();
        assert!(error.contains("512") && error.contains("got 513"), "{error}");
        let longest = one(&tester(name, options), &long[1..]);
        assert!(longest.len() == 512 && longest != long[1..]);
    }
}

/// Batches of many shapes at once give what their values give alone.
#[test]
fn rows_of_many_shapes_do_not_mix() {
    let values: Vec<String> = (0..300)
        .map(|i: usize| {
            let letters: String = "abcdefghij".chars().cycle().skip(i % 7).take(i % 11).collect();
            format!("{letters}{:0width$}", i * 7_919, width = 6 + i % 30)
        })
        .collect();
    for (name, options) in [("pseudo_text", &["d"][..]), ("fpe_encrypt", &[ALPHABET, "d"])] {
        let tester = tester(name, options);
        let together = masked(&tester, values.iter().cloned());
        assert_eq!(together.null_count(), 0);
        for (value, result) in values.iter().zip(together.iter().flatten()) {
            assert_eq!(one(&tester, value), result, "{name}");
        }
    }
}
