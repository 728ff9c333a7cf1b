//! noise_abs: a number moved by a given amount at most.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::number::noise::{KeyedNoise, Reach};
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "noise_abs",
    aliases: &[],
    section: Section::Generalization,
    summary: "Moves a number up or down by a given amount at most.",
    notes: &[
        "The noise is drawn from the keyed digest of the number: equal numbers get equal noise in every row, type and run, so \
         that repeating a query does not average it away.",
        "Every result within reach that the type holds is equally likely, the number itself among them. Integers stay integers, \
         decimals and text keep their decimals, floats take any; 007 becomes a number without zeros in front.",
        "The amount must move the last decimal: below 1 it is refused for integers, and text such as 7 does not fit it.",
        "How well an amount hides a number is for the number's scale to say: one that is small beside it tells it.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("amount", Kind::Number, "the greatest distance, above 0").like(&[Literal::Integer(5)]),
        Parameter::required("domain", Kind::Text, "columns that share one get equal noise for equal numbers"),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT noise_abs(37, 5, 'age')", output: "41" },
        Example { sql: "SELECT noise_abs('98.60', 0.5, 'temperature')", output: "98.16" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct NoiseAbs;

impl MaskingFunction for NoiseAbs {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Noised, Collisions::ManyToOne))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        KeyedNoise::compile(call, binding, Reach::amount(call)?)
    }
}
