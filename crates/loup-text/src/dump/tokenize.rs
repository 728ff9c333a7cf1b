//! Finds the values in the rows of an INSERT.

use super::cells::{Cells, MAX_TEXT, Span};
use super::lexeme::{Cut, is_space, skip_blank};
use super::walk::{Next, Visitor, walk};
use super::{DumpError, DumpErrorKind, Syntax};

/// Finds the values of all rows in `text`, which starts with a row's opening parenthesis, and returns the number of rows.
///
/// `text` is what a [`Scanner`](super::Scanner) gave as rows, or what [`whole_rows`](super::whole_rows) found. Without
/// `columns` the first row says how many there are. Values are found, not understood: [`Literal`](super::Literal) does
/// that for those that are read.
///
/// # Example
/// ```
/// use loup_text::dump::{Cells, Server, Syntax, tokenize};
///
/// let text = b"(7,'say \\'hi\\', (ok)',NULL),\n(8, X'ff', 1.50)";
/// let mut cells = Cells::default();
/// assert_eq!(tokenize(text, Syntax::of(Server::MySql), Some(3), &mut cells)?, 2);
/// assert_eq!(cells.cell(0, 1).of(text), b"'say \\'hi\\', (ok)'");
/// assert_eq!(cells.cell(1, 2).of(text), b"1.50");
/// # Ok::<(), loup_text::dump::DumpError>(())
/// ```
///
/// # Errors
/// Returns the first row with another number of values, a text that ends inside a row, and what is no row.
pub fn tokenize(text: &[u8], syntax: Syntax, columns: Option<usize>, cells: &mut Cells) -> Result<usize, DumpError> {
    cells.clear(columns);
    if text.len() > MAX_TEXT {
        return Err(DumpError::at(DumpErrorKind::TooLong, 0));
    }
    if text.is_empty() {
        return Ok(0);
    }
    let mut found = Found { text, columns, row_start: 0, cell_start: 0, first_cell: 0, end: None, cells };
    walk::<true>(text, syntax, true, &mut found)?;
    let row_start = found.row_start;
    match found.end {
        Some(end) if text[end..].iter().all(|&byte| is_space(byte) || byte == b',') => Ok(cells.rows()),
        // Comments may stand behind the last row, before and behind the comma where rows were cut, nothing else.
        Some(end) => match behind_rows(text, end, syntax) {
            Ok(at) if at == text.len() => Ok(cells.rows()),
            Ok(at) => Err(DumpError::at(DumpErrorKind::ExpectedTuple, at)),
            Err(cut) => Err(DumpError::at(cut.kind, cut.at)),
        },
        None => Err(DumpError::at(DumpErrorKind::UnclosedTuple, row_start)),
    }
}

/// Returns the offset behind the blanks, and the comma among them, that follow the row that ends at `end`.
fn behind_rows(text: &[u8], end: usize, syntax: Syntax) -> Result<usize, Cut> {
    let (at, _) = skip_blank(text, end, syntax, true)?;
    match text.get(at) {
        Some(b',') => Ok(skip_blank(text, at + 1, syntax, true)?.0),
        _ => Ok(at),
    }
}

struct Found<'a> {
    text: &'a [u8],
    columns: Option<usize>,
    row_start: usize,
    cell_start: usize,
    /// Number of values before the row.
    first_cell: usize,
    /// Offset behind the last row, once it is found.
    end: Option<usize>,
    cells: &'a mut Cells,
}

impl Found<'_> {
    /// Adds a value without the white space around it.
    #[inline]
    fn push(&mut self, end: usize) {
        let (mut start, mut end) = (self.cell_start, end);
        while start < end && is_space(self.text[start]) {
            start += 1;
        }
        while start < end && is_space(self.text[end - 1]) {
            end -= 1;
        }
        self.cells.spans.push(Span::new(start, end));
    }
}

