//! Digits in groups, as account and telephone numbers are written.

use super::is_end;

/// The most digits and groups that are read.
const MOST_DIGITS: usize = 20;
const MOST_GROUPS: usize = 8;

/// What stands between two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// One blank.
    Blank,
    /// One hyphen or dash.
    Hyphen,
    /// One dot.
    Dot,
    /// Two separators, or a bracket.
    Other,
}

/// Groups of digits that follow each other.
#[derive(Debug)]
pub(super) struct Number<'a> {
    text: &'a str,
    digits: [u8; MOST_DIGITS],
    /// Where each group starts and ends in the text.
    groups: [(usize, usize); MOST_GROUPS],
    /// How many digits there are up to the end of each group.
    totals: [usize; MOST_GROUPS],
    gaps: [Gap; MOST_GROUPS],
    count: usize,
    /// Where it starts, with a plus sign or an opening bracket.
    pub(super) start: usize,
    /// Whether a plus sign stands before it.
    pub(super) plus: bool,
    /// Whether its first group stands in brackets.
    pub(super) bracket: bool,
    /// Whether no other digits stand right before it.
    pub(super) fresh: bool,
}

impl<'a> Number<'a> {
    /// Reads the groups from the digit at `at` on; None when the first is too long.
    pub(super) fn read(text: &'a str, at: usize, from: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut number = Self {
            text,
            digits: [0; MOST_DIGITS],
            groups: [(0, 0); MOST_GROUPS],
            totals: [0; MOST_GROUPS],
            gaps: [Gap::Other; MOST_GROUPS],
            count: 0,
            start: at,
            plus: false,
            bracket: false,
            fresh: true,
        };
        let (mut place, mut total) = (at, 0);
        while number.count < MOST_GROUPS {
            let run = &bytes[place..bytes.len().min(place + MOST_DIGITS + 1)];
            let length = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if length == 0 || total + length > MOST_DIGITS {
                break;
            }
            for (to, from) in number.digits[total..].iter_mut().zip(&run[..length]) {
                *to = from - b'0';
            }
            total += length;
            number.groups[number.count] = (place, place + length);
            number.totals[number.count] = total;
            number.count += 1;
            let Some((gap, length)) = gap(&bytes[place + length..]).map(|(gap, bytes)| (gap, length + bytes)) else {
                break;
            };
            number.gaps[number.count - 1] = gap;
            place += length;
        }
        number.look_back(from);
        (number.count > 0).then_some(number)
    }

    /// Takes in a plus sign and an opening bracket, and looks for digits before them.
    fn look_back(&mut self, from: usize) {
        let bytes = self.text.as_bytes();
        let closes = bytes.get(self.groups[0].1) == Some(&b')');
        let mut sign = || match bytes[from..self.start].last() {
            Some(b'+') if !self.plus => {
                self.plus = true;
                self.start -= 1;
            }
            Some(b'(') if closes && !self.bracket => {
                self.bracket = true;
                self.start -= 1;
            }
            _ => {}
        };
        sign();
        sign();
        self.fresh = !match bytes[..self.start] {
            [.., a, b'-' | b'.' | b' ' | b',' | b'/' | b':'] => a.is_ascii_digit(),
            _ => false,
        };
    }

    /// Returns how many groups there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns the digits of the first groups.
    pub(super) fn digits(&self, groups: usize) -> &[u8] {
        &self.digits[..self.totals[groups - 1]]
    }

    /// Returns how many digits each of the first groups has.
    pub(super) fn lengths(&self, groups: usize) -> ([u8; MOST_GROUPS], usize) {
        let mut lengths = [0; MOST_GROUPS];
        for (to, (start, end)) in lengths.iter_mut().zip(&self.groups[..groups]) {
            *to = (end - start) as u8;
        }
        (lengths, groups)
    }

    /// Returns what stands between the first groups.
    pub(super) fn gaps(&self, groups: usize) -> &[Gap] {
        &self.gaps[..groups - 1]
    }

    /// Returns where its first digit stands.
    pub(super) fn digits_start(&self) -> usize {
        self.groups[0].0
    }

    /// Returns the text of a group.
    pub(super) fn group(&self, group: usize) -> &'a str {
        let (start, end) = self.groups[group];
        &self.text[start..end]
    }

    /// Returns the text after the first groups.
    pub(super) fn after(&self, groups: usize) -> (&'a str, usize) {
        let end = self.groups[groups - 1].1;
        (&self.text[end..], end)
    }

    /// Returns where the first groups start and end, without sign; None when more of the same number follows.
    pub(super) fn whole(&self, groups: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.groups[0].0, self.groups[groups - 1].1);
        let goes_on = matches!(self.text.as_bytes()[end..], [b'.' | b'-', next, ..] if next.is_ascii_digit());
        (is_end(self.text, end) && !goes_on && !self.is_decimal()).then_some((start, end))
    }

    /// Returns whether its first group stands after a decimal point.
    pub(super) fn is_decimal(&self) -> bool {
        matches!(self.text.as_bytes()[..self.groups[0].0], [.., a, b'.' | b','] if a.is_ascii_digit())
    }
}

/// Returns where the digits at a place end.
pub(super) fn run_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns what stands between two groups, and its bytes; None when no digit follows.
fn gap(bytes: &[u8]) -> Option<(Gap, usize)> {
    let (gap, mut length) = separator(bytes)?;
    let mut gap = gap;
    for _ in 0..2 {
        match separator(&bytes[length..]) {
            Some((_, more)) => (gap, length) = (Gap::Other, length + more),
            None => break,
        }
    }
    bytes.get(length).filter(|byte| byte.is_ascii_digit()).map(|_| (gap, length))
}

fn separator(bytes: &[u8]) -> Option<(Gap, usize)> {
    Some(match bytes {
        [b' ', ..] => (Gap::Blank, 1),
        [b'-', ..] => (Gap::Hyphen, 1),
        [b'.', ..] => (Gap::Dot, 1),
        [b'(' | b')', ..] => (Gap::Other, 1),
        [0xc2, 0xa0, ..] => (Gap::Blank, 2),               // no-break space
        [0xe2, 0x80, 0xaf | 0x89, ..] => (Gap::Blank, 3),  // narrow spaces
        [0xe2, 0x80, 0x90..=0x93, ..] => (Gap::Hyphen, 3), // hyphens and dashes
        _ => return None,
    })
}
