//! Writes values into the rows of an INSERT, in the form of the values they replace.

use super::lexeme::is_space;
use super::literal::LONGEST_CHARSET;
use super::{Literal, LiteralKind, Syntax};

/// A value that PostgreSQL has no way to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("PostgreSQL text holds no zero bytes")]
pub struct ZeroByteError;

/// How a value is written: with or without quotes, which ones, behind what prefix, in hex digits.
///
/// # Example
/// ```
/// use loup_text::dump::{Literal, Server, Style, Syntax};
///
/// let mysql = Syntax::of(Server::MySql);
/// let mut out = Vec::new();
/// Literal::read(b"_binary 'a'", mysql).style().write(Some(b"it's"), mysql, &mut out)?;
/// assert_eq!(out, br"_binary 'it\'s'");
/// out.clear();
/// Literal::read(b"0xAB", mysql).style().write(Some(b"JK"), mysql, &mut out)?;
/// assert_eq!(out, b"0x4A4B");
/// out.clear();
/// Style::TEXT.write(None, mysql, &mut out)?;
/// assert_eq!(out, b"NULL");
/// # Ok::<(), loup_text::dump::ZeroByteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Style {
    form: Form,
    /// What stands before the quote: `N`, or the character set with its underscore and the space behind it.
    prefix: [u8; LONGEST_CHARSET + 1],
    prefix_len: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    /// Numbers.
    Bare,
    /// `TRUE` and `FALSE`.
    Boolean,
    /// In quotes.
    Quoted(u8),
    /// `E'..'`.
    Escapes,
    /// Hex digits: in quotes behind `X` of this case, else behind `0x`.
    Hex { quoted_by: Option<u8>, is_lower: bool },
    /// Binary digits: in quotes behind `b` of this case, else behind `0b`.
    Bits { quoted_by: Option<u8> },
}

impl Style {
    /// A string in single quotes, as for a column whose values are all NULL.
    pub const TEXT: Self = Self::new(Form::Quoted(b'\''));

    /// A number without quotes; what is no number is written in quotes.
    pub const NUMBER: Self = Self::new(Form::Bare);

    /// MySQL's hex digits behind `0x`, upper case, as `mysqldump --hex-blob` writes them.
    pub const HEX: Self = Self::new(Form::Hex { quoted_by: None, is_lower: false });

    const fn new(form: Form) -> Self {
        Self { form, prefix: [b' '; LONGEST_CHARSET + 1], prefix_len: 0 }
    }

    fn of(literal: &Literal<'_>) -> Self {
        let before = &literal.raw[..literal.open];
        let quoted_by = before.last().copied().filter(|_| literal.raw.get(literal.open) == Some(&b'\''));
        let quote = literal.raw.get(literal.open).copied().filter(|&quote| quote == b'"').unwrap_or(b'\'');
        let form = match literal.kind() {
            LiteralKind::Number => Form::Bare,
            LiteralKind::Boolean => Form::Boolean,
            LiteralKind::Text
                if !literal.syntax.is_mysql() && before.last().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'e')) =>
            {
                Form::Escapes
            }
            LiteralKind::Text => Form::Quoted(quote),
            LiteralKind::Hex => {
                let digits = &literal.raw[literal.open..];
                let has = |low: u8| digits.iter().any(|byte| (low..low + 6).contains(byte));
                Form::Hex { quoted_by, is_lower: has(b'a') && !has(b'A') }
            }
            LiteralKind::Bits => Form::Bits { quoted_by },
            LiteralKind::Null | LiteralKind::Default | LiteralKind::Expression => Form::Quoted(b'\''),
        };
        let mut style = Self::new(form);
        if let Some(word) = literal.introducer() {
            style.set_prefix(&literal.raw[word.clone()]);
            if is_space(literal.raw[word.end]) {
                style.prefix_len += 1;
            }
        } else if literal.kind() == LiteralKind::Text
            && before.last().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'n'))
        {
            style.set_prefix(&before[before.len() - 1..]);
        }
        style
    }

    fn set_prefix(&mut self, prefix: &[u8]) {
        self.prefix[..prefix.len()].copy_from_slice(prefix);
        self.prefix_len = prefix.len() as u8;
    }

    /// Appends a value, `None` for NULL.
    ///
    /// What the form cannot hold is written in the nearest that can: a word in a column of numbers in quotes, an empty value
    /// of hex digits as `''`.
    ///
    /// # Errors
    /// Returns an error for a zero byte in PostgreSQL.
    #[inline]
    pub fn write(&self, value: Option<&[u8]>, syntax: Syntax, out: &mut Vec<u8>) -> Result<(), ZeroByteError> {
        let Some(value) = value else {
            out.extend_from_slice(b"NULL");
            return Ok(());
        };
        let prefix = &self.prefix[..usize::from(self.prefix_len)];
        match self.form {
            Form::Bare if is_bare(value) => out.extend_from_slice(value),
            Form::Boolean if value.eq_ignore_ascii_case(b"true") || value.eq_ignore_ascii_case(b"false") => {
                out.extend_from_slice(value);
            }
            Form::Hex { quoted_by, is_lower } if syntax.is_mysql() && !value.is_empty() => {
                out.extend_from_slice(prefix);
                write_digits(quoted_by, b'x', out, |out| {
                    let digits = if is_lower { b"0123456789abcdef" } else { b"0123456789ABCDEF" };
                    out.extend(
                        value.iter().flat_map(|&byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]),
                    );
                });
            }
            Form::Bits { quoted_by } if syntax.is_mysql() && !value.is_empty() => {
                write_digits(quoted_by, b'b', out, |out| {
                    let bits = value.iter().flat_map(|byte| (0..8).rev().map(move |bit| b'0' + (byte >> bit & 1)));
                    let start = out.len();
                    out.extend(bits.skip_while(|&digit| digit == b'0'));
                    if out.len() == start {
                        out.push(b'0');
                    }
                });
            }
            Form::Bits { quoted_by } if value.iter().all(|digit| matches!(digit, b'0' | b'1')) => {
                write_digits(quoted_by, b'B', out, |out| out.extend_from_slice(value));
            }
            form => {
                out.extend_from_slice(prefix);
                let quote = if form == Form::Quoted(b'"') && !syntax.ansi_quotes { b'"' } else { b'\'' };
                write_string(value, quote, form == Form::Escapes, syntax, out)?;
            }
        }
        Ok(())
    }
}

