//! Finds the runs of rows in a segment of whole statements.

use std::ops::Range;

use loup_text::dump::{DumpError, ItemKind, Scan, Scanner, Syntax, whole_rows};

/// Returns where runs of rows stand in `text`, which starts at a statement or, where it was cut, at a row.
pub(super) fn row_runs(text: &[u8], syntax: Syntax) -> Result<Vec<Range<usize>>, DumpError> {
    let mut runs = Vec::new();
    let mut at = 0;
    if text.first() == Some(&b'(') {
        at = whole_rows(text, syntax, true)?.len;
        runs.push(0..at);
        // What ends the statement is not looked at: it was when the index was made.
        at += memchr::memchr(b';', &text[at..]).map_or(text.len() - at, |end| end + 1);
    }
    let base = at;
    let mut scanner = Scanner::new(syntax);
    let shifted = |error: DumpError| DumpError { offset: error.offset + base as u64, ..error };
    while let Scan::Item(item) = scanner.next(&text[at..], true).map_err(shifted)? {
        if matches!(item.kind, ItemKind::Rows { .. }) {
            runs.push(at..at + item.len);
        }
        at += item.len;
    }
    Ok(runs)
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
        // The comma is not of the rows: it is passed on.
        assert_eq!(runs("(2,'a'),\n"), ["(2,'a')"]);
    }
}
