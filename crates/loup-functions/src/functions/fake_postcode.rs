//! fake_postcode: a postcode of a real city, drawn for a value.

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
    name: "fake_postcode",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a postcode of a city drawn from its keyed digest.",
    notes: &[
        AGREES,
        "Never the value itself, whatever its case, nor drawn where another part of the address would be.",
        "Postcodes are of the city's ranges; in en_GB the second half is invented.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_postcode('patient 7')", output: "44212" },
        Example { sql: "SELECT fake_postcode('patient 7', 'fake_address', 'en_GB')", output: "S44 7XR" },
        Example { sql: "SELECT fake_postcode('patient 7', 'fake_address', 'sv_SE')", output: "693 34" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakePostcode;

impl MaskingFunction for FakePostcode {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::Postcode)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::Postcode)
    }
}
