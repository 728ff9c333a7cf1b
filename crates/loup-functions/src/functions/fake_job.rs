//! fake_job: an invented occupation.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::lists::pick::{self, synthetic};
use crate::lists::words::JOBS;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_job",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an occupation drawn from its keyed digest.",
    notes: &[
        "Never the value itself, whatever its case. Many values share an occupation; join on a pseudonym instead.",
        "Names of occupations are those of the locale's language; German and French ones are of either gender.",
    ],
    parameters: &[SEED, domain("fake_job"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_job('nurse')", output: "Turkey farmer" },
        Example { sql: "SELECT fake_job('nurse', 'fake_job', 'de_DE')", output: "GIS-Technikerin" },
        Example { sql: "SELECT fake_job('nurse', 'fake_job', 'en_US', 10)", output: "Law clerk" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeJob;

impl MaskingFunction for FakeJob {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        synthetic(call, JOBS.longest())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        pick::compile(call, binding, &JOBS)
    }
}
