//! generalize_range: the range of a given width that a number lies in, as text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::exact::Exact;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::number::map::{SHORTER, map_number_text};
use crate::number::step;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize_range",
    aliases: &[],
    section: Section::Generalization,
    summary: "Replaces a number by the range that it lies in: 37 in steps of 10 is [30,40).",
    notes: &[
        "A range holds its first number and not its last one. The bounds are multiples of the step, with its decimals.",
        "A step that leaves numbers a range of their own (below 2 on integers, text and floats) counts as raw.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("step", Kind::Number, "the width of a range, above 0").like(&[Literal::Integer(10)]),
        ON_ERROR,
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT generalize_range(37, 10)", output: "[30,40)" },
        Example { sql: "SELECT generalize_range('-0.3', 0.25)", output: "[-0.50,-0.25)" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct GeneralizeRange;

impl MaskingFunction for GeneralizeRange {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        step::guarantee(call)
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let width = step::read(call)?;
        let out = self.return_type(call.value_type());
        map_number_text(call, out, move |number, out| {
            let low = number.steps(width).and_then(|steps| steps.checked_mul(width.units));
            let (Some(low), Some(high)) = (low, low.and_then(|low| low.checked_add(width.units))) else {
                return Err(SHORTER);
            };
            let mut buffer = [0; 48];
            out.push_str("[");
            out.push_str(Exact::new(low, width.scale).text(&mut buffer));
            out.push_str(",");
            out.push_str(Exact::new(high, width.scale).text(&mut buffer));
            out.push_str(")");
            Ok(())
        })
    }
}
