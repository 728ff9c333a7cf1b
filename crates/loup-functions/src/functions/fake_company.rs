//! fake_company: an invented company.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::lists::companies;
use crate::lists::pick::synthetic;
use crate::locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_company",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a company name drawn from its keyed digest.",
    notes: &[
        "Last names or an invented word, a trade, and a legal form of the locale. By chance a company has that name.",
        "Never the value itself, whatever its case. Many values may share a name; join on a pseudonym instead.",
        "Where the name is longer than max_chars the legal form goes, then all but a last name, cut if it must be.",
    ],
    parameters: &[SEED, domain("fake_company"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_company('ACME Corp.')", output: "Burgess Appliances Co." },
        Example {
            sql: "SELECT fake_company('ACME Corp.', 'fake_company', 'de_DE')",
            output: "Porsche Photovoltaik AG",
        },
        Example {
            sql: "SELECT fake_company('ACME Corp.', 'fake_company', 'fr_FR', 20)",
            output: "Aménagement Leriche",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeCompany;

impl MaskingFunction for FakeCompany {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        synthetic(call, companies::longest())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let locale = locale::of(call, binding)?;
        let max_chars = call.max_chars()?;
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        Ok(map_digest(call, text_like(call.value_type()), digest, 24, move |_, digest, out| {
            companies::write(locale, digest, max_chars, out);
            Ok(())
        }))
    }
}
