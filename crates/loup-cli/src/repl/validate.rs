//! Decides whether Enter runs what was typed or opens another line.

use reedline::{ValidationResult, Validator};

use super::command::Command;

/// Lets a statement run once it ends with `;` outside quotes and comments.
#[derive(Debug)]
pub(super) struct StatementValidator;

impl Validator for StatementValidator {
    fn validate(&self, text: &str) -> ValidationResult {
        if is_complete(text) { ValidationResult::Complete } else { ValidationResult::Incomplete }
    }
}

fn is_complete(text: &str) -> bool {
    text.trim().is_empty() || !matches!(Command::parse(text), Command::Sql(_)) || ends_a_statement(text)
}

/// Returns whether the last thing outside comments is a semicolon, with every quote and comment closed.
fn ends_a_statement(text: &str) -> bool {
    let mut rest = text;
    let mut before = ' ';
    let mut ended = false;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        let in_word = before.is_alphanumeric() || before == '_';
        let after = match c {
            '\'' if matches!(before, 'e' | 'E') => after_escaped_string(tail),
            '\'' | '"' | '`' => after_mark(tail, &rest[..1]),
            '-' if tail.starts_with('-') => {
                // The end of the text ends the comment too.
                rest = after_mark(tail, "\n").unwrap_or_default();
                continue;
            }
            '/' if tail.starts_with('*') => match after_comment(&tail[1..]) {
                Some(after) => {
                    rest = after;
                    continue;
                }
                None => return false,
            },
            '$' if !in_word => after_dollar_string(rest),
            _ => Some(tail),
        };
        let Some(after) = after else { return false };
        if !c.is_whitespace() {
            ended = c == ';';
        }
        before = c;
        rest = after;
    }
    ended
}

fn after_mark<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

/// Skips the rest of `E'..'`, in which a backslash hides the next character.
fn after_escaped_string(text: &str) -> Option<&str> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '\'' => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

/// Skips the rest of a comment; comments nest.
fn after_comment(mut text: &str) -> Option<&str> {
    let mut depth = 1;
    while depth > 0 {
        let at = text.find(['*', '/'])?;
        let (step, change) = match text.get(at..at + 2) {
            Some("*/") => (2, -1),
            Some("/*") => (2, 1),
            _ => (1, 0),
        };
        depth += change;
        text = &text[at + step..];
    }
    Some(text)
}

/// Skips `$tag$ .. $tag$`, or the dollar sign alone where it opens no such string, as in `${name}`.
fn after_dollar_string(text: &str) -> Option<&str> {
    let tag = text[1..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(text.len(), |at| at + 1);
    let opens = text[tag..].starts_with('$') && !text[1..].starts_with(|c: char| c.is_ascii_digit());
    if opens { after_mark(&text[tag + 1..], &text[..=tag]) } else { Some(&text[1..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_runs_when_it_ends() {
        for text in [
            "SELECT 1;",
            "SELECT 1; ",
            "SELECT 1;\n",
            "SELECT 1; -- done",
            "SELECT 1; /* done */",
            "SELECT ';';",
            "SELECT 'it''s';",
            "SELECT \"a;b\" FROM `t`;",
            "SELECT E'it\\'s';",
            "SELECT 'type' AS e, 'x\\';",
            "SELECT $$ it's ; $$;",
            "SELECT $q$ $$ ; $q$;",
            "SELECT ${name}, $1;",
            "COPY t TO ${out};",
            "SELECT 1 /* a /* b */ c */;",
            "SELECT 2 / 1 * 3;",
            "SELECT 'Žofie 😀';",
            "SELECT 1; SELECT 2;",
        ] {
            assert!(is_complete(text), "{text}");
        }
    }

    #[test]
    fn an_open_statement_goes_on() {
        for text in [
            "SELECT 1",
            "SELECT ';",
            "SELECT ';'",
            "SELECT \"a;",
            "SELECT `a;",
            "SELECT E'it\\';",
            "SELECT 1 -- ;",
            "SELECT 1 /* ;",
            "SELECT 1 /* a /* b */ ;",
            "SELECT $$ ;",
            "SELECT $q$ $$;",
            "SELECT 1; SELECT 2",
            "-- only a comment",
            "'😀;",
        ] {
            assert!(!is_complete(text), "{text}");
        }
    }

    #[test]
    fn commands_and_empty_lines_run_at_once() {
        for text in ["", "  \n", "\\q", "\\d t", "quit", "exit"] {
            assert!(is_complete(text), "{text}");
        }
    }
}
