//! The settings that SET statements make, and those that change how a dump is read.

use std::borrow::Cow;

use super::super::cells::Span;
use super::super::{DumpErrorKind, Literal, Server, Syntax, Token, TokenKind, Tokens};

/// One setting of a SET statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<'a> {
    /// Its name as written, without `@@` and SESSION; `NAMES` for SET NAMES and SET CHARACTER SET; with one `@` for a
    /// user's variable.
    pub name: &'a [u8],
    /// Its value as written.
    pub value: &'a [u8],
    syntax: Syntax,
}

impl<'a> Setting<'a> {
    /// Returns whether this is the setting of that name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Returns the value, without quotes where it is one string.
    pub fn text(&self) -> Cow<'a, [u8]> {
        Literal::read(self.value, self.syntax).value().ok().flatten().unwrap_or(Cow::Borrowed(self.value))
    }
}

/// Returns the settings that a statement of the kind [`Set`](super::ItemKind::Set) makes, in their order.
///
/// # Example
/// ```
/// use loup_text::dump::{Server, Syntax, settings};
///
/// let text = b"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI,NO_ZERO_DATE' */;";
/// let settings = settings(text, Syntax::of(Server::MySql));
/// assert_eq!((settings[0].name, settings[0].value), (&b"@OLD_SQL_MODE"[..], &b"@@SQL_MODE"[..]));
/// assert!(settings[1].is("sql_mode"));
/// assert_eq!(&*settings[1].text(), b"ANSI,NO_ZERO_DATE");
/// ```
pub fn settings(text: &[u8], syntax: Syntax) -> Vec<Setting<'_>> {
    let tokens: Vec<Token> = Tokens::new(text, syntax).take_while(|token| !token.is_sign(b';')).collect();
    let (Some(first), rest) = (tokens.first(), tokens.get(1..).unwrap_or_default()) else {
        return Vec::new();
    };
    if first.is(text, "SELECT") {
        return set_config(text, rest, syntax).into_iter().collect();
    }
    match syntax.server {
        // A list is one value.
        Server::Postgres => assignment(text, rest, syntax).into_iter().collect(),
        Server::MySql => {
            let mut depth = 0_u32;
            rest.split(|token| {
                match token.kind {
                    TokenKind::Sign(b'(') => depth += 1,
                    TokenKind::Sign(b')') => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && token.is_sign(b',')
            })
            .filter_map(|tokens| assignment(text, tokens, syntax))
            .collect()
        }
    }
}

/// Reads `[SESSION] name {= | := | TO} value`, `@name = value`, and NAMES value.
fn assignment<'a>(text: &'a [u8], tokens: &[Token], syntax: Syntax) -> Option<Setting<'a>> {
    let is = |token: &Token, words: &[&str]| words.iter().any(|word| token.is(text, word));
    if let [first, value @ ..] = tokens {
        if is(first, &["NAMES", "CHARSET"]) {
            return setting(text, first.span, value.get(..1)?, syntax);
        }
        if let [set, value, ..] = value
            && is(first, &["CHARACTER", "CHAR"])
            && set.is(text, "SET")
        {
            return Some(Setting { name: b"NAMES", value: value.span.of(text), syntax });
        }
    }
    let end = tokens.iter().position(|token| token.is_sign(b'=') || token.is(text, "TO"))?;
    let (mut name, value) = (&tokens[..end], &tokens[end + 1..]);
    if let [rest @ .., colon] = name
        && colon.is_sign(b':')
    {
        name = rest;
    }
    while let [first, rest @ ..] = name {
        let is_scope = is(first, &["SESSION", "GLOBAL", "LOCAL", "PERSIST"]) || first.is_sign(b'.');
        let is_system = first.is_sign(b'@') && rest.first().is_some_and(|next| next.is_sign(b'@'));
        if is_scope && !rest.is_empty() {
            name = rest;
        } else if is_system {
            name = &rest[1..];
        } else {
            break;
        }
    }
    let (first, last) = (name.first()?, name.last()?);
    setting(text, Span::new(first.span.start(), last.span.end()), value, syntax)
}

fn setting<'a>(text: &'a [u8], name: Span, value: &[Token], syntax: Syntax) -> Option<Setting<'a>> {
    let (first, last) = (value.first()?, value.last()?);
    Some(Setting { name: name.of(text), value: &text[first.span.start()..last.span.end()], syntax })
}

/// Reads `pg_catalog.set_config('name', 'value', false)`.
fn set_config<'a>(text: &'a [u8], tokens: &[Token], syntax: Syntax) -> Option<Setting<'a>> {
    let mut strings = tokens.iter().filter(|token| token.kind == TokenKind::Text).map(|token| token.span.of(text));
    let (name, value) = (strings.next()?, strings.next()?);
    Some(Setting { name: name.get(1..name.len() - 1)?, value, syntax })
}

/// What SET statements have made of a dump's syntax.
#[derive(Debug, Clone)]
pub(super) struct Modes {
    pub(super) syntax: Syntax,
    /// User's variables that keep an sql_mode, in lower case.
    saved: Vec<(Vec<u8>, Syntax)>,
}

/// Character sets in which the second byte of a character may be a backslash or a quote.
const UNSAFE_CHARSETS: [&str; 9] =
    ["sjis", "cp932", "gbk", "big5", "gb18030", "shift_jis_2004", "shiftjis", "johab", "mskanji"];

