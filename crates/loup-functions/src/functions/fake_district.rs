//! fake_district: a real district, drawn for a value.

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
    name: "fake_district",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the district of a city drawn from its keyed digest.",
    notes: &[
        AGREES,
        "Never the value itself, whatever its case, nor drawn where another part of the address would be.",
        "It is a county in en_US and en_GB, a local government area in en_AU, a district in en_IN, a department in fr_FR, a municipality in sv_SE; in de_DE it is the state.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_district('patient 7')", output: "Medina County" },
        Example { sql: "SELECT fake_district('patient 7', 'fake_address', 'en_IN')", output: "Ganjam" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeDistrict;

impl MaskingFunction for FakeDistrict {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        parts::guarantee(call, Part::District)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        parts::compile(call, binding, Part::District)
    }
}
