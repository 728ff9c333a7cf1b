//! A CSV file's first record: names, their raw bytes, and what the file's first bytes tell.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use loup_text::csv::{BOM, Cells, Dialect, tokenize};

use super::CsvOptions;
use crate::error::{Result, SourceError};

/// What the first bytes of a CSV file tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Column names: unique, never empty.
    pub names: Vec<String>,
    /// The header's cells as they stand in the file; empty where the file has no header.
    pub raw: Vec<Vec<u8>>,
    /// Whether the file starts with a byte order mark.
    pub has_bom: bool,
    /// Names that were made unique, each with the one that the header repeats.
    pub repeated: Vec<(String, String)>,
    /// The file's dialect, with the terminator of its first record.
    pub dialect: Dialect,
}

impl Header {
    /// Reads the header from a file's first bytes; `None` where they do not hold the whole first record.
    ///
    /// # Errors
    /// Returns an error where the record is not valid, the file is empty or in another character set.
    pub fn read(file: &str, head: &[u8], is_whole_file: bool, options: &CsvOptions) -> Result<Option<Self>> {
        check_charset(file, head)?;
        let has_bom = head.starts_with(BOM);
        let text = if has_bom { &head[BOM.len()..] } else { head };
        if text.is_empty() && is_whole_file {
            return Err(SourceError::Empty { file: file.to_owned() });
        }
        let mut dialect = options.dialect.clone();
        let record = match dialect.sniff_terminator(text) {
            Some((terminator, length)) => {
                dialect.terminator = terminator;
                &text[..length]
            }
            None if is_whole_file => text,
            None => return Ok(None),
        };
        let raw = cells(file, record, &dialect)?;
        let mut repeated = Vec::new();
        let names = if options.has_header {
            unique_names(file, record, &dialect, raw.len(), &mut repeated)?
        } else {
            (1..=raw.len()).map(|column| format!("column_{column}")).collect()
        };
        let raw = if options.has_header { raw } else { Vec::new() };
        Ok(Some(Self { names, raw, has_bom, repeated, dialect }))
    }

    /// Returns a schema with one text column for each cell.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<_> = self.names.iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
        Arc::new(Schema::new(fields))
    }
}

/// UTF-16 and UTF-32 announce themselves; read as UTF-8 they would only give a puzzling error.
fn check_charset(file: &str, head: &[u8]) -> Result<()> {
    let charset = match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        _ => return Ok(()),
    };
    Err(SourceError::Charset { file: file.to_owned(), charset })
}

/// Returns the cells of one record whose number is not known yet.
fn cells(file: &str, record: &[u8], dialect: &Dialect) -> Result<Vec<Vec<u8>>> {
    let mut found = Cells::default();
    let mut columns = 1;
    loop {
        match tokenize(record, dialect, columns, &mut found) {
            Ok(0) => return Ok(vec![Vec::new()]),
            Ok(_) => return Ok(found.first_row().map(|cell| cell.raw(record).to_vec()).collect()),
            Err(error) if matches!(error.kind, loup_text::csv::CellErrorKind::TooMany { .. }) => columns += 1,
            Err(error) => {
                let line = 1 + memchr::memchr_iter(b'\n', &record[..error.offset]).count() as u64;
                let column = error.column + 1;
                return Err(SourceError::Record { file: file.to_owned(), line, column, kind: error.kind });
            }
        }
    }
}

/// Returns the header's names; an empty one becomes `column_N`, a repeated one gets a number.
fn unique_names(
    file: &str,
    record: &[u8],
    dialect: &Dialect,
    columns: usize,
    repeated: &mut Vec<(String, String)>,
) -> Result<Vec<String>> {
    let mut found = Cells::default();
    let rows = tokenize(record, dialect, columns, &mut found).unwrap_or(0);
    let mut taken = HashSet::new();
    let mut names = Vec::with_capacity(columns);
    for column in 0..columns {
        let value = if rows == 0 { None } else { found.cell(0, column).value(record, dialect) };
        let text = match value {
            None => String::new(),
            Some(value) => String::from_utf8(value.into_owned()).map_err(|_| SourceError::Encoding {
                file: file.to_owned(),
                line: 1,
                column: column + 1,
            })?,
        };
        let base = if text.is_empty() { format!("column_{}", column + 1) } else { text };
        let mut name = base.clone();
        let mut copy = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}_{copy}");
            copy += 1;
        }
        if name.contains('\0') {
            return Err(SourceError::Charset { file: file.to_owned(), charset: "binary: its header holds a NUL" });
        }
        if name != base {
            repeated.push((name.clone(), base));
        }
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Option<Header>> {
        Header::read("f.csv", text, true, &CsvOptions::default())
    }

    #[test]
    fn names_are_unique_and_raw_bytes_stay() {
        let header = read(b"\xef\xbb\xbf\"a\",,a,\"b\"\"c\"\r\n1,2,3,4\r\n").expect("valid").expect("whole");
        assert_eq!(header.names, ["a", "column_2", "a_2", "b\"c"]);
        assert_eq!(header.raw, [&b"\"a\""[..], b"", b"a", b"\"b\"\"c\""]);
        assert!(header.has_bom);
        assert_eq!(header.dialect.terminator, loup_text::csv::Terminator::CrLf);
    }

    #[test]
    fn an_unfinished_record_is_asked_for_again() {
        let options = CsvOptions::default();
        assert_eq!(Header::read("f", b"a,b", false, &options).expect("no error"), None);
        assert!(Header::read("f", b"a,b", true, &options).expect("no error").is_some());
    }

    #[test]
    fn empty_and_foreign_files_are_errors() {
        assert!(matches!(read(b""), Err(SourceError::Empty { .. })));
        assert!(matches!(read(b"\xff\xfea\0"), Err(SourceError::Charset { charset: "UTF-16", .. })));
        assert!(matches!(read(b"\"a\"b,c\n"), Err(SourceError::Record { line: 1, column: 1, .. })));
    }
}
