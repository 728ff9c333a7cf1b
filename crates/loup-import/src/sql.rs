//! Writes names and texts into SQL so that they cannot end what they stand in.

use crate::{Error, Result};

/// Quotes an identifier.
pub(crate) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text.
pub(crate) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Writes a comment on one line, whatever `text` holds.
pub(crate) fn comment(text: &str) -> String {
    let mut line = "--".to_owned();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        line.push(' ');
        line.push_str(word);
    }
    line
}

/// Refuses what a plan cannot hold: a script would take `${` for a variable, in quotes too.
pub(crate) fn check(what: &str, name: &str) -> Result<()> {
    if name.contains("${") {
        return Err(Error::Config(format!("{what}: its name holds ${{, which stands for a variable in a plan")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_names_and_texts_are_doubled() {
        assert_eq!(ident("a\"; DROP TABLE t; --"), "\"a\"\"; DROP TABLE t; --\"");
        assert_eq!(text("o'brien's.csv"), "'o''brien''s.csv'");
        assert_eq!(text("two\nlines"), "'two\nlines'");
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        assert_eq!(comment("a\r\nSELECT 1;\u{2028} b\u{85}c"), "-- a SELECT 1; b c");
        assert_eq!(comment(""), "--");
    }

    #[test]
    fn a_name_that_would_be_a_variable_is_refused() {
        assert!(check("the input", "a${b}.csv").is_err());
        assert!(check("the input", "a$b{c}.csv").is_ok());
    }
}
