//! Days and dates of the proleptic Gregorian calendar, and their ISO 8601 text. No year limit.

use std::io::Write as _;

/// A unit that dates are floored to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Year,
    Quarter,
    Month,
    /// The Monday before or at the date, as in ISO 8601.
    Week,
}

/// Returns the days since 1970-01-01 of a date.
pub(crate) fn days_from_date(year: i64, month: u32, day: u32) -> i64 {
    // Years run from March, so that the leap day is the last of its year (Howard Hinnant, chrono-compatible date algorithms).
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = i64::from((153 * ((month + 9) % 12) + 2) / 5 + day - 1);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Returns year, month and day of a number of days since 1970-01-01.
pub(crate) fn date_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// Returns whether the calendar has this date.
pub(crate) fn is_date(year: i64, month: u32, day: u32) -> bool {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Returns the first day of the unit that a day falls in.
pub(crate) fn floor(days: i64, unit: Unit) -> i64 {
    // 1970-01-01 was a Thursday, day 3 of its week.
    if unit == Unit::Week {
        return days - (days + 3).rem_euclid(7);
    }
    let (year, month, day) = date_from_days(days);
    let (year, month, day) = floor_date(year, month, day, unit);
    days_from_date(year, month, day)
}

/// Returns the first day of the unit that a date falls in.
pub(crate) fn floor_date(year: i64, month: u32, day: u32, unit: Unit) -> (i64, u32, u32) {
    match unit {
        Unit::Year => (year, 1, 1),
        Unit::Quarter => (year, (month - 1) / 3 * 3 + 1, 1),
        Unit::Month => (year, month, 1),
        Unit::Week => date_from_days(floor(days_from_date(year, month, day), unit)),
    }
}

/// Writes a date as yyyy-mm-dd.
pub(crate) fn write_date(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = date_from_days(days);
    let (sign, year) = if year < 0 { ("-", -year) } else { ("", year) };
    write!(out, "{sign}{year:04}-{month:02}-{day:02}").expect("a Vec takes every byte");
}

/// Writes a time of day as hh:mm:ss, with the fraction digits it needs.
pub(crate) fn write_time(out: &mut Vec<u8>, seconds: i64, fraction: i64, per_second: i64) {
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    write!(out, "{hour:02}:{minute:02}:{second:02}").expect("a Vec takes every byte");
    if fraction != 0 {
        let nanos = fraction * (1_000_000_000 / per_second);
        let digits = format!("{nanos:09}");
        write!(out, ".{}", digits.trim_end_matches('0')).expect("a Vec takes every byte");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for days in (-800_000..3_000_000).step_by(97) {
            let (year, month, day) = date_from_days(days);
            assert!(is_date(year, month, day), "{days}");
            assert_eq!(days_from_date(year, month, day), days);
        }
    }

    #[test]
    fn leap_years_are_gregorian() {
        assert!(is_date(2000, 2, 29) && is_date(2024, 2, 29));
        assert!(!is_date(1900, 2, 29) && !is_date(2023, 2, 29));
        assert!(!is_date(2023, 13, 1) && !is_date(2023, 0, 1) && !is_date(2023, 4, 31) && !is_date(2023, 4, 0));
    }

    #[test]
    fn floors_to_the_first_day() {
        let day = days_from_date(2019, 8, 23);
        for (unit, expected) in [
            (Unit::Year, (2019, 1, 1)),
            (Unit::Quarter, (2019, 7, 1)),
            (Unit::Month, (2019, 8, 1)),
            (Unit::Week, (2019, 8, 19)),
        ] {
            assert_eq!(date_from_days(floor(day, unit)), expected);
        }
        assert_eq!(floor(days_from_date(1, 1, 3), Unit::Week), days_from_date(1, 1, 1));
    }
}
