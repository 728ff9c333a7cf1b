//! fake_latitude: the latitude of a real city, drawn for a value.

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
    name: "fake_latitude",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the latitude of an address drawn from its keyed digest.",
    notes: &[
        AGREES,
        "In degrees with four decimals, within about 2 km of the middle of the city; the point itself may lie anywhere, in water too.",
        "It is text: CAST(.. AS DOUBLE) makes a number of it.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_latitude('patient 7')", output: "41.2291" },
        Example { sql: "SELECT fake_latitude('patient 7', 'fake_address', 'en_IN')", output: "19.3246" },
        Example { sql: "SELECT fake_latitude(12345)", output: "40.5242" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeLatitude;

impl MaskingFunction for FakeLatitude {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::Latitude)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::Latitude)
    }
}