impl Visitor for Found<'_> {
    #[inline]
    fn open(&mut self, at: usize) {
        self.row_start = at;
        self.cell_start = at + 1;
        self.first_cell = self.cells.spans.len();
        self.end = None;
    }

    #[inline]
    fn comma(&mut self, at: usize) {
        self.push(at);
        self.cell_start = at + 1;
    }

    #[inline]
    fn close(&mut self, at: usize, next: Next) -> Result<(), DumpErrorKind> {
        let is_only = self.cells.spans.len() == self.first_cell;
        // `()` is a row without values.
        if !is_only || !self.text[self.cell_start..at].iter().all(|&byte| is_space(byte)) {
            self.push(at);
        }
        let found = self.cells.spans.len() - self.first_cell;
        let expected = *self.columns.get_or_insert(found);
        if found != expected {
            return Err(DumpErrorKind::WrongCount { expected, found });
        }
        self.cells.columns = expected;
        self.cells.rows.push(Span::new(self.row_start, at + 1));
        if next == Next::Tail {
            self.end = Some(at + 1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Server;

    fn rows(text: &str, server: Server, columns: Option<usize>) -> Result<Vec<Vec<String>>, DumpErrorKind> {
        let mut cells = Cells::default();
        let count = tokenize(text.as_bytes(), Syntax::of(server), columns, &mut cells).map_err(|error| error.kind)?;
        let cell = |row, column| String::from_utf8_lossy(cells.cell(row, column).of(text.as_bytes())).into_owned();
        Ok((0..count).map(|row| (0..cells.columns()).map(|column| cell(row, column)).collect()).collect())
    }

    #[test]
    fn values_are_found_as_they_stand() {
        assert_eq!(
            rows("(1,'a,b',NULL),( -2 ,\n'x' /* ) */, f(1,2))", Server::MySql, Some(3)),
            Ok(vec![
                vec!["1".into(), "'a,b'".into(), "NULL".into()],
                vec!["-2".into(), "'x' /* ) */".into(), "f(1,2)".into()],
            ])
        );
        assert_eq!(rows("(E'a\\',',$$,$$)", Server::Postgres, None), Ok(vec![vec!["E'a\\','".into(), "$$,$$".into()]]));
        assert_eq!(rows("(_binary '\\0,\\'','a' 'b')", Server::MySql, Some(2)).map(|rows| rows[0].len()), Ok(2));
    }

    #[test]
    fn separators_behind_the_last_row_are_allowed() {
        assert_eq!(rows("(1),\n(2),\n", Server::MySql, Some(1)).map(|rows| rows.len()), Ok(2));
        assert_eq!(rows("(1) -- x", Server::MySql, Some(1)).map(|rows| rows.len()), Ok(1));
        assert_eq!(rows("(1) -- x\n,/* y */", Server::MySql, Some(1)).map(|rows| rows.len()), Ok(1));
        assert_eq!(rows("(1)/**/,,", Server::MySql, Some(1)), Err(DumpErrorKind::ExpectedTuple));
        assert_eq!(rows("(1);", Server::MySql, Some(1)), Err(DumpErrorKind::ExpectedTuple));
        assert_eq!(rows("", Server::MySql, Some(1)), Ok(vec![]));
    }

    #[test]
    fn ragged_rows_are_errors() {
        assert_eq!(rows("(1,2),(3)", Server::MySql, None), Err(DumpErrorKind::WrongCount { expected: 2, found: 1 }));
        assert_eq!(rows("(1,2)", Server::MySql, Some(3)), Err(DumpErrorKind::WrongCount { expected: 3, found: 2 }));
        assert_eq!(rows("(),()", Server::MySql, Some(0)).map(|rows| rows.len()), Ok(2));
    }

    #[test]
    fn a_cut_row_is_an_error_at_its_start() {
        for text in ["(1),(2", "(1),('", "(1),('a\\'", "(1),(2,/*"] {
            let error = tokenize(text.as_bytes(), Syntax::of(Server::MySql), None, &mut Cells::default());
            assert_eq!(error, Err(DumpError { kind: DumpErrorKind::UnclosedTuple, offset: 4 }), "{text}");
        }
    }
}
