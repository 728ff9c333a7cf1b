//! A mapping that holds every integer: its pseudonym is another one, a fixed step away.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use loup_functions::{IdMapping, MappingCatalog};

const STEP: i64 = 999_999_993;

/// A catalog that has the mapping under every name.
#[derive(Debug)]
pub(crate) struct Shifts;

impl MappingCatalog for Shifts {
    fn find(&self, _name: &str) -> Option<Arc<dyn IdMapping>> {
        Some(Arc::new(Shift))
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

#[derive(Debug)]
struct Shift;

fn shift(values: &dyn Array, step: i64) -> Result<ArrayRef> {
    let numbers = cast(values, &DataType::Int64)?;
    let shifted: Int64Array = numbers.as_primitive::<Int64Type>().unary(|number| number.wrapping_add(step));
    let shifted: ArrayRef = Arc::new(shifted);
    Ok(cast(&shifted, values.data_type())?)
}

impl IdMapping for Shift {
    fn result_type(&self, values: &DataType) -> Result<DataType> {
        Ok(values.clone())
    }

    fn map(&self, originals: &dyn Array) -> Result<ArrayRef> {
        shift(originals, STEP)
    }

    fn unmap(&self, pseudonyms: &dyn Array) -> Result<ArrayRef> {
        shift(pseudonyms, -STEP)
    }
}
