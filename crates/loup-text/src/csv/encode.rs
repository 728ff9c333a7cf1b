//! Writes values as cells.

use super::Dialect;

/// A value that the dialect has no way to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value holds a delimiter, a line break or the NULL marker, and the dialect has no quotes")]
pub struct EncodeError;

/// Bytes looked at before a special one among them ends the look.
const CHUNK: usize = 64;

/// Appends cells to a buffer in one dialect.
#[derive(Debug, Clone)]
pub struct Encoder {
    dialect: Dialect,
    /// The bytes that need quotes around them.
    special: [u8; 4],
}

impl Encoder {
    /// Prepares an encoder.
    pub fn new(dialect: Dialect) -> Self {
        let special = dialect.special();
        Self { dialect, special }
    }

    /// Returns the dialect written.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Appends a value, in quotes where it needs them: special bytes, '' (unquoted it would be NULL), the NULL marker.
    ///
    /// # Errors
    /// Returns an error where quotes are needed and the dialect has none.
    #[inline]
    pub fn value(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let is_null_text = match &self.dialect.null {
            None => value.is_empty(),
            Some(marker) => value == marker.as_slice(),
        };
        if is_null_text || self.needs_quotes(value) {
            return self.quoted(value, out);
        }
        out.extend_from_slice(value);
        Ok(())
    }

    #[inline]
    fn needs_quotes(&self, value: &[u8]) -> bool {
        let [a, b, c, d] = self.special;
        // No early end within a chunk: the compiler compares a whole vector of bytes at once, and few values have one.
        let count = |byte: &u8| [a, b, c, d].iter().fold(0, |found, special| found | u8::from(byte == special));
        value.chunks(CHUNK).any(|chunk| chunk.iter().fold(0, |found, byte| found | count(byte)) != 0)
    }

    /// Appends NULL.
    #[inline]
    pub fn null(&self, out: &mut Vec<u8>) {
        if let Some(marker) = &self.dialect.null {
            out.extend_from_slice(marker);
        }
    }

    fn quoted(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Some(quote) = self.dialect.quote else {
            return Err(EncodeError);
        };
        let before = self.dialect.escape.unwrap_or(quote);
        out.push(quote);
        for &byte in value {
            if byte == quote || Some(byte) == self.dialect.escape {
                out.push(before);
            }
            out.push(byte);
        }
        out.push(quote);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cells, tokenize};
    use super::*;
    use proptest::prelude::*;

    fn encode(value: &str) -> String {
        let mut out = Vec::new();
        Encoder::new(Dialect::default()).value(value.as_bytes(), &mut out).expect("default dialect has quotes");
        String::from_utf8(out).expect("utf-8")
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(encode("00123"), "00123");
        assert_eq!(encode(""), "\"\"");
        assert_eq!(encode("a,b"), "\"a,b\"");
        assert_eq!(encode("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(encode("two\nlines"), "\"two\nlines\"");
    }

    #[test]
    fn a_dialect_without_quotes_refuses_what_it_cannot_write() {
        let encoder = Encoder::new(Dialect { quote: None, ..Dialect::default() });
        assert_eq!(encoder.value(b"a,b", &mut Vec::new()), Err(EncodeError));
        assert_eq!(encoder.value(b"", &mut Vec::new()), Err(EncodeError));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec(proptest::option::of(".{0,12}"), 1..6), escape: bool, marker: bool) {
            let dialect = Dialect {
                escape: escape.then_some(b'\\'),
                null: marker.then(|| b"NULL".to_vec()),
                ..Dialect::default()
            };
            let encoder = Encoder::new(dialect.clone());
            let mut text = Vec::new();
            for (i, value) in values.iter().enumerate() {
                if i > 0 { text.push(b','); }
                match value {
                    Some(value) => encoder.value(value.as_bytes(), &mut text).expect("quotes"),
                    None => encoder.null(&mut text),
                }
            }
            text.push(b'\n');
            let mut cells = Cells::default();
            prop_assert_eq!(tokenize(&text, &dialect, values.len(), &mut cells), Ok(1));
            for (i, value) in values.iter().enumerate() {
                let read = cells.cell(0, i).value(&text, &dialect).map(std::borrow::Cow::into_owned);
                prop_assert_eq!(read, value.as_ref().map(|v| v.clone().into_bytes()));
            }
        }
    }
}
