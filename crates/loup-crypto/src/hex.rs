//! Bytes as text.

use std::fmt::Write as _;

/// Spells bytes in lower-case hexadecimal digits.
///
/// # Example
/// ```
/// assert_eq!(loup_crypto::hex(&[0, 171]), "00ab");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every character");
        text
    })
}
