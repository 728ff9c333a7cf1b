//! Database dumps: plain files of mysqldump, mariadb-dump and pg_dump, and scripts like them.
//!
//! A [`Scanner`] cuts a file into statements and runs of rows; [`tokenize()`] and [`copy::tokenize`] find the values in rows of
//! INSERT and COPY; [`Literal`] and [`copy::value`] say what a value means; [`Style`] and [`copy::write`] write another one
//! in its place. All work on bytes in any character set whose ASCII bytes are always ASCII characters.
//!
//! # Example
//! One column of a dump is replaced, and everything else is copied:
//! ```
//! use loup_text::dump::{Cells, ItemKind, Literal, Scan, Scanner, Server, Syntax, tokenize};
//!
//! let text = b"-- users\nINSERT INTO `user` VALUES (1,'ann'),\n(2,NULL);\n";
//! let mut scanner = Scanner::new(Syntax::of(Server::MySql));
//! let (mut out, mut at) = (Vec::new(), 0);
//! let mut cells = Cells::default();
//! while let Scan::Item(item) = scanner.next(&text[at..], true)? {
//!     let piece = &text[at..at + item.len];
//!     let mut copied = 0;
//!     if let ItemKind::Rows { .. } = item.kind {
//!         for row in 0..tokenize(piece, scanner.syntax(), Some(2), &mut cells)? {
//!             let cell = cells.cell(row, 1);
//!             let literal = Literal::read(cell.of(piece), scanner.syntax());
//!             out.extend_from_slice(&piece[copied..cell.start()]);
//!             let masked = literal.value().expect("no expressions").map(|_| &b"it's"[..]);
//!             literal.style().write(masked, scanner.syntax(), &mut out).expect("no zero bytes");
//!             copied = cell.end();
//!         }
//!     }
//!     out.extend_from_slice(&piece[copied..]);
//!     at += item.len;
//! }
//! assert_eq!(out, b"-- users\nINSERT INTO `user` VALUES (1,'it\\'s'),\n(2,NULL);\n");
//! # Ok::<(), loup_text::dump::DumpError>(())
//! ```

mod cells;
pub mod copy;
mod encode;
mod error;
mod lexeme;
mod literal;
mod rows;
mod scan;
mod syntax;
mod token;
mod tokenize;
mod unescape;
mod walk;

pub use cells::{Cells, MAX_TEXT, Span};
pub use encode::{Style, ZeroByteError};
pub use error::{DumpError, DumpErrorKind};
pub use literal::{Literal, LiteralKind};
pub use rows::{WholeRows, whole_rows};
pub use scan::{Copy, CopyFormat, Insert, Item, ItemKind, Scan, Scanner, Setting, settings};
pub use syntax::{Format, Server, Syntax, sniff};
pub use token::{TableName, Token, TokenKind, Tokens, folded_name_of, name_of, names};
pub use tokenize::tokenize;
pub use unescape::ValueError;

/// Returns the number of line ends in `text`: a place's line is one more than those before it.
pub fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
