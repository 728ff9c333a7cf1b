//! Dates as text: reads the common formats, and writes another date in the same one.

use std::fmt::Write;

use crate::calendar::{self, Unit};

/// Which comes first where a format has the day and the month as numbers before the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// How the date part is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// 20190723
    Compact,
    /// 2019-07-23, 2019/07/23, 2019.07.23
    YearFirst(u8),
    /// 23/07/2019, 23-07-2019, 23.07.2019, or the month first
    YearLast(u8),
    /// 23-Jul-2019, 23 Jul 2019
    MonthName(u8, Case),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    Title,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A date that was read from text, and how it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateText<'a> {
    layout: Layout,
    order: Order,
    date: Date,
    time: &'a str,
    zone: &'a str,
}

/// What becomes of the time of day that stands after a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Midnight,
    Kept,
}

/// Writes the date floored to a unit, its time at midnight, in the format it came in; false when the text is no date.
///
/// Day and month are always written with two digits: one digit would tell that the day was below 10.
pub(crate) fn floor(text: &str, unit: Unit, order: Order, out: &mut impl Write) -> bool {
    let Some(read) = read(text, order) else { return false };
    let Date { year, month, day } = read.date;
    read.write(calendar::floor_date(year, month, day, unit), Clock::Midnight, out).is_some()
}

/// Reads a date of years 1 to 9999 in one of the common formats, perhaps with a time and a zone after it.
pub(crate) fn read(text: &str, order: Order) -> Option<DateText<'_>> {
    let (layout, date, tail) = date(text, order)?;
    let (time, zone) = time(tail)?;
    Some(DateText { layout, order, date, time, zone })
}

impl DateText<'_> {
    /// Returns year, month and day, in the zone that the text is in.
    pub(crate) fn date(&self) -> (i64, u32, u32) {
        (self.date.year, self.date.month, self.date.day)
    }

    /// Writes the date so many days later in the format it came in, with its time and zone as they are; false where that
    /// lies outside years 1 to 9999, and nothing is written.
    pub(crate) fn shift(&self, days: i64, out: &mut impl Write) -> bool {
        let (year, month, day) = self.date();
        let shifted = calendar::date_from_days(calendar::days_from_date(year, month, day) + days);
        (1..=9999).contains(&shifted.0) && self.write(shifted, Clock::Kept, out).is_some()
    }

    /// Writes another date of years 1 to 9999 in the format it came in, its time at midnight; returns whether it could.
    pub(crate) fn at_midnight(&self, date: (i64, u32, u32), out: &mut impl Write) -> bool {
        self.write(date, Clock::Midnight, out).is_some()
    }

    fn write(&self, (year, month, day): (i64, u32, u32), clock: Clock, out: &mut impl Write) -> Option<()> {
        let month_name;
        let (parts, sep): ([Part<'_>; 3], _) = match (self.layout, self.order) {
            (Layout::Compact, _) => ([Part::Year, Part::Month, Part::Day], None),
            (Layout::YearFirst(sep), _) => ([Part::Year, Part::Month, Part::Day], Some(sep)),
            (Layout::YearLast(sep), Order::DayFirst) => ([Part::Day, Part::Month, Part::Year], Some(sep)),
            (Layout::YearLast(sep), Order::MonthFirst) => ([Part::Month, Part::Day, Part::Year], Some(sep)),
            (Layout::MonthName(sep, case), _) => {
                let name = MONTHS[month as usize - 1];
                month_name = match case {
                    Case::Upper => name.to_uppercase(),
                    Case::Lower => name.to_lowercase(),
                    Case::Title => name.to_owned(),
                };
                ([Part::Day, Part::Name(&month_name), Part::Year], Some(sep))
            }
        };
        let mut written = Written::default();
        for (i, part) in parts.into_iter().enumerate() {
            if i > 0 {
                written.push(sep);
            }
            match part {
                Part::Year => {
                    written.push(two_digits(year as u32 / 100));
                    written.push(two_digits(year as u32 % 100));
                }
                Part::Month => written.push(two_digits(month)),
                Part::Day => written.push(two_digits(day)),
                Part::Name(name) => written.push(name.bytes()),
            }
        }
        out.write_str(written.text()?).ok()?;
        match clock {
            Clock::Kept => out.write_str(self.time).ok()?,
            Clock::Midnight => {
                let zero = |c: char| if c.is_ascii_digit() { '0' } else { c };
                self.time.chars().try_for_each(|c| out.write_char(zero(c))).ok()?;
            }
        }
        out.write_str(self.zone).ok()
    }
}

