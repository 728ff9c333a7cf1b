//! partial: the first and the last characters around a fixed text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::margins;
use crate::display::mask_char::SHOWN_AT_MOST;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "partial",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the first prefix and the last suffix characters around a fixed text.",
    notes: &[
        "PostgreSQL Anonymizer's function of this name, but for short values: one of prefix + suffix characters or fewer, of which all would show, becomes the padding alone.",
        "The padding's length is fixed, so the value's does not show. With no prefix and no suffix nothing of the value is left; with more than 16 characters of both the call is raw.",
        "A value that has the padding where it would stand is its own result.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to mask"),
        Parameter::required("prefix", Kind::Integer, "how many characters show at the start")
            .like(&[Literal::Integer(2)]),
        Parameter::required("padding", Kind::Text, "what stands between").like(&[Literal::Text("****")]),
        Parameter::required("suffix", Kind::Integer, "how many characters show at the end")
            .like(&[Literal::Integer(2)]),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT partial('+33142928107', 2, '*****', 2)", output: "+3*****07" },
        Example { sql: "SELECT partial('2024-07-15', 8, 'XX', 0)", output: "2024-07-XX" },
        Example { sql: "SELECT partial('abc', 2, '*****', 2)", output: "*****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Partial;

impl MaskingFunction for Partial {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let shown = margins::count(call, "prefix")? + margins::count(call, "suffix")?;
        let strength = match shown {
            0 => Strength::Destroyed,
            1..=SHOWN_AT_MOST => Strength::Partial,
            _ => return Ok(Guarantee::raw()),
        };
        let chars = shown + call.text("padding")?.chars().count();
        Ok(Guarantee::new(strength, Collisions::ManyToOne).with_max_chars(chars))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (prefix, suffix) = (margins::count(call, "prefix")?, margins::count(call, "suffix")?);
        let padding = call.text("padding")?.to_owned();
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            // Of a value no longer than the two, nothing may show.
            let (from, to) = margins::between(text, prefix, suffix).unwrap_or((0, text.len()));
            out.push_str(&text[..from]);
            out.push_str(&padding);
            out.push_str(&text[to..]);
            Ok(())
        }))
    }
}
