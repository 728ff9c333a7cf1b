//! Words, names, literals and punctuation of a definition.

use std::borrow::Cow;

use super::Dialect;

/// One token of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, a number or a name without quotes, as it is written.
    Word(&'a str),
    /// A name in quotes, without them.
    Quoted(Cow<'a, str>),
    /// A text literal, without quotes and escapes.
    Text(Cow<'a, str>),
    /// Any other character.
    Symbol(char),
}

impl Token<'_> {
    /// Returns whether the token is this keyword, whatever its case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// A token and where its text starts and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spanned<'a> {
    pub(super) token: Token<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Cuts a definition into tokens. Comments are left out, but what stands in `/*! .. */` and `/*M! .. */` is read.
///
/// An open quote or comment ends with the text: the statement was cut by a scanner that knows better.
pub(super) fn tokens(text: &str, dialect: Dialect) -> Vec<Spanned<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        let rest = &text[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        if rest.starts_with("--") || (c == '#' && dialect == Dialect::MySql) {
            at += rest.find('\n').map_or(rest.len(), |end| end + 1);
            continue;
        }
        if let Some(inside) = rest.strip_prefix("/*") {
            let conditional = inside.strip_prefix("M!").or_else(|| inside.strip_prefix('!'));
            at = match conditional.filter(|_| dialect == Dialect::MySql) {
                // The version is no part of what it guards.
                Some(guarded) => text.len() - guarded.trim_start_matches(|c: char| c.is_ascii_digit()).len(),
                None => start + comment_length(rest, dialect),
            };
            continue;
        }
        if rest.starts_with("*/") {
            at += 2;
            continue;
        }
        let token = match c {
            '`' => quoted(rest, '`', &mut at),
            '"' => quoted(rest, '"', &mut at),
            '\'' => literal(rest, dialect == Dialect::MySql, &mut at),
            'E' | 'e' if rest[1..].starts_with('\'') && dialect == Dialect::Postgres => {
                at += 1;
                literal(&rest[1..], true, &mut at)
            }
            '$' if dialect == Dialect::Postgres && dollar_quoted(rest).is_some() => {
                let (length, body) = dollar_quoted(rest).unwrap_or((1, rest));
                at += length;
                Token::Text(Cow::Borrowed(body))
            }
            c if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                at += length;
                Token::Word(&rest[..length])
            }
            other => {
                at += other.len_utf8();
                Token::Symbol(other)
            }
        };
        found.push(Spanned { token, start, end: at });
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || c == '@'
}

fn comment_length(rest: &str, dialect: Dialect) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            // PostgreSQL's comments nest, MySQL's do not.
            b"/*" if dialect == Dialect::Postgres || depth == 0 => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// Reads a name in quotes, in which the quote is doubled.
fn quoted<'a>(rest: &'a str, quote: char, at: &mut usize) -> Token<'a> {
    let (body, length) = until_quote(&rest[1..], quote, false);
    *at += 1 + length;
    let double = String::from_iter([quote, quote]);
    Token::Quoted(if body.contains(quote) {
        Cow::Owned(body.replace(&double, quote.encode_utf8(&mut [0; 4])))
    } else {
        Cow::Borrowed(body)
    })
}

fn literal<'a>(rest: &'a str, backslashes: bool, at: &mut usize) -> Token<'a> {
    let (body, length) = until_quote(&rest[1..], '\'', backslashes);
    *at += 1 + length;
    let is_escaped = body.contains('\'') || backslashes && body.contains('\\');
    if !is_escaped {
        return Token::Text(Cow::Borrowed(body));
    }
    let mut text = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                chars.next();
                text.push('\'');
            }
            '\\' if backslashes => text.push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('0') => '\0',
                Some('b') => '\u{8}',
                Some('Z') => '\u{1a}',
                Some(other) => other,
                None => '\\',
            }),
            other => text.push(other),
        }
    }
    Token::Text(Cow::Owned(text))
}

/// Returns what stands before the closing quote, and the length up to its end.
fn until_quote(text: &str, quote: char, backslashes: bool) -> (&str, usize) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if backslashes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote as u8 {
            if bytes.get(at + 1) != Some(&(quote as u8)) {
                return (&text[..at], at + 1);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    (text, text.len())
}

/// Returns the length of a text in dollar quotes and what stands between them.
fn dollar_quoted(rest: &str) -> Option<(usize, &str)> {
    let tag_end = rest[1..].find('$')? + 2;
    let tag = &rest[..tag_end];
    let is_tag = tag[1..tag_end - 1].chars().all(|c| c.is_alphanumeric() || c == '_');
    if !is_tag || tag[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let close = rest[tag_end..].find(tag)?;
    Some((tag_end + close + tag.len(), &rest[tag_end..tag_end + close]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, dialect: Dialect) -> Vec<String> {
        let show = |spanned: Spanned<'_>| match spanned.token {
            Token::Word(word) => word.to_owned(),
            Token::Quoted(name) => format!("<{name}>"),
            Token::Text(text) => format!("'{text}'"),
            Token::Symbol(symbol) => symbol.to_string(),
        };
        tokens(text, dialect).into_iter().map(show).collect()
    }

    #[test]
    fn guarded_text_is_read_and_comments_are_not() {
        let text = "a /* no */ /*!50100 b */ -- no\n# no\n/*M!100 c*/ d";
        assert_eq!(words(text, Dialect::MySql), ["a", "b", "c", "d"]);
        assert_eq!(words("a /* /* no */ no */ b", Dialect::Postgres), ["a", "b"]);
        assert_eq!(words("a /* /* no */ b", Dialect::MySql), ["a", "b"]);
    }

    #[test]
    fn quotes_of_every_kind() {
        let text = r#"`a``b` "c""d" 'e''f\'g\n'"#;
        assert_eq!(words(text, Dialect::MySql), ["<a`b>", "<c\"d>", "'e'f'g\n'"]);
        assert_eq!(words(r"'a\' E'b\'c' $x$d'e$x$ $1", Dialect::Postgres), [r"'a\'", "'b'c'", "'d'e'", "$1"]);
    }

    #[test]
    fn what_stays_open_ends_with_the_text() {
        for text in ["'abc", "`abc", "/* abc", "$$abc", "'abc\\", "é'", "E'"] {
            for dialect in [Dialect::MySql, Dialect::Postgres] {
                let _ = tokens(text, dialect);
            }
        }
    }
}
