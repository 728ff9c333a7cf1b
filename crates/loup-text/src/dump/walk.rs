//! Walks over the rows of an INSERT, 64 bytes at a time: which commas and parentheses stand outside strings.
//!
//! Quotes are paired by a running exclusive or over the mask of a block's quotes, after those behind an odd number of
//! backslashes are taken out (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019, section 3.1.1). Only
//! what rows of a dump rarely hold (`".."`, names in quotes, dollar quotes, `E'..'`, comments) is looked at byte by byte.

use super::lexeme::{Comment, Cut, comment_at, dollar_end, is_escape_string, quoted_end, skip_blank, string_end};
use super::{DumpError, DumpErrorKind, Syntax};
use crate::blocks::{BLOCK, SqlMasks, sql_masks};

/// What is done with the rows found.
pub(super) trait Visitor {
    /// A row opens with the parenthesis at `at`.
    fn open(&mut self, at: usize);

    /// A value of the row ends with the comma at `at`; called where commas were asked for.
    fn comma(&mut self, at: usize);

    /// A row closes with the parenthesis at `at`; the next one opens at `next`.
    fn close(&mut self, at: usize, next: Next) -> Result<(), DumpErrorKind>;
}

/// What follows a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another row, at this offset.
    Row(usize),
    /// Something else: the end of the rows.
    Tail,
    /// The text ends before that can be told.
    Unseen,
}

/// Walks over rows from the start of `text`, which is a row's opening parenthesis, to the last row or the end of the text.
/// `COMMAS` says whether the visitor wants them.
///
/// # Errors
/// Returns what cannot be the rows of an INSERT, with its offset; what is cut at the end of the text is no error here.
pub(super) fn walk<const COMMAS: bool>(
    text: &[u8],
    syntax: Syntax,
    is_last: bool,
    visitor: &mut impl Visitor,
) -> Result<(), DumpError> {
    if text.first() != Some(&b'(') {
        return Err(DumpError::at(DumpErrorKind::ExpectedTuple, 0));
    }
    let mut from = 0;
    let mut depth = 0_u32;
    let mut carry = Carry::default();
    while from < text.len() {
        let masks = match text[from..].first_chunk::<BLOCK>() {
            Some(block) => sql_masks::<COMMAS>(block),
            None => sql_masks::<COMMAS>(&padded(&text[from..])),
        };
        let mut events = carry.outside_strings(&masks, syntax);
        let mut next = from + BLOCK;
        while events != 0 {
            let at = from + events.trailing_zeros() as usize;
            events &= events - 1;
            match text[at] {
                b',' => {
                    if depth == 1 {
                        visitor.comma(at);
                    }
                }
                b'(' => {
                    if depth == 0 {
                        visitor.open(at);
                    }
                    depth += 1;
                }
                b')' => {
                    depth = depth.checked_sub(1).ok_or(DumpError::at(DumpErrorKind::Unbalanced, at))?;
                    if depth == 0 {
                        let (follows, commented) = row_behind(text, at + 1, syntax, is_last)?;
                        visitor.close(at, follows).map_err(|kind| DumpError::at(kind, at))?;
                        match follows {
                            Next::Row(row) if commented => {
                                next = row;
                                carry = Carry::default();
                                break;
                            }
                            Next::Row(_) => {}
                            Next::Tail | Next::Unseen => return Ok(()),
                        }
                    }
                }
                b';' => return Err(DumpError::at(DumpErrorKind::Unbalanced, at)),
                _ => match slow(text, at, syntax, is_last) {
                    Ok(Some(behind)) => {
                        next = behind;
                        carry = Carry::default();
                        break;
                    }
                    Ok(None) => {}
                    Err(Slow::Cut) => return Ok(()),
                    Err(Slow::Wrong(kind)) => return Err(DumpError::at(kind, at)),
                },
            }
        }
        from = next;
    }
    Ok(())
}

/// What a block's end says about the next one.
#[derive(Default)]
struct Carry {
    /// All ones inside a string.
    inside: u64,
    /// One where the next block's first byte is escaped.
    escaped: u64,
    /// One where the block's last byte is an E.
    letter_e: u64,
}

