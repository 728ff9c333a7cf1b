//! Salts files and what is made with them: who may read them, their forms, other systems' digests, and silence.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;
mod wycheproof;

use std::fs;
use std::path::Path;

use corpus::hex;
use loup_crypto::{Error, HashAlgorithm, Pepper, Salts};
use serde_json::{Value, json};

const SALT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const PEPPER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn salts(file: &Value) -> Salts {
    Salts::from_json(file.to_string().as_bytes()).unwrap()
}

fn digest(salts: &Salts, algorithm: HashAlgorithm, value: &str, pepper: Pepper<'_>) -> String {
    let mut out = [0; 64];
    let digest = salts.salted_digest(algorithm, "salt", pepper).unwrap();
    text(digest.digest(value.as_bytes(), &mut out))
}

fn text(bytes: &[u8]) -> String {
    format!("{bytes:02x?}").replace(['[', ']', ',', ' '], "")
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

/// What another system made of the salt and the pepper above: SHA3-256, then original Keccak-256, in one stage and two.
#[test]
fn salted_digests_are_those_of_other_systems() {
    use HashAlgorithm::{Keccak256, Sha3_256};
    let salts = salts(&json!({"salt": SALT, "pepper": PEPPER}));
    for (value, expected) in [
        (
            "12345",
            [
                "bd132755056f9bdf51836fde38af25d472a667a0f56fbef953f6594183771eb6",
                "d0fb5354cfa16702bb4595e0e47358932da5d80471514eecc2e963e78fc69e40",
                "a15a0bcbd134975731eb655b2279f918e23aaff147f831bc2fab1cf25544f68b",
                "99a8980d4e76811a04a347d1ca925a66d1d7f09bed50fd67f55ab0539b143b66",
            ],
        ),
        (
            "alice@example.com",
            [
                "f4119cc3e673ff940a558cf8601927418c06df9ee723d53a7322a084fd63da61",
                "1db7d2d626f12b28aa8a3949cbb97870c8e4c4a4070cb4f41d027590e8b9625f",
                "bd299e4ad2f99e71843286390b8d5e9fa1a58678374debce50686e8a2b8159e3",
                "d822cfb932fb016c74d24fe8a50bce9429bf46c5b5a7fdb7e403fa4ea9d53a08",
            ],
        ),
        (
            "François",
            [
                "1177804becc6404fb719ed423dbd6f97bf162b79f69bd10cc0c460af15f6cd5d",
                "3d74fe5efefda06032151f4e4e9ec0433c8150bfddd6360fa810f644e5fe08d6",
                "7f8543b0305b497d8b442ca965ad209314a546d060166d2af15c9262015c5a9a",
                "1811c05551928acd3a54ff9abf56665f4f492b38faa0e59a9e4e47b9ee6efd0e",
            ],
        ),
    ] {
        let pepper = Pepper::Named("pepper");
        let made = [
            digest(&salts, Sha3_256, value, Pepper::None),
            digest(&salts, Sha3_256, value, pepper),
            digest(&salts, Keccak256, value, Pepper::None),
            digest(&salts, Keccak256, value, pepper),
        ];
        assert_eq!(made, expected, "{value}");
    }
    let zeros = Salts::from_json(json!({"salt": "00".repeat(32)}).to_string().as_bytes()).unwrap();
    assert_eq!(
        digest(&zeros, Sha3_256, "12345", Pepper::None),
        "8b5033e87bfde00655ce254fa86fbf3b1498745745eaaa6a8372741a308bfc91"
    );
}

/// Made by an independent program (Python's hashlib).
#[test]
fn further_algorithms_are_pinned() {
    let salts = salts(&json!({"salt": SALT, "pepper": PEPPER}));
    for (algorithm, one, two) in
        [(HashAlgorithm::Sha256, SHA256_ONE, SHA256_TWO), (HashAlgorithm::Sha3_512, SHA3_512_ONE, SHA3_512_TWO)]
    {
        assert_eq!(digest(&salts, algorithm, "12345", Pepper::None), one, "{algorithm:?}");
        assert_eq!(digest(&salts, algorithm, "12345", Pepper::Named("pepper")), two, "{algorithm:?}");
        assert_eq!(one.len(), 2 * algorithm.length());
    }
}

const SHA256_ONE: &str = "82d7e824fc44ae82be59fa0439e13fa5ffa5cb2efdb4f0cbed11a43a61e7bac3";
const SHA256_TWO: &str = "e88ac97f8db42ca60a8f43b1631b57525a8b68ff4c96630fb649a38819fbff52";
const SHA3_512_ONE: &str = "47a4ad5d0c23b9b2804b42a1466995c5033adcfadc9642b2be65788b69e754704ddf9ccdbd4a6b760d50d305aa2f49151ded7c3f8e098ab8e7a7deab0e36b162";
const SHA3_512_TWO: &str = "b83e63a3bba2c62f6ab2c947e27469df31daf6300c5fdaed1e75baff03b19ba310918332ba485c92933b69e216582a67f81261964d5568f59702ec48732fa219";

#[test]
fn hashes_of_nothing_tell_the_algorithms_apart() {
    for (algorithm, expected) in [
        (HashAlgorithm::Sha3_256, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
        (HashAlgorithm::Keccak256, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (HashAlgorithm::Sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ] {
        assert_eq!(text(algorithm.hash(&[], &mut [0; 64])), expected);
    }
}

#[test]
fn keccak_agrees_with_other_implementations() {
    for (name, field, least) in [("keccak256_botan_kat.json", "msg", 100), ("keccak256_js_sha3.json", "text", 5)] {
        let Some(corpus) = corpus::load(name) else { continue };
        let vectors = corpus["vectors"].as_array().unwrap();
        assert!(vectors.len() >= least, "{name}");
        for vector in vectors {
            let message = match field {
                "text" => vector[field].as_str().unwrap().as_bytes().to_vec(),
                _ => hex(&vector[field]),
            };
            let mut out = [0; 64];
            assert_eq!(HashAlgorithm::Keccak256.hash(&[&message], &mut out), hex(&vector["digest"]), "{name} {vector}");
        }
    }
}

fn mac(key: &str, message: &[u8]) -> String {
    text(&salts(&json!({"key": key})).hmac_sha256("key").unwrap().mac(message))
}

/// RFC 4231, test cases 1 to 4, 6 and 7; case 5 is case 4 cut.
#[test]
fn hmac_follows_rfc_4231() {
    let long_key = "aa".repeat(131);
    for (key, message, expected) in [
        (
            "0b".repeat(20),
            b"Hi There".to_vec(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            text(b"Jefe"),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        ("aa".repeat(20), vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            text(&(1..=25).collect::<Vec<_>>()),
            vec![0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            long_key.clone(),
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            long_key,
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
              hashed before being used by the HMAC algorithm."
                .to_vec(),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ] {
        assert_eq!(mac(&key, &message), expected);
    }
}

#[test]
fn hmac_agrees_with_wycheproof() {
    let Some(corpus) = corpus::load("wycheproof_hmac_sha256.json") else { return };
    let (mut valid, mut invalid) = (0, 0);
    for (group, test) in wycheproof::tests(&corpus) {
        let cut = group["tagSize"].as_u64().unwrap() as usize / 4;
        let made = mac(test["key"].as_str().unwrap(), &hex(&test["msg"]));
        let is_equal = made[..cut] == text(&hex(&test["tag"]));
        assert_eq!(is_equal, test["result"] == "valid", "{}", test["tcId"]);
        if is_equal { valid += 1 } else { invalid += 1 }
    }
    assert!(valid >= 30 && invalid >= 50, "{valid} valid, {invalid} invalid");
}

#[test]
fn both_forms_of_the_file_are_read() {
    let bare = salts(&json!({"b": SALT, "a field": "FF00"}));
    assert_eq!(bare.names().collect::<Vec<_>>(), ["a field", "b"]);
    let versioned = json!({"_version": "1.0", "_updated": "2026-01-31T23:59:59", "_count": 1, "salts": {"salt": SALT}});
    let (one, two) = (salts(&versioned), salts(&json!({"salt": SALT})));
    let hash = |salts: &Salts| digest(salts, HashAlgorithm::Sha256, "x", Pepper::None);
    assert_eq!(hash(&one), hash(&two));
    assert_eq!(salts(&json!({"salts": SALT})).names().collect::<Vec<_>>(), ["salts"], "a field of that name");
}

#[test]
fn session_peppers_differ_and_hold_within_one() {
    let file = json!({"salt": SALT, "pepper": PEPPER});
    let (one, two) = (salts(&file), salts(&file));
    let hash = |salts: &Salts, pepper| digest(salts, HashAlgorithm::Sha3_256, "x", pepper);
    assert_eq!(hash(&one, Pepper::Session), hash(&one, Pepper::Session));
    assert_ne!(hash(&one, Pepper::Session), hash(&two, Pepper::Session));
    assert_ne!(hash(&one, Pepper::Session), hash(&one, Pepper::None));
    let ambiguous = salts(&json!({"salt": SALT, "session": PEPPER}));
    let made = |pepper| ambiguous.salted_digest(HashAlgorithm::Sha256, "salt", pepper);
    assert!(matches!(made(Pepper::Session), Err(Error::SaltNamedSession)));
    assert!(made(Pepper::Named("pepper")).is_err() && made(Pepper::Named("session")).is_ok());
}

#[test]
fn unknown_names_are_answered_with_the_known_ones_alone() {
    let salts = salts(&json!({"customer": SALT, "pepper": PEPPER}));
    let canary = "0123456789abcdef0123456789abcdef";
    for error in [
        salts.salted_digest(HashAlgorithm::Sha256, canary, Pepper::None).unwrap_err(),
        salts.salted_digest(HashAlgorithm::Sha256, "customer", Pepper::Named(canary)).unwrap_err(),
        salts.hmac_sha256(canary).unwrap_err(),
    ] {
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("customer, pepper") && !shown.contains("0123"), "{shown}");
    }
}

#[test]
fn broken_files_are_named_without_their_content() {
    const CANARY: &str = "c0ffee15";
    for (file, expected) in [
        (String::new(), "line 1"),
        (format!("{{\"a\": \"{CANARY}"), "line 1"),
        (format!("\"{CANARY}\""), "line 1"),
        (format!("[\"{CANARY}\"]"), "line 1"),
        (format!("{{\"a\":\n \"{CANARY}\" x}}"), "line 2"),
        ("{}".to_owned(), "at least one salt"),
        (json!({"a": 3_237_998_101_u32}).to_string(), "a text of hex digits"),
        (json!({"a": [CANARY]}).to_string(), "a text of hex digits"),
        (json!({"a": {"b": CANARY}}).to_string(), "a text of hex digits"),
        (json!({"a": ""}).to_string(), "salt 1: expected hex digits"),
        (json!({"a": "c0ffee1"}).to_string(), "salt 1: expected hex digits"),
        (json!({"a": SALT, CANARY: "customer"}).to_string(), "salt 2: expected hex digits"),
        (json!({"": CANARY}).to_string(), "salt 1: expected a name"),
        (json!({"a\u{1b}[2J": CANARY}).to_string(), "salt 1: expected a name"),
        (format!("{{\"a\": \"{CANARY}\", \"a\": \"{CANARY}\"}}"), "salt 2: expected a name that no other"),
        (json!({"_version": CANARY, "salts": {"a": CANARY}}).to_string(), "_version: expected \"1.0\""),
        (json!({"_version": 1, "salts": {"a": CANARY}}).to_string(), "_version: expected \"1.0\""),
        (json!({"salts": {"a": CANARY}}).to_string(), "_version: expected \"1.0\""),
        (json!({"_version": "1.0", "a": CANARY}).to_string(), "the file: expected _version"),
        (json!({"_version": "1.0"}).to_string(), "salts: expected one object"),
        (json!({"_version": "1.0", "salts": {}}).to_string(), "at least one salt"),
        (json!({"_version": "1.0", "salts": CANARY}).to_string(), "salts: expected one object"),
        (json!({"_version": "1.0", "salts": {"a": [CANARY]}}).to_string(), "line 1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts.json");
        fs::write(&path, &file).unwrap();
        set_mode(&path, 0o600);
        let error = Salts::open(&path).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected), "{file}: {shown}");
        assert!(!shown.to_lowercase().contains("c0ffee") && !shown.contains("3237"), "{shown}");
        assert!(shown.contains("salts.json"), "{shown}");
        assert!(Salts::from_json(file.as_bytes()).unwrap_err().to_string().starts_with("salts: "));
    }
}

#[cfg(unix)]
#[test]
fn file_that_others_may_open_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("salts.json");
    assert!(matches!(Salts::open(&path), Err(Error::Io { action: "open", .. })));
    fs::write(&path, json!({"a": SALT}).to_string()).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o644, 0o610, 0o602] {
        set_mode(&path, mode);
        let error = Salts::open(&path).unwrap_err();
        assert!(matches!(error, Error::Permissions { .. }), "{mode:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    set_mode(&path, 0o400);
    assert!(Salts::open(&path).is_ok());
    assert!(matches!(Salts::open(folder.path()), Err(Error::NotASecretFile { .. })));
}

#[test]
fn secrets_are_not_shown() {
    let salts = salts(&json!({"customer": SALT, "salt": SALT}));
    let salted = salts.salted_digest(HashAlgorithm::Sha256, "salt", Pepper::Session).unwrap();
    let shown = format!("{salts:?} {salted:?} {:?}", salts.hmac_sha256("salt").unwrap());
    assert!(shown.contains("customer") && shown.contains("Sha256"), "{shown}");
    for leak in ["0123", "1, 35", "0x01", "[1", "01, 23"] {
        assert!(!shown.contains(leak), "{leak}: {shown}");
    }
}
