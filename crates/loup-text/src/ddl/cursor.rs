//! A place in a run of tokens.

use std::borrow::Cow;

use super::token::{Spanned, Token};
use super::{Dialect, TableName};

/// Reads tokens one after the other.
pub(super) struct Cursor<'t, 'a> {
    text: &'a str,
    tokens: &'t [Spanned<'a>],
    dialect: Dialect,
    at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) fn new(text: &'a str, tokens: &'t [Spanned<'a>], dialect: Dialect) -> Self {
        Self { text, tokens, dialect, at: 0 }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the token behind the next one.
    pub(super) fn peek_second(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at + 1).map(|spanned| &spanned.token)
    }

    pub(super) fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at).map(|spanned| &spanned.token)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token<'a>> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Steps over a keyword, where it is the next token.
    pub(super) fn eat(&mut self, keyword: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| token.is(keyword));
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over keywords, where they are the next tokens.
    pub(super) fn eat_all(&mut self, keywords: &[&str]) -> bool {
        let next = self.tokens[self.at..].iter().take(keywords.len());
        let fits = next.len() == keywords.len() && next.zip(keywords).all(|(next, keyword)| next.token.is(keyword));
        self.at += if fits { keywords.len() } else { 0 };
        fits
    }

    /// Steps over a character, where it is the next token.
    pub(super) fn eat_symbol(&mut self, symbol: char) -> bool {
        let is_next = self.peek() == Some(&Token::Symbol(symbol));
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads a name, in quotes or not.
    pub(super) fn name(&mut self) -> Option<Cow<'a, str>> {
        let name = match self.peek()? {
            Token::Word(word) => Cow::Borrowed(*word),
            Token::Quoted(name) => name.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// Reads a text literal.
    pub(super) fn text(&mut self) -> Option<String> {
        let Some(Token::Text(text)) = self.peek() else { return None };
        self.at += 1;
        Some(text.to_string())
    }

    /// Reads `name` or `schema.name` or `database.schema.name`.
    pub(super) fn table_name(&mut self) -> Option<TableName> {
        let mut parts = self.path()?;
        let name = parts.pop()?;
        Some(TableName { schema: parts.pop(), name })
    }

    /// Reads names with dots between.
    pub(super) fn path(&mut self) -> Option<Vec<String>> {
        let mut parts = vec![self.name()?.into_owned()];
        while self.eat_symbol('.') {
            parts.push(self.name()?.into_owned());
        }
        Some(parts)
    }

    /// Returns the tokens inside the brackets that start here, and steps behind them; an open one ends with the text.
    pub(super) fn brackets(&mut self) -> Option<Self> {
        if !self.eat_symbol('(') {
            return None;
        }
        let (start, mut depth) = (self.at, 1);
        while let Some(token) = self.next() {
            match token {
                Token::Symbol('(') => depth += 1,
                Token::Symbol(')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(Self::new(self.text, &self.tokens[start..self.at - 1], self.dialect));
            }
        }
        Some(Self::new(self.text, &self.tokens[start..], self.dialect))
    }

    /// Cuts what is left at the commas outside brackets.
    pub(super) fn split_commas(self) -> Vec<Self> {
        let rest = &self.tokens[self.at..];
        let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
        for (number, spanned) in rest.iter().enumerate() {
            match spanned.token {
                Token::Symbol('(') => depth += 1,
                Token::Symbol(')') => depth -= 1,
                Token::Symbol(',') if depth == 0 => {
                    parts.push(Self::new(self.text, &rest[start..number], self.dialect));
                    start = number + 1;
                }
                _ => {}
            }
        }
        if start < rest.len() {
            parts.push(Self::new(self.text, &rest[start..], self.dialect));
        }
        parts
    }

    /// Returns where the next token starts, at the end where the last one ended.
    pub(super) fn offset(&self) -> usize {
        match (self.tokens.get(self.at), self.tokens.last()) {
            (Some(next), _) => next.start,
            (None, Some(last)) => last.end,
            (None, None) => 0,
        }
    }

    /// Returns the text from an earlier [`offset`](Self::offset) to the end of the last token that was read.
    pub(super) fn since(&self, start: usize) -> &'a str {
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |last| last.end);
        self.text.get(start..end.max(start)).unwrap_or_default()
    }

    pub(super) fn is_end(&self) -> bool {
        self.at == self.tokens.len()
    }
}
