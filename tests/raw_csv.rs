//! A CSV splitter for the tests, on purpose not the product's: cells as the raw bytes between the separators.

/// A CSV file cut into raw cells.
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<Vec<u8>>>,
}

impl Table {
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut records = records(bytes, b',').into_iter();
        let header = records.next().expect("a header").into_iter().map(|c| text(c).expect("a name")).collect();
        Self { header, rows: records.map(|r| r.into_iter().map(<[u8]>::to_vec).collect()).collect() }
    }

    #[track_caller]
    pub(crate) fn index(&self, column: &str) -> usize {
        self.header
            .iter()
            .position(|c| c == column)
            .unwrap_or_else(|| panic!("no column {column} in {:?}", self.header))
    }

    /// The values of a column; `None` is NULL.
    #[track_caller]
    pub(crate) fn values(&self, column: &str) -> Vec<Option<String>> {
        let i = self.index(column);
        self.rows.iter().map(|row| text(&row[i])).collect()
    }
}

/// Cuts at separators and line ends (LF, CRLF or CR) outside quotes; a byte order mark and an empty last line are left out.
///
/// A quote opens a quoted part only at the start of a cell, as in RFC 4180. Nothing is validated: both sides of a
/// comparison go through the same cut, so a difference in bytes always shows.
pub(crate) fn records(bytes: &[u8], delimiter: u8) -> Vec<Vec<&[u8]>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (mut records, mut record) = (Vec::new(), Vec::new());
    let (mut start, mut i) = (0, 0);
    while i < bytes.len() {
        let byte = bytes[i];
        if byte == b'"' && i == start {
            i = after_quoted(bytes, i + 1);
        } else if byte == delimiter {
            record.push(&bytes[start..i]);
            i += 1;
            start = i;
        } else if byte == b'\n' || byte == b'\r' {
            record.push(&bytes[start..i]);
            records.push(std::mem::take(&mut record));
            i += if bytes[i..].starts_with(b"\r\n") { 2 } else { 1 };
            start = i;
        } else {
            i += 1;
        }
    }
    if start < bytes.len() || !record.is_empty() {
        record.push(&bytes[start..]);
        records.push(record);
    }
    records
}

/// The position behind the quote that closes a cell opened before `i`.
fn after_quoted(bytes: &[u8], mut i: usize) -> usize {
    while i < bytes.len() {
        if bytes[i] == b'"' {
            if bytes.get(i + 1) != Some(&b'"') {
                return i + 1;
            }
            i += 1;
        }
        i += 1;
    }
    i
}

/// The value of a raw cell: nothing is NULL, a pair of quotes is the empty string.
pub(crate) fn text(cell: &[u8]) -> Option<String> {
    let cell = std::str::from_utf8(cell).expect("UTF-8");
    match cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
        Some(inside) => Some(inside.replace("\"\"", "\"")),
        None if cell.is_empty() => None,
        None => Some(cell.to_owned()),
    }
}

#[test]
fn cuts_outside_quotes_only() {
    let cut = records(b"\xef\xbb\xbfa,b\r\n\"x\ny, \"\"z\"\"\",\"\"\n,1.50", b',');
    let expected: Vec<Vec<&[u8]>> = vec![vec![b"a", b"b"], vec![b"\"x\ny, \"\"z\"\"\"", b"\"\""], vec![b"", b"1.50"]];
    assert_eq!(cut, expected);
    assert_eq!(text(cut[1][0]).as_deref(), Some("x\ny, \"z\""));
    assert_eq!((text(cut[1][1]).as_deref(), text(cut[2][0])), (Some(""), None));
}
