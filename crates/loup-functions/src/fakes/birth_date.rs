//! Birth dates: others of the same year, month or age band, or of any adult.

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, PrimitiveBuilder};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{Result, exec_err, internal_err};
use loup_crypto::KeyedDigest;

use super::dice::Dice;
use super::national::birth_day;
use crate::calendar::{date_from_days, days_from_date};
use crate::call::Call;
use crate::dates::floor as date_floor;
use crate::dates::text::{self as date_text, Order};
use crate::kernel::Kernel;
use crate::kernel::map::each_digest;
use crate::kernel::text_builder::TextBuilder;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// The day that ages are counted to, for ever: 2025-01-01, in days since 1970.
const REFERENCE_DAY: i64 = 20_089;
/// The year that starts on it.
const REFERENCE_YEAR: i64 = 2025;
/// Years of an age band; the last one is open and counts as two.
const BAND: i64 = 10;
/// The first age of the last band.
const LAST_BAND: i64 = 90;

/// What of a birth date stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    Year,
    Month,
    AgeBand,
}

impl Keep {
    /// Draws a day, never the one it is drawn for.
    pub(crate) fn draw(self, day: Option<i64>, dice: &mut Dice<'_>) -> i64 {
        let range = day.and_then(|day| self.range(day));
        loop {
            let drawn = match range {
                Some((first, end)) => first + i64::from(dice.below((end - first) as u32)),
                None => birth_day(dice),
            };
            if Some(drawn) != day {
                return drawn;
            }
        }
    }

    /// Returns the first day that could stand for a day and the one after the last; None where any could.
    fn range(self, day: i64) -> Option<(i64, i64)> {
        let (year, month, day_of_month) = date_from_days(day);
        match self {
            Self::Nothing => None,
            Self::Year => Some((days_from_date(year, 1, 1), days_from_date(year + 1, 1, 1))),
            Self::Month => {
                let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                Some((days_from_date(year, month, 1), days_from_date(next_year, next, 1)))
            }
            Self::AgeBand => {
                let had_birthday = (month, day_of_month) == (1, 1);
                let age = REFERENCE_YEAR - year - i64::from(!had_birthday);
                let youngest = (age / BAND * BAND).min(LAST_BAND);
                let oldest = if youngest == LAST_BAND { LAST_BAND + 2 * BAND - 1 } else { youngest + BAND - 1 };
                let is_age = day <= REFERENCE_DAY && age <= oldest;
                let first = days_from_date(REFERENCE_YEAR - oldest - 1, 1, 2);
                is_age.then(|| (first, days_from_date(REFERENCE_YEAR - youngest, 1, 2)))
            }
        }
    }
}

/// Writes a birth date for a text: in its format where it is a date, else as 1985-05-15, and shorter where that is too
/// long.
pub(crate) fn write_text(
    value: &[u8],
    keep: Keep,
    order: Order,
    most: usize,
    dice: &mut Dice<'_>,
    out: &mut TextBuilder,
) {
    let read = std::str::from_utf8(value).ok().and_then(|text| date_text::read(text, order));
    let given = read.map(|read| {
        let (year, month, day) = read.date();
        days_from_date(year, month, day)
    });
    let date = date_from_days(keep.draw(given, dice));
    if read.is_some_and(|read| read.at_midnight(date, out)) && out.row().len() <= most {
        return;
    }
    out.clear_row();
    let (year, month, day) = date;
    let mut compact = super::code::Code::new();
    compact.number(year as u64, 4);
    compact.push(b'-');
    compact.number(u64::from(month), 2);
    compact.push(b'-');
    compact.number(u64::from(day), 2);
    compact.fit(most);
    let text = compact.as_bytes();
    out.push_ascii(text.len(), |bytes| bytes.copy_from_slice(text));
}

/// Draws for columns of dates and timestamps, which become midnight.
pub(crate) struct BirthDates {
    name: &'static str,
    keep: Keep,
    zone: Option<Tz>,
    digest: KeyedDigest,
}

impl BirthDates {
    /// Makes the kernel for a call on dates or timestamps.
    pub(crate) fn compile(call: &Call, keep: Keep, digest: KeyedDigest) -> Result<Box<dyn Kernel>> {
        Ok(Box::new(Self { name: call.name(), keep, zone: date_floor::zone(call)?, digest }))
    }

    fn days<T: ArrowPrimitiveType>(
        &self,
        values: &ArrayRef,
        read: impl Fn(T::Native) -> Option<i64>,
        write: impl Fn(i64) -> Option<T::Native>,
    ) -> Result<ArrayRef> {
        let typed: &PrimitiveArray<T> = values.as_primitive();
        let mut drawn = PrimitiveBuilder::<T>::with_capacity(typed.len()).with_data_type(values.data_type().clone());
        let mut rows = typed.values().iter();
        each_digest(&self.digest, values, |digest| {
            let (Some(digest), Some(value)) = (digest, rows.next()) else {
                drawn.append_null();
                return Ok(());
            };
            let day = self.keep.draw(read(*value), &mut Dice::new(digest));
            let Some(result) = write(day) else {
                return exec_err!("{}: expected a date near enough for its type, got one that is not", self.name);
            };
            drawn.append_value(result);
            Ok(())
        })?;
        Ok(std::sync::Arc::new(drawn.finish()))
    }