impl Carry {
    /// Returns the block's bytes that mean something outside strings.
    #[inline]
    fn outside_strings(&mut self, masks: &SqlMasks, syntax: Syntax) -> u64 {
        let escaped = if syntax.backslash_escapes { self.escaped_bytes(masks.backslash) } else { 0 };
        let quotes = masks.quote & !escaped;
        let inside = running_xor(quotes) ^ self.inside;
        self.inside = (inside.cast_signed() >> 63).cast_unsigned();
        // An escaped quote outside strings is an event too: it can be no SQL.
        let mut events = (masks.structure | masks.quote & escaped) & !inside;
        if !syntax.is_mysql() && !syntax.backslash_escapes {
            let behind_e = masks.letter_e << 1 | self.letter_e;
            self.letter_e = masks.letter_e >> 63;
            events |= quotes & inside & behind_e;
        }
        events
    }

    /// Returns the bytes behind an odd number of backslashes.
    #[inline]
    fn escaped_bytes(&mut self, backslash: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        if backslash == 0 {
            return std::mem::take(&mut self.escaped);
        }
        let backslash = backslash & !self.escaped;
        let follows = backslash << 1 | self.escaped;
        let odd_starts = backslash & !EVEN & !follows;
        let (even_runs, overflow) = odd_starts.overflowing_add(backslash);
        self.escaped = u64::from(overflow);
        (EVEN ^ (even_runs << 1)) & follows
    }
}