impl Literal<'_> {
    /// Returns how the value is written, so that another can be written like it.
    pub fn style(&self) -> Style {
        Style::of(self)
    }
}

/// Returns whether a value may stand without quotes and means the same, even in a column of text: digits without a sign
/// but minus, leading zeros, an exponent or a point at an end.
fn is_bare(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let point = digits.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = digits.split_at(point.unwrap_or(digits.len()));
    let is_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    is_digits(whole)
        && (whole.len() == 1 || whole[0] != b'0')
        && (fraction.is_empty() || is_digits(&fraction[1..]))
        && (digits.len() == value.len() || digits.iter().any(|byte| matches!(byte, b'1'..=b'9')))
}

fn write_digits(quoted_by: Option<u8>, letter: u8, out: &mut Vec<u8>, digits: impl FnOnce(&mut Vec<u8>)) {
    match quoted_by {
        Some(by) => out.extend_from_slice(&[by, b'\'']),
        None if letter == b'B' => out.extend_from_slice(b"B'"),
        None => out.extend_from_slice(&[b'0', letter]),
    }
    digits(out);
    if quoted_by.is_some() || letter == b'B' {
        out.push(b'\'');
    }
}

/// Appends a string in quotes, with the escapes that the server's own dump program writes.
fn write_string(value: &[u8], quote: u8, has_e: bool, syntax: Syntax, out: &mut Vec<u8>) -> Result<(), ZeroByteError> {
    if !syntax.is_mysql() && memchr::memchr(0, value).is_some() {
        return Err(ZeroByteError);
    }
    if has_e {
        out.push(b'E');
    }
    out.push(quote);
    let backslash = has_e || syntax.backslash_escapes;
    let mut written = 0;
    for (at, &byte) in value.iter().enumerate() {
        if !IS_SPECIAL[usize::from(byte)] {
            continue;
        }
        let escape = if syntax.is_mysql() && backslash {
            // The set of mysql_real_escape_string.
            match byte {
                0 => [b'\\', b'0'],
                b'\n' => [b'\\', b'n'],
                b'\r' => [b'\\', b'r'],
                0x1a => [b'\\', b'Z'],
                other => [b'\\', other],
            }
        } else if byte == quote || (byte == b'\\' && backslash) {
            // The set of PQescapeString.
            [byte, byte]
        } else {
            continue;
        };
        out.extend_from_slice(&value[written..at]);
        out.extend_from_slice(&escape);
        written = at + 1;
    }
    out.extend_from_slice(&value[written..]);
    out.push(quote);
    Ok(())
}

