//! fake_state_code: the code of a real state, drawn for a value.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::places::address::{AGREES, PURPOSE};
use crate::places::parts::{self, Part};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_state_code",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the code of the state of a city drawn from its keyed digest.",
    notes: &[
        AGREES,
        "Never the value itself, whatever its case, nor drawn where another part of the address would be.",
        "Codes are those in use in the country, one to three letters.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_state_code('patient 7')", output: "OH" },
        Example { sql: "SELECT fake_state_code('patient 7', 'fake_address', 'de_DE')", output: "BW" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeStateCode;

impl MaskingFunction for FakeStateCode {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::StateCode)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::StateCode)
    }
}
