//! What a value in the rows of an INSERT is, and what it stands for.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::lexeme::{dollar_end, dollar_tag, is_word, quoted_end, skip_blank, skip_space, string_end};
use super::unescape::{bits_into, hex_into, postgres_escapes_into, quoted_into};
use super::{Syntax, ValueError};

/// Longest name of a character set that is read before a string, with its underscore.
pub(super) const LONGEST_CHARSET: usize = 16;

/// What a value in the rows of an INSERT is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// `NULL`, or MySQL's `\N`.
    Null,
    /// `DEFAULT`: the server fills in the column's default.
    Default,
    /// A number, with its sign.
    Number,
    /// `TRUE` or `FALSE`.
    Boolean,
    /// A string of any form: `'..'`, `".."`, `N'..'`, `_utf8mb4 '..'`, `E'..'`, `$$..$$`, and several in a row.
    Text,
    /// MySQL's `0x..` and `X'..'`.
    Hex,
    /// `b'..'`, and MySQL's `0b..`.
    Bits,
    /// Anything else: a call, a cast, an operator. Copied as it stands, but an error where its value is needed.
    Expression,
}

/// A value in the rows of an INSERT, understood.
///
/// # Example
/// ```
/// use loup_text::dump::{Literal, LiteralKind, Server, Syntax};
///
/// let mysql = Syntax::of(Server::MySql);
/// let literal = Literal::read(br"_binary 'it\'s\0'", mysql);
/// assert_eq!(literal.kind(), LiteralKind::Text);
/// assert_eq!(literal.charset(), Some(&b"binary"[..]));
/// assert_eq!(literal.value()?.as_deref(), Some(&b"it's\0"[..]));
/// assert_eq!(Literal::read(b"NULL", mysql).value()?, None);
/// assert!(Literal::read(b"now()", mysql).value().is_err());
/// # Ok::<(), loup_text::dump::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<'a> {
    pub(super) raw: &'a [u8],
    pub(super) kind: LiteralKind,
    /// Offset behind a prefix and the white space after it: of the first quote, or of the first digit of `0x` and `0b`.
    pub(super) open: usize,
    /// Offset behind the last quote or digit.
    close: usize,
    /// Whether the value is the bytes between the two quotes as they stand.
    is_plain: bool,
    /// Whether it is one string between two quotes.
    is_single: bool,
    pub(super) syntax: Syntax,
}

impl<'a> Literal<'a> {
    /// Reads the value that stands as `raw`, without its comma or parenthesis.
    #[inline]
    pub fn read(raw: &'a [u8], syntax: Syntax) -> Self {
        // What most values are: one string with nothing to unescape.
        if let [b'\'', content @ .., b'\''] = raw {
            let escapes = syntax.escapes_in(b'\'');
            let special = if escapes { memchr2(b'\'', b'\\', content) } else { memchr(b'\'', content) };
            if special.is_none() {
                let (close, is_plain, is_single) = (raw.len(), true, true);
                return Self { raw, kind: LiteralKind::Text, open: 0, close, is_plain, is_single, syntax };
            }
        }
        Self::parse(raw, syntax).unwrap_or(Self {
            raw,
            kind: LiteralKind::Expression,
            open: 0,
            close: raw.len(),
            is_plain: false,
            is_single: false,
            syntax,
        })
    }

    /// Returns what the value is.
    #[inline]
    pub fn kind(&self) -> LiteralKind {
        self.kind
    }

