//! blank: the neutral value of the value's own type.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::neutral::neutral;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "blank",
    aliases: &[],
    section: Section::Display,
    summary: "Replaces every value by the neutral one of its type.",
    notes: &[
        "'' for text, no bytes for binary, 0 for numbers, times, intervals and decimals, false, 1970-01-01 for dates and \
         timestamps, an empty list or map, a struct of neutral values. Binary, lists and structs of a fixed size are filled.",
        "For columns declared NOT NULL, where nullify does not fit. NULL stays NULL.",
        "The result is the same for every value, so a value that was neutral already stays it.",
    ],
    parameters: &[Parameter::required("x", Kind::Value(Accepts::Any), "the value to drop")],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT blank(DATE '1985-05-15')", output: "1970-01-01" },
        Example { sql: "SELECT blank(41.5)", output: "0.0" },
        Example { sql: "SELECT blank(['a', 'b'])", output: "[]" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Blank;

impl MaskingFunction for Blank {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        // '' was '' before.
        Ok(Guarantee::new(Strength::Destroyed, Collisions::ManyToOne).with_fixed_points())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        neutral(call.value_type())?;
        Ok(Box::new(Neutral))
    }
}

struct Neutral;

impl Kernel for Neutral {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        if values.data_type().is_null() {
            return Ok(Arc::clone(values));
        }
        let neutral = neutral(values.data_type())?;
        let nulls = values.logical_nulls();
        let rows: UInt32Array = (0..values.len())
            .map(|row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)).then_some(0_u32))
            .collect();
        Ok(take(&neutral, &rows, None)?)
    }

    /// Keys are dropped too: they would tell which rows were equal.
    fn run_dictionary(&self, values: &ArrayRef) -> Result<ArrayRef> {
        self.run(values)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray, Int32Array, Int64Array, new_null_array};
    use datafusion::arrow::compute::cast;

    use super::*;

    #[test]
    fn null_stays_null() {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None]));
        let masked = Neutral.run(&values).expect("masks");
        assert_eq!(masked.as_ref(), &Int64Array::from(vec![Some(0), None]) as &dyn Array);
        let nothing = new_null_array(&DataType::Null, 2);
        assert_eq!(Neutral.run(&nothing).expect("masks").len(), 2);
        let keyed: ArrayRef = Arc::new(Int32Array::from(vec![3, 4]));
        let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int32));
        let masked = Neutral.run_dictionary(&cast(&keyed, &dictionary).expect("a dictionary")).expect("masks");
        assert_eq!(masked.as_any_dictionary().values().len(), 1);
    }
}
