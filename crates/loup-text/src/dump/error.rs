//! What can be wrong with a dump: places and counts, never content.

/// What is wrong with a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DumpErrorKind {
    /// The text ends inside quotes.
    #[error("the text ends inside a string or a quoted name")]
    UnclosedString,
    /// The text ends inside a block comment.
    #[error("the text ends inside a comment")]
    UnclosedComment,
    /// The text ends before a statement's delimiter.
    #[error("the text ends inside a statement")]
    UnclosedStatement,
    /// The text ends inside the rows of an INSERT.
    #[error("the text ends inside the rows of an INSERT")]
    UnclosedTuple,
    /// The text ends before the line `\.` that ends a COPY.
    #[error("the text ends inside the rows of a COPY")]
    UnclosedCopy,
    /// A row closes more or fewer parentheses than it opens.
    #[error("a row's parentheses do not match")]
    Unbalanced,
    /// Something other than a row in parentheses stands where a row should.
    #[error("expected a row in parentheses")]
    ExpectedTuple,
    /// A row has another number of values than the table or the statement has columns.
    #[error("expected {expected} values, found {found}")]
    WrongCount {
        /// Columns of the table or of the statement's list.
        expected: usize,
        /// Values of the row.
        found: usize,
    },
    /// A backslash stands before a quote where no string is.
    #[error("a backslash stands before a quote outside strings")]
    StrayBackslash,
    /// A comment that some servers execute stands inside the rows of an INSERT.
    #[error("a conditional comment stands inside the rows of an INSERT")]
    ConditionalInRows,
    /// A backslash command of `psql` or `mysql` stands inside a statement.
    #[error("a backslash command stands inside a statement")]
    CommandInStatement,
    /// A `psql` command whose data follows in the file.
    #[error("rows of a \\copy command cannot be read: expected COPY .. FROM stdin")]
    ClientCopy,
    /// Text follows `COPY .. FROM stdin;` on its line.
    #[error("text follows COPY .. FROM stdin on its line")]
    TextBehindCopy,
    /// A command of the `mysql` client that has no delimiter: what follows would be a part of it.
    #[error("a command of the mysql client stands here, and what follows cannot be told from it")]
    ClientCommand,
    /// A statement that is no INSERT or COPY puts values into a table, or carries some.
    #[error("a statement that is no plain INSERT or COPY puts values into a table; they cannot be read")]
    HiddenRows,
    /// A statement gives a table other columns than it was created with.
    #[error("a statement gives a table other columns or another name than it was created with; make the dump anew")]
    ColumnsChange,
    /// Values stand behind the rows of an INSERT, as in ON DUPLICATE KEY UPDATE.
    #[error("values stand behind the rows of an INSERT (ON .. UPDATE, RETURNING); they cannot be masked")]
    ValuesBehindRows,
    /// A character set in which a backslash or a quote may be half of a character.
    #[error("the file's character set cannot be read: a byte of a character may look like a backslash")]
    UnsupportedCharset,
    /// The text is longer than [`MAX_TEXT`](super::MAX_TEXT).
    #[error("rows of 4 GiB at once")]
    TooLong,
}

/// A place in a dump that cannot be read. Holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct DumpError {
    /// What is wrong.
    pub kind: DumpErrorKind,
    /// Offset of the place: from the start of the file for a [`Scanner`](super::Scanner), of the text for a tokenizer.
    pub offset: u64,
}

impl DumpError {
    pub(super) fn at(kind: DumpErrorKind, offset: usize) -> Self {
        Self { kind, offset: offset as u64 }
    }
}
