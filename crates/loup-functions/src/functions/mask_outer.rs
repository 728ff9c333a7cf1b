//! mask_outer: hides the first and the last characters.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::margins;
use crate::display::mask_char::MaskChar;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_outer",
    aliases: &[],
    section: Section::Display,
    summary: "Hides the first left and the last right characters and shows what is between.",
    notes: &[
        "MySQL's and Percona's function of this name. A value of left + right characters or fewer is hidden whole.",
        "All that is between shows. With left and right both 0 the call is raw.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to mask"),
        Parameter::required("left", Kind::Integer, "how many characters are hidden at the start")
            .like(&[Literal::Integer(2)]),
        Parameter::required("right", Kind::Integer, "how many characters are hidden at the end")
            .like(&[Literal::Integer(2)]),
        Parameter::optional("ch", Kind::Text, Literal::Text("X"), "what stands for each hidden character"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_outer('abcdef', 2, 1)", output: "XXcdeX" },
        Example { sql: "SELECT mask_outer('abc', 2, 2)", output: "XXX" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskOuter;

impl MaskingFunction for MaskOuter {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        if margins::count(call, "left")? + margins::count(call, "right")? == 0 {
            return Ok(Guarantee::raw());
        }
        MaskChar::read(call)?;
        // A value may look masked as it is.
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_fixed_points())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (left, right) = (margins::count(call, "left")?, margins::count(call, "right")?);
        let ch = MaskChar::read(call)?;
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match margins::between(text, left, right) {
                None => ch.repeat(text.chars().count(), out),
                Some((from, to)) => {
                    ch.repeat(left, out);
                    out.push_str(&text[from..to]);
                    ch.repeat(right, out);
                }
            }
            Ok(())
        }))
    }
}