/// SQL modes that make names of what stands in double quotes, those that other modes stand for among them.
const ANSI_QUOTES: [&str; 7] = ["ANSI_QUOTES", "ANSI", "ORACLE", "MSSQL", "POSTGRESQL", "DB2", "MAXDB"];

impl Modes {
    pub(super) fn new(syntax: Syntax) -> Self {
        Self { syntax, saved: Vec::new() }
    }

    /// Takes over what a SET statement changes.
    pub(super) fn apply(&mut self, statement: &[u8]) -> Result<(), DumpErrorKind> {
        for setting in settings(statement, self.syntax) {
            if setting.is("names") || setting.is("charset") || setting.is("client_encoding") {
                let charset = setting.text();
                if UNSAFE_CHARSETS.iter().any(|name| charset.eq_ignore_ascii_case(name.as_bytes())) {
                    return Err(DumpErrorKind::UnsupportedCharset);
                }
            } else if self.syntax.is_mysql() {
                self.mysql(&setting);
            } else if setting.is("standard_conforming_strings") {
                let is_off =
                    ["off", "false", "0", "no"].iter().any(|off| setting.text().eq_ignore_ascii_case(off.as_bytes()));
                self.syntax.backslash_escapes = is_off;
            }
        }
        Ok(())
    }

    fn mysql(&mut self, setting: &Setting<'_>) {
        let value = setting.value.to_ascii_lowercase();
        let is_system = value.starts_with(b"@@") && value.ends_with(b"sql_mode");
        if setting.name.starts_with(b"@") && is_system {
            let name = setting.name.to_ascii_lowercase();
            self.saved.retain(|(saved, _)| *saved != name);
            self.saved.push((name, self.syntax));
        } else if setting.is("sql_mode") && !is_system {
            let default = Syntax::of(Server::MySql);
            let is_expression = !value.starts_with(b"'") && !value.starts_with(b"\"");
            self.syntax = match self.saved.iter().find(|(name, _)| *name == value) {
                Some((_, syntax)) => *syntax,
                None if value.starts_with(b"@") => default,
                // CONCAT(@@sql_mode, ..) adds to what there is.
                None if is_expression => sql_mode(setting.value, self.syntax),
                None => sql_mode(&setting.text(), default),
            };
        }
    }
}

/// Adds the modes named in `list` to a syntax.
fn sql_mode(list: &[u8], mut syntax: Syntax) -> Syntax {
    for word in list.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_') {
        let is = |mode: &str| word.eq_ignore_ascii_case(mode.as_bytes());
        syntax.ansi_quotes |= ANSI_QUOTES.iter().any(|mode| is(mode));
        syntax.backslash_escapes &= !is("NO_BACKSLASH_ESCAPES");
    }
    syntax
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, server: Server) -> Vec<(String, String)> {
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        settings(text.as_bytes(), Syntax::of(server))
            .iter()
            .map(|setting| (string(setting.name), string(&setting.text())))
            .collect()
    }

    #[test]
    fn settings_are_read_in_all_their_forms() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mysql = |text| pairs(text, Server::MySql);
        assert_eq!(mysql("SET NAMES utf8mb4 COLLATE utf8mb4_bin;"), [pair("NAMES", "utf8mb4")]);
        assert_eq!(mysql("/*!40101 SET NAMES 'latin1' */;"), [pair("NAMES", "latin1")]);
        assert_eq!(mysql("SET CHARACTER SET utf8;"), [pair("NAMES", "utf8")]);
        assert_eq!(
            mysql("SET @@session.sql_mode := 'ANSI', @a=f(1,2);"),
            [pair("sql_mode", "ANSI"), pair("@a", "f(1,2)")]
        );
        assert_eq!(mysql("SET SESSION sql_mode = '';"), [pair("sql_mode", "")]);
        let postgres = |text| pairs(text, Server::Postgres);
        assert_eq!(postgres("SET search_path = public, pg_catalog;"), [pair("search_path", "public, pg_catalog")]);
        assert_eq!(postgres("SET client_encoding TO 'UTF8';"), [pair("client_encoding", "UTF8")]);
        assert_eq!(postgres("SELECT pg_catalog.set_config('search_path', '', false);"), [pair("search_path", "")]);
        assert_eq!(postgres("SET SESSION AUTHORIZATION DEFAULT;"), []);
    }

    #[test]
    fn modes_are_kept_and_restored() {
        let mut modes = Modes::new(Syntax::of(Server::MySql));
        let mut apply = |text: &str| {
            modes.apply(text.as_bytes()).map(|()| (modes.syntax.ansi_quotes, modes.syntax.backslash_escapes))
        };
        assert_eq!(apply("SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI';"), Ok((true, true)));
        assert_eq!(apply("SET @s = @@sql_mode;"), Ok((true, true)));
        assert_eq!(apply("SET sql_mode = 'NO_BACKSLASH_ESCAPES';"), Ok((false, false)));
        assert_eq!(apply("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');"), Ok((true, false)));
        assert_eq!(apply("SET sql_mode = @s;"), Ok((true, true)));
        assert_eq!(apply("SET SQL_MODE=@OLD_SQL_MODE;"), Ok((false, true)));
        assert_eq!(apply("SET sql_mode = @unknown;"), Ok((false, true)));
        assert_eq!(apply("SET NAMES sjis;"), Err(DumpErrorKind::UnsupportedCharset));
    }
}
