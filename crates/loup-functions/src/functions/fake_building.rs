//! fake_building: an invented name of a building.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::lists::pick::{self, synthetic};
use crate::places::address::BUILDINGS;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_building",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the name of a building drawn from its keyed digest.",
    notes: &[
        "Never the value itself, whatever its case. Many values share a name; join on a pseudonym instead.",
        "Names are made of a common word and a kind of building; by chance a building has that name.",
    ],
    parameters: &[SEED, domain("fake_building"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_building('Block 7')", output: "Park Lofts" },
        Example { sql: "SELECT fake_building('Block 7', 'fake_building', 'en_IN')", output: "Madhav Kunj" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeBuilding;

impl MaskingFunction for FakeBuilding {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        synthetic(call, BUILDINGS.longest())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        pick::compile(call, binding, &BUILDINGS)
    }
}
