//! noise: a number moved by a part of itself at most.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::exact::Exact;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::number::noise::{KeyedNoise, Reach};
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "noise",
    aliases: &[],
    section: Section::Generalization,
    summary: "Moves a number up or down by a part of itself: by 10 percent at most with a ratio of 0.1.",
    notes: &[
        "The noise is drawn from the keyed digest of the number: equal numbers get equal noise in every row, type and run, so \
         that repeating a query does not average it away.",
        "Every result within reach that the type holds is equally likely, the number itself among them. Integers stay integers, \
         decimals and text keep their decimals, floats take any; 007 becomes a number without zeros in front.",
        "Any number but 0 may move by one unit of its last decimal at least. 0 stays 0: noise_abs moves it too.",
        "A ratio below 0.01 tells the number and counts as raw.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("ratio", Kind::Number, "the greatest part of the number, above 0 and at most 1")
            .like(&[Literal::Number("0.1")]),
        Parameter::required("domain", Kind::Text, "columns that share one get equal noise for equal numbers"),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT noise(52000, 0.1, 'salary')", output: "55135" },
        Example { sql: "SELECT noise('52000.00', 0.1, 'salary')", output: "55135.16" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Noise;

impl MaskingFunction for Noise {
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
        let is_little = call.exact("ratio")?.compare(Exact::new(1, 2)).is_lt();
        Ok(if is_little { Guarantee::raw() } else { Guarantee::new(Strength::Noised, Collisions::ManyToOne) })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        KeyedNoise::compile(call, binding, Reach::ratio(call)?)
    }
}
