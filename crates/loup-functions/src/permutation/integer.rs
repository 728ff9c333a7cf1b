//! The keyed bijection over integer columns: values are sorted by band, permuted in batches and put back.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};
use datafusion::common::{DataFusionError, Result, exec_err, internal_err};
use loup_crypto::{PurposeKey, RangePermutation};

use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;

/// The bands of design: each is mapped onto itself, and has a permutation of its own.
const BANDS: [(i128, i128); 5] = [
    (0, (1 << 31) - 1),
    (1 << 31, (1 << 32) - 1),
    (1 << 32, (1 << 53) - 1),
    (1 << 53, (1 << 63) - 1),
    (1 << 63, (1 << 64) - 1),
];

/// Which values are permuted among each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// The bands, by value.
    Bands,
    /// One range; a value outside is an error.
    Explicit { lo: i128, hi: i128 },
}

impl Range {
    /// Returns how many characters the longest value has.
    pub(crate) fn chars(self) -> usize {
        let (lo, hi) = match self {
            Self::Bands => (-BANDS[BANDS.len() - 1].1, BANDS[BANDS.len() - 1].1),
            Self::Explicit { lo, hi } => (lo, hi),
        };
        lo.to_string().len().max(hi.to_string().len())
    }
}

/// Permutes integers of every width, and integers as text.
pub(crate) struct IntegerKernel {
    name: &'static str,
    key: PurposeKey,
    range: Range,
}

/// Values that are permuted in one go.
#[derive(Default)]
struct Group {
    rows: Vec<usize>,
    offsets: Vec<u64>,
}

impl IntegerKernel {
    /// Makes the kernel of a range under a key.
    pub(crate) fn new(name: &'static str, key: PurposeKey, range: Range) -> Self {
        Self { name, key, range }
    }

    /// Replaces every value by its image; rows that are NULL are left out by the caller's `rows`.
    fn permute(&self, values: &mut [i128], rows: impl Iterator<Item = usize>) -> Result<()> {
        match self.range {
            Range::Explicit { lo, hi } => {
                let mut group = Group::default();
                for row in rows {
                    let value = values[row];
                    if value < lo || value > hi {
                        return exec_err!("{}: expected a value from lo to hi, got one outside", self.name);
                    }
                    group.rows.push(row);
                    group.offsets.push((value - lo) as u64);
                }
                self.apply((lo, hi), &mut group, values, |_, image| image)
            }
            Range::Bands => {
                let mut groups: [Group; BANDS.len()] = Default::default();
                for row in rows {
                    // A negative value stands for the one that is not: !x = -1 - x.
                    let folded = if values[row] < 0 { !values[row] } else { values[row] };
                    let Some(band) = band(folded) else {
                        return exec_err!("{}: expected an integer of 64 bits, got a longer one", self.name);
                    };
                    groups[band].rows.push(row);
                    groups[band].offsets.push((folded - BANDS[band].0) as u64);
                }
                for (bounds, group) in BANDS.into_iter().zip(&mut groups) {
                    self.apply(bounds, group, values, |old, image| if old < 0 { !image } else { image })?;
                }
                Ok(())
            }
        }
    }

    fn apply(
        &self,
        (lo, hi): (i128, i128),
        group: &mut Group,
        values: &mut [i128],
        image_of: impl Fn(i128, i128) -> i128,
    ) -> Result<()> {
        if group.rows.is_empty() {
            return Ok(());
        }
        let external = |error| DataFusionError::External(Box::new(error));
        let permutation = RangePermutation::new(&self.key, lo, hi).map_err(external)?;
        permutation.forward(&mut group.offsets).map_err(external)?;
        for (&row, &offset) in group.rows.iter().zip(&group.offsets) {
            values[row] = image_of(values[row], lo + i128::from(offset));
        }
        Ok(())
    }

    fn numbers<T>(&self, values: &ArrayRef) -> Result<ArrayRef>
    where
        T: ArrowPrimitiveType,
        T::Native: Into<i128> + TryFrom<i128>,
    {
        let typed: &PrimitiveArray<T> = values.as_primitive();
        let mut wide: Vec<i128> = typed.values().iter().map(|&value| value.into()).collect();
        self.permute(&mut wide, (0..typed.len()).filter(|&row| typed.is_valid(row)))?;
        let narrow = wide.into_iter().enumerate().map(|(row, value)| {
            // What a NULL row holds in its slot is the input's and does not travel.
            T::Native::try_from(if typed.is_valid(row) { value } else { 0 }).ok()
        });
        let Some(narrow) = narrow.collect::<Option<Vec<_>>>() else {
            return internal_err!("{}: a value left its band", self.name);
        };
        let masked = PrimitiveArray::<T>::new(narrow.into(), typed.nulls().cloned());
        Ok(Arc::new(masked.with_data_type(values.data_type().clone())))
    }

