//! Finds whole rows of an INSERT without looking at their values, so that a long statement can be split between cores.

use super::walk::{Next, Visitor, walk};
use super::{DumpError, DumpErrorKind, Syntax};

/// The whole rows at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeRows {
    /// Bytes of the rows, from the first parenthesis. Where rows follow, the comma and white space before the next one are
    /// part of it: what is left starts with a row.
    pub len: usize,
    /// Number of the rows.
    pub rows: u64,
    /// Whether these are the last rows of their statement: what is left is the statement's tail.
    pub is_end: bool,
}

struct Count {
    found: WholeRows,
}

impl Visitor for Count {
    fn open(&mut self, _: usize) {}

    fn comma(&mut self, _: usize) {}

    #[inline]
    fn close(&mut self, at: usize, next: Next) -> Result<(), DumpErrorKind> {
        match next {
            Next::Row(row) => self.found.len = row,
            Next::Tail => {
                self.found.len = at + 1;
                self.found.is_end = true;
            }
            // Whether the row is the last is not known: it is found again with more text.
            Next::Unseen => return Ok(()),
        }
        self.found.rows += 1;
        Ok(())
    }
}

/// Finds the whole rows at the start of `text`, which starts with a row's opening parenthesis.
///
/// A row counts as whole where the text shows what follows it. `is_last` says that the file ends with `text`.
///
/// # Example
/// ```
/// use loup_text::dump::{Server, Syntax, whole_rows};
///
/// let found = whole_rows(b"(1,'a),('),\n(2,'b'),\n(3,'c", Syntax::of(Server::MySql), false)?;
/// assert_eq!((found.len, found.rows, found.is_end), (21, 2, false));
/// # Ok::<(), loup_text::dump::DumpError>(())
/// ```
///
/// # Errors
/// Returns where something other than rows stands.
pub fn whole_rows(text: &[u8], syntax: Syntax, is_last: bool) -> Result<WholeRows, DumpError> {
    let mut count = Count { found: WholeRows { len: 0, rows: 0, is_end: false } };
    walk::<false>(text, syntax, is_last, &mut count)?;
    Ok(count.found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Server;

    fn found(text: &str, server: Server) -> (usize, u64, bool) {
        let found = whole_rows(text.as_bytes(), Syntax::of(server), false).expect("rows");
        (found.len, found.rows, found.is_end)
    }

    #[test]
    fn rows_end_where_the_next_one_opens() {
        assert_eq!(found("(1),(2),(3)", Server::MySql), (8, 2, false));
        assert_eq!(found("(1),\n(2);", Server::MySql), (8, 2, true));
        assert_eq!(found("(1) , -- one\n (2) ON DUPLICATE", Server::MySql), (17, 2, true));
        assert_eq!(found("(1", Server::MySql), (0, 0, false));
        assert_eq!(found("(1),", Server::MySql), (0, 0, false));
    }

    #[test]
    fn nothing_inside_quotes_counts() {
        assert_eq!(found(r"('\'),(','a''),(b','\\'),(2)", Server::MySql).1, 1);
        assert_eq!(found(r#"("),('",'x'),(`),(`),("#, Server::MySql).1, 2);
        assert_eq!(found(r"('\'),('b'),(", Server::Postgres).1, 2);
        assert_eq!(found(r"(E'\'),(','b'),(", Server::Postgres).1, 1);
        assert_eq!(found("($x$),($$ '$x$),(1),(", Server::Postgres).1, 2);
        assert_eq!(found("(1 /* ),( ' */),(2 -- ),('\n),(", Server::MySql).1, 2);
        assert_eq!(found("(f(1,g(2))),(-1),(--2),(1--2\n)", Server::MySql).1, 3);
    }

    #[test]
    fn strings_across_blocks_are_followed() {
        for pad in 0..140 {
            let text = format!("('{}\\\\','x\\'),('),('{0}'),(1),(2", "y".repeat(pad));
            assert_eq!(found(&text, Server::MySql).1, 3, "{pad}");
            let text = format!("({},E'\\'),(','e'),('e'),(1),(2", "9".repeat(pad + 1));
            assert_eq!(found(&text, Server::Postgres).1, 3, "{pad}");
        }
    }

    #[test]
    fn what_is_no_row_is_refused_with_its_place() {
        let error = |text: &str| whole_rows(text.as_bytes(), Syntax::of(Server::MySql), true).expect_err("no rows");
        assert_eq!(error("1"), DumpError { kind: DumpErrorKind::ExpectedTuple, offset: 0 });
        assert_eq!(error("(1), 2"), DumpError { kind: DumpErrorKind::ExpectedTuple, offset: 5 });
        assert_eq!(error("(1,2;"), DumpError { kind: DumpErrorKind::Unbalanced, offset: 4 });
        assert_eq!(error("(1,/*!50000 2*/)"), DumpError { kind: DumpErrorKind::ConditionalInRows, offset: 3 });
    }
}