    fn timestamps<T: ArrowPrimitiveType<Native = i64>>(&self, values: &ArrayRef, per_second: i64) -> Result<ArrayRef> {
        self.days::<T>(
            values,
            |ticks| date_floor::local_day(self.zone, ticks.div_euclid(per_second)),
            |day| date_floor::midnight(self.zone, day)?.checked_mul(per_second),
        )
    }
}

impl Kernel for BirthDates {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Date32 => {
                self.days::<Date32Type>(values, |days| Some(i64::from(days)), |day| i32::try_from(day).ok())
            }
            DataType::Date64 => {
                let ms = DAY * 1_000;
                self.days::<Date64Type>(values, |ticks| Some(ticks.div_euclid(ms)), |day| day.checked_mul(ms))
            }
            DataType::Timestamp(TimeUnit::Second, _) => self.timestamps::<TimestampSecondType>(values, 1),
            DataType::Timestamp(TimeUnit::Millisecond, _) => self.timestamps::<TimestampMillisecondType>(values, 1_000),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                self.timestamps::<TimestampMicrosecondType>(values, 1_000_000)
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                self.timestamps::<TimestampNanosecondType>(values, 1_000_000_000)
            }
            other => internal_err!("{}: expected a date, got {other}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(day: i64) -> i64 {
        let (year, month, day) = date_from_days(day);
        REFERENCE_YEAR - year - i64::from((month, day) != (1, 1))
    }

    fn drawn(keep: Keep, day: i64, seed: u32) -> i64 {
        keep.draw(Some(day), &mut Dice::new(&super::super::test_digest(seed)))
    }

    #[test]
    fn nothing_kept_gives_adults() {
        assert_eq!(date_from_days(REFERENCE_DAY), (REFERENCE_YEAR, 1, 1));
        let ages: Vec<i64> = (0..100_000).map(|seed| age(drawn(Keep::Nothing, 0, seed))).collect();
        assert_eq!((ages.iter().min(), ages.iter().max()), (Some(&18), Some(&90)));
    }

    #[test]
    fn what_is_kept_stays_and_the_day_does_not() {
        for seed in 0..100_000 {
            let day = days_from_date(1925, 1, 1) + i64::from(seed % 36_500);
            let (year, month, _) = date_from_days(day);
            let date = |keep| date_from_days(drawn(keep, day, seed));
            assert_eq!(date(Keep::Year).0, year);
            assert_eq!((date(Keep::Month).0, date(Keep::Month).1), (year, month));
            let band = |age: i64| (age / 10).min(9);
            assert_eq!(band(age(drawn(Keep::AgeBand, day, seed))), band(age(day)), "{:?}", date_from_days(day));
            let all = [Keep::Nothing, Keep::Year, Keep::Month, Keep::AgeBand];
            assert!(all.iter().all(|keep| drawn(*keep, day, seed) != day));
        }
    }

    #[test]
    fn dates_that_are_no_age_keep_no_band() {
        for date in [(2025, 1, 2), (2031, 5, 5), (1900, 1, 1), (1, 1, 1), (9999, 12, 31)] {
            let day = days_from_date(date.0, date.1, date.2);
            assert!((18..=90).contains(&age(drawn(Keep::AgeBand, day, 3))), "{date:?}");
        }
        assert!((0..10).contains(&age(drawn(Keep::AgeBand, REFERENCE_DAY, 3))));
    }

    #[test]
    fn text_keeps_its_format_and_loses_its_time() {
        let write = |value: &str, most| {
            let mut out = TextBuilder::new(&DataType::Utf8, 1, 16).expect("a text type");
            let digest = super::super::test_digest(11);
            write_text(value.as_bytes(), Keep::Month, Order::DayFirst, most, &mut Dice::new(&digest), &mut out);
            String::from_utf8(out.row().to_vec()).expect("ASCII")
        };
        let day = &write("1985-05-15", usize::MAX)[8..];
        assert_eq!(write("15/05/1985", usize::MAX), format!("{day}/05/1985"));
        assert_eq!(write("15-May-1985 10:11:12.5Z", usize::MAX), format!("{day}-May-1985 00:00:00.0Z"));
        assert_eq!(write("1985-05-15 00:00:00", 10), format!("1985-05-{day}"));
        assert_eq!(write("1985-05-15 00:00:00", 8), format!("198505{day}"));
        assert_eq!(write("1985-05-15", 2), day);
        assert_eq!(write("soon", usize::MAX).len(), 10);
    }
}
