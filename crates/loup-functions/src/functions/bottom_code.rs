//! bottom_code: numbers below a limit become the limit.

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
    name: "bottom_code",
    aliases: &[],
    section: Section::Generalization,
    summary: "Replaces a number below a limit by the limit, as ages below 18 by 18.",
    notes: &[
        "All other numbers stay as they are, so the strength is partial: generalize what is left, or add noise to it.",
        "Text is written anew: 007 becomes 7; decimals stay, of the limit and of other numbers.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("lo", Kind::Number, "the least number that stays").like(&[Literal::Integer(18)]),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT bottom_code(12, 18)", output: "18" },
        Example { sql: "SELECT bottom_code('41.50', 18)", output: "41.50" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct BottomCode;

impl MaskingFunction for BottomCode {
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
        let lo = form.option(call, "lo")?.units_at(form.scale.unwrap_or(0));
        let is_identity = form.scale.is_some() && lo.is_none_or(|lo| lo <= form.limits.0);
        if is_identity {
            return Ok(Guarantee::raw());
        }
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_fixed_points())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let lo = Form::of(call)?.option(call, "lo")?;
        map_number(call, move |number| Ok(if number.compare(lo).is_lt() { lo } else { number }))
    }
}
