//! top_code: numbers above a limit become the limit.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::number::column::Form;
use crate::number::map::map_number;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "top_code",
    aliases: &[],
    section: Section::Generalization,
    summary: "Replaces a number above a limit by the limit, as ages above 90 by 90.",
    notes: &[
        "All other numbers stay as they are, so the strength is partial: generalize what is left, or add noise to it.",
        "Text is written anew: 007 becomes 7; decimals stay, of the limit and of other numbers.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("hi", Kind::Number, "the greatest number that stays").like(&[Literal::Integer(90)]),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT top_code(97, 90)", output: "90" },
        Example { sql: "SELECT top_code('41.50', 90)", output: "41.50" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct TopCode;

impl MaskingFunction for TopCode {
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
        let form = Form::of(call)?;
        let hi = form.option(call, "hi")?.units_at(form.scale.unwrap_or(0));
        let is_identity = form.scale.is_some() && hi.is_none_or(|hi| hi >= form.limits.1);
        if is_identity {
            return Ok(Guarantee::raw());
        }
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_fixed_points())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let hi = Form::of(call)?.option(call, "hi")?;
        map_number(call, move |number| Ok(if number.compare(hi).is_gt() { hi } else { number }))
    }
}
