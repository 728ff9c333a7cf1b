//! One value in its compact form, and columns of such values: numbers as numbers, UUIDs in 16 bytes, text in one piece.

use std::hash::BuildHasher;
use std::io::Write as _;

/// An original, or the part of a pseudonym that is kept: affixes are not.
///
/// No `Debug`: it would show the value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value<'a> {
    Integer(i64),
    Uuid(u128),
    Text(&'a str),
}

impl<'a> Value<'a> {
    /// Returns the original that a text stands for: `'7'` is the integer 7, `'007'` and `'+7'` are texts of their own.
    #[inline]
    pub(crate) fn of_text(text: &'a str) -> Self {
        canonical_integer(text).map_or(Self::Text(text), Self::Integer)
    }

    /// Appends the bytes an original is digested as: text as it stands, an integer in decimal digits.
    pub(crate) fn write_bytes(self, out: &mut Vec<u8>) {
        match self {
            Self::Integer(value) => write!(out, "{value}").expect("a Vec takes every byte"),
            Self::Uuid(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Text(value) => out.extend_from_slice(value.as_bytes()),
        }
    }

    /// Hashes it; values of different form are never kept in one column.
    #[inline]
    pub(crate) fn hash(self, hasher: &impl BuildHasher) -> u64 {
        match self {
            Self::Integer(value) => hasher.hash_one(value),
            Self::Uuid(value) => hasher.hash_one(value),
            Self::Text(value) => hasher.hash_one(value),
        }
    }
}

/// Reads an integer of 64 bits written in the one canonical way: no plus, no leading zero, no minus zero, no spaces.
#[inline]
pub(crate) fn canonical_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let plain = matches!(digits.len(), 1..=19) && digits.iter().all(u8::is_ascii_digit);
    // A longer integer is a text: its own canonical digits, so that no two types disagree.
    let canonical = plain && (text == "0" || digits[0] != b'0');
    canonical.then(|| text.parse().ok())?
}

/// A column of values of one form.
#[derive(Clone)]
pub(crate) enum Values {
    Integers(Vec<i64>),
    Uuids(Vec<u128>),
    Texts(Texts),
}

impl Values {
    pub(crate) fn integers() -> Self {
        Self::Integers(Vec::new())
    }

    pub(crate) fn texts() -> Self {
        Self::Texts(Texts::default())
    }

    /// An empty column of the same form.
    pub(crate) fn empty_like(&self) -> Self {
        match self {
            Self::Integers(_) => Self::integers(),
            Self::Uuids(_) => Self::Uuids(Vec::new()),
            Self::Texts(_) => Self::texts(),
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Uuids(values) => values.len(),
            Self::Texts(values) => values.ends.len(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: u32) -> Value<'_> {
        let row = row as usize;
        match self {
            Self::Integers(values) => Value::Integer(values[row]),
            Self::Uuids(values) => Value::Uuid(values[row]),
            Self::Texts(values) => Value::Text(values.get(row)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'_>> + Clone {
        (0..self.len() as u32).map(|row| self.get(row))
    }

    /// Appends a value of the column's form.
    #[inline]
    pub(crate) fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Self::Integers(values), Value::Integer(value)) => values.push(value),
            (Self::Uuids(values), Value::Uuid(value)) => values.push(value),
            (Self::Texts(values), Value::Text(value)) => values.push(value),
            _ => unreachable!("a column takes values of its own form"),
        }
    }

    /// Makes room. An eighth more than there is at least, so that many small inserts do not copy the column each time,
    /// and no more than that, since memory is what the layout is for.
    pub(crate) fn reserve(&mut self, rows: usize) {
        match self {
            Self::Integers(values) => reserve(values, rows),
            Self::Uuids(values) => reserve(values, rows),
            Self::Texts(values) => reserve(&mut values.ends, rows),
        }
    }

    /// Bytes that the column holds on to.
    pub(crate) fn memory_size(&self) -> usize {
        match self {
            Self::Integers(values) => values.capacity() * size_of::<i64>(),
            Self::Uuids(values) => values.capacity() * size_of::<u128>(),
            Self::Texts(values) => values.bytes.capacity() + values.ends.capacity() * size_of::<usize>(),
        }
    }
}

fn reserve<T>(values: &mut Vec<T>, rows: usize) {
    if values.capacity() - values.len() < rows {
        values.reserve_exact(rows.max(values.len() / 8));
    }
}

/// Texts one after another in one buffer.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }

    #[inline]
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_text_is_an_integer() {
        for (text, expected) in
            [("0", 0), ("7", 7), ("-7", -7), ("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)]
        {
            assert_eq!(canonical_integer(text), Some(expected));
        }
        for text in ["", "-", "-0", "00", "007", "+7", "7.0", " 7", "7 ", "1e3", "٣", "--7", "9223372036854775808"] {
            assert_eq!(canonical_integer(text), None, "{text}");
            assert!(matches!(Value::of_text(text), Value::Text(_)));
        }
    }

    #[test]
    fn texts_are_kept_apart() {
        let mut values = Values::texts();
        for text in ["ab", "", "ç", "abab"] {
            values.push(Value::Text(text));
        }
        assert_eq!(values.len(), 4);
        assert!(values.iter().eq(["ab", "", "ç", "abab"].map(Value::Text)));
    }
}
