//! Dumps: the pieces are the file, whatever the window, and rows are read as they were counted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loup_text::dump::{
    Cells, CopyFormat, DumpErrorKind, ItemKind, Literal, Scan, Scanner, Server, Syntax, copy, names, settings, sniff, tokenize,
};

/// Returns the ends of the pieces, runs of rows and of white space as one.
fn ends(text: &[u8], server: Server, window: usize) -> Result<Vec<usize>, DumpErrorKind> {
    let mut scanner = Scanner::new(Syntax::of(server));
    let (mut at, mut len) = (0_usize, window);
    let mut ends = Vec::new();
    let mut cells = Cells::default();
    let mut format = None;
    loop {
        let end = at.saturating_add(len).min(text.len());
        match scanner.next(&text[at..end], end == text.len()).map_err(|error| error.kind)? {
            Scan::End => return Ok(ends),
            Scan::More(more) => {
                assert!(more > end - at && end < text.len());
                len = more;
            }
            Scan::Item(item) => {
                assert!(item.len > 0 && at + item.len <= end);
                let piece = &text[at..at + item.len];
                let syntax = scanner.syntax();
                match item.kind {
                    ItemKind::Insert(insert) => {
                        format = None;
                        let _ = insert.columns.map(|list| names(list.of(piece), syntax).count());
                    }
                    ItemKind::Copy(copy) => {
                        format = Some(copy.format);
                        let _ = copy.columns.map(|list| names(list.of(piece), syntax).count());
                    }
                    ItemKind::Set => {
                        let _ = settings(piece, syntax).iter().map(|setting| setting.text().len()).sum::<usize>();
                    }
                    ItemKind::Rows { rows } => {
                        let found = match format {
                            None => tokenize(piece, syntax, None, &mut cells),
                            Some(CopyFormat::Text) => copy::tokenize(piece, None, &mut cells),
                            Some(_) => Ok(rows as usize),
                        };
                        match found {
                            Ok(found) => assert_eq!(found as u64, rows),
                            Err(error) => assert!(matches!(error.kind, DumpErrorKind::WrongCount { .. }), "{error}"),
                        }
                        if format.is_none() && found.is_ok() {
                            for row in 0..cells.rows() {
                                assert_eq!((piece[cells.row(row).start()], piece[cells.row(row).end() - 1]), (b'(', b')'));
                                for column in 0..cells.columns() {
                                    let _ = Literal::read(cells.cell(row, column).of(piece), syntax).value();
                                }
                            }
                        }
                    }
                    _ => {}
                }
                at += item.len;
                len = window;
                if !matches!(item.kind, ItemKind::Rows { .. } | ItemKind::Space) {
                    ends.push(at);
                }
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [options, text @ ..] = data else { return };
    let server = if options & 1 == 0 { Server::MySql } else { Server::Postgres };
    let window = usize::from(options >> 1) + 1;
    let _ = sniff(text);
    assert_eq!(ends(text, server, window), ends(text, server, text.len().max(1)));
});
