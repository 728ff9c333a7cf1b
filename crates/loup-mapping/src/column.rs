//! Arrow columns as originals: integers of every width and text become the same values.

use datafusion::arrow::array::Array;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::array::Decimal128Array;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::LargeStringArray;
use datafusion::arrow::array::StringArray;
use datafusion::arrow::array::StringViewArray;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::Decimal128Type;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::datatypes::UInt64Type;

use crate::error::{Error, Result};
use crate::value::Value;

/// A column whose values are integers of 64 bits or text.
pub(crate) enum Column {
    Integers(Int64Array),
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    /// Nothing but NULL, without a type.
    Nulls(usize),
}

impl Column {
    /// Reads an array; integers that do not fit 64 bits with a sign become their decimal text, all of the array with them.
    pub(crate) fn new(array: &dyn Array) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Int64 => Self::Integers(array.as_primitive::<Int64Type>().clone()),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => {
                Self::Integers(converted(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            DataType::UInt64 => {
                let values = array.as_primitive::<UInt64Type>();
                if values.iter().flatten().all(|value| i64::try_from(value).is_ok()) {
                    Self::Integers(values.unary(|value| value as i64))
                } else {
                    Self::as_text(array)?
                }
            }
            DataType::Decimal128(_, 0) => {
                let values: &Decimal128Array = array.as_primitive::<Decimal128Type>();
                if values.iter().flatten().all(|value| i64::try_from(value).is_ok()) {
                    Self::Integers(values.unary(|value| value as i64))
                } else {
                    Self::as_text(array)?
                }
            }
            DataType::Utf8 => Self::Text(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string::<i64>().clone()),
            DataType::Utf8View => Self::TextView(array.as_string_view().clone()),
            DataType::Null => Self::Nulls(array.len()),
            DataType::Dictionary(_, plain) => Self::new(&converted(array, plain)?)?,
            other => return Err(unsupported(other)),
        })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Integers(array) => array.len(),
            Self::Text(array) => array.len(),
            Self::LargeText(array) => array.len(),
            Self::TextView(array) => array.len(),
            Self::Nulls(rows) => *rows,
        }
    }

    /// Which rows are NULL.
    pub(crate) fn nulls(&self) -> Option<NullBuffer> {
        match self {
            Self::Integers(array) => array.nulls().cloned(),
            Self::Text(array) => array.nulls().cloned(),
            Self::LargeText(array) => array.nulls().cloned(),
            Self::TextView(array) => array.nulls().cloned(),
            Self::Nulls(rows) => Some(NullBuffer::new_null(*rows)),
        }
    }

    /// Gives each row's value to `visit`, None for NULL.
    pub(crate) fn visit<'a>(&'a self, mut visit: impl FnMut(Option<Value<'a>>) -> Result<()>) -> Result<()> {
        match self {
            Self::Integers(array) => array.iter().try_for_each(|value| visit(value.map(Value::Integer))),
            Self::Text(array) => array.iter().try_for_each(|text| visit(text.map(Value::of_text))),
            Self::LargeText(array) => array.iter().try_for_each(|text| visit(text.map(Value::of_text))),
            Self::TextView(array) => array.iter().try_for_each(|text| visit(text.map(Value::of_text))),
            Self::Nulls(rows) => (0..*rows).try_for_each(|_| visit(None)),
        }
    }

    fn as_text(array: &dyn Array) -> Result<Self> {
        Ok(Self::Text(converted(array, &DataType::Utf8)?.as_string::<i32>().clone()))
    }
}

/// Returns whether a column of that type can hold originals.
pub(crate) fn check_type(data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::Dictionary(_, plain) => check_type(plain),
        DataType::Decimal128(_, 0) | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
            Ok(())
        }
        integer if integer.is_integer() => Ok(()),
        other => Err(unsupported(other)),
    }
}

/// Casts where the cast cannot fail; its error would show the value.
fn converted(array: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    cast(array, to).map_err(|_| unsupported(array.data_type()))
}

fn unsupported(data_type: &DataType) -> Error {
    let hint = if data_type.is_floating() {
        "a float is no identifier: cast it to BIGINT or DECIMAL(38, 0)"
    } else {
        "cast it to VARCHAR"
    };
    Error::Type { data_type: data_type.to_string(), hint }
}
