//! gaussian: a number with Gaussian noise, drawn anew each time.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::{Budget, Guarantee};
use crate::kernel::Kernel;
use crate::number::privacy::{self, Mechanism, delta, epsilon};
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "gaussian",
    aliases: &[],
    section: Section::Generalization,
    summary: "Adds Gaussian noise that makes a number (epsilon, delta)-differentially private.",
    notes: &[
        "Each row and each run draws anew, from the operating system. Two results of one number together spend twice the \
         budget; run.json adds up what a run spent on each column and table.",
        "sensitivity is how far apart the numbers of two people can lie: of a column, its greatest less its least value; of a \
         count in a query, 1. Bound the numbers first: gaussian(top_code(bottom_code(age, 0), 100), 1, 0.000001, 100).",
        "The noise is exact (discrete Gaussian of Canonne, Kamath, Steinke 2020), in units of the last decimal of integers and \
         decimals. Floats and text are rounded to as many decimals as sensitivity has, or as decimals says. It does not take \
         constant time.",
        "Its standard deviation is sensitivity / (sqrt(2) (sqrt(ln(1/delta) + epsilon) - sqrt(ln(1/delta)))), by way of \
         concentrated privacy (Bun, Steinke 2016), rounded up; it holds for every epsilon.",
        "A result beyond what the type holds becomes its limit. Epsilon above 10 hides nothing and counts as raw, as does noise that is mostly 0: of less than half a unit of the last \
         decimal, and a delta above 0.01.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("epsilon", Kind::Number, "the budget that one result spends, above 0")
            .like(&[Literal::Number("1.0")]),
        Parameter::required("delta", Kind::Number, "the chance that the bound does not hold, above 0 and below 1")
            .like(&[Literal::Number("0.00001")]),
        Parameter::required("sensitivity", Kind::Number, "how far apart two people's numbers can lie, above 0")
            .like(&[Literal::Integer(100)]),
        Parameter::optional(
            "decimals",
            Kind::Integer,
            Literal::Integer(-1),
            "decimals of floats and text, 0 to 15; -1 for those of sensitivity",
        ),
        ON_ERROR,
    ],
    result: "the type of the input, a dictionary unpacked",
    examples: &[
        Example { sql: "SELECT abs(gaussian(1000, 1.0, 0.00001, 1) - 1000) < 100", output: "true" },
        Example { sql: "SELECT gaussian(NULL, 1.0, 0.00001, 1)", output: "" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Gaussian;

impl MaskingFunction for Gaussian {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn is_volatile(&self) -> bool {
        true
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        privacy::guarantee(call, privacy::gaussian_is_loose(call)?)
    }

    fn budget(&self, call: &Call) -> Result<Option<Budget>> {
        Ok(Some(Budget { epsilon: epsilon(call)?.to_float(), delta: delta(call)? }))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        Mechanism::gaussian(call)
    }
}