/// The bytes that some kind of string escapes.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let bytes = b"\0\n\r\x1a\\'\"";
    let mut at = 0;
    while at < bytes.len() {
        special[bytes[at] as usize] = true;
        at += 1;
    }
    special
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Server;
    use proptest::prelude::*;

    fn like(raw: &str, value: &str, server: Server) -> String {
        let syntax = Syntax::of(server);
        let mut out = Vec::new();
        Literal::read(raw.as_bytes(), syntax).style().write(Some(value.as_bytes()), syntax, &mut out).expect("no zero");
        String::from_utf8(out).expect("utf-8")
    }

    #[test]
    fn values_are_written_like_the_ones_they_replace() {
        let mysql = |raw, value| like(raw, value, Server::MySql);
        assert_eq!(mysql("'x'", "a'b\"c\\\n\r\0\u{1a}\t%"), r#"'a\'b\"c\\\n\r\0\Z"#.to_owned() + "\t%'");
        assert_eq!(mysql("\"x\"", "a\"b"), r#""a\"b""#);
        assert_eq!(mysql("_binary 'x'", "y"), "_binary 'y'");
        assert_eq!(mysql("_binary'x'", "y"), "_binary'y'");
        assert_eq!(mysql("_utf8mb4  X'41'", "J"), "_utf8mb4 X'4A'");
        assert_eq!(mysql("N'x'", "y"), "N'y'");
        assert_eq!(mysql("0xab", "JK"), "0x4a4b");
        assert_eq!(mysql("x'AB'", "JK"), "x'4A4B'");
        assert_eq!(mysql("0xAB", ""), "''");
        assert_eq!(mysql("b'101'", "\u{5}"), "b'101'");
        assert_eq!(mysql("b'101'", "\0"), "b'0'");
        for number in ["-2.5", "0", "0.50", "18446744073709551615"] {
            assert_eq!(mysql("1.5", number), number);
        }
        for text in ["007", "+3", "1e5", "5.", ".5", "-0", "-", "", "true", "1); DROP"] {
            assert_eq!(mysql("1", text), format!("'{text}'"));
        }
        assert_eq!(mysql("NULL", "x"), "'x'");
        let postgres = |raw, value| like(raw, value, Server::Postgres);
        assert_eq!(postgres("'x'", "a'b\\n\n"), "'a''b\\n\n'");
        assert_eq!(postgres("E'x'", "a'b\\n"), "E'a''b\\\\n'");
        assert_eq!(postgres("B'10'", "0110"), "B'0110'");
        assert_eq!(postgres("B'10'", "x"), "'x'");
        assert_eq!(postgres("true", "false"), "false");
        assert_eq!(postgres("$$x$$", "y"), "'y'");
        assert_eq!(Style::TEXT.write(Some(b"a\0"), Syntax::of(Server::Postgres), &mut Vec::new()), Err(ZeroByteError));
    }

    #[test]
    fn modes_change_the_escapes() {
        let mut out = Vec::new();
        let plain = Syntax { backslash_escapes: false, ..Syntax::of(Server::MySql) };
        Style::TEXT.write(Some(br"a'b\"), plain, &mut out).expect("no zero");
        assert_eq!(out, br"'a''b\'");
        out.clear();
        let old = Syntax { backslash_escapes: true, ..Syntax::of(Server::Postgres) };
        Style::TEXT.write(Some(br"a'b\"), old, &mut out).expect("no zero");
        assert_eq!(out, br"'a''b\\'");
    }

    fn syntaxes() -> impl Strategy<Value = Syntax> {
        (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(mysql, backslash_escapes, ansi)| Syntax {
            server: if mysql { Server::MySql } else { Server::Postgres },
            backslash_escapes,
            ansi_quotes: ansi || !mysql,
        })
    }

    const FORMS: [&str; 12] =
        ["'x'", "\"x\"", "N'x'", "_binary 'x'", "E'x'", "0xAB", "X'ab'", "_latin1 0xAB", "1", "NULL", "$a$x$a$", "''"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever is written in the form of whatever is read back, whole and as one value of a row.
        #[test]
        fn what_is_written_is_read_back(
            syntax in syntaxes(),
            form in proptest::sample::select(&FORMS[..]),
            value in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(&b"'\"\\\n\r\0\x1a%_(),;nE-#$"[..])], 0..80),
        ) {
            let style = Literal::read(form.as_bytes(), syntax).style();
            let mut out = b"(1,".to_vec();
            match style.write(Some(&value), syntax, &mut out) {
                Err(ZeroByteError) => prop_assert!(!syntax.is_mysql() && value.contains(&0)),
                Ok(()) => {
                    out.extend_from_slice(b",2)");
                    let mut cells = crate::dump::Cells::default();
                    prop_assert_eq!(crate::dump::tokenize(&out, syntax, Some(3), &mut cells), Ok(1));
                    let literal = Literal::read(cells.cell(0, 1).of(&out), syntax);
                    let read = literal.value().expect("a value");
                    prop_assert_eq!(read.as_deref(), Some(&value[..]));
                    // And what is canonical is written again byte for byte.
                    let mut again = Vec::new();
                    literal.style().write(Some(&value), syntax, &mut again).expect("written before");
                    prop_assert_eq!(again, cells.cell(0, 1).of(&out));
                }
            }
        }

        #[test]
        fn reading_anything_ends(
            syntax in syntaxes(),
            raw in proptest::collection::vec(proptest::sample::select(&b"'\"\\nNeExXbB0_$a1.-+/* \n#u,()"[..]), 0..24),
        ) {
            let literal = Literal::read(&raw, syntax);
            let mut out = Vec::new();
            let into = literal.value_into(&mut out);
            match literal.value() {
                Ok(value) => prop_assert_eq!((into, value.as_deref()), (Ok(literal.kind() != LiteralKind::Null), (literal.kind() != LiteralKind::Null).then_some(&out[..]))),
                Err(error) => prop_assert_eq!(into, Err(error)),
            }
            let _ = literal.style();
        }
    }
}
