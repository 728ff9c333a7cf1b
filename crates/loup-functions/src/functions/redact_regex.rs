//! redact_regex: replaces what a regular expression matches.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::pattern;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "redact_regex",
    aliases: &[],
    section: Section::Display,
    summary: "Replaces everything in a text that a regular expression matches.",
    notes: &[
        "The pattern is one of the Rust regex crate: no look-around, no back-references, linear time. The replacement stands as it is written, $1 means nothing in it.",
        "Text without a match is unchanged, so the call is raw: no guard takes it for a mask.",
        "A pattern that matches the empty text, or that needs more than 1 MiB compiled, is refused.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to search"),
        Parameter::required("pattern", Kind::Text, "what to find").like(&[Literal::Text("[0-9]{4,}")]),
        Parameter::required("replacement", Kind::Text, "what stands in its place").like(&[Literal::Text("#")]),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT redact_regex('ticket 40021, order 7', '[0-9]{4,}', '#')", output: "ticket #, order 7" },
        Example { sql: "SELECT redact_regex('case AB-12', '(?i)ab-[0-9]+', '$0')", output: "case $0" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct RedactRegex;

impl MaskingFunction for RedactRegex {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::raw())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let pattern = pattern::compiled(call.name(), call.text("pattern")?)?;
        let replacement = call.text("replacement")?.to_owned();
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            let mut copied = 0;
            for found in pattern.find_iter(text) {
                out.push_str(&text[copied..found.start()]);
                out.push_str(&replacement);
                copied = found.end();
            }
            out.push_str(&text[copied..]);
            Ok(())
        }))
    }
}
