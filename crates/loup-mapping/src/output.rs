//! Results as Arrow columns of the type asked for.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::ArrowPrimitiveType;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::LargeStringBuilder;
use datafusion::arrow::array::PrimitiveArray;
use datafusion::arrow::array::StringBuilder;
use datafusion::arrow::array::StringLikeArrayBuilder;
use datafusion::arrow::array::StringViewBuilder;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::Decimal128Type;
use datafusion::arrow::datatypes::Int8Type;
use datafusion::arrow::datatypes::Int16Type;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::datatypes::UInt8Type;
use datafusion::arrow::datatypes::UInt16Type;
use datafusion::arrow::datatypes::UInt32Type;
use datafusion::arrow::datatypes::UInt64Type;

use crate::error::{Error, Result};

/// Makes a column of an integer type, or DECIMAL(p, 0); a value it cannot hold is an error.
pub(crate) fn integers(data_type: &DataType, values: Vec<i64>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    if *data_type == DataType::Int64 {
        return Ok(Arc::new(Int64Array::new(values.into(), nulls)));
    }
    wide_integers(data_type, values.into_iter().map(i128::from), nulls)
}

/// The same of integers of any width.
pub(crate) fn wide_integers(
    data_type: &DataType,
    values: impl Iterator<Item = i128>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    match data_type {
        DataType::Int8 => narrow::<Int8Type>(data_type, values, nulls, i128::MAX),
        DataType::Int16 => narrow::<Int16Type>(data_type, values, nulls, i128::MAX),
        DataType::Int32 => narrow::<Int32Type>(data_type, values, nulls, i128::MAX),
        DataType::Int64 => narrow::<Int64Type>(data_type, values, nulls, i128::MAX),
        DataType::UInt8 => narrow::<UInt8Type>(data_type, values, nulls, i128::MAX),
        DataType::UInt16 => narrow::<UInt16Type>(data_type, values, nulls, i128::MAX),
        DataType::UInt32 => narrow::<UInt32Type>(data_type, values, nulls, i128::MAX),
        DataType::UInt64 => narrow::<UInt64Type>(data_type, values, nulls, i128::MAX),
        DataType::Decimal128(precision, 0) => {
            narrow::<Decimal128Type>(data_type, values, nulls, 10_i128.pow(u32::from(*precision)) - 1)
        }
        other => Err(Error::Type { data_type: other.to_string(), hint: "cast it to BIGINT" }),
    }
}

/// Makes a column of a text type; `write` appends each row's text to the buffer it is given, or says NULL by false.
pub(crate) fn texts(
    data_type: &DataType,
    rows: usize,
    write: impl FnMut(usize, &mut String) -> bool,
) -> Result<ArrayRef> {
    match data_type {
        DataType::Utf8 => Ok(Arc::new(build::<StringBuilder>(rows, write).finish())),
        DataType::LargeUtf8 => Ok(Arc::new(build::<LargeStringBuilder>(rows, write).finish())),
        DataType::Utf8View => Ok(Arc::new(build::<StringViewBuilder>(rows, write).finish())),
        other => Err(Error::Type { data_type: other.to_string(), hint: "cast it to VARCHAR" }),
    }
}

fn narrow<T>(
    data_type: &DataType,
    values: impl Iterator<Item = i128>,
    nulls: Option<NullBuffer>,
    most: i128,
) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let mut count = 0;
    let narrowed: Vec<T::Native> = values
        .map(|value| {
            // A NULL row's slot holds 0, which fits every type.
            let fits = (-most..=most).contains(&value);
            T::Native::try_from(value).ok().filter(|_| fits).unwrap_or_else(|| {
                count += 1;
                T::Native::default()
            })
        })
        .collect();
    if count > 0 {
        return Err(Error::DoesNotFit { data_type: data_type.to_string(), count });
    }
    Ok(Arc::new(PrimitiveArray::<T>::new(narrowed.into(), nulls).with_data_type(data_type.clone())))
}

fn build<B: StringLikeArrayBuilder>(rows: usize, mut write: impl FnMut(usize, &mut String) -> bool) -> B {
    let mut builder = B::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        if write(row, &mut text) {
            builder.append_value(&text);
        } else {
            builder.append_null();
        }
    }
    builder
}
