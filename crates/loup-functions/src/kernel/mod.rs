//! The one executor: scalars, dictionaries and NULL are handled here; a kernel sees plain arrays only.

mod dictionary;
pub(crate) mod map;
pub(crate) mod map_record;
pub(crate) mod map_uuid;
pub(crate) mod map_value;
mod repeats;
pub(crate) mod seal;
pub(crate) mod telling;
pub(crate) mod text_builder;
pub(crate) mod value_bytes;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;

/// A compiled call: turns an array of values into the array of results.
pub(crate) trait Kernel: Send + Sync {
    /// Masks a plain array; the result has its length, and NULL where it has NULL.
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef>;

    /// Masks a plain array beside the further values of its rows, plain arrays of the same length.
    fn run_beside(&self, values: &ArrayRef, _further: &[ArrayRef]) -> Result<ArrayRef> {
        self.run(values)
    }

    /// Masks a dictionary array: each distinct value that a row uses once.
    fn run_dictionary(&self, values: &ArrayRef) -> Result<ArrayRef> {
        dictionary::run(self, values.as_any_dictionary())
    }
}

/// Runs a kernel over an argument: an array stays an array, a scalar a scalar, a dictionary a dictionary.
pub(crate) fn execute(kernel: &dyn Kernel, value: &ColumnarValue) -> Result<ColumnarValue> {
    match value {
        ColumnarValue::Array(array) => Ok(ColumnarValue::Array(run(kernel, array)?)),
        ColumnarValue::Scalar(scalar) => {
            let masked = run(kernel, &scalar.to_array_of_size(1)?)?;
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&masked, 0)?))
        }
    }
}

/// Runs a kernel over every row by itself: beside further values, or because two equal rows may get two results.
///
/// A dictionary is unpacked first.
pub(crate) fn execute_rows(
    kernel: &dyn Kernel,
    value: &ColumnarValue,
    further: &[&ColumnarValue],
    rows: usize,
) -> Result<ColumnarValue> {
    let scalar = std::iter::once(value).chain(further.iter().copied()).all(|v| matches!(v, ColumnarValue::Scalar(_)));
    let array = |value: &ColumnarValue| plain_array(&value.to_array(if scalar { 1 } else { rows })?);
    let further = further.iter().map(|value| array(value)).collect::<Result<Vec<_>>>()?;
    let masked = kernel.run_beside(&array(value)?, &further)?;
    Ok(if scalar {
        ColumnarValue::Scalar(ScalarValue::try_from_array(&masked, 0)?)
    } else {
        ColumnarValue::Array(masked)
    })
}

fn plain_array(values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Dictionary(_, plain) => Ok(cast(values, plain)?),
        _ => Ok(Arc::clone(values)),
    }
}

/// Runs a kernel over an array: values that repeat are masked once.
pub(crate) fn run(kernel: &dyn Kernel, values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Dictionary(..) => kernel.run_dictionary(values),
        _ => match repeats::distinct(values)? {
            Some((distinct, keys)) => Ok(take(&kernel.run(&distinct)?, &keys, None)?),
            None => kernel.run(values),
        },
    }
}
