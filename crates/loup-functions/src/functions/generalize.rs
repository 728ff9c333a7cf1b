//! generalize: the multiple of a step at or below a number.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::exact::Exact;
use crate::function::MaskingFunction;
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::number::column::Form;
use crate::number::map::{SHORTER, map_number};
use crate::number::step;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize",
    aliases: &[],
    section: Section::Generalization,
    summary: "Moves a number down to a multiple of a step: 37 in steps of 10 is 30.",
    notes: &[
        "Exact for integers, decimals and text: nothing is rounded on the way. -1 in steps of 10 is -10.",
        "Text is written anew, with the decimals of the step, so that equal results are equal texts. A float counts as the \
         decimal number that it is printed as.",
        "A step below two units of the last decimal (2 on integers, text and floats, 0.02 on DECIMAL(10, 2)) leaves numbers as they \
         are, or a step of their own, and counts as raw. The step may not have more decimals than the column.",
        "Text that is no number, and a result that the type does not hold, is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("step", Kind::Number, "the distance between two results, above 0")
            .like(&[Literal::Integer(10)]),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT generalize(37, 10)", output: "30" },
        Example { sql: "SELECT generalize('-12.34', 0.5)", output: "-12.5" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Generalize;

impl MaskingFunction for Generalize {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        step::guarantee(call)
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let width = step::read(call)?;
        Form::of(call)?.option(call, "step")?;
        map_number(call, move |number| {
            let units = number.steps(width).and_then(|steps| steps.checked_mul(width.units));
            units.map(|units| Exact::new(units, width.scale)).ok_or(SHORTER)
        })
    }
}
