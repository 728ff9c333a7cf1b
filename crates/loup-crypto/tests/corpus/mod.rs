//! Finds test vectors that are too large for the repository.

use std::io::Write;

use serde_json::Value;

/// Reads `crypto/<name>` of the folder that `LOUP_TEST_DATA` names; says so and gives `None` where it is unset.
pub(crate) fn load(name: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("LOUP_TEST_DATA") else {
        // Past the test harness, which shows nothing of a test that succeeds.
        let notice = format!("\nskipped {name}: LOUP_TEST_DATA is not set\n");
        let _ = std::io::stderr().write_all(notice.as_bytes());
        return None;
    };
    let path = std::path::Path::new(&folder).join("crypto").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(serde_json::from_str(&text).expect("the corpus is JSON"))
}

/// The bytes of a hex string.
pub(crate) fn hex(value: &Value) -> Vec<u8> {
    let (pairs, rest) = value.as_str().expect("a hex string").as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "hex digits come in pairs");
    let digit = |c: u8| (c as char).to_digit(16).expect("a hex digit") as u8;
    pairs.iter().map(|&[high, low]| digit(high) << 4 | digit(low)).collect()
}