/// One part of a written date.
#[derive(Clone, Copy)]
enum Part<'a> {
    Year,
    Month,
    Day,
    Name(&'a str),
}

/// A date of at most eleven ASCII characters.
#[derive(Default)]
struct Written {
    bytes: [u8; 11],
    length: usize,
}

impl Written {
    fn push(&mut self, bytes: impl IntoIterator<Item = u8>) {
        for byte in bytes {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
    }

    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes[..self.length]).ok()
    }
}

fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// A date of the calendar, years 1 to 9999.
#[derive(Debug, Clone, Copy)]
struct Date {
    year: i64,
    month: u32,
    day: u32,
}

impl Date {
    fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let year = i64::from(year);
        ((1..=9999).contains(&year) && calendar::is_date(year, month, day)).then_some(Self { year, month, day })
    }
}

/// Reads the date at the start of a text; returns its layout, its day and what follows it.
fn date(text: &str, order: Order) -> Option<(Layout, Date, &str)> {
    if let Some(date) = iso(text) {
        return Some((Layout::YearFirst(b'-'), date, ""));
    }
    let (first, width, rest) = number(text)?;
    if width == 8 {
        let date = Date::new(first / 10_000, first / 100 % 100, first % 100)?;
        return Some((Layout::Compact, date, rest));
    }
    let sep = rest.bytes().next().filter(|byte| b"-/. ".contains(byte))?;
    let rest = &rest[1..];
    if let Some((name, after)) =
        rest.split_at_checked(3).filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphabetic()))
    {
        let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))? as u32 + 1;
        let (year, digits, tail) = number(after.strip_prefix(char::from(sep))?)?;
        let case = match name.as_bytes() {
            [b'A'..=b'Z', b'A'..=b'Z', ..] => Case::Upper,
            [b'A'..=b'Z', ..] => Case::Title,
            _ => Case::Lower,
        };
        let is_day = width <= 2 && digits == 4 && b"- ".contains(&sep);
        return is_day.then_some((Layout::MonthName(sep, case), Date::new(year, month, first)?, tail));
    }
    let (second, second_width, rest) = number(rest)?;
    let (third, third_width, tail) = number(rest.strip_prefix(char::from(sep))?)?;
    if sep == b' ' || second_width > 2 {
        return None;
    }
    match (width, third_width, order) {
        (4, 1 | 2, _) => Some((Layout::YearFirst(sep), Date::new(first, second, third)?, tail)),
        (1 | 2, 4, Order::DayFirst) => Some((Layout::YearLast(sep), Date::new(third, second, first)?, tail)),
        (1 | 2, 4, Order::MonthFirst) => Some((Layout::YearLast(sep), Date::new(third, first, second)?, tail)),
        _ => None,
    }
}

/// Reads 2019-07-23, which most dates are, without a look at the other formats.
fn iso(text: &str) -> Option<Date> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let is_iso = bytes.iter().enumerate().all(|(i, byte)| match i {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let digit = |i: usize| u32::from(bytes[i] - b'0');
    let pair = |i: usize| digit(i) * 10 + digit(i + 1);
    is_iso.then(|| Date::new(pair(0) * 100 + pair(2), pair(5), pair(8)))?
}

/// Splits what follows a date into a time and a zone; None when it is neither.
fn time(tail: &str) -> Option<(&str, &str)> {
    if tail.is_empty() {
        return Some(("", ""));
    }
    let clock = tail.strip_prefix([' ', 'T'])?;
    let (hour, hour_width, rest) = number(clock)?;
    let (minute, minute_width, mut rest) = number(rest.strip_prefix(':')?)?;
    let mut fits = hour < 24 && minute < 60 && hour_width == 2 && minute_width == 2;
    if let Some(after) = rest.strip_prefix(':') {
        let (second, width, after) = number(after)?;
        fits &= second <= 60 && width == 2;
        rest = after;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            fits &= (1..=9).contains(&digits);
            rest = &fraction[digits..];
        }
    }
    (fits && is_zone(rest)).then(|| tail.split_at(tail.len() - rest.len()))
}

