//! mask_inner: keeps the first and the last characters.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::margins;
use crate::display::mask_char::{MaskChar, SHOWN_AT_MOST};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_inner",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the first left and the last right characters and hides each one between.",
    notes: &[
        "MySQL's and Percona's function of this name, but for short values: one of left + right characters or fewer, which MySQL shows, is hidden whole.",
        "Its length shows. When left and right together are above 16 the call is raw.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to mask"),
        Parameter::required("left", Kind::Integer, "how many characters show at the start")
            .like(&[Literal::Integer(2)]),
        Parameter::required("right", Kind::Integer, "how many characters show at the end").like(&[Literal::Integer(2)]),
        Parameter::optional("ch", Kind::Text, Literal::Text("X"), "what stands for each hidden character"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_inner('MR12345678', 2, 2, '*')", output: "MR******78" },
        Example { sql: "SELECT mask_inner('1234567890', 2, 4)", output: "12XXXX7890" },
        Example { sql: "SELECT mask_inner('abcd', 2, 2)", output: "XXXX" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskInner;

impl MaskingFunction for MaskInner {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let shown = margins::count(call, "left")? + margins::count(call, "right")?;
        if shown > SHOWN_AT_MOST {
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
                    out.push_str(&text[..from]);
                    ch.repeat(text[from..to].chars().count(), out);
                    out.push_str(&text[to..]);
                }
            }
            Ok(())
        }))
    }
}
