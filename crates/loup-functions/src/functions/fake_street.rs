//! fake_street: an invented street and house number.

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
    name: "fake_street",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a street with a house number drawn from its keyed digest.",
    notes: &[
        AGREES,
        "Never the value itself, whatever its case, nor drawn where another part of the address would be.",
        "Streets are common names, so by chance a town has that address.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_street('patient 7')", output: "7849 Railroad Court" },
        Example { sql: "SELECT fake_street('patient 7', 'fake_address', 'de_DE')", output: "Hausburgstraße 141" },
        Example { sql: "SELECT fake_street('patient 7', 'fake_address', 'fr_FR', 16)", output: "94 rue Ampère" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeStreet;

impl MaskingFunction for FakeStreet {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::Street)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::Street)
    }
}
