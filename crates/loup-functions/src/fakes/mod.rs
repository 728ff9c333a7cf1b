//! What the fakes of identifiers, names on the Internet, money and text are made of.

pub(crate) mod amount;
pub(crate) mod birth_date;
pub(crate) mod code;
pub(crate) mod dice;
pub(crate) mod fake;
pub(crate) mod iban;
pub(crate) mod likeness;
pub(crate) mod national;
pub(crate) mod parameters;
pub(crate) mod text;
pub(crate) mod unique;

/// Returns a digest that a seed decides, for tests.
#[cfg(test)]
pub(crate) fn test_digest(seed: u32) -> [u8; 32] {
    use sha3::{Digest, Sha3_256};
    Sha3_256::digest(seed.to_le_bytes()).into()
}
