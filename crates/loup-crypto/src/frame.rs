//! Fields put one after another so that no two lists of fields give the same bytes.

/// Appends one field: its length in bytes (4 bytes, little-endian), then the bytes.
///
/// Use it for composite values and associated data; plain concatenation would make `("a", "bc")` equal `("ab", "c")`.
///
/// # Panics
/// If the field has 4 GiB or more: no field of this project can.
///
/// # Example
/// ```
/// let mut bytes = Vec::new();
/// loup_crypto::frame(&mut bytes, b"ab");
/// assert_eq!(bytes, [2, 0, 0, 0, b'a', b'b']);
/// ```
pub fn frame(into: &mut Vec<u8>, field: &[u8]) {
    let length = u32::try_from(field.len()).expect("a field is shorter than 4 GiB");
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(field);
}