/// Sets each bit to the exclusive or of itself and all below: from an opening quote up to before its closing one.
#[inline]
fn running_xor(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

/// Fills the last, short block with a byte that means nothing.
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Why a construct has no end to go on at.
enum Slow {
    Cut,
    Wrong(DumpErrorKind),
}

impl From<Cut> for Slow {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

/// Returns the offset behind the rare construct at `at`, `None` where the byte is nothing special there.
#[cold]
fn slow(text: &[u8], at: usize, syntax: Syntax, is_last: bool) -> Result<Option<usize>, Slow> {
    match text[at] {
        b'\'' if is_escape_string(text, at, syntax) => Ok(Some(string_end(text, at, true)?)),
        b'\'' if syntax.backslash_escapes => Err(Slow::Wrong(DumpErrorKind::StrayBackslash)),
        b'"' => Ok(Some(quoted_end(text, at, syntax)?)),
        b'`' if syntax.is_mysql() => Ok(Some(string_end(text, at, false)?)),
        b'$' if !syntax.is_mysql() => Ok(dollar_end(text, at, is_last)?),
        b'-' | b'/' | b'#' => match comment_at(text, at, syntax, is_last)? {
            Comment::No => Ok(None),
            Comment::Until(behind) => Ok(Some(behind)),
            Comment::Conditional(_) => Err(Slow::Wrong(DumpErrorKind::ConditionalInRows)),
        },
        _ => Ok(None),
    }
}

/// Looks for a comma and another row behind a row; says too whether comments stand there.
#[inline]
fn row_behind(text: &[u8], at: usize, syntax: Syntax, is_last: bool) -> Result<(Next, bool), DumpError> {
    // The two ways in which dumps are written.
    if text[at..].starts_with(b",(") {
        return Ok((Next::Row(at + 1), false));
    }
    if text[at..].starts_with(b",\n(") {
        return Ok((Next::Row(at + 2), false));
    }
    let end = if is_last { Next::Tail } else { Next::Unseen };
    let Ok((comma, before)) = skip_blank(text, at, syntax, is_last) else {
        return Ok((Next::Unseen, false));
    };
    match text.get(comma) {
        None => return Ok((end, before)),
        Some(b',') => {}
        Some(_) => return Ok((Next::Tail, before)),
    }
    let Ok((row, behind)) = skip_blank(text, comma + 1, syntax, is_last) else {
        return Ok((Next::Unseen, false));
    };
    match text.get(row) {
        Some(b'(') => Ok((Next::Row(row), before || behind)),
        None => Ok((end, before || behind)),
        Some(_) => Err(DumpError::at(DumpErrorKind::ExpectedTuple, row)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_of_backslashes_escape_by_their_parity() {
        for bits in 0..1_u64 << 12 {
            // At the start of a block, and across the end of one.
            for shift in [0, 58] {
                let backslashes: Vec<bool> =
                    (0..128).map(|at| at >= shift && at - shift < 12 && bits >> (at - shift) & 1 == 1).collect();
                let mut carry = Carry::default();
                let masks: Vec<u64> = backslashes
                    .chunks(64)
                    .map(|block| block.iter().rev().fold(0, |mask, &bit| mask << 1 | u64::from(bit)))
                    .collect();
                let escaped: Vec<u64> = masks.iter().map(|&mask| carry.escaped_bytes(mask)).collect();
                let mut is_escaped = false;
                for (at, &is_backslash) in backslashes.iter().enumerate() {
                    assert_eq!(escaped[at / 64] >> (at % 64) & 1 == 1, is_escaped, "{bits:b} at {at}");
                    is_escaped = is_backslash && !is_escaped;
                }
            }
        }
    }

    /// What a walk has seen: opening, comma, closing, and where.
    #[derive(Default, Debug, PartialEq)]
    struct Seen(Vec<(char, usize)>);

    impl Visitor for Seen {
        fn open(&mut self, at: usize) {
            self.0.push(('(', at));
        }

        fn comma(&mut self, at: usize) {
            self.0.push((',', at));
        }

        fn close(&mut self, at: usize, _: Next) -> Result<(), DumpErrorKind> {
            self.0.push((')', at));
            Ok(())
        }
    }

    /// The same walk, a byte at a time.
    fn reference(text: &[u8], syntax: Syntax, seen: &mut Seen) -> Result<(), DumpErrorKind> {
        let (mut at, mut depth) = (0, 0);
        while at < text.len() {
            let behind = match text[at] {
                b'\'' | b'"' => quoted_end(text, at, syntax).map(Some),
                b'`' if syntax.is_mysql() => string_end(text, at, false).map(Some),
                b'$' if !syntax.is_mysql() => dollar_end(text, at, true),
                b'-' | b'/' | b'#' => match comment_at(text, at, syntax, true) {
                    Ok(Comment::Conditional(_)) => return Err(DumpErrorKind::ConditionalInRows),
                    Ok(Comment::Until(end)) => Ok(Some(end)),
                    Ok(Comment::No) => Ok(None),
                    Err(cut) => Err(cut),
                },
                b';' => return Err(DumpErrorKind::Unbalanced),
                b'\\' if syntax.backslash_escapes => match text.get(at + 1) {
                    Some(b'\'') => return Err(DumpErrorKind::StrayBackslash),
                    Some(b'\\') => Ok(Some(at + 2)),
                    _ => Ok(None),
                },
                b'(' => {
                    if depth == 0 {
                        seen.open(at);
                    }
                    depth += 1;
                    Ok(None)
                }
                b',' if depth == 1 => {
                    seen.comma(at);
                    Ok(None)
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        let behind = row_behind(text, at + 1, syntax, true).map_err(|error| error.kind)?.0;
                        seen.0.push((')', at));
                        match behind {
                            Next::Row(row) => Ok(Some(row)),
                            _ => return Ok(()),
                        }
                    } else {
                        Ok(None)
                    }
                }
                _ => Ok(None),
            };
            match behind {
                Ok(Some(behind)) => at = behind,
                Ok(None) => at += 1,
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn blocks_agree_with_single_bytes(
            pad in 0usize..70,
            parts in proptest::collection::vec(proptest::sample::select(&[
                "(", ")", ",", "'", "''", "\\'", "\\\\", "\\", "\"", "`", "\n", "--", "-- ", "/*", "*/", "#", "$$", "$a$", "E'", "e",
                "x", "1,", "),(", "),\n(", "'a'", "N", "/", "-", "'long enough to fill a block of sixty-four bytes, nearly all of it'",
            ][..]), 0..40),
            is_mysql: bool,
            backslash_escapes: bool,
            ansi: bool,
        ) {
            let server = if is_mysql { crate::dump::Server::MySql } else { crate::dump::Server::Postgres };
            let syntax = Syntax { server, backslash_escapes, ansi_quotes: ansi || !is_mysql };
            let text = format!("({}{}", "9".repeat(pad), parts.concat());
            let (mut blocks, mut bytes) = (Seen::default(), Seen::default());
            let walked = walk::<true>(text.as_bytes(), syntax, true, &mut blocks).map_err(|error| error.kind);
            let expected = reference(text.as_bytes(), syntax, &mut bytes);
            prop_assert_eq!(walked, expected, "{}", text);
            prop_assert_eq!(blocks, bytes, "{}", text);
        }
    }
}
