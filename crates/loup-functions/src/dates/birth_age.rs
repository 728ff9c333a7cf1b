//! Ages at a day, from columns of dates of birth.

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{Result, internal_err};

use crate::calendar;
use crate::call::Call;
use crate::dates::floor::{local_day, zone};
use crate::dates::text::{self as date_text, Order};
use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;
use crate::on_error::OnError;

/// A date of the calendar: year, month, day.
type Date = (i64, u32, u32);

/// Writes a text for the age that each date of birth gives.
pub(crate) struct BirthAge<F> {
    out: DataType,
    at: Date,
    zone: Option<Tz>,
    order: Order,
    on_error: OnError,
    row: F,
}

/// Returns how many birthdays there were until a day, or None when it is before the first day of life.
fn age(birth: Date, at: Date) -> Option<i64> {
    let had_birthday = (at.1, at.2) >= (birth.1, birth.2);
    let age = at.0 - birth.0 - i64::from(!had_birthday);
    (age >= 0).then_some(age)
}

impl<F> BirthAge<F>
where
    F: Fn(i64, &mut TextBuilder) + Send + Sync,
{
    /// Makes the kernel of a call; `row` writes the text for an age.
    pub(crate) fn new(call: &Call, out: DataType, at: Date, order: Order, row: F) -> Result<Self> {
        Ok(Self { out, at, zone: zone(call)?, order, on_error: OnError::of(call)?, row })
    }

    fn write(&self, birth: Date, out: &mut TextBuilder) -> Result<()> {
        if let Some(age) = age(birth, self.at) {
            (self.row)(age, out);
        } else {
            self.on_error.misfit("a date not after at, got a later one")?;
            out.set_null();
        }
        Ok(())
    }

    fn days<T: ArrowPrimitiveType>(
        &self,
        values: &ArrayRef,
        day: impl Fn(T::Native) -> Option<i64>,
    ) -> Result<ArrayRef> {
        let typed: &PrimitiveArray<T> = values.as_primitive();
        let mut out = TextBuilder::new(&self.out, typed.len(), 8)?;
        for i in 0..typed.len() {
            if typed.is_null(i) {
                out.set_null();
            } else {
                let birth = day(typed.value(i)).map(calendar::date_from_days);
                match birth.filter(|birth| (1..=9999).contains(&birth.0)) {
                    Some(birth) => self.write(birth, &mut out)?,
                    None => {
                        self.on_error.misfit("a date of years 1 to 9999, got one outside")?;
                        out.set_null();
                    }
                }
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }

    fn ticks<T: ArrowPrimitiveType<Native = i64>>(&self, values: &ArrayRef, per_second: i64) -> Result<ArrayRef> {
        self.days::<T>(values, |ticks| local_day(self.zone, ticks.div_euclid(per_second)))
    }

    fn texts<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A) -> Result<ArrayRef> {
        let mut out = TextBuilder::new(&self.out, values.len(), 8)?;
        for i in 0..values.len() {
            if values.is_null(i) {
                out.set_null();
            } else {
                let text = values.value(i);
                match date_text::read(text, self.order) {
                    Some(date) => self.write(date.date(), &mut out)?,
                    None => {
                        let chars = text.chars().count();
                        self.on_error.misfit(format_args!(
                            "a date of years 1 to 9999 such as 2019-07-23 or 23/07/2019, got text of {chars} characters; \
                             see order"
                        ))?;
                        out.set_null();
                    }
                }
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl<F> Kernel for BirthAge<F>
where
    F: Fn(i64, &mut TextBuilder) + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Date32 => self.days::<Date32Type>(values, |day| Some(i64::from(day))),
            DataType::Date64 => self.days::<Date64Type>(values, |ticks| Some(ticks.div_euclid(86_400_000))),
            DataType::Timestamp(TimeUnit::Second, _) => self.ticks::<TimestampSecondType>(values, 1),
            DataType::Timestamp(TimeUnit::Millisecond, _) => self.ticks::<TimestampMillisecondType>(values, 1_000),
            DataType::Timestamp(TimeUnit::Microsecond, _) => self.ticks::<TimestampMicrosecondType>(values, 1_000_000),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                self.ticks::<TimestampNanosecondType>(values, 1_000_000_000)
            }
            DataType::Utf8 => self.texts(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.texts(&values.as_string::<i64>()),
            DataType::Utf8View => self.texts(&values.as_string_view()),
            other => internal_err!("expected dates, got {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_added_on_the_birthday() {
        for (birth, at, years) in [
            ((1985, 5, 15), (2026, 5, 14), Some(40)),
            ((1985, 5, 15), (2026, 5, 15), Some(41)),
            ((2008, 2, 29), (2026, 2, 28), Some(17)),
            ((2008, 2, 29), (2026, 3, 1), Some(18)),
            ((2008, 2, 29), (2028, 2, 29), Some(20)),
            ((2026, 1, 1), (2026, 1, 1), Some(0)),
            ((2026, 1, 2), (2026, 1, 1), None),
            ((1, 1, 1), (9999, 12, 31), Some(9998)),
        ] {
            assert_eq!(age(birth, at), years, "{birth:?} at {at:?}");
        }
    }
}
