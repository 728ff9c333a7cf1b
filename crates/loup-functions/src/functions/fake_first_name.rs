//! fake_first_name: an invented first name.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::lists::names::FIRST;
use crate::lists::pick::{self, synthetic};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_first_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a first name drawn from its keyed digest.",
    notes: &[
        "Never the value itself, whatever its case. Many values share a name; join on a pseudonym instead.",
        "Lists hold 1,000 names or more for each locale.",
    ],
    parameters: &[SEED, domain("fake_first_name"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_first_name('Asha')", output: "Marty" },
        Example { sql: "SELECT fake_first_name('Asha', 'fake_first_name', 'en_IN')", output: "Atreyi" },
        Example { sql: "SELECT fake_first_name(12345, 'patient', 'sv_SE', 5)", output: "Olof" },
    ],
};

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
        synthetic(call, FIRST.longest())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        pick::compile(call, binding, &FIRST)
    }
}
