//! Cuts a dump into its statements and runs of rows, in one pass over a stream of blocks.

mod classify;
mod extent;
mod item;
mod refuse;
mod settings;

pub use item::{Copy, CopyFormat, Insert, Item, ItemKind};
pub use settings::{Setting, settings};

use self::classify::{Class, classify};
use self::extent::statement_end;
use self::refuse::{has_values, refused};
use self::settings::Modes;
use super::copy::{count_rows, end_mark, find_end, whole_lines};
use super::lexeme::{Comment, Cut, comment_at, comment_end, is_space, line_end, skip_blank, skip_space};
use super::{DumpError, DumpErrorKind, Span, Syntax, Tokens, whole_rows};
use crate::csv::BOM;

/// What a scanner finds at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// A piece: the next one starts behind its bytes.
    Item(Item),
    /// The piece is longer than the text: call again with at least this many bytes from the same place.
    More(usize),
    /// The file ends here.
    End,
}

/// Cuts a dump into pieces that, one behind another, are the file.
///
/// Give it the text from where the last piece ended: a window on the file that is as long as is convenient (some hundred
/// kilobytes) and grows when a piece does not fit. Rows come in pieces of whole rows, as many as the window holds, so
/// that a statement of any length passes through a small window and its rows can be read by any thread.
///
/// Statements end where the `mysql` client and `psql` end them, so that a dump means here what it means when it is
/// restored. What is no INSERT, COPY or one of the statements of [`ItemKind`] is [`ItemKind::Other`], whatever it says.
///
/// # Example
/// ```
/// use loup_text::dump::{ItemKind, Scan, Scanner, Server, Syntax};
///
/// let text = b"SET NAMES utf8mb4;\nINSERT INTO `t` VALUES (1,'a;'),\n(2,'b');\n";
/// let mut scanner = Scanner::new(Syntax::of(Server::MySql));
/// let mut pieces = Vec::new();
/// let mut at = 0;
/// while let Scan::Item(item) = scanner.next(&text[at..], true)? {
///     pieces.push((item.kind, &text[at..at + item.len]));
///     at += item.len;
/// }
/// assert_eq!(pieces[0], (ItemKind::Set, &b"SET NAMES utf8mb4;"[..]));
/// assert!(matches!(pieces[2], (ItemKind::Insert(_), b"INSERT INTO `t` VALUES ")));
/// assert_eq!(pieces[3], (ItemKind::Rows { rows: 2 }, &b"(1,'a;'),\n(2,'b')"[..]));
/// assert_eq!(pieces[4], (ItemKind::InsertEnd, &b";"[..]));
/// # Ok::<(), loup_text::dump::DumpError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scanner {
    modes: Modes,
    delimiter: Vec<u8>,
    place: Place,
    position: u64,
}

/// Where in the grammar the next piece starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Statement,
    InsertRows,
    InsertTail,
    CopyRows(CopyFormat),
}

impl Scanner {
    /// Starts at the first byte of a file.
    pub fn new(syntax: Syntax) -> Self {
        Self { modes: Modes::new(syntax), delimiter: b";".to_vec(), place: Place::Statement, position: 0 }
    }

    /// Starts behind rows of an INSERT, at the statement's tail.
    pub fn behind_rows(syntax: Syntax) -> Self {
        Self { place: Place::InsertTail, ..Self::new(syntax) }
    }

    /// Returns how literals are written where the next piece starts. After an [`ItemKind::Insert`], in its rows.
    pub fn syntax(&self) -> Syntax {
        self.modes.syntax
    }

    /// Returns the offset of the next piece in the file.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Finds the next piece at the start of `text`; `is_last` says that the file ends with `text`.
    ///
    /// # Errors
    /// Returns what cannot be read, and a file that ends inside something, with the offset in the file.
    pub fn next(&mut self, text: &[u8], is_last: bool) -> Result<Scan, DumpError> {
        if text.is_empty() {
            return match (is_last, self.place) {
                (false, _) => Ok(Scan::More(1)),
                (true, Place::Statement) => Ok(Scan::End),
                (true, Place::CopyRows(_)) => Err(self.error(Cut::new(DumpErrorKind::UnclosedCopy, 0))),
                (true, Place::InsertRows) => Err(self.error(Cut::new(DumpErrorKind::UnclosedTuple, 0))),
                (true, Place::InsertTail) => Err(self.error(Cut::new(DumpErrorKind::UnclosedStatement, 0))),
            };
        }
        let found = match self.place {
            Place::Statement => self.statement(text, is_last),
            Place::InsertRows => self.insert_rows(text, is_last)?,
            Place::InsertTail => self.insert_tail(text, is_last),
            Place::CopyRows(format) => self.copy_rows(text, format, is_last),
        };
        match found {
            Ok(item) => {
                self.position += item.len as u64;
                Ok(Scan::Item(item))
            }
            Err(cut) if !is_last && is_open(cut.kind) => Ok(Scan::More(text.len().saturating_mul(2))),
            Err(cut) => Err(self.error(cut)),
        }
    }

