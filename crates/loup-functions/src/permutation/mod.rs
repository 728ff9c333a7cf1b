//! Keyed permutations of columns: integers, symbols of an alphabet, letters and digits.

pub(crate) mod alphabet;
pub(crate) mod integer;
pub(crate) mod letters;
pub(crate) mod numerals;
mod rank;
