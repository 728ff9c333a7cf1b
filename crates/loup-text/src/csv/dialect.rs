//! The dialect of a CSV file: its delimiter, quote, escape, line ends and NULL marker.

/// How records end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Terminator {
    /// A line feed.
    #[default]
    Lf,
    /// A carriage return and a line feed.
    CrLf,
    /// A carriage return alone, as old Macintosh programs wrote.
    Cr,
}

impl Terminator {
    /// Returns the bytes written after a record.
    pub fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Cr => b"\r",
        }
    }

    /// Returns the byte that ends a record: with a line feed, a carriage return before it belongs to the end.
    pub fn byte(self) -> u8 {
        match self {
            Self::Lf | Self::CrLf => b'\n',
            Self::Cr => b'\r',
        }
    }
}

/// Describes a CSV file's syntax.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// Byte between cells.
    pub delimiter: u8,
    /// Byte around cells that hold special bytes; `None` where nothing is quoted.
    pub quote: Option<u8>,
    /// Byte before a quote inside quotes; `None` where quotes are doubled.
    pub escape: Option<u8>,
    /// How records end.
    pub terminator: Terminator,
    /// Unquoted text that stands for NULL; `None` where an unquoted empty cell is NULL.
    pub null: Option<Vec<u8>>,
}

impl Default for Dialect {
    /// Returns RFC 4180 with line feeds; an unquoted empty cell is NULL, a quoted one is ''.
    fn default() -> Self {
        Self { delimiter: b',', quote: Some(b'"'), escape: None, terminator: Terminator::Lf, null: None }
    }
}

/// A dialect whose bytes contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("delimiter, quote, escape and line end must be different bytes, all ASCII")]
pub struct DialectError;

impl Dialect {
    /// Checks that no byte has two meanings.
    ///
    /// # Errors
    /// Returns an error where delimiter, quote, escape and line end are not distinct ASCII bytes.
    pub fn validate(&self) -> Result<(), DialectError> {
        let special = [Some(self.delimiter), self.quote, self.escape, Some(b'\n'), Some(b'\r')];
        let distinct = (0..special.len())
            .all(|i| special[i].is_none_or(|byte| byte.is_ascii() && !special[..i].contains(&Some(byte))));
        let null_is_plain =
            self.null.as_ref().is_none_or(|null| !null.iter().any(|byte| self.special().contains(byte)));
        if distinct && null_is_plain { Ok(()) } else { Err(DialectError) }
    }

    /// Returns the terminator of the first record of `text`, and that record's length with its terminator.
    ///
    /// `None` where `text` ends inside the first record.
    pub fn sniff_terminator(&self, text: &[u8]) -> Option<(Terminator, usize)> {
        let mut in_quotes = false;
        let mut start_of_cell = true;
        let mut at = 0;
        while at < text.len() {
            let byte = text[at];
            if in_quotes {
                if Some(byte) == self.escape {
                    at += 1;
                } else if Some(byte) == self.quote {
                    if text.get(at + 1) == Some(&byte) && self.escape.is_none() {
                        at += 1;
                    } else {
                        in_quotes = false;
                    }
                }
            } else if Some(byte) == self.quote && start_of_cell {
                in_quotes = true;
            } else if byte == b'\n' {
                return Some((Terminator::Lf, at + 1));
            } else if byte == b'\r' {
                return match text.get(at + 1) {
                    Some(b'\n') => Some((Terminator::CrLf, at + 2)),
                    Some(_) => Some((Terminator::Cr, at + 1)),
                    None => None,
                };
            }
            start_of_cell = byte == self.delimiter && !in_quotes;
            at += 1;
        }
        None
    }

    /// Returns the bytes that an unquoted cell may not hold; some may stand twice.
    pub(super) fn special(&self) -> [u8; 4] {
        [self.delimiter, self.quote.unwrap_or(self.delimiter), b'\n', b'\r']
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminator_is_that_of_the_first_record() {
        let dialect = Dialect::default();
        assert_eq!(dialect.sniff_terminator(b"a,b\n1,2\r\n"), Some((Terminator::Lf, 4)));
        assert_eq!(dialect.sniff_terminator(b"a,b\r\n1,2\n"), Some((Terminator::CrLf, 5)));
        assert_eq!(dialect.sniff_terminator(b"a,b\r1,2\r"), Some((Terminator::Cr, 4)));
        assert_eq!(dialect.sniff_terminator(b"\"a\r\",\"b\n\"\r\nx"), Some((Terminator::CrLf, 11)));
        assert_eq!(dialect.sniff_terminator(b"a,b"), None);
    }

    #[test]
    fn a_byte_with_two_meanings_is_refused() {
        assert_eq!(Dialect::default().validate(), Ok(()));
        let same = Dialect { delimiter: b'"', ..Dialect::default() };
        assert_eq!(same.validate(), Err(DialectError));
        let newline = Dialect { delimiter: b'\n', ..Dialect::default() };
        assert_eq!(newline.validate(), Err(DialectError));
        let null = Dialect { null: Some(b"a,b".to_vec()), ..Dialect::default() };
        assert_eq!(null.validate(), Err(DialectError));
    }
}
