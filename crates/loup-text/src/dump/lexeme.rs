//! Where strings, comments and dollar quotes end.

use memchr::{memchr, memchr2, memmem};

use super::{DumpErrorKind, Syntax};

/// The text ends inside something: more of it is needed, or the file is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// What is wrong with the file if nothing follows.
    pub(super) kind: DumpErrorKind,
    /// Where the thing that is cut begins.
    pub(super) at: usize,
}

impl Cut {
    pub(super) fn new(kind: DumpErrorKind, at: usize) -> Self {
        Self { kind, at }
    }
}

/// Returns whether a byte may stand in a name without quotes: both servers take all bytes above ASCII.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Returns whether a byte separates tokens.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Returns the offset of the first byte at or behind `at` that is no white space.
pub(super) fn skip_space(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|&&byte| is_space(byte)).count()
}

/// Returns the offset behind the quote that closes the one at `open`; doubled quotes do not close.
pub(super) fn string_end(text: &[u8], open: usize, backslash_escapes: bool) -> Result<usize, Cut> {
    let quote = text[open];
    let mut at = open + 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let found = if backslash_escapes { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
        let Some(offset) = found else {
            return Err(Cut::new(DumpErrorKind::UnclosedString, open));
        };
        at += offset + 1;
        // What a backslash escapes, or the second of a doubled quote, is passed over.
        let is_escape = text[at - 1] == b'\\' && quote != b'\\';
        if !is_escape && text.get(at) != Some(&quote) {
            return Ok(at);
        }
        at += 1;
    }
}

/// Returns the offset behind the string or quoted name that opens at `open`, by its quote and its prefix.
pub(super) fn quoted_end(text: &[u8], open: usize, syntax: Syntax) -> Result<usize, Cut> {
    let escapes = syntax.escapes_in(text[open]) || is_escape_string(text, open, syntax);
    string_end(text, open, escapes)
}

/// Returns whether the quote at `open` belongs to a PostgreSQL string with escapes, `E'..'`.
pub(super) fn is_escape_string(text: &[u8], open: usize, syntax: Syntax) -> bool {
    !syntax.is_mysql()
        && text[open] == b'\''
        && open > 0
        && matches!(text[open - 1], b'e' | b'E')
        && (open < 2 || !is_word(text[open - 2]))
}

/// Returns the offset behind the line that `at` lies in.
pub(super) fn line_end(text: &[u8], at: usize) -> Option<usize> {
    memchr(b'\n', &text[at..]).map(|offset| at + offset + 1)
}

