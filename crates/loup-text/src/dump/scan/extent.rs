//! Where statements end: as the `mysql` client and `psql` see it, which send them.

use super::super::lexeme::{Comment, Cut, comment_at, dollar_end, is_word, quoted_end};
use super::super::{DumpErrorKind, Syntax};

/// Returns the offset behind the delimiter of the statement that goes on at `at`.
pub(super) fn statement_end(
    text: &[u8],
    at: usize,
    syntax: Syntax,
    delimiter: &[u8],
    is_last: bool,
) -> Result<usize, Cut> {
    if syntax.is_mysql() {
        mysql_end(text, at, syntax, delimiter, is_last)
    } else {
        psql_end(text, at, syntax, is_last)
    }
}

/// The client sends what stands before its delimiter, also where that stands in a conditional comment.
fn mysql_end(text: &[u8], mut at: usize, syntax: Syntax, delimiter: &[u8], is_last: bool) -> Result<usize, Cut> {
    let first = delimiter[0];
    while let Some(&byte) = text.get(at) {
        if byte == first {
            let rest = &text[at..];
            if rest.starts_with(delimiter) {
                return Ok(at + delimiter.len());
            }
            if !is_last && delimiter.starts_with(rest) {
                break;
            }
        }
        match byte {
            b'\'' | b'"' | b'`' => at = quoted_end(text, at, syntax)?,
            b'-' | b'/' | b'#' => match comment_at(text, at, syntax, is_last)? {
                Comment::No => at += 1,
                Comment::Until(end) => at = end,
                Comment::Conditional(len) => at += len,
            },
            // `\G` ends a statement, others are commands; `\N` is NULL.
            b'\\' if text.get(at + 1).is_some_and(|&next| next != b'N') && first != b'\\' => {
                return Err(Cut::new(DumpErrorKind::CommandInStatement, at));
            }
            _ => at += 1,
        }
    }
    Err(Cut::new(DumpErrorKind::UnclosedStatement, 0))
}

/// A semicolon outside parentheses ends a statement, and outside the BEGIN .. END of a function's body in SQL: psql's own
/// rule (PostgreSQL source, psqlscan.l) counts them behind CREATE [OR REPLACE] {FUNCTION | PROCEDURE}.
fn psql_end(text: &[u8], mut at: usize, syntax: Syntax, is_last: bool) -> Result<usize, Cut> {
    let mut parentheses = 0_u32;
    let mut begins = 0_u32;
    let mut words = 0_u32;
    let mut head = Head::Start;
    while let Some(&byte) = text.get(at) {
        match byte {
            b';' if parentheses == 0 && begins == 0 => return Ok(at + 1),
            b'(' => {
                parentheses += 1;
                at += 1;
            }
            b')' => {
                parentheses = parentheses.saturating_sub(1);
                at += 1;
            }
            b'\'' | b'"' => at = quoted_end(text, at, syntax)?,
            b'$' => at = dollar_end(text, at, is_last)?.unwrap_or(at + 1),
            b'-' | b'/' => match comment_at(text, at, syntax, is_last)? {
                Comment::Until(end) => at = end,
                Comment::No | Comment::Conditional(_) => at += 1,
            },
            b'\\' => return Err(Cut::new(DumpErrorKind::CommandInStatement, at)),
            _ if is_word(byte) => {
                let len = text[at..].iter().take_while(|&&byte| is_word(byte)).count();
                let word = &text[at..at + len];
                words += 1;
                head = head.next(word, words);
                if head == Head::Routine && parentheses == 0 {
                    if word.eq_ignore_ascii_case(b"begin") || (begins > 0 && word.eq_ignore_ascii_case(b"case")) {
                        begins += 1;
                    } else if word.eq_ignore_ascii_case(b"end") {
                        begins = begins.saturating_sub(1);
                    }
                }
                at += len;
            }
            _ => at += 1,
        }
    }
    Err(Cut::new(DumpErrorKind::UnclosedStatement, 0))
}

/// How far a statement's first words agree with CREATE [OR REPLACE] {FUNCTION | PROCEDURE}.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Start,
    Create,
    Or,
    Replace,
    Routine,
    Another,
}

impl Head {
    fn next(self, word: &[u8], words: u32) -> Self {
        if self == Self::Routine || self == Self::Another {
            return self;
        }
        let is = |expected: &[u8]| word.eq_ignore_ascii_case(expected);
        match (self, words) {
            (Self::Start, 1) if is(b"create") => Self::Create,
            (Self::Create, 2) if is(b"or") => Self::Or,
            (Self::Or, 3) if is(b"replace") => Self::Replace,
            (Self::Create, 2) | (Self::Replace, 4) if is(b"function") || is(b"procedure") => Self::Routine,
            _ => Self::Another,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Server;
    use super::*;

    fn mysql(text: &str, delimiter: &str) -> Result<usize, DumpErrorKind> {
        statement_end(text.as_bytes(), 0, Syntax::of(Server::MySql), delimiter.as_bytes(), true).map_err(|cut| cut.kind)
    }

    fn psql(text: &str) -> Result<usize, DumpErrorKind> {
        statement_end(text.as_bytes(), 0, Syntax::of(Server::Postgres), b";", true).map_err(|cut| cut.kind)
    }

    #[test]
    fn mysql_statements_end_at_their_delimiter() {
        let text = "a ';' \";\" `;` # ;\n -- ;\n /* ; */;x";
        assert_eq!(mysql(text, ";"), Ok(text.len() - 1));
        assert_eq!(mysql("/*!50003 a; b */;;", ";;"), Ok(18));
        assert_eq!(mysql("/*!50003 a; b */;", ";"), Ok(11));
        assert_eq!(mysql("a; b $$x", "$$"), Ok(7));
        assert_eq!(mysql("a 'b", ";"), Err(DumpErrorKind::UnclosedString));
        assert_eq!(mysql("a /* b", ";"), Err(DumpErrorKind::UnclosedComment));
        assert_eq!(mysql("a", ";"), Err(DumpErrorKind::UnclosedStatement));
    }

    #[test]
    fn psql_statements_end_outside_everything() {
        let text = "a ';' \";\" (;) -- ;\n /* /* ; */ ; */ $$ ; $$ $x$ ; $x$;x";
        assert_eq!(psql(text), Ok(text.len() - 1));
        assert_eq!(psql("select '\\';x"), Ok(11));
        assert_eq!(psql("select E'\\';';x"), Ok(14));
        assert_eq!(psql("select $1;x"), Ok(10));
        assert_eq!(psql("select 1 \\g\n;"), Err(DumpErrorKind::CommandInStatement));
    }

    #[test]
    fn bodies_in_sql_are_kept_whole() {
        let body = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;";
        assert_eq!(psql(&format!("{body}x")), Ok(body.len()));
        assert_eq!(psql("begin; x"), Ok(6));
        assert_eq!(psql("create table begin (a int); x"), Ok(27));
    }
}
