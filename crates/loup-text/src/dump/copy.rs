//! The rows of PostgreSQL's COPY in text format (PostgreSQL manual, "COPY", "Text Format").

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::cells::{Cells, MAX_TEXT, Span};
use super::unescape::byte_escape;
use super::{DumpError, DumpErrorKind, ZeroByteError};
use crate::blocks::{BLOCK, positions};

/// How NULL is written.
const NULL: &[u8] = b"\\N";

/// Finds the values of all rows in `text`, whole lines of a COPY block, and returns the number of rows.
///
/// Without `columns` the first row says how many there are. A table without columns has an empty line for each row.
///
/// # Example
/// ```
/// use loup_text::dump::{Cells, copy};
///
/// let text = b"7\ta\\tb\t\\N\n8\t\tx\n";
/// let mut cells = Cells::default();
/// assert_eq!(copy::tokenize(text, Some(3), &mut cells)?, 2);
/// assert_eq!(copy::value(cells.cell(0, 1).of(text)).as_deref(), Some(&b"a\tb"[..]));
/// assert_eq!(copy::value(cells.cell(0, 2).of(text)), None);
/// assert_eq!(copy::value(cells.cell(1, 1).of(text)).as_deref(), Some(&b""[..]));
/// # Ok::<(), loup_text::dump::DumpError>(())
/// ```
///
/// # Errors
/// Returns the first row with another number of values.
pub fn tokenize(text: &[u8], columns: Option<usize>, cells: &mut Cells) -> Result<usize, DumpError> {
    cells.clear(columns);
    if text.len() > MAX_TEXT {
        return Err(DumpError::at(DumpErrorKind::TooLong, 0));
    }
    let mut lines = Lines { text, columns, row_start: 0, cell_start: 0, first_cell: 0, cells };
    let mut from = 0;
    let mut is_escaped = false;
    while from < text.len() {
        let needles = [b'\t', b'\n', b'\\'];
        let mut mask = match text[from..].first_chunk::<BLOCK>() {
            Some(block) => positions(block, needles),
            None => positions(&padded(&text[from..]), needles),
        };
        if std::mem::take(&mut is_escaped) {
            mask &= !1;
        }
        while mask != 0 {
            let at = from + mask.trailing_zeros() as usize;
            mask &= mask - 1;
            match text[at] {
                b'\t' => lines.end_cell(at),
                b'\n' => lines.end_row(at)?,
                // The byte behind a backslash means nothing else.
                _ => match 1_u64.checked_shl((at + 1 - from) as u32) {
                    Some(next) => mask &= !next,
                    None => is_escaped = true,
                },
            }
        }
        from += BLOCK;
    }
    if lines.row_start < text.len() {
        lines.end_row(text.len())?;
    }
    Ok(cells.rows())
}

struct Lines<'a> {
    text: &'a [u8],
    columns: Option<usize>,
    row_start: usize,
    cell_start: usize,
    first_cell: usize,
    cells: &'a mut Cells,
}

impl Lines<'_> {
    #[inline]
    fn end_cell(&mut self, at: usize) {
        self.cells.spans.push(Span::new(self.cell_start, at));
        self.cell_start = at + 1;
    }

    #[inline]
    fn end_row(&mut self, at: usize) -> Result<(), DumpError> {
        // A carriage return in a value is always escaped: one at the end of a line belongs to the line's end.
        let has_return = at > self.row_start && self.text[at - 1] == b'\r';
        let end = if has_return { at - 1 } else { at };
        if end > self.row_start || self.columns != Some(0) {
            self.end_cell(end);
        }
        let found = self.cells.spans.len() - self.first_cell;
        let expected = *self.columns.get_or_insert(found);
        if found != expected {
            return Err(DumpError::at(DumpErrorKind::WrongCount { expected, found }, self.row_start));
        }
        self.cells.columns = expected;
        self.cells.rows.push(Span::new(self.row_start, end));
        self.first_cell += found;
        self.row_start = at + 1;
        self.cell_start = at + 1;
        Ok(())
    }
}