    /// Returns the name of the character set that stands before a MySQL string as `_name`.
    pub fn charset(&self) -> Option<&'a [u8]> {
        self.introducer().map(|word| &self.raw[word.start + 1..word.end])
    }

    /// Returns where `_name` stands before a MySQL string.
    pub(super) fn introducer(&self) -> Option<Range<usize>> {
        let start = skip_blank(self.raw, 0, self.syntax, true).ok()?.0;
        let has_set = self.syntax.is_mysql()
            && matches!(self.kind, LiteralKind::Text | LiteralKind::Hex)
            && self.raw.get(start) == Some(&b'_');
        has_set.then(|| start..word_end(self.raw, start))
    }

    /// Returns the value where it stands in the text as it is: the bytes between two quotes, a number, a word.
    #[inline]
    pub fn plain(&self) -> Option<&'a [u8]> {
        match self.kind {
            _ if self.is_plain => Some(&self.raw[self.open + 1..self.close - 1]),
            LiteralKind::Number | LiteralKind::Boolean => Some(&self.raw[self.open..self.close]),
            _ => None,
        }
    }

    /// Returns whether this is what the value is; `None` stands for NULL. What only the server knows is not.
    #[inline]
    pub fn is_value(&self, value: Option<&[u8]>) -> bool {
        let Some(value) = value else { return self.kind == LiteralKind::Null };
        if let Some(plain) = self.plain() {
            return plain == value;
        }
        // A string that starts with another byte is another one; an escape or a quote could start with any.
        if self.kind == LiteralKind::Text
            && let (Some(first), Some(wanted)) = (self.raw.get(self.open + 1), value.first())
            && self.raw[self.open] == b'\''
            && ![b'\\', b'\''].contains(first)
            && first != wanted
        {
            return false;
        }
        self.value().is_ok_and(|own| own.as_deref() == Some(value))
    }

    /// Returns the value, `None` for NULL: of a string its bytes, of hex digits and MySQL's bits the bytes they stand for, of
    /// PostgreSQL's bits their digits, of numbers and booleans their text as it stands.
    ///
    /// # Errors
    /// Returns an error for DEFAULT and expressions, whose value only the server knows, and for escapes that mean nothing.
    pub fn value(&self) -> Result<Option<Cow<'a, [u8]>>, ValueError> {
        if let Some(plain) = self.plain() {
            return Ok(Some(Cow::Borrowed(plain)));
        }
        match self.kind {
            LiteralKind::Null => Ok(None),
            _ => {
                let mut value = Vec::with_capacity(self.close - self.open);
                self.decode_into(&mut value)?;
                Ok(Some(Cow::Owned(value)))
            }
        }
    }

    /// Appends the value to `out` and returns whether there is one: NULL appends nothing.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn value_into(&self, out: &mut Vec<u8>) -> Result<bool, ValueError> {
        match (self.plain(), self.kind) {
            (Some(plain), _) => out.extend_from_slice(plain),
            (None, LiteralKind::Null) => return Ok(false),
            (None, _) => self.decode_into(out)?,
        }
        Ok(true)
    }

    fn decode_into(&self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let body = &self.raw[self.open..self.close];
        match self.kind {
            LiteralKind::Text => self.strings_into(out),
            LiteralKind::Hex => hex_into(body, out),
            LiteralKind::Bits => bits_into(body, self.syntax, out),
            LiteralKind::Default => Err(ValueError::Default),
            _ => Err(ValueError::Expression),
        }
    }

    /// Appends one string behind another: `'a' 'b'` is `ab`.
    fn strings_into(&self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let text = self.raw;
        if let Some(tag) = dollar_tag(&text[self.open..]) {
            out.extend_from_slice(&text[self.open + tag.len()..self.close - tag.len()]);
            return Ok(());
        }
        // A PostgreSQL string that goes on in another line keeps the escapes of its start.
        let has_e = !self.syntax.is_mysql() && self.open > 0 && text[self.open - 1].eq_ignore_ascii_case(&b'e');
        if self.is_single && !has_e && self.syntax.is_mysql() {
            let quote = text[self.open];
            quoted_into(&text[self.open + 1..self.close - 1], quote, self.syntax.escapes_in(quote), out);
            return Ok(());
        }
        let mut at = self.open;
        while at < self.close {
            let quote = text[at];
            let escapes = has_e || self.syntax.escapes_in(quote);
            let end = string_end(text, at, escapes).map_err(|_| ValueError::Expression)?;
            let content = &text[at + 1..end - 1];
            if escapes && !self.syntax.is_mysql() {
                postgres_escapes_into(content, out)?;
            } else {
                quoted_into(content, quote, escapes, out);
            }
            at = skip_blank(text, end, self.syntax, true).map_or(self.close, |found| found.0);
        }
        Ok(())
    }

    fn parse(raw: &'a [u8], syntax: Syntax) -> Option<Self> {
        let start = skip_blank(raw, 0, syntax, true).ok()?.0;
        let literal = |kind, open, close, is_plain| {
            // Whatever stands behind the value makes an expression of it.
            let behind = skip_blank(raw, close, syntax, true).ok()?.0;
            (behind == raw.len()).then_some(Self { raw, kind, open, close, is_plain, is_single: is_plain, syntax })
        };
        let text = |open| {
            let Strings { end, is_plain, is_single } = strings_end(raw, open, syntax)?;
            let literal = literal(LiteralKind::Text, open, end, is_plain)?;
            Some(Self { is_single, ..literal })
        };
        match *raw.get(start)? {
            b'\'' => text(start),
            b'"' if !syntax.ansi_quotes => text(start),
            b'$' if !syntax.is_mysql() => literal(LiteralKind::Text, start, dollar_end(raw, start, true).ok()??, false),
            b'\\' if syntax.is_mysql() && raw[start..].starts_with(b"\\N") => {
                literal(LiteralKind::Null, start, start + 2, false)
            }
            b'0' if syntax.is_mysql() && matches!(raw.get(start + 1), Some(b'x' | b'b')) => {
                let kind = if raw[start + 1] == b'x' { LiteralKind::Hex } else { LiteralKind::Bits };
                literal(kind, start, word_end(raw, start), false)
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => {
                let close = number_end(raw, start)?;
                literal(LiteralKind::Number, start, close, false)
            }
            byte if is_word(byte) => {
                let behind = word_end(raw, start);
                let word = &raw[start..behind];
                let keyword = |kind| literal(kind, start, behind, false);
                if word.eq_ignore_ascii_case(b"NULL") {
                    return keyword(LiteralKind::Null);
                } else if word.eq_ignore_ascii_case(b"DEFAULT") {
                    return keyword(LiteralKind::Default);
                } else if word.eq_ignore_ascii_case(b"TRUE") || word.eq_ignore_ascii_case(b"FALSE") {
                    return keyword(LiteralKind::Boolean);
                }
                let quoted = |kind| literal(kind, behind, quoted_end(raw, behind, syntax).ok()?, false);
                match (word, raw.get(behind)) {
                    (b"N" | b"n", Some(b'\'')) => text(behind),
                    (b"E" | b"e", Some(b'\'')) if !syntax.is_mysql() => text(behind),
                    (b"B" | b"b", Some(b'\'')) => quoted(LiteralKind::Bits),
                    (b"X" | b"x", Some(b'\'')) if syntax.is_mysql() => quoted(LiteralKind::Hex),
                    ([b'_', ..], _) if syntax.is_mysql() && word.len() <= LONGEST_CHARSET => {
                        let open = skip_space(raw, behind);
                        match raw.get(open)? {
                            b'\'' => text(open),
                            b'"' if !syntax.ansi_quotes => text(open),
                            b'0' if raw.get(open + 1) == Some(&b'x') => {
                                literal(LiteralKind::Hex, open, word_end(raw, open), false)
                            }
                            b'x' | b'X' if raw.get(open + 1) == Some(&b'\'') => {
                                literal(LiteralKind::Hex, open + 1, quoted_end(raw, open + 1, syntax).ok()?, false)
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// One string or several.
struct Strings {
    /// The offset behind the last one.
    end: usize,
    /// Whether the value is the bytes between two quotes.
    is_plain: bool,
    is_single: bool,
}

/// Finds the strings that open at `open`.
fn strings_end(raw: &[u8], open: usize, syntax: Syntax) -> Option<Strings> {
    let quote = raw[open];
    let has_e = !syntax.is_mysql() && open > 0 && raw[open - 1].eq_ignore_ascii_case(&b'e');
    let escapes = has_e || syntax.escapes_in(quote);
    // Most strings are one, with nothing to unescape.
    if let Some((&last, content)) = raw[open + 1..].split_last() {
        let special = if escapes { memchr2(quote, b'\\', content) } else { memchr(quote, content) };
        if last == quote && special.is_none() {
            return Some(Strings { end: raw.len(), is_plain: true, is_single: true });
        }
    }
    let mut at = open;
    loop {
        let is_string = raw[at] == b'\'' || (raw[at] == b'"' && !syntax.ansi_quotes);
        if !is_string {
            return None;
        }
        let escapes = has_e || syntax.escapes_in(raw[at]);
        let end = string_end(raw, at, escapes).ok()?;
        let next = skip_blank(raw, end, syntax, true).ok()?.0;
        // PostgreSQL puts strings together only across a line end.
        if next == raw.len() || (!syntax.is_mysql() && memchr(b'\n', &raw[end..next]).is_none()) {
            return Some(Strings { end, is_plain: false, is_single: at == open });
        }
        at = next;
    }
}

/// Returns the offset behind the word at `at`.
fn word_end(raw: &[u8], at: usize) -> usize {
    at + raw[at..].iter().take_while(|&&byte| is_word(byte)).count()
}

/// Returns the offset behind the number at `at`: a sign, digits with a point among them, an exponent.
fn number_end(raw: &[u8], at: usize) -> Option<usize> {
    let digits = |at: usize| at + raw[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = at + usize::from(matches!(raw.get(at), Some(b'+' | b'-')));
    let whole = digits(start);
    let has_point = raw.get(whole) == Some(&b'.');
    let end = if has_point { digits(whole + 1) } else { whole };
    if end - start == usize::from(has_point) {
        return None;
    }
    if !matches!(raw.get(end), Some(b'e' | b'E')) {
        return Some(end);
    }
    let exponent = end + 1 + usize::from(matches!(raw.get(end + 1), Some(b'+' | b'-')));
    let behind = digits(exponent.min(raw.len()));
    (behind > exponent).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Server;

    fn read(raw: &str, server: Server) -> (LiteralKind, Option<String>) {
        let literal = Literal::read(raw.as_bytes(), Syntax::of(server));
        let value = literal.value().map_or(Some("error".to_owned()), |value| {
            value.map(|value| value.iter().map(|&byte| char::from(byte)).collect())
        });
        if let Ok(own) = literal.value() {
            assert!(literal.is_value(own.as_deref()));
            for other in [None, Some(&b""[..]), Some(b"x"), Some(b"it's"), Some(b"it'x")] {
                assert_eq!(literal.is_value(other), own.as_deref() == other, "{raw}");
            }
        }
        let mut into = Vec::new();
        if let Ok(has_value) = literal.value_into(&mut into) {
            assert_eq!(has_value.then(|| into.iter().map(|&byte| char::from(byte)).collect()), value);
        }
        (literal.kind(), value)
    }

    fn some(kind: LiteralKind, value: &str) -> (LiteralKind, Option<String>) {
        (kind, Some(value.to_owned()))
    }

    #[test]
    fn mysql_literals_are_read() {
        use LiteralKind::{Bits, Boolean, Default, Expression, Hex, Null, Number, Text};
        let read = |raw| read(raw, Server::MySql);
        assert_eq!(read("NULL"), (Null, None));
        assert_eq!(read("\\N"), (Null, None));
        assert_eq!(read("'NULL'"), some(Text, "NULL"));
        assert_eq!(read("DEFAULT"), some(Default, "error"));
        assert_eq!(read("true"), some(Boolean, "true"));
        for number in ["0", "-1.50", "+3", ".5", "5.", "1e10", "-1.5E-3", "00123"] {
            assert_eq!(read(number), some(Number, number));
        }
        assert_eq!(read(r"'\0\'\x22\b\n\r\t\Z\\\%\_\a'"), some(Text, "\0'x22\u{8}\n\r\t\u{1a}\\\\%\\_a"));
        assert_eq!(read("'it''s'"), some(Text, "it's"));
        assert_eq!(read(r#""it's \"#), some(Expression, "error"));
        assert_eq!(read(r#""it's ""so"" \" ''""#), some(Text, r#"it's "so" " ''"#));
        assert_eq!(read("'a' 'b'\n\"c\""), some(Text, "abc"));
        assert_eq!(read("N'x'"), some(Text, "x"));
        assert_eq!(read("_binary'\\0'"), some(Text, "\0"));
        assert_eq!(read("_utf8mb4 'x'"), some(Text, "x"));
        assert_eq!(read("0x4142"), some(Hex, "AB"));
        assert_eq!(read("0xA"), some(Hex, "\n"));
        assert_eq!(read("X'4a4B'"), some(Hex, "JK"));
        assert_eq!(read("x'414'"), some(Hex, "error"));
        assert_eq!(read("0xZZ"), some(Hex, "error"));
        assert_eq!(read("_binary 0x41"), some(Hex, "A"));
        assert_eq!(read("_binary X'41'"), some(Hex, "A"));
        assert_eq!(read("b'100000101'"), some(Bits, "\u{1}\u{5}"));
        assert_eq!(read("0b01000001"), some(Bits, "A"));
        assert_eq!(read("/* x */ 'a' -- y"), some(Text, "a"));
        for expression in ["now()", "1+1", "- 5", "'a' COLLATE x", "1e", "abc", "", "`a`", "CAST('a' AS CHAR)", "'a"] {
            assert_eq!(read(expression), some(Expression, "error"), "{expression}");
        }
    }

    #[test]
    fn postgres_literals_are_read() {
        use LiteralKind::{Bits, Boolean, Expression, Text};
        let read = |raw| read(raw, Server::Postgres);
        assert_eq!(read(r"'a\''b'"), some(Text, r"a\'b"));
        assert_eq!(
            read(r"E'a\'b\\\n\b\f\r\t\v\101\x41\x4A1\u00e9\q'''"),
            some(Text, "a'b\\\n\u{8}\u{c}\r\t\u{b}AAJ1\u{c3}\u{a9}q'")
        );
        assert_eq!(read(r"E'\ud83d\ude00'"), some(Text, "\u{f0}\u{9f}\u{98}\u{80}"));
        assert_eq!(read(r"E'\ud83d'"), some(Text, "error"));
        assert_eq!(read(r"E'\u12'"), some(Text, "error"));
        assert_eq!(read("$$a'b$$"), some(Text, "a'b"));
        assert_eq!(read("$x$a$$b$x$"), some(Text, "a$$b"));
        assert_eq!(read("'a'\n'b'"), some(Text, "ab"));
        assert_eq!(read("'a' 'b'"), some(Expression, "error"));
        assert_eq!(read("B'101'"), some(Bits, "101"));
        assert_eq!(read("FALSE"), some(Boolean, "FALSE"));
        assert_eq!(read("N'x'"), some(Text, "x"));
        for expression in ["'{1}'::int[]", "X'1F'", "U&'\\0041'", "\"a\"", "0x12", "ARRAY[1]", "\\N"] {
            assert_eq!(read(expression), some(Expression, "error"), "{expression}");
        }
    }

    #[test]
    fn modes_change_what_escapes() {
        let plain = Syntax { backslash_escapes: false, ..Syntax::of(Server::MySql) };
        assert_eq!(Literal::read(br"'a\'", plain).value().expect("a string").as_deref(), Some(&br"a\"[..]));
        let old = Syntax { backslash_escapes: true, ..Syntax::of(Server::Postgres) };
        assert_eq!(Literal::read(br"'a\nb\''", old).value().expect("a string").as_deref(), Some(&b"a\nb'"[..]));
        let ansi = Syntax { ansi_quotes: true, ..Syntax::of(Server::MySql) };
        assert_eq!(Literal::read(b"\"a\"", ansi).kind(), LiteralKind::Expression);
    }
}
