//! The one executor: scalars, dictionaries and NULL are handled here; a kernel sees plain arrays only.

mod dictionary;
pub(crate) mod map;
pub(crate) mod map_record;
pub(crate) mod map_value;
mod repeats;
pub(crate) mod text_builder;
pub(crate) mod value_bytes;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;

/// A compiled call: turns an array of values into the array of results.
pub(crate) trait Kernel: Send + Sync {
    /// Masks a plain array; the result has its length, and NULL where it has NULL.
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef>;

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

fn run(kernel: &dyn Kernel, values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Dictionary(..) => kernel.run_dictionary(values),
        _ => match repeats::distinct(values)? {
            Some((distinct, keys)) => Ok(take(&kernel.run(&distinct)?, &keys, None)?),
            None => kernel.run(values),
        },
    }
}
