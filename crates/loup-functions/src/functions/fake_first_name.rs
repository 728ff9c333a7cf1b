//! fake_first_name: an invented first name.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::lists::names::{self, FIRST};
use crate::locale;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_first_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a first name drawn from its keyed digest.",
    notes: &[
        "Never the value itself, whatever its case. Many values share a name; join on a pseudonym instead.",
        "Lists hold 350 names or more for each locale; a coming version takes them to 1,000, under a new version tag.",
    ],
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Identifier), "the value the name is drawn for"),
        Parameter::optional("domain", Kind::Text, Literal::Text(SPEC_NAME), "the identity space"),
        Parameter::optional(
            "locale",
            Kind::Choice(locale::CHOICES),
            Literal::Text(""),
            "whose names; '' is the session's",
        ),
        Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest name; 0 sets no limit"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_first_name('Asha')", output: "Laura" },
        Example { sql: "SELECT fake_first_name('Asha', 'fake_first_name', 'en_IN')", output: "Sonal" },
        Example { sql: "SELECT fake_first_name(12345, 'patient', 'sv_SE', 5)", output: "Simon" },
    ],
};

const SPEC_NAME: &str = "fake_first_name";

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeFirstName;

impl MaskingFunction for FakeFirstName {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        names::guarantee(call, &FIRST)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        names::compile(call, binding, &FIRST)
    }
}
