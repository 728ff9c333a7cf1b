//! Finds the runs of rows in a segment of whole statements.

use std::ops::Range;

use loup_text::dump::{DumpError, DumpErrorKind, ItemKind, Scan, Scanner, Syntax, whole_rows};

/// Returns where runs of rows stand in `text`, which starts at a statement or, where it was cut, at a row.
pub(super) fn row_runs(text: &[u8], syntax: Syntax) -> Result<Vec<Range<usize>>, DumpError> {
    let mut runs = Vec::new();
    let mut at = 0;
    let mut scanner = Scanner::new(syntax);
    if text.first() == Some(&b'(') {
        at = whole_rows(text, syntax, true)?.len;
        runs.push(0..at);
        scanner = Scanner::behind_rows(syntax);
    }
    let base = at;
    loop {
        match scanner.next(&text[at..], true) {
            Ok(Scan::Item(item)) => {
                if matches!(item.kind, ItemKind::Rows { .. }) {
                    runs.push(at..at + item.len);
                }
                at += item.len;
            }
            Ok(_) => return Ok(runs),
            // Rows that were cut have no tail here.
            Err(error) if error.kind == DumpErrorKind::UnclosedStatement && base > 0 && at == base => return Ok(runs),
            Err(error) => return Err(DumpError { offset: error.offset + base as u64, ..error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use loup_text::dump::Server;

    use super::*;

    fn runs(text: &str) -> Vec<&str> {
        let runs = row_runs(text.as_bytes(), Syntax::of(Server::MySql)).unwrap();
        runs.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn rows_of_whole_and_of_cut_statements() {
        assert_eq!(
            runs("INSERT INTO t VALUES (1,';'),(2,'x');\n-- note\nINSERT INTO t VALUES (3,'');\n"),
            ["(1,';'),(2,'x')", "(3,'')"]
        );
        assert_eq!(runs("(2,'a'),(3,'b');\nINSERT INTO t VALUES (4,'c');"), ["(2,'a'),(3,'b')", "(4,'c')"]);
        let tail = "(1) ON DUPLICATE KEY UPDATE a = VALUES(a) /* ;(2); */;\nINSERT INTO t VALUES (4);";
        assert_eq!(runs(tail), ["(1)", "(4)"]);
        assert_eq!(runs("(2,'a') -- ;(3);\n,\n"), ["(2,'a')"]);
        // The comma is not of the rows: it is passed on.
        assert_eq!(runs("(2,'a'),\n"), ["(2,'a')"]);
    }
}
