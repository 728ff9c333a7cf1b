//! The bytes a value is digested as: one canonical form, so that types never split a domain.

use std::io::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, AsArray, BinaryArray, BinaryBuilder, PrimitiveArray, StructArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{Result, internal_err};

use super::map::with_bytes;
use crate::calendar;

/// The length that stands for a NULL field inside a struct; no field is that long.
const NULL_FRAME: u32 = u32::MAX;

/// An item of an array that is bytes for as long as the array lives.
pub(crate) trait Bytes<'a> {
    /// Returns the bytes.
    fn bytes(self) -> &'a [u8];
}

impl<'a> Bytes<'a> for &'a str {
    fn bytes(self) -> &'a [u8] {
        self.as_bytes()
    }
}

impl<'a> Bytes<'a> for &'a [u8] {
    fn bytes(self) -> &'a [u8] {
        self
    }
}

/// Returns an array of text or bytes with each value in its canonical form.
///
/// Text and binary stand as they are. Integers and decimals are decimal text without trailing zeros, dates and
/// timestamps ISO 8601 (timestamps in UTC, with as many fraction digits as they need), booleans true and false, UUIDs
/// lower-case text, structs their fields in frames: a length of 4 bytes little-endian, then the bytes.
pub(crate) fn canonical(values: &ArrayRef, uuid: bool) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        DataType::FixedSizeBinary(16) if uuid => {
            let typed = values.as_fixed_size_binary();
            render(values, |i, out| write_uuid(typed.value(i), out))
        }
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Arc::clone(values),
        integer if integer.is_integer() => cast(values, &DataType::Utf8)?,
        DataType::Boolean => cast(values, &DataType::Utf8)?,
        DataType::Decimal32(_, scale) => decimal::<Decimal32Type>(values, *scale),
        DataType::Decimal64(_, scale) => decimal::<Decimal64Type>(values, *scale),
        DataType::Decimal128(_, scale) => decimal::<Decimal128Type>(values, *scale),
        DataType::Decimal256(_, scale) => decimal::<Decimal256Type>(values, *scale),
        DataType::Date32 => instant::<Date32Type>(values, |days, out| calendar::write_date(out, i64::from(days))),
        DataType::Date64 => {
            instant::<Date64Type>(values, |ms, out| calendar::write_date(out, ms.div_euclid(86_400_000)))
        }
        DataType::Time32(TimeUnit::Second) => instant::<Time32SecondType>(values, |t, out| time(out, t.into(), 1)),
        DataType::Time32(_) => instant::<Time32MillisecondType>(values, |t, out| time(out, t.into(), 1_000)),
        DataType::Time64(TimeUnit::Microsecond) => {
            instant::<Time64MicrosecondType>(values, |t, out| time(out, t, 1_000_000))
        }
        DataType::Time64(_) => instant::<Time64NanosecondType>(values, |t, out| time(out, t, 1_000_000_000)),
        DataType::Timestamp(TimeUnit::Second, _) => {
            instant::<TimestampSecondType>(values, |t, out| timestamp(out, t, 1))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            instant::<TimestampMillisecondType>(values, |t, out| timestamp(out, t, 1_000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            instant::<TimestampMicrosecondType>(values, |t, out| timestamp(out, t, 1_000_000))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            instant::<TimestampNanosecondType>(values, |t, out| timestamp(out, t, 1_000_000_000))
        }
        DataType::Struct(_) => framed(values.as_struct())?,
        DataType::Dictionary(_, plain) => canonical(&cast(values, plain)?, uuid)?,
        other => return internal_err!("a value of type {other} has no canonical form"),
    })
}

/// Writes one value of each row that is not NULL.
fn render(values: &ArrayRef, mut write: impl FnMut(usize, &mut Vec<u8>)) -> ArrayRef {
    let mut out = BinaryBuilder::with_capacity(values.len(), values.len() * 16);
    let mut row = Vec::new();
    for i in 0..values.len() {
        if values.is_null(i) {
            out.append_null();
        } else {
            row.clear();
            write(i, &mut row);
            out.append_value(&row);
        }
    }
    Arc::new(out.finish())
}

fn instant<T: ArrowPrimitiveType>(values: &ArrayRef, write: impl Fn(T::Native, &mut Vec<u8>)) -> ArrayRef {
    let typed: &PrimitiveArray<T> = values.as_primitive();
    render(values, |i, out| write(typed.value(i), out))
}

fn time(out: &mut Vec<u8>, ticks: i64, per_second: i64) {
    calendar::write_time(out, ticks.div_euclid(per_second), ticks.rem_euclid(per_second), per_second);
}

fn timestamp(out: &mut Vec<u8>, ticks: i64, per_second: i64) {
    let seconds = ticks.div_euclid(per_second);
    calendar::write_date(out, seconds.div_euclid(86_400));
    out.push(b'T');
    calendar::write_time(out, seconds.rem_euclid(86_400), ticks.rem_euclid(per_second), per_second);
    out.push(b'Z');
}

fn decimal<T>(values: &ArrayRef, scale: i8) -> ArrayRef
where
    T: ArrowPrimitiveType,
    T::Native: std::fmt::Display,
{
    let typed: &PrimitiveArray<T> = values.as_primitive();
    render(values, |i, out| write_decimal(&typed.value(i).to_string(), scale, out))
}