/// Fills the last, short block with a byte that means nothing.
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Returns whether a value as it stands is NULL.
pub fn is_null(raw: &[u8]) -> bool {
    raw == NULL
}

/// Returns what a value as it stands means, `None` for NULL.
pub fn value(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    if is_null(raw) {
        return None;
    }
    if memchr(b'\\', raw).is_none() {
        return Some(Cow::Borrowed(raw));
    }
    let mut value = Vec::with_capacity(raw.len());
    value_into(raw, &mut value);
    Some(Cow::Owned(value))
}

/// Appends what a value as it stands means to `out` and returns whether there is one: NULL appends nothing.
pub fn value_into(mut raw: &[u8], out: &mut Vec<u8>) -> bool {
    if is_null(raw) {
        return false;
    }
    while let Some(at) = memchr(b'\\', raw) {
        out.extend_from_slice(&raw[..at]);
        let read = byte_escape(&raw[at..], out);
        raw = &raw[at + read..];
    }
    out.extend_from_slice(raw);
    true
}

/// Appends a value with the escapes that `pg_dump` writes, `None` for NULL.
///
/// # Errors
/// Returns an error for a zero byte, which PostgreSQL cannot hold.
pub fn write(value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), ZeroByteError> {
    let Some(value) = value else {
        out.extend_from_slice(NULL);
        return Ok(());
    };
    let mut written = 0;
    for (at, &byte) in value.iter().enumerate() {
        let letter = match byte {
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0b => b'v',
            0x0c => b'f',
            b'\r' => b'r',
            b'\\' => b'\\',
            0 => return Err(ZeroByteError),
            _ => continue,
        };
        out.extend_from_slice(&value[written..at]);
        out.extend_from_slice(&[b'\\', letter]);
        written = at + 1;
    }
    out.extend_from_slice(&value[written..]);
    Ok(())
}

/// Returns the bytes of the whole lines at the start of `text`: a line end behind a backslash is part of a value.
pub(super) fn whole_lines(text: &[u8]) -> usize {
    let mut end = text.len();
    while let Some(at) = memrchr(b'\n', &text[..end]) {
        if !is_escaped(text, at) {
            return at + 1;
        }
        end = at;
    }
    0
}

/// Returns the number of rows in whole lines.
pub(super) fn count_rows(lines: &[u8]) -> u64 {
    let ends = memchr_iter(b'\n', lines).count();
    let inside = memmem::find_iter(lines, b"\\\n").filter(|at| is_escaped(lines, at + 1)).count();
    (ends - inside) as u64
}

/// Returns whether an odd number of backslashes stands before `at`.
fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// Returns the length of the line `\.` with its end, where `text` starts with it.
pub(super) fn end_mark(text: &[u8], is_last: bool) -> Option<usize> {
    let rest = text.strip_prefix(b"\\.")?;
    match rest {
        [b'\n', ..] => Some(3),
        [b'\r', b'\n', ..] => Some(4),
        [] | [b'\r'] if is_last => Some(text.len()),
        _ => None,
    }
}

