//! The tokens of statements: words, names, strings and signs.

use std::borrow::Cow;

use super::cells::{MAX_TEXT, Span};
use super::lexeme::{Comment, Cut, comment_at, dollar_end, is_escape_string, is_word, quoted_end, skip_space};
use super::{DumpErrorKind, Syntax};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A keyword, a name without quotes or a number's digits.
    Word,
    /// A name in quotes.
    Name,
    /// A string in quotes, without its prefix, or in dollar quotes.
    Text,
    /// Any other byte.
    Sign(u8),
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands, its quotes included.
    pub span: Span,
}

impl Token {
    /// Returns whether the token is this word, in any case and without quotes.
    pub fn is(self, text: &[u8], word: &str) -> bool {
        self.kind == TokenKind::Word && self.span.of(text).eq_ignore_ascii_case(word.as_bytes())
    }

    /// Returns whether the token is this sign.
    pub fn is_sign(self, sign: u8) -> bool {
        self.kind == TokenKind::Sign(sign)
    }

    /// Returns whether the token may be a name.
    pub fn is_name(self, text: &[u8]) -> bool {
        // Old dumps put names into double quotes without saying so.
        let is_quoted = self.kind == TokenKind::Text && text.get(self.span.start()) == Some(&b'"');
        matches!(self.kind, TokenKind::Word | TokenKind::Name) || is_quoted
    }
}

/// Iterates over the tokens of a statement. Comments are left out; what stands in a conditional comment is not.
///
/// # Example
/// ```
/// use loup_text::dump::{Server, Syntax, Tokens};
///
/// let text = b"CREATE /*!32312 IF NOT EXISTS*/ TABLE `a b` (x) -- y";
/// let tokens: Vec<_> = Tokens::new(text, Syntax::of(Server::MySql)).map(|token| token.span.of(text)).collect();
/// assert_eq!(tokens, [&b"CREATE"[..], b"IF", b"NOT", b"EXISTS", b"TABLE", b"`a b`", b"(", b"x", b")"]);
/// ```
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
    syntax: Syntax,
    is_last: bool,
    /// Conditional comments open.
    conditional: usize,
    /// Why the tokens end before the text does.
    cut: Option<Cut>,
}

impl<'a> Tokens<'a> {
    /// Starts at the first byte of a whole statement.
    pub fn new(text: &'a [u8], syntax: Syntax) -> Self {
        Self::of_start(text, syntax, true)
    }

    /// Starts at the first byte of a statement that may go on behind `text`.
    pub(super) fn of_start(text: &'a [u8], syntax: Syntax, is_last: bool) -> Self {
        let text = &text[..text.len().min(MAX_TEXT)];
        Self { text, at: 0, syntax, is_last, conditional: 0, cut: None }
    }

    /// Returns the offset behind the last token.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Returns whether the last token stands in a conditional comment.
    pub fn is_conditional(&self) -> bool {
        self.conditional > 0
    }

    /// Returns why there are no more tokens, if it is not that the text ends.
    pub(super) fn cut(&self) -> Option<Cut> {
        self.cut
    }