/// Returns whether a text is a zone as it stands after a time: nothing, Z, UTC, +05:30, +0530, +05.
fn is_zone(text: &str) -> bool {
    let text = text.strip_prefix(' ').unwrap_or(text);
    if matches!(text, "" | "Z" | "UTC") {
        return true;
    }
    let digits: Option<Vec<u8>> = text.strip_prefix(['+', '-']).map(|offset| {
        let plain = offset.bytes().enumerate().filter(|&(i, b)| !(i == 2 && b == b':'));
        plain.map(|(_, b)| b).collect()
    });
    digits.is_some_and(|digits| matches!(digits.len(), 2 | 4) && digits.iter().all(u8::is_ascii_digit))
}

/// Reads a run of up to 8 digits; returns the number, how many digits it has and what follows.
fn number(text: &str) -> Option<(u32, usize, &str)> {
    let width = text.bytes().take_while(u8::is_ascii_digit).count();
    let in_bounds = (1..=8).contains(&width);
    in_bounds.then(|| Some((text[..width].parse().ok()?, width, &text[width..])))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str, order: Order) -> Option<String> {
        let mut out = String::new();
        floor(text, Unit::Month, order, &mut out).then_some(out)
    }

    #[test]
    fn every_format_comes_out_as_it_came_in() {
        for (text, expected) in [
            ("2019-07-23", "2019-07-01"),
            ("2019/07/23", "2019/07/01"),
            ("20190723", "20190701"),
            ("2019-07-23 10:11:12", "2019-07-01 00:00:00"),
            ("2019-07-23 10:11:12.345", "2019-07-01 00:00:00.000"),
            ("2019-07-23 10:11", "2019-07-01 00:00"),
            ("2019-07-23T10:11:12Z", "2019-07-01T00:00:00Z"),
            ("2019-07-23T10:11:12.5+05:30", "2019-07-01T00:00:00.0+05:30"),
            ("2019-07-23 10:11:12+00", "2019-07-01 00:00:00+00"),
            ("2019-07-23 10:11:12 UTC", "2019-07-01 00:00:00 UTC"),
            ("23/07/2019", "01/07/2019"),
            ("23-07-2019", "01-07-2019"),
            ("23.07.2019", "01.07.2019"),
            ("23/07/2019 10:11:12", "01/07/2019 00:00:00"),
            ("23-Jul-2019", "01-Jul-2019"),
            ("23 JUL 2019", "01 JUL 2019"),
            ("3-jul-2019", "01-jul-2019"),
        ] {
            assert_eq!(month(text, Order::DayFirst).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_shift_keeps_format_time_and_zone() {
        let shift = |text, days| {
            let mut out = String::new();
            read(text, Order::DayFirst).expect("a date").shift(days, &mut out).then_some(out)
        };
        for (text, days, expected) in [
            ("2019-07-23", 10, "2019-08-02"),
            ("2020-02-28", 1, "2020-02-29"),
            ("1/1/2020", -1, "31/12/2019"),
            ("23-Dec-2019 10:11:12.5", 10, "02-Jan-2020 10:11:12.5"),
            ("2019-07-23T10:11:12+05:30", -23, "2019-06-30T10:11:12+05:30"),
            ("9999-12-31", -1, "9999-12-30"),
        ] {
            assert_eq!(shift(text, days).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(shift("9999-12-31", 1), None);
        assert_eq!(shift("0001-01-01", -1), None);
    }

    #[test]
    fn the_order_decides_and_is_never_guessed() {
        assert_eq!(month("03/04/2019", Order::DayFirst).as_deref(), Some("01/04/2019"));
        assert_eq!(month("03/04/2019", Order::MonthFirst).as_deref(), Some("03/01/2019"));
        assert_eq!(month("12/25/2019", Order::DayFirst), None);
        assert_eq!(month("25/12/2019", Order::MonthFirst), None);
    }

    #[test]
    fn a_day_of_one_digit_does_not_show() {
        assert_eq!(month("3/7/2019", Order::DayFirst), month("23/07/2019", Order::DayFirst));
    }

    #[test]
    fn other_text_is_no_date() {
        for text in [
            "",
            "soon",
            "2019",
            "2019-07",
            "2019-02-29",
            "2019-13-01",
            "0000-01-01",
            "23/07/19",
            "2019-07-23 25:00:00",
            " 2019-07-23",
            "2019-07-23 ",
            "2019-07-23x",
            "2019-07-23 10:11:12 Alice",
            "2019-07/23",
            "190723",
            "2019-é-01",
            "23-Foo-2019",
            "2019 07 23",
            "1563876672",
            "23/07/2019/1",
        ] {
            assert_eq!(month(text, Order::DayFirst), None, "{text}");
        }
    }
}