/// Returns the offset of the line `\.` behind the first line of `text`.
pub(super) fn find_end(text: &[u8], is_last: bool) -> Option<usize> {
    memmem::find_iter(text, b"\n\\.").map(|at| at + 1).find(|&at| end_mark(&text[at..], is_last).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Row = Vec<Option<Vec<u8>>>;

    fn rows(text: &[u8], columns: Option<usize>) -> Result<Vec<Row>, DumpErrorKind> {
        let mut cells = Cells::default();
        let count = tokenize(text, columns, &mut cells).map_err(|error| error.kind)?;
        let cell = |row, column| value(cells.cell(row, column).of(text)).map(Cow::into_owned);
        Ok((0..count).map(|row| (0..cells.columns()).map(|column| cell(row, column)).collect()).collect())
    }

    #[test]
    fn escapes_are_read() {
        let decoded = |raw: &[u8]| value(raw).map(Cow::into_owned);
        assert_eq!(decoded(br"\b\f\n\r\t\v\\\101\x4a\x4\q\."), Some(b"\x08\x0c\n\r\t\x0b\\AJ\x04q.".to_vec()));
        assert_eq!(decoded(b"\\N"), None);
        assert_eq!(decoded(b"\\\\N"), Some(b"\\N".to_vec()));
        assert_eq!(decoded(b"x\\N"), Some(b"xN".to_vec()));
        assert_eq!(decoded(b"a\\"), Some(b"a".to_vec()));
        assert_eq!(decoded(b"\\xg"), Some(b"xg".to_vec()));
        assert_eq!(decoded(b"\\400"), Some(b"\0".to_vec()));
    }

    #[test]
    fn an_escaped_tab_or_line_end_is_part_of_a_value() {
        assert_eq!(rows(b"a\\\tb\tc\\\nd\n", Some(2)), Ok(vec![vec![Some(b"a\tb".to_vec()), Some(b"c\nd".to_vec())]]));
        for pad in 55..70 {
            let cells = &b"\\\\\ty\\\tz\n"[..];
            let text = [vec![b'x'; pad], cells.to_vec()].concat();
            assert_eq!(rows(&text, None).map(|rows| rows[0].len()), Ok(2), "{pad}");
        }
        assert_eq!(whole_lines(b"a\nb\\\nc"), 2);
        assert_eq!(whole_lines(b"a\nb\\\\\nc"), 6);
        assert_eq!(count_rows(b"a\nb\\\nc\nd\\\\\n"), 3);
    }

    #[test]
    fn lines_may_end_with_a_carriage_return() {
        assert_eq!(rows(b"1\t\\N\r\n", Some(2)), Ok(vec![vec![Some(b"1".to_vec()), None]]));
    }

    #[test]
    fn a_table_without_columns_has_empty_lines() {
        assert_eq!(rows(b"\n\n", Some(0)).map(|rows| rows.len()), Ok(2));
        assert_eq!(rows(b"\n\n", Some(1)), Ok(vec![vec![Some(Vec::new())], vec![Some(Vec::new())]]));
        assert_eq!(rows(b"a\n", Some(0)), Err(DumpErrorKind::WrongCount { expected: 0, found: 1 }));
    }

    #[test]
    fn ragged_rows_are_errors() {
        assert_eq!(rows(b"a\tb\nc\n", None), Err(DumpErrorKind::WrongCount { expected: 2, found: 1 }));
        let error = tokenize(b"a\nb\tc\n", Some(1), &mut Cells::default()).expect_err("ragged");
        assert_eq!(error.offset, 2);
    }

    #[test]
    fn only_its_own_line_ends_a_copy() {
        assert_eq!(find_end(b"a\n\\.b\n\\.\nx", false), Some(6));
        assert_eq!(find_end(b"a\n\\.", false), None);
        assert_eq!(find_end(b"a\n\\.", true), Some(2));
        assert_eq!(end_mark(b"\\.\r\n", false), Some(4));
        assert_eq!(find_end(b"a\\.\n", true), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec(proptest::option::of(proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(&b"\\\t\n\r\x08\x0b\x0c.N"[..])], 0..70)), 1..5)
        ) {
            let mut text = Vec::new();
            let mut written = Ok(());
            for (at, value) in values.iter().enumerate() {
                if at > 0 { text.push(b'\t'); }
                written = written.and(write(value.as_deref(), &mut text));
            }
            text.push(b'\n');
            prop_assert_eq!(written.is_err(), values.iter().flatten().any(|value| value.contains(&0)));
            if written.is_ok() {
                prop_assert_eq!(whole_lines(&text), text.len());
                prop_assert_eq!(count_rows(&text), 1);
                prop_assert_eq!(rows(&text, Some(values.len())), Ok(vec![values]));
            }
        }
    }
}
