//! Script variables: `${name}`, replaced token by token and never as text.
//!
//! Inside a string literal or a quoted identifier the value becomes part of it; outside, a number becomes one number and
//! everything else one quoted identifier. Whatever a value holds, it cannot end a literal or start a statement.

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use crate::{Error, Result};

/// Replaces all variables among `tokens`.
pub(super) fn substitute(
    tokens: Vec<TokenWithSpan>,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<TokenWithSpan>> {
    let mut replaced = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(TokenWithSpan { token, span }) = tokens.next() {
        let line = span.start.line;
        let token = match token {
            Token::SingleQuotedString(text) => Token::SingleQuotedString(in_text(&text, line, variables)?),
            Token::EscapedStringLiteral(text) => Token::EscapedStringLiteral(in_text(&text, line, variables)?),
            Token::Placeholder(mark)
                if mark == "$" && tokens.peek().is_some_and(|next| next.token == Token::LBrace) =>
            {
                tokens.next();
                let name = match tokens.next().map(|next| next.token) {
                    Some(Token::Word(word)) => word.value,
                    _ => return Err(malformed(line)),
                };
                if tokens.next().map(|next| next.token) != Some(Token::RBrace) {
                    return Err(malformed(line));
                }
                let value = lookup(&name, line, variables)?.to_owned();
                if is_number(&value) { Token::Number(value, false) } else { quoted(value) }
            }
            Token::Word(Word { value, quote_style: Some(_), .. }) if value.contains("${") => {
                quoted(in_text(&value, line, variables)?)
            }
            token => token,
        };
        replaced.push(TokenWithSpan { token, span });
    }
    Ok(replaced)
}

fn quoted(value: String) -> Token {
    Token::Word(Word { value, quote_style: Some('"'), keyword: Keyword::NoKeyword })
}

fn is_number(value: &str) -> bool {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    [whole, fraction].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn in_text(text: &str, line: u64, variables: &BTreeMap<String, String>) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 2..];
        let end = behind.find('}').ok_or_else(|| malformed(line))?;
        out.push_str(lookup(&behind[..end], line, variables)?);
        rest = &behind[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn lookup<'a>(name: &str, line: u64, variables: &'a BTreeMap<String, String>) -> Result<&'a str> {
    variables.get(name).map(String::as_str).ok_or_else(|| Error::Syntax {
        line,
        message: format!("variable '{name}' is not set; give it with --var {name}=value"),
    })
}

fn malformed(line: u64) -> Error {
    Error::Syntax { line, message: "a variable is written ${name}".to_owned() }
}