    fn read(&mut self) -> Result<Option<Token>, Cut> {
        let text = self.text;
        let start = loop {
            let at = skip_space(text, self.at);
            self.at = at;
            let Some(&byte) = text.get(at) else {
                return if self.is_last { Ok(None) } else { Err(Cut::new(DumpErrorKind::UnclosedStatement, 0)) };
            };
            match byte {
                b'-' | b'/' | b'#' => match comment_at(text, at, self.syntax, self.is_last)? {
                    Comment::No => break at,
                    Comment::Until(end) => self.at = end,
                    Comment::Conditional(len) => {
                        self.conditional += 1;
                        self.at = at + len;
                    }
                },
                b'*' if self.conditional > 0 && text[at..].starts_with(b"*/") => {
                    self.conditional -= 1;
                    self.at = at + 2;
                }
                _ => break at,
            }
        };
        let (kind, end) = match text[start] {
            b'"' if self.syntax.ansi_quotes => (TokenKind::Name, quoted_end(text, start, self.syntax)?),
            b'\'' | b'"' => (TokenKind::Text, quoted_end(text, start, self.syntax)?),
            b'`' if self.syntax.is_mysql() => (TokenKind::Name, quoted_end(text, start, self.syntax)?),
            b'$' if !self.syntax.is_mysql() => match dollar_end(text, start, self.is_last)? {
                Some(end) => (TokenKind::Text, end),
                None => (TokenKind::Sign(b'$'), start + 1),
            },
            byte if is_word(byte) => {
                let end = start + text[start..].iter().take_while(|&&byte| is_word(byte)).count();
                // `E'..'` is one token.
                if text.get(end) == Some(&b'\'') && is_escape_string(text, end, self.syntax) && end == start + 1 {
                    (TokenKind::Text, quoted_end(text, end, self.syntax)?)
                } else {
                    (TokenKind::Word, end)
                }
            }
            byte => (TokenKind::Sign(byte), start + 1),
        };
        // More text may make a longer token of it.
        if end == text.len() && !self.is_last && !matches!(kind, TokenKind::Sign(_)) {
            return Err(Cut::new(DumpErrorKind::UnclosedStatement, 0));
        }
        self.at = end;
        Ok(Some(Token { kind, span: Span::new(start, end) }))
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.cut.is_some() {
            return None;
        }
        match self.read() {
            Ok(token) => token,
            Err(cut) => {
                self.cut = Some(cut);
                None
            }
        }
    }
}

/// A table's name, with the database or schema it stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableName {
    /// Database (MySQL) or schema (PostgreSQL), where it is written.
    pub schema: Option<Span>,
    /// The name itself.
    pub table: Span,
}

/// Reads a table's name; returns it and the token behind it.
pub(super) fn table_name(
    text: &[u8],
    first: Option<Token>,
    tokens: &mut Tokens<'_>,
) -> (Option<TableName>, Option<Token>) {
    let Some(first) = first.filter(|token| token.is_name(text)) else {
        return (None, first);
    };
    let mut name = TableName { schema: None, table: first.span };
    let mut next = tokens.next();
    while next.is_some_and(|token| token.is_sign(b'.')) {
        let Some(part) = tokens.next().filter(|token| token.is_name(text)) else {
            return (None, None);
        };
        name = TableName { schema: Some(name.table), table: part.span };
        next = tokens.next();
    }
    (Some(name), next)
}

/// Returns a name without its quotes. Names without quotes come as they are written: PostgreSQL folds them to lower case.
///
/// # Example
/// ```
/// use loup_text::dump::name_of;
///
/// assert_eq!(&*name_of(b"`a``b`"), b"a`b");
/// assert_eq!(&*name_of(b"Plain"), b"Plain");
/// ```
pub fn name_of(raw: &[u8]) -> Cow<'_, [u8]> {
    let (Some(&quote @ (b'`' | b'"')), true) = (raw.first(), raw.len() > 1) else {
        return Cow::Borrowed(raw);
    };
    let content = &raw[1..raw.len() - 1];
    if memchr::memchr(quote, content).is_none() {
        return Cow::Borrowed(content);
    }
    let mut name = Vec::with_capacity(content.len());
    super::unescape::quoted_into(content, quote, false, &mut name);
    Cow::Owned(name)
}

/// Returns a name without its quotes as the server takes it: PostgreSQL folds those without quotes to lower case.
pub fn folded_name_of(raw: &[u8], syntax: Syntax) -> Cow<'_, [u8]> {
    let is_folded = !syntax.is_mysql() && raw.first() != Some(&b'"') && raw.iter().any(u8::is_ascii_uppercase);
    if is_folded { Cow::Owned(raw.to_ascii_lowercase()) } else { name_of(raw) }
}

/// Iterates over the names of a list such as an INSERT's columns, without its parentheses.
///
/// # Example
/// ```
/// use loup_text::dump::{Server, Syntax, names};
///
/// let list = b"`id`, `a,b`,c";
/// let columns: Vec<_> = names(list, Syntax::of(Server::MySql)).collect();
/// assert_eq!(columns, [&b"id"[..], b"a,b", b"c"]);
/// ```
pub fn names(list: &[u8], syntax: Syntax) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let name = move |token: Token| folded_name_of(token.span.of(list), syntax);
    Tokens::new(list, syntax).filter(|token| token.is_name(list)).map(name)
}
