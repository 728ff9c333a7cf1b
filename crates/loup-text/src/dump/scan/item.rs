//! The pieces of a dump.

use super::super::cells::Span;
use super::super::token::TableName;

/// A piece of a dump: its bytes from one offset to the next piece's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Number of its bytes. Spans in `kind` count from its first.
    pub len: usize,
}

/// What a piece of a dump is. Statements come with their delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemKind {
    /// White space, and a byte order mark.
    Space,
    /// A comment that no server executes.
    Comment,
    /// The `mysql` client's DELIMITER.
    Delimiter,
    /// A backslash command of `psql`, with its line end.
    Command,
    /// `USE database`, or `\connect`.
    Use {
        /// The database, where it is a plain name.
        database: Option<Span>,
    },
    /// CREATE DATABASE, or MySQL's CREATE SCHEMA.
    CreateDatabase {
        /// The database.
        database: Option<Span>,
    },
    /// CREATE TABLE. Those that stand in a conditional comment are stand-ins for a view, made by old dump programs.
    CreateTable {
        /// The table.
        table: TableName,
    },
    /// CREATE VIEW, also in pieces of conditional comments.
    CreateView {
        /// The view.
        view: TableName,
    },
    /// CREATE INDEX or CREATE UNIQUE INDEX.
    CreateIndex,
    /// ALTER TABLE.
    AlterTable {
        /// The table.
        table: TableName,
    },
    /// DROP TABLE.
    DropTable {
        /// The first table.
        table: TableName,
    },
    /// SET, or PostgreSQL's `SELECT pg_catalog.set_config(..)`: [`settings`](super::super::settings) reads it.
    Set,
    /// COMMENT ON.
    CommentOn,
    /// SECURITY LABEL.
    SecurityLabel,
    /// An INSERT or REPLACE up to its first row: [`Rows`](Self::Rows) and an [`InsertEnd`](Self::InsertEnd) follow.
    Insert(Insert),
    /// A COPY with the rest of its line: [`Rows`](Self::Rows), where there are any, and a [`CopyEnd`](Self::CopyEnd) follow.
    Copy(Copy),
    /// Whole rows of the INSERT or COPY before.
    Rows {
        /// Number of rows; in a COPY as CSV of lines.
        rows: u64,
    },
    /// The rest of an INSERT behind its rows, with its delimiter.
    InsertEnd,
    /// The line `\.`.
    CopyEnd,
    /// A statement that puts rows into a table and has no values in it that could be read.
    UnreadableData {
        /// The table, where it could be found.
        table: Option<TableName>,
    },
    /// Any other statement.
    Other,
}

/// An INSERT or REPLACE with VALUES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Insert {
    /// Whether it is a REPLACE.
    pub is_replace: bool,
    /// The table.
    pub table: TableName,
    /// The list of columns, inside its parentheses.
    pub columns: Option<Span>,
}

/// A COPY FROM stdin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copy {
    /// The table.
    pub table: TableName,
    /// The list of columns, inside its parentheses.
    pub columns: Option<Span>,
    /// How the rows are written.
    pub format: CopyFormat,
}

/// How the rows of a COPY are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CopyFormat {
    /// Text, with the default delimiter and NULL.
    Text,
    /// CSV, with the default delimiter, quote and NULL, without a header.
    Csv,
    /// With other options: not read.
    Other,
}
