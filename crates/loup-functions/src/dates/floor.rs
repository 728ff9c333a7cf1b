//! Floors date and timestamp columns to a calendar unit.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{Result, exec_err, internal_err, plan_err};

use crate::calendar::{self, Unit};
use crate::call::Call;
use crate::kernel::Kernel;

const DAY: i64 = 86_400;

/// Floors each date or timestamp; what lies outside years 1 to 9999 is an error or NULL.
pub(crate) struct DateFloor {
    name: &'static str,
    unit: Unit,
    zone: Option<Tz>,
    or_null: bool,
}

impl DateFloor {
    /// Makes the kernel for a call on dates or timestamps.
    pub(crate) fn compile(call: &Call, unit: Unit, or_null: bool) -> Result<Box<dyn Kernel>> {
        Ok(Box::new(Self { name: call.name(), unit, zone: zone(call)?, or_null }))
    }

    fn days(&self, days: i64) -> Option<i64> {
        let (year, ..) = calendar::date_from_days(days);
        (1..=9999).contains(&year).then(|| calendar::floor(days, self.unit))
    }

    /// Floors seconds since 1970 in UTC to midnight of a first day, in the zone's calendar.
    fn seconds(&self, utc: i64) -> Option<i64> {
        midnight(self.zone, self.days(local_day(self.zone, utc)?)?)
    }

    fn each<T: ArrowPrimitiveType>(
        &self,
        values: &ArrayRef,
        floor: impl Fn(T::Native) -> Option<T::Native>,
    ) -> Result<ArrayRef> {
        let typed: &PrimitiveArray<T> = values.as_primitive();
        let floored: PrimitiveArray<T> = if self.or_null {
            typed.unary_opt(floor)
        } else {
            typed.try_unary(|value| {
                let Some(floored) = floor(value) else {
                    return exec_err!("{}: expected a date of years 1 to 9999, got one outside", self.name);
                };
                Ok(floored)
            })?
        };
        Ok(Arc::new(floored.with_data_type(values.data_type().clone())))
    }

    fn timestamps<T: ArrowPrimitiveType<Native = i64>>(&self, values: &ArrayRef, per_second: i64) -> Result<ArrayRef> {
        self.each::<T>(values, |ticks| self.seconds(ticks.div_euclid(per_second))?.checked_mul(per_second))
    }
}

/// Returns the time zone of a call's timestamps; None where they have none.
pub(crate) fn zone(call: &Call) -> Result<Option<Tz>> {
    match call.value_type() {
        DataType::Timestamp(_, Some(name)) => match Tz::from_str(name) {
            Ok(zone) => Ok(Some(zone)),
            Err(_) => plan_err!("{}: the time zone {name} is not known", call.name()),
        },
        _ => Ok(None),
    }
}

/// Returns the day, counted from 1970-01-01, that it is in a zone at a moment; None beyond the calendar of the zones.
pub(crate) fn local_day(zone: Option<Tz>, utc: i64) -> Option<i64> {
    let offset = match zone {
        Some(zone) => zone.offset_from_utc_datetime(&naive(utc)?).fix().local_minus_utc(),
        None => 0,
    };
    Some(utc.checked_add(i64::from(offset))?.div_euclid(DAY))
}

/// Returns when a day, counted from 1970-01-01, starts in a zone, in seconds since 1970 in UTC; None beyond the calendar
/// of the zones.
pub(crate) fn midnight(zone: Option<Tz>, day: i64) -> Option<i64> {
    let midnight = day.checked_mul(DAY)?;
    let Some(zone) = zone else { return Some(midnight) };
    // Where clocks skip midnight, the day starts when they have been put forward.
    (0..=24 * 4).find_map(|quarter| {
        let local = naive(midnight)? + Duration::minutes(15 * quarter);
        let start = zone.from_local_datetime(&local).earliest()?;
        Some(start.timestamp())
    })
}

fn naive(seconds: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp(seconds, 0)?.naive_utc())
}

impl Kernel for DateFloor {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Date32 => self.each::<Date32Type>(values, |days| i32::try_from(self.days(i64::from(days))?).ok()),
            DataType::Date64 => {
                let ms = DAY * 1_000;
                self.each::<Date64Type>(values, |ticks| Some(self.days(ticks.div_euclid(ms))? * ms))
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

    fn floor(zone: Option<&str>, unit: Unit, utc: &str) -> Option<String> {
        let zone = zone.map(|name| Tz::from_str(name).expect("a zone"));
        let kernel = DateFloor { name: "generalize_date", unit, zone, or_null: false };
        let at = DateTime::parse_from_rfc3339(utc).expect("RFC 3339").timestamp();
        Some(DateTime::from_timestamp(kernel.seconds(at)?, 0)?.to_rfc3339())
    }

    #[test]
    fn a_zone_decides_which_day_it_is() {
        let evening = "2019-06-30T20:00:00Z";
        assert_eq!(floor(None, Unit::Month, evening).as_deref(), Some("2019-06-01T00:00:00+00:00"));
        assert_eq!(floor(Some("+05:30"), Unit::Month, evening).as_deref(), Some("2019-06-30T18:30:00+00:00"));
        assert_eq!(floor(Some("Asia/Kolkata"), Unit::Month, evening).as_deref(), Some("2019-06-30T18:30:00+00:00"));
    }

    #[test]
    fn summer_time_does_not_move_the_floor() {
        let july = floor(Some("Europe/Paris"), Unit::Year, "2019-07-23T10:00:00Z");
        assert_eq!(july.as_deref(), Some("2018-12-31T23:00:00+00:00"));
    }

    #[test]
    fn a_midnight_that_clocks_skip_is_the_first_moment_after() {
        // In Sao Paulo the clocks went from 2018-11-04 00:00 to 01:00, which is 03:00 UTC; a week that starts there does not
        // exist (it is a Sunday), a month does not either: floor the day before and after, and Beirut's Sunday likewise.
        let week = floor(Some("America/Sao_Paulo"), Unit::Week, "2018-11-07T12:00:00Z");
        assert_eq!(week.as_deref(), Some("2018-11-05T02:00:00+00:00"));
        // Asia/Amman put its clocks forward at 2002-03-29 00:00; Africa/Cairo at 1945-04-16 00:00, a Monday.
        let skipped = floor(Some("Africa/Cairo"), Unit::Week, "1945-04-18T12:00:00Z");
        assert_eq!(skipped.as_deref(), Some("1945-04-15T22:00:00+00:00"));
    }

    #[test]
    fn years_outside_1_to_9999_are_refused() {
        let kernel = DateFloor { name: "generalize_date", unit: Unit::Year, zone: None, or_null: false };
        assert_eq!(kernel.days(calendar::days_from_date(0, 12, 31)), None);
        assert_eq!(kernel.days(calendar::days_from_date(10_000, 1, 1)), None);
        assert!(kernel.days(calendar::days_from_date(9_999, 12, 31)).is_some());
    }
}
