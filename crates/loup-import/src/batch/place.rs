//! Finds the place of a cell that a check has found, for the message: file, line and column, never its value.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use loup_sources::attach::FileKind;
use loup_sources::{Compression, CsvOptions, Header};
use loup_text::csv::{BOM, Cells, Splitter, tokenize};

const BLOCK: usize = 1 << 20;

/// Line and column of a cell, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Finds the first cell of a column (from 0) of a CSV file for which `is_at_fault`; `None` where there is none to be found.
pub(super) fn find(path: &Path, column: usize, is_at_fault: impl Fn(&str) -> bool) -> Option<Place> {
    let name = path.file_name()?.to_str()?;
    let (_, kind, compression) = FileKind::of(name)?;
    let options = match kind {
        FileKind::Csv => CsvOptions::default(),
        FileKind::Tsv => CsvOptions::tsv(),
        FileKind::Parquet | FileKind::Ndjson | FileKind::Dump => return None,
    };
    // The check itself has failed already; a file that cannot be read again leaves its message without the place.
    let file = File::open(path).ok()?;
    let reader: Box<dyn Read> = match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(MultiGzDecoder::new(file)),
        Compression::Zstd => Box::new(zstd::Decoder::new(file).ok()?),
    };
    search(reader, name, &options, column, is_at_fault)
}

fn search(
    mut reader: impl Read,
    name: &str,
    options: &CsvOptions,
    column: usize,
    is_at_fault: impl Fn(&str) -> bool,
) -> Option<Place> {
    let mut pending = Vec::new();
    let mut is_whole = false;
    let header = loop {
        is_whole |= read_block(&mut reader, &mut pending).ok()? == 0;
        if let Some(header) = Header::read(name, &pending, is_whole, options).ok()? {
            break header;
        }
    };
    if header.has_bom {
        pending.drain(..BOM.len());
    }
    let Header { dialect, names, .. } = header;
    let end_byte = dialect.terminator.byte();
    let mut splitter = Splitter::new(dialect.clone());
    let (mut cells, mut lines, mut scanned, mut skip) = (Cells::default(), 0, 0, 1);
    loop {
        let found = splitter.advance(&pending[scanned..]).map(|end| scanned + end);
        scanned = pending.len();
        let end = if is_whole { Some(scanned) } else { found };
        if let Some(end) = end {
            let text = &pending[..end];
            let rows = tokenize(text, &dialect, names.len(), &mut cells).ok()?;
            for row in skip..rows {
                let cell = cells.cell(row, column);
                let value = cell.value(text, &dialect);
                if value.is_some_and(|value| std::str::from_utf8(&value).is_ok_and(&is_at_fault)) {
                    let line = 1 + lines + memchr::memchr_iter(end_byte, &text[..cell.start()]).count();
                    return Some(Place { line, column: column + 1 });
                }
            }
            skip -= skip.min(rows);
            lines += memchr::memchr_iter(end_byte, text).count();
            pending.drain(..end);
            scanned -= end;
        }
        if is_whole {
            return None;
        }
        is_whole = read_block(&mut reader, &mut pending).ok()? == 0;
    }
}

/// Appends the next block; returns its length, 0 at the end.
fn read_block(reader: &mut impl Read, pending: &mut Vec<u8>) -> io::Result<u64> {
    io::copy(&mut reader.take(BLOCK as u64), pending)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn line(text: &[u8], column: usize) -> Option<usize> {
        let found = search(Cursor::new(text), "f.csv", &CsvOptions::default(), column, |cell| cell.trim() == "X");
        found.map(|place| place.line)
    }

    #[test]
    fn lines_count_as_an_editor_shows_them() {
        assert_eq!(line(b"a,b\n1,2\n1,X\n", 1), Some(3));
        assert_eq!(line(b"\xef\xbb\xbfa,b\r\n\"1\r\n2\",2\r\n\r\n1,\" X \"", 1), Some(5));
        assert_eq!(line(b"a,b\n1,2\n1,X\n", 0), None);
        assert_eq!(line(b"X,b\n1,2\n", 0), None, "the header is no cell");
    }

    #[test]
    fn places_far_into_a_file_are_found() {
        let mut text = b"a,b\n".to_vec();
        for row in 0..400_000 {
            text.extend_from_slice(format!("{row},\"a\nb\"\n").as_bytes());
        }
        assert!(text.len() > 3 * BLOCK);
        text.extend_from_slice(b"X,1\n");
        assert_eq!(line(&text, 0), Some(800_002));
    }

    #[test]
    fn compressed_files_are_searched_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.csv.zst"), zstd::encode_all(&b"a,b\n1,X\n"[..], 0).unwrap()).unwrap();
        assert_eq!(find(&path("a.csv.zst"), 1, |cell| cell == "X"), Some(Place { line: 2, column: 2 }));
        std::fs::write(path("a.tsv"), "a\tb\n1\tX\n").unwrap();
        assert_eq!(find(&path("a.tsv"), 1, |cell| cell == "X"), Some(Place { line: 2, column: 2 }));
        std::fs::write(path("a.ndjson"), "{\"a\":\"X\"}\n").unwrap();
        assert_eq!(find(&path("a.ndjson"), 0, |cell| cell == "X"), None);
        assert_eq!(find(&path("absent.csv"), 0, |cell| cell == "X"), None);
    }
}
