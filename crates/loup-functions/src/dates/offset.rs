//! Moves dates by a number of days that is drawn from the keyed digest of whom they belong to.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, ArrowPrimitiveType, AsArray, NullBufferBuilder, PrimitiveArray,
};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{Result, internal_err};
use loup_crypto::KeyedDigest;

use crate::dates::text::{self as date_text, Order};
use crate::draw;
use crate::kernel::Kernel;
use crate::kernel::map::each_digest;
use crate::kernel::text_builder::TextBuilder;
use crate::on_error::OnError;

const DAY: i64 = 86_400;
/// 0001-01-01 and 9999-12-31, in days since 1970-01-01.
const YEARS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// Moves each date by the offset of its entity.
pub(crate) struct DateOffset {
    pub(crate) digest: KeyedDigest,
    /// The greatest offset, either way; 1 or more.
    pub(crate) days: u32,
    pub(crate) order: Order,
    pub(crate) on_error: OnError,
}

/// Returns an offset of 1 to `days` days, either way, each equally likely.
fn offset(digest: &[u8; 32], days: u32) -> i64 {
    let drawn = draw::below_wide(digest, 2 * u128::from(days)) as i64 - i64::from(days);
    if drawn < 0 { drawn } else { drawn + 1 }
}

impl DateOffset {
    fn each<T: ArrowPrimitiveType>(
        &self,
        values: &ArrayRef,
        offsets: &[Option<i64>],
        shift: impl Fn(T::Native, i64) -> Option<T::Native>,
    ) -> Result<ArrayRef> {
        let typed: &PrimitiveArray<T> = values.as_primitive();
        let mut shifted = Vec::with_capacity(typed.len());
        let mut nulls = NullBufferBuilder::new(typed.len());
        for (i, offset) in offsets.iter().enumerate() {
            let result = match offset {
                Some(offset) if typed.is_valid(i) => {
                    let result = shift(typed.value(i), *offset);
                    if result.is_none() {
                        self.on_error.misfit("a date of years 1 to 9999 that stays in them, got another one")?;
                    }
                    result
                }
                _ => None,
            };
            nulls.append(result.is_some());
            shifted.push(result.unwrap_or_default());
        }
        let column = PrimitiveArray::<T>::new(shifted.into(), nulls.finish());
        Ok(Arc::new(column.with_data_type(values.data_type().clone())))
    }

    fn ticks<T: ArrowPrimitiveType<Native = i64>>(
        &self,
        values: &ArrayRef,
        offsets: &[Option<i64>],
        per_second: i64,
    ) -> Result<ArrayRef> {
        let day = |ticks: i64| ticks.div_euclid(per_second).div_euclid(DAY);
        self.each::<T>(values, offsets, |ticks, offset| {
            let shifted = ticks.checked_add(offset.checked_mul(DAY * per_second)?)?;
            (YEARS.contains(&day(ticks)) && YEARS.contains(&day(shifted))).then_some(shifted)
        })
    }

    fn texts<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A, offsets: &[Option<i64>]) -> Result<ArrayRef> {
        let mut out = TextBuilder::new(values.data_type(), values.len(), 12)?;
        for (i, offset) in offsets.iter().enumerate() {
            match offset {
                Some(offset) if values.is_valid(i) => {
                    let text = values.value(i);
                    let date = date_text::read(text, self.order);
                    if !date.is_some_and(|date| date.shift(*offset, &mut out)) {
                        let chars = text.chars().count();
                        self.on_error.misfit(format_args!(
                            "a date that stays in years 1 to 9999 such as 2019-07-23 or 23/07/2019, got text of {chars} \
                             characters; see order"
                        ))?;
                        out.set_null();
                    }
                }
                _ => out.set_null(),
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl Kernel for DateOffset {
    fn run(&self, _values: &ArrayRef) -> Result<ArrayRef> {
        internal_err!("dates are moved beside whom they belong to")
    }

    fn run_beside(&self, values: &ArrayRef, further: &[ArrayRef]) -> Result<ArrayRef> {
        let [entities] = further else {
            return internal_err!("expected one further value, got {}", further.len());
        };
        let mut offsets = Vec::with_capacity(entities.len());
        each_digest(&self.digest, entities, |digest| {
            offsets.push(digest.map(|digest| offset(digest, self.days)));
            Ok(())
        })?;
        match values.data_type() {
            DataType::Date32 => self.each::<Date32Type>(values, &offsets, |day, offset| {
                let (day, shifted) = (i64::from(day), i64::from(day) + offset);
                (YEARS.contains(&day) && YEARS.contains(&shifted)).then(|| i32::try_from(shifted).ok())?
            }),
            DataType::Date64 => self.ticks::<Date64Type>(values, &offsets, 1_000),
            DataType::Timestamp(TimeUnit::Second, _) => self.ticks::<TimestampSecondType>(values, &offsets, 1),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                self.ticks::<TimestampMillisecondType>(values, &offsets, 1_000)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                self.ticks::<TimestampMicrosecondType>(values, &offsets, 1_000_000)
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                self.ticks::<TimestampNanosecondType>(values, &offsets, 1_000_000_000)
            }
            DataType::Utf8 => self.texts(&values.as_string::<i32>(), &offsets),
            DataType::LargeUtf8 => self.texts(&values.as_string::<i64>(), &offsets),
            DataType::Utf8View => self.texts(&values.as_string_view(), &offsets),
            other => internal_err!("expected dates, got {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::days_from_date;

    #[test]
    fn the_years_are_1_to_9999() {
        assert_eq!(*YEARS.start(), days_from_date(1, 1, 1));
        assert_eq!(*YEARS.end(), days_from_date(9999, 12, 31));
    }

    #[test]
    fn offsets_are_even_and_never_0() {
        // 14 offsets over 14,000 digests; chi-squared with 13 degrees of freedom is below 55 but once in 2 million times.
        let mut counts = [0_f64; 15];
        let digest = KeyedDigest::new(
            &loup_crypto::KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
                .expect("a key")
                .active()
                .purpose_key("date_shift", "d"),
        );
        for entity in 0..14_000_u32 {
            let drawn = offset(&digest.digest(&entity.to_le_bytes()), 7);
            assert!(drawn != 0 && drawn.abs() <= 7);
            counts[(drawn + 7) as usize] += 1.0;
        }
        let chi: f64 = counts.iter().enumerate().filter(|(i, _)| *i != 7).map(|(_, n)| (n - 1e3).powi(2) / 1e3).sum();
        assert!(chi < 55.0, "{chi}");
    }
}