/// Writes an unscaled number with its point, without zeros that carry no information.
fn write_decimal(unscaled: &str, scale: i8, out: &mut Vec<u8>) {
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    if digits == "0" {
        out.push(b'0');
        return;
    }
    out.extend_from_slice(sign.as_bytes());
    let Ok(scale) = usize::try_from(scale) else {
        out.extend_from_slice(digits.as_bytes());
        out.resize(out.len() + usize::from(scale.unsigned_abs()), b'0');
        return;
    };
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.extend_from_slice(whole.as_bytes());
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction.as_bytes());
    }
}

fn write_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        write!(out, "{byte:02x}").expect("a Vec takes every byte");
    }
}

/// Frames the fields of each struct, so that ('a', 'bc') and ('ab', 'c') differ.
fn framed(values: &StructArray) -> Result<ArrayRef> {
    let columns = values.columns().iter().map(|column| as_binary(&canonical(column, false)?));
    let columns: Vec<BinaryArray> = columns.collect::<Result<_>>()?;
    let rows: ArrayRef = Arc::new(values.clone());
    Ok(render(&rows, |i, out| {
        for column in &columns {
            if column.is_null(i) {
                out.extend_from_slice(&NULL_FRAME.to_le_bytes());
            } else {
                let field = column.value(i);
                out.extend_from_slice(&(field.len() as u32).to_le_bytes());
                out.extend_from_slice(field);
            }
        }
    }))
}

fn as_binary(values: &ArrayRef) -> Result<BinaryArray> {
    fn collect<'a, A: ArrayAccessor>(array: &A) -> BinaryArray
    where
        A::Item: Bytes<'a>,
    {
        let mut out = BinaryBuilder::new();
        for i in 0..array.len() {
            out.append_option(array.is_valid(i).then(|| array.value(i).bytes()));
        }
        out.finish()
    }
    with_bytes!(values, typed => Ok(collect(&typed)))
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::*;

    fn text(value: &ScalarValue) -> String {
        let array = value.to_array_of_size(1).expect("an array");
        let bytes = as_binary(&canonical(&array, false).expect("a canonical form")).expect("bytes");
        String::from_utf8_lossy(bytes.value(0)).into_owned()
    }

    #[test]
    fn one_form_whatever_the_type() {
        let forty_two = [
            ScalarValue::Int8(Some(42)),
            ScalarValue::UInt64(Some(42)),
            ScalarValue::from("42"),
            ScalarValue::Utf8View(Some("42".to_owned())),
            ScalarValue::Decimal128(Some(42), 10, 0),
            ScalarValue::Decimal128(Some(4200), 10, 2),
            ScalarValue::Decimal128(Some(42), 10, 0),
        ];
        for value in &forty_two {
            assert_eq!(text(value), "42", "{}", value.data_type());
        }
    }

    #[test]
    fn decimals_have_no_trailing_zeros() {
        for (unscaled, scale, expected) in
            [("150", 2, "1.5"), ("-5", 3, "-0.005"), ("0", 4, "0"), ("100", 0, "100"), ("-7", -2, "-700")]
        {
            let mut out = Vec::new();
            write_decimal(unscaled, scale, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    #[test]
    fn dates_times_and_booleans_are_iso_8601_and_words() {
        assert_eq!(text(&ScalarValue::Date32(Some(18_100))), "2019-07-23");
        assert_eq!(text(&ScalarValue::Date64(Some(18_100 * 86_400_000))), "2019-07-23");
        assert_eq!(text(&ScalarValue::Date32(Some(-719_529))), "-0001-12-31");
        let utc = "2019-07-23T10:11:12Z";
        assert_eq!(text(&ScalarValue::TimestampSecond(Some(1_563_876_672), None)), utc);
        assert_eq!(
            text(&ScalarValue::TimestampNanosecond(Some(1_563_876_672_000_000_000), Some("+05:30".into()))),
            utc
        );
        assert_eq!(text(&ScalarValue::TimestampMillisecond(Some(-1), None)), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(&ScalarValue::TimestampMicrosecond(Some(500_000), None)), "1970-01-01T00:00:00.5Z");
        assert_eq!(text(&ScalarValue::Time32Second(Some(3_661))), "01:01:01");
        assert_eq!(text(&ScalarValue::Boolean(Some(true))), "true");
    }

    #[test]
    fn struct_fields_are_framed() {
        let pair = |a: &str, b: &str| {
            let fields = vec![
                (Arc::new(datafusion::arrow::datatypes::Field::new("a", DataType::Utf8, true)), a.to_owned()),
                (Arc::new(datafusion::arrow::datatypes::Field::new("b", DataType::Utf8, true)), b.to_owned()),
            ];
            let columns = fields.into_iter().map(|(field, value)| {
                let column: ArrayRef = Arc::new(datafusion::arrow::array::StringArray::from(vec![value]));
                (field, column)
            });
            let array: ArrayRef = Arc::new(StructArray::from(columns.collect::<Vec<_>>()));
            as_binary(&canonical(&array, false).expect("framed")).expect("bytes").value(0).to_vec()
        };
        assert_eq!(pair("a", "bc"), b"\x01\0\0\0a\x02\0\0\0bc");
        assert_ne!(pair("a", "bc"), pair("ab", "c"));
    }

    #[test]
    fn a_uuid_is_lower_case_text() {
        let mut out = Vec::new();
        write_uuid(&[0xAB; 16], &mut out);
        assert_eq!(out, b"abababab-abab-abab-abab-abababababab");
    }
}
