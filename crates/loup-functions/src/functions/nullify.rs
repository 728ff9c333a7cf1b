//! nullify: a NULL of the value's own type.

use datafusion::arrow::array::{Array, ArrayRef, new_null_array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "nullify",
    aliases: &[],
    section: Section::Display,
    summary: "Replaces every value by a NULL of its own type.",
    notes: &["A column declared NOT NULL cannot take it; use redact there."],
    parameters: &[Parameter::required("x", Kind::Value(Accepts::Any), "the value to drop")],
    result: "the type of the input",
    examples: &[Example { sql: "SELECT nullify(DATE '1985-05-15')", output: "" }],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Nullify;

impl MaskingFunction for Nullify {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, _call: &Call) -> Result<bool> {
        Ok(true)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Destroyed, Collisions::ManyToOne).with_max_chars(0))
    }

    fn compile(&self, _call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        Ok(Box::new(Nulls))
    }
}

struct Nulls;

impl Kernel for Nulls {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        Ok(new_null_array(values.data_type(), values.len()))
    }

    /// Keys are dropped too: they would tell which rows were equal.
    fn run_dictionary(&self, values: &ArrayRef) -> Result<ArrayRef> {
        self.run(values)
    }
}