/// Returns the offset behind the block comment that opens at `open`. PostgreSQL's nest.
pub(super) fn comment_end(text: &[u8], open: usize, syntax: Syntax) -> Result<usize, Cut> {
    let cut = Cut::new(DumpErrorKind::UnclosedComment, open);
    let mut at = open + 2;
    if syntax.is_mysql() {
        let rest = text.get(at..).ok_or(cut)?;
        return memmem::find(rest, b"*/").map(|offset| at + offset + 2).ok_or(cut);
    }
    let mut depth = 1;
    while depth > 0 {
        let rest = text.get(at..).ok_or(cut)?;
        at += memchr2(b'*', b'/', rest).ok_or(cut)?;
        match (text[at], text.get(at + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
            }
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    Ok(at)
}

/// What stands at a byte that may open a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comment {
    /// No comment.
    No,
    /// A comment that ends at this offset.
    Until(usize),
    /// The opening of a conditional comment, `/*!40101` or `/*M!100100`, of this length: its text is executed.
    Conditional(usize),
}

/// Looks for a comment at `at`. A line comment that the text ends in is cut unless it is the last of the file.
pub(super) fn comment_at(text: &[u8], at: usize, syntax: Syntax, is_last: bool) -> Result<Comment, Cut> {
    let end_of_line = || match line_end(text, at) {
        Some(end) => Ok(Comment::Until(end)),
        None if is_last => Ok(Comment::Until(text.len())),
        None => Err(Cut::new(DumpErrorKind::UnclosedStatement, at)),
    };
    let rest = &text[at..];
    let unseen = |seen: usize| !is_last && rest.len() <= seen;
    match rest[0] {
        b'#' if syntax.is_mysql() => end_of_line(),
        b'-' if rest.get(1) == Some(&b'-') => match rest.get(2) {
            _ if !syntax.is_mysql() => end_of_line(),
            None if is_last => Ok(Comment::Until(text.len())),
            None => Err(Cut::new(DumpErrorKind::UnclosedStatement, at)),
            Some(&byte) if is_space(byte) || byte.is_ascii_control() => end_of_line(),
            Some(_) => Ok(Comment::No),
        },
        b'/' if rest.get(1) == Some(&b'*') => {
            if syntax.is_mysql() {
                let mark = usize::from(rest.get(2) == Some(&b'M'));
                if unseen(2 + mark) {
                    return Err(Cut::new(DumpErrorKind::UnclosedComment, at));
                }
                if rest.get(2 + mark) == Some(&b'!') {
                    let digits = rest[3 + mark..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
                    return Ok(Comment::Conditional(3 + mark + digits));
                }
            }
            comment_end(text, at, syntax).map(Comment::Until)
        }
        b'-' | b'/' if unseen(1) => Err(Cut::new(DumpErrorKind::UnclosedStatement, at)),
        _ => Ok(Comment::No),
    }
}

/// Returns the offset of the first byte at or behind `at` that is neither white space nor comment, and whether there was
/// a comment. Stops at a conditional comment.
pub(super) fn skip_blank(text: &[u8], at: usize, syntax: Syntax, is_last: bool) -> Result<(usize, bool), Cut> {
    let mut at = at;
    let mut commented = false;
    loop {
        at = skip_space(text, at);
        if !matches!(text.get(at), Some(b'-' | b'/' | b'#')) {
            return Ok((at, commented));
        }
        match comment_at(text, at, syntax, is_last)? {
            Comment::Until(end) => at = end,
            Comment::No | Comment::Conditional(_) => return Ok((at, commented)),
        }
        commented = true;
    }
}

/// Returns the offset behind the dollar quotes that open at `open`, `None` where the dollar opens none.
pub(super) fn dollar_end(text: &[u8], open: usize, is_last: bool) -> Result<Option<usize>, Cut> {
    if open > 0 && is_word(text[open - 1]) {
        return Ok(None);
    }
    let cut = Cut::new(DumpErrorKind::UnclosedString, open);
    let Some(tag) = dollar_tag(&text[open..]) else {
        // The tag itself may be cut.
        let is_cut = !is_last && text[open + 1..].iter().all(|&byte| is_word(byte) && byte != b'$');
        return if is_cut { Err(cut) } else { Ok(None) };
    };
    let from = open + tag.len();
    memmem::find(&text[from..], tag).map(|offset| Some(from + offset + tag.len())).ok_or(cut)
}

/// Returns the tag with both dollars, `$$` or `$tag$`, that `text` starts with.
pub(super) fn dollar_tag(text: &[u8]) -> Option<&[u8]> {
    if text.first() != Some(&b'$') || text.get(1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let name = text[1..].iter().take_while(|&&byte| is_word(byte) && byte != b'$').count();
    (text.get(1 + name) == Some(&b'$')).then(|| &text[..name + 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Server;

    const MYSQL: fn() -> Syntax = || Syntax::of(Server::MySql);
    const POSTGRES: fn() -> Syntax = || Syntax::of(Server::Postgres);

    #[test]
    fn strings_end_behind_their_quote() {
        assert_eq!(string_end(b"'a''b'c", 0, true), Ok(6));
        assert_eq!(string_end(br"'a\'b'c", 0, true), Ok(6));
        assert_eq!(string_end(br"'a\'b'c", 0, false), Ok(4));
        assert_eq!(string_end(br"'a\\'", 0, true), Ok(5));
        assert!(string_end(br"'a\'", 0, true).is_err());
        assert!(string_end(br"'a\", 0, true).is_err());
        assert_eq!(quoted_end(br"E'a\'b'", 1, POSTGRES()), Ok(7));
        assert_eq!(quoted_end(br"date'a\'b'", 4, POSTGRES()), Ok(8));
    }

    #[test]
    fn only_postgres_comments_nest() {
        assert_eq!(comment_end(b"/* a /* b */ c */", 0, POSTGRES()), Ok(17));
        assert_eq!(comment_end(b"/* a /* b */ c */", 0, MYSQL()), Ok(12));
        assert!(comment_end(b"/*/", 0, MYSQL()).is_err());
    }

    #[test]
    fn mysql_dashes_need_a_space() {
        assert_eq!(comment_at(b"--5", 0, MYSQL(), true), Ok(Comment::No));
        assert_eq!(comment_at(b"-- 5\nx", 0, MYSQL(), true), Ok(Comment::Until(5)));
        assert_eq!(comment_at(b"--5\nx", 0, POSTGRES(), true), Ok(Comment::Until(4)));
        assert_eq!(comment_at(b"/*!50003 x", 0, MYSQL(), true), Ok(Comment::Conditional(8)));
        assert_eq!(comment_at(b"/*M!100100 x", 0, MYSQL(), true), Ok(Comment::Conditional(10)));
        assert_eq!(comment_at(b"# x\n", 0, POSTGRES(), true), Ok(Comment::No));
    }

    #[test]
    fn dollar_quotes_need_their_own_tag() {
        assert_eq!(dollar_end(b"$_$ $1 $$ $_$;", 0, true), Ok(Some(13)));
        assert_eq!(dollar_end(b"a$b$c", 1, true), Ok(None));
        assert_eq!(dollar_end(b"$1 $", 0, true), Ok(None));
        assert!(dollar_end(b"$a$ x", 0, true).is_err());
        assert!(dollar_end(b"$ab", 0, false).is_err());
    }
}