    fn long_numbers(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let typed: &PrimitiveArray<Decimal256Type> = values.as_primitive();
        let is_valid = |row: &usize| typed.is_valid(*row);
        let mut wide = vec![0; typed.len()];
        for row in (0..typed.len()).filter(is_valid) {
            let Some(value) = typed.value(row).to_i128() else {
                return exec_err!("{}: expected an integer of 64 bits, got a longer one", self.name);
            };
            wide[row] = value;
        }
        self.permute(&mut wide, (0..typed.len()).filter(is_valid))?;
        let narrow: Vec<i256> = wide.into_iter().map(i256::from_i128).collect();
        let masked = PrimitiveArray::<Decimal256Type>::new(narrow.into(), typed.nulls().cloned());
        Ok(Arc::new(masked.with_data_type(values.data_type().clone())))
    }

    fn texts<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A) -> Result<ArrayRef> {
        let mut numbers = vec![0; values.len()];
        for (row, number) in numbers.iter_mut().enumerate().filter(|(row, _)| values.is_valid(*row)) {
            let text = values.value(row);
            let Some(parsed) = canonical(text) else {
                return exec_err!(
                    "{}: expected a canonical integer such as 42 or -7, got other text of {} characters; \
                     pseudo_digits is for ids with leading zeros or letters",
                    self.name,
                    text.chars().count()
                );
            };
            *number = parsed;
        }
        self.permute(&mut numbers, (0..values.len()).filter(|&row| values.is_valid(row)))?;
        let mut out = TextBuilder::new(values.data_type(), values.len(), 12)?;
        for (row, number) in numbers.iter().enumerate() {
            if values.is_null(row) {
                out.set_null();
            } else {
                out.push_str(&number.to_string());
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

fn band(value: i128) -> Option<usize> {
    BANDS.iter().position(|&(_, hi)| value <= hi)
}

/// Reads an integer that is written in the one canonical way: no plus, no leading zero, no minus zero, no spaces.
fn canonical(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() <= 38 && digits.bytes().all(|b| b.is_ascii_digit());
    let canonical = plain && (text == "0" || !digits.starts_with('0'));
    canonical.then(|| text.parse().ok())?
}

impl Kernel for IntegerKernel {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Int8 => self.numbers::<Int8Type>(values),
            DataType::Int16 => self.numbers::<Int16Type>(values),
            DataType::Int32 => self.numbers::<Int32Type>(values),
            DataType::Int64 => self.numbers::<Int64Type>(values),
            DataType::UInt8 => self.numbers::<UInt8Type>(values),
            DataType::UInt16 => self.numbers::<UInt16Type>(values),
            DataType::UInt32 => self.numbers::<UInt32Type>(values),
            DataType::UInt64 => self.numbers::<UInt64Type>(values),
            DataType::Decimal32(..) => self.numbers::<Decimal32Type>(values),
            DataType::Decimal64(..) => self.numbers::<Decimal64Type>(values),
            DataType::Decimal128(..) => self.numbers::<Decimal128Type>(values),
            DataType::Decimal256(..) => self.long_numbers(values),
            DataType::Utf8 => self.texts(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.texts(&values.as_string::<i64>()),
            DataType::Utf8View => self.texts(&values.as_string_view()),
            other => internal_err!("{}: expected an integer, got {other}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_text_is_an_integer() {
        for (text, expected) in [("0", 0), ("42", 42), ("-7", -7), ("18446744073709551615", i128::from(u64::MAX))] {
            assert_eq!(canonical(text), Some(expected));
        }
        for text in [
            "",
            "-",
            "-0",
            "00",
            "00123",
            "+1",
            "1e5",
            "1.0",
            " 1",
            "1 ",
            "٣",
            "123456789012345678901234567890123456789",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn values_fall_into_their_bands() {
        for (value, expected) in [
            (0, Some(0)),
            ((1 << 31) - 1, Some(0)),
            (1 << 31, Some(1)),
            (1 << 32, Some(2)),
            (1 << 53, Some(3)),
            (1 << 63, Some(4)),
            ((1 << 64) - 1, Some(4)),
            (1 << 64, None),
        ] {
            assert_eq!(band(value), expected);
        }
    }
}