    fn error(&self, cut: Cut) -> DumpError {
        DumpError { kind: cut.kind, offset: self.position + cut.at as u64 }
    }

    fn statement(&mut self, text: &[u8], is_last: bool) -> Result<Item, Cut> {
        let syntax = self.modes.syntax;
        let item = |kind, len| Ok(Item { kind, len });
        if self.position == 0 && text.starts_with(BOM) {
            return item(ItemKind::Space, BOM.len());
        }
        if is_space(text[0]) {
            return item(ItemKind::Space, skip_space(text, 0));
        }
        if let Some(len) = self.comment(text, is_last)? {
            return item(ItemKind::Comment, len);
        }
        if text[0] == b'\\' && !syntax.is_mysql() {
            return self.command(text, is_last);
        }
        if text.starts_with(&self.delimiter) {
            return item(ItemKind::Other, self.delimiter.len());
        }
        if syntax.is_mysql()
            && let Some(len) = self.delimiter_command(text, is_last)?
        {
            return item(ItemKind::Delimiter, len);
        }
        match classify(text, syntax, is_last)? {
            Class::Insert(insert, len) => {
                self.place = Place::InsertRows;
                item(ItemKind::Insert(insert), len)
            }
            Class::Copy(copy, len) => {
                self.place = Place::CopyRows(copy.format);
                item(ItemKind::Copy(copy), len)
            }
            Class::Whole(kind) => {
                let len = match kind {
                    // The client needs no delimiter behind it.
                    ItemKind::Use { .. } if syntax.is_mysql() => self.use_end(text, is_last)?,
                    _ => statement_end(text, 0, syntax, &self.delimiter, is_last)?,
                };
                if let Some(problem) = refused(&kind, &text[..len], syntax) {
                    return Err(Cut::new(problem, 0));
                }
                if kind == ItemKind::Set {
                    self.modes.apply(&text[..len]).map_err(|kind| Cut::new(kind, 0))?;
                }
                item(kind, len)
            }
        }
    }

    /// Returns the length of a comment that stands by itself.
    fn comment(&self, text: &[u8], is_last: bool) -> Result<Option<usize>, Cut> {
        // The first line of a MariaDB dump: no server executes it, and no delimiter follows.
        const SANDBOX: &[u8] = b"/*M!999999\\-";
        let syntax = self.modes.syntax;
        if !matches!(text[0], b'-' | b'/' | b'#') {
            return Ok(None);
        }
        if syntax.is_mysql() && text.starts_with(b"--") {
            // At a statement's start the client needs no space behind the dashes.
            return match line_end(text, 0) {
                Some(end) => Ok(Some(end)),
                None if is_last => Ok(Some(text.len())),
                None => Err(Cut::new(DumpErrorKind::UnclosedStatement, 0)),
            };
        }
        if syntax.is_mysql() && text.starts_with(SANDBOX) {
            return comment_end(text, 0, syntax).map(Some);
        }
        if syntax.is_mysql() && !is_last && SANDBOX.starts_with(text) {
            return Err(Cut::new(DumpErrorKind::UnclosedComment, 0));
        }
        match comment_at(text, 0, syntax, is_last)? {
            Comment::Until(end) => Ok(Some(end)),
            Comment::No | Comment::Conditional(_) => Ok(None),
        }
    }

    /// Reads a backslash command of `psql`, which ends with its line.
    fn command(&self, text: &[u8], is_last: bool) -> Result<Item, Cut> {
        let len = match line_end(text, 0) {
            Some(end) => end,
            None if is_last => text.len(),
            None => return Err(Cut::new(DumpErrorKind::UnclosedStatement, 0)),
        };
        let line = &text[..len];
        let mut tokens = Tokens::new(&line[1..], self.modes.syntax);
        let name = tokens.next().map(|token| token.span.of(&line[1..]));
        let kind = match name {
            Some(b"copy") => return Err(Cut::new(DumpErrorKind::ClientCopy, 0)),
            Some(b"connect" | b"c") => {
                let database = tokens.next().filter(|token| token.is_name(&line[1..]));
                let database = database.map(|token| Span::new(token.span.start() + 1, token.span.end() + 1));
                ItemKind::Use { database }
            }
            _ => ItemKind::Command,
        };
        Ok(Item { kind, len })
    }

