//! redact: one fixed text in place of every value.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "redact",
    aliases: &[],
    section: Section::Display,
    summary: "Replaces every text by one fixed text.",
    notes: &[
        "Also the empty text: whether a value was blank is hidden too. NULL stays NULL.",
        "The result is the same for every value, so a value that was that text already stays it.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to hide"),
        Parameter::optional("text", Kind::Text, Literal::Text("[REDACTED]"), "what stands in its place"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT redact('called twice, wants a refund')", output: "[REDACTED]" },
        Example { sql: "SELECT redact('called twice, wants a refund', '-')", output: "-" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Redact;

impl MaskingFunction for Redact {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let chars = call.text("text")?.chars().count();
        Ok(Guarantee::new(Strength::Destroyed, Collisions::ManyToOne).with_max_chars(chars))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let text = call.text("text")?.to_owned();
        Ok(map_text(self.return_type(call.value_type()), move |_, out| {
            out.push_str(&text);
            Ok(())
        }))
    }
}
