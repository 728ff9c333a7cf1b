//! Rows of an INSERT: blocks of 64 bytes find what single bytes find, and rows cut apart are the same rows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loup_text::dump::{Cells, Server, Syntax, tokenize, whole_rows};

/// Where plain MySQL rows end, found a byte at a time; `None` where the text holds what this does not know.
fn simple_rows(text: &[u8], syntax: Syntax) -> Option<Vec<usize>> {
    let (mut ends, mut depth, mut at) = (Vec::new(), 0, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' | b'`' | b'#' | b'-' | b'/' | b';' | b'$' => return None,
            b'\\' => return None,
            b'\'' => loop {
                at += 1;
                match text.get(at)? {
                    b'\\' if syntax.backslash_escapes => at += 1,
                    b'\'' => break,
                    _ => {}
                }
            },
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    ends.push(at + 1);
                    match text.get(at + 1..) {
                        Some([]) | None => return Some(ends),
                        Some([b',', b'(', ..]) => at += 1,
                        Some(_) => return None,
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fuzz_target!(|data: &[u8]| {
    let [options, text @ ..] = data else { return };
    let server = if options & 1 == 0 { Server::MySql } else { Server::Postgres };
    let syntax = Syntax { server, backslash_escapes: options & 2 == 0, ansi_quotes: server == Server::Postgres || options & 4 != 0 };
    let mut cells = Cells::default();
    let whole = tokenize(text, syntax, None, &mut cells).map(|rows| (0..rows).map(|row| cells.row(row).end()).collect::<Vec<_>>());
    if server == Server::MySql && text.first() == Some(&b'(') {
        if let (Some(simple), Ok(whole)) = (simple_rows(text, syntax), &whole) {
            assert_eq!(&simple, whole);
        }
    }
    let Ok(whole) = whole else { return };
    // Cut into runs by a window that grows, the rows are the same.
    let (mut at, mut len) = (0, usize::from(options >> 3) + 1);
    let mut ends = Vec::new();
    while at < text.len() {
        let end = (at + len).min(text.len());
        let found = whole_rows(&text[at..end], syntax, end == text.len()).expect("rows that were read whole");
        if found.len == 0 {
            assert!(end < text.len(), "the last row is whole");
            len *= 2;
            continue;
        }
        assert_eq!(tokenize(&text[at..at + found.len], syntax, None, &mut cells), Ok(found.rows as usize));
        ends.extend((0..cells.rows()).map(|row| at + cells.row(row).end()));
        if found.is_end {
            break;
        }
        at += found.len;
    }
    assert_eq!(ends, whole);
});