    /// Reads the client's DELIMITER, which ends with its line, and takes the new one over.
    fn delimiter_command(&mut self, text: &[u8], is_last: bool) -> Result<Option<usize>, Cut> {
        const WORD: &[u8] = b"DELIMITER";
        if !text[..text.len().min(WORD.len())].eq_ignore_ascii_case(&WORD[..text.len().min(WORD.len())]) {
            return Ok(None);
        }
        let cut = Cut::new(DumpErrorKind::UnclosedStatement, 0);
        match text.get(WORD.len()) {
            Some(b' ' | b'\t') => {}
            None if !is_last => return Err(cut),
            _ => return Ok(None),
        }
        let len = match line_end(text, 0) {
            Some(end) => end,
            None if is_last => text.len(),
            None => return Err(cut),
        };
        let argument = text[WORD.len()..len].trim_ascii();
        let mut new = argument.split(|&byte| is_space(byte)).next().unwrap_or_default();
        if let [quote @ (b'\'' | b'"' | b'`'), inner @ .., last] = new {
            new = if quote == last { inner } else { new };
        }
        if new.is_empty() {
            return Ok(None);
        }
        self.delimiter = new.to_vec();
        Ok(Some(len))
    }

    /// Returns the end of a USE: its delimiter, or its line.
    fn use_end(&self, text: &[u8], is_last: bool) -> Result<usize, Cut> {
        let line = line_end(text, 0);
        match statement_end(&text[..line.unwrap_or(text.len())], 0, self.modes.syntax, &self.delimiter, true) {
            Ok(end) => Ok(end),
            Err(cut) => line.or(is_last.then_some(text.len())).ok_or(cut),
        }
    }

    fn insert_rows(&mut self, text: &[u8], is_last: bool) -> Result<Result<Item, Cut>, DumpError> {
        let found = whole_rows(text, self.modes.syntax, is_last)
            .map_err(|error| DumpError { offset: self.position + error.offset, ..error })?;
        if found.len == 0 {
            return Ok(Err(Cut::new(DumpErrorKind::UnclosedTuple, 0)));
        }
        if found.is_end {
            self.place = Place::InsertTail;
        } else if is_last {
            // The rows that are whole would hide that the next one is not.
            return Ok(Err(Cut::new(DumpErrorKind::UnclosedTuple, found.len)));
        }
        Ok(Ok(Item { kind: ItemKind::Rows { rows: found.rows }, len: found.len }))
    }

    fn insert_tail(&mut self, text: &[u8], is_last: bool) -> Result<Item, Cut> {
        /// What may follow the rows of an INSERT.
        const TAILS: [&str; 3] = ["ON", "AS", "RETURNING"];
        let syntax = self.modes.syntax;
        let len = statement_end(text, 0, syntax, &self.delimiter, is_last)?;
        let statement = &text[..len - self.delimiter.len()];
        let at = skip_blank(statement, 0, syntax, true)?.0;
        let first = Tokens::new(statement, syntax).next();
        if at < statement.len() && !first.is_some_and(|token| TAILS.iter().any(|word| token.is(statement, word))) {
            return Err(Cut::new(DumpErrorKind::ExpectedTuple, at));
        }
        if has_values(statement, syntax) {
            return Err(Cut::new(DumpErrorKind::ValuesBehindRows, at));
        }
        self.place = Place::Statement;
        Ok(Item { kind: ItemKind::InsertEnd, len })
    }

    fn copy_rows(&mut self, text: &[u8], format: CopyFormat, is_last: bool) -> Result<Item, Cut> {
        if let Some(len) = end_mark(text, is_last) {
            self.place = Place::Statement;
            return Ok(Item { kind: ItemKind::CopyEnd, len });
        }
        let whole = |text| {
            if format == CopyFormat::Text {
                whole_lines(text)
            } else {
                memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)
            }
        };
        let len = match find_end(text, is_last) {
            Some(end) => end,
            None if is_last => return Err(Cut::new(DumpErrorKind::UnclosedCopy, 0)),
            None => whole(text),
        };
        if len == 0 {
            return Err(Cut::new(DumpErrorKind::UnclosedCopy, 0));
        }
        let lines = &text[..len];
        let rows = if format == CopyFormat::Text {
            count_rows(lines)
        } else {
            memchr::memchr_iter(b'\n', lines).count() as u64
        };
        Ok(Item { kind: ItemKind::Rows { rows }, len })
    }
}

/// Returns whether more text may put right what is wrong.
fn is_open(kind: DumpErrorKind) -> bool {
    use DumpErrorKind::{UnclosedComment, UnclosedCopy, UnclosedStatement, UnclosedString, UnclosedTuple};
    matches!(kind, UnclosedComment | UnclosedCopy | UnclosedStatement | UnclosedString | UnclosedTuple)
}

#[cfg(test)]
mod tests;
