//! fake_longitude: the longitude of a real city, drawn for a value.

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
    name: "fake_longitude",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the longitude of an address drawn from its keyed digest.",
    notes: &[
        AGREES,
        "In degrees with four decimals, within about 2 km of the middle of the city; the point itself may lie anywhere, in water too.",
        "It is text: CAST(.. AS DOUBLE) makes a number of it.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_longitude('patient 7')", output: "-81.8362" },
        Example { sql: "SELECT fake_longitude('patient 7', 'fake_address', 'en_IN')", output: "84.7906" },
        Example { sql: "SELECT fake_longitude(12345)", output: "-111.9570" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeLongitude;

impl MaskingFunction for FakeLongitude {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::Longitude)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::Longitude)
    }
}
