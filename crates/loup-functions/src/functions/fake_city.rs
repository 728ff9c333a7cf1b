//! fake_city: a real city, drawn for a value.

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
    name: "fake_city",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a city drawn from its keyed digest.",
    notes: &[
        AGREES,
        "Never the value itself, whatever its case, nor drawn where another part of the address would be.",
        "Lists hold 900 towns or more for each locale, 350 for sv_SE, the large ones first.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_city('patient 7')", output: "Brunswick" },
        Example { sql: "SELECT fake_city('patient 7', 'fake_address', 'en_IN')", output: "Berhampur" },
        Example { sql: "SELECT fake_city('patient 7', 'fake_address', 'sv_SE', 20)", output: "Degerfors" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeCity;

impl MaskingFunction for FakeCity {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::City)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::City)
    }
}
