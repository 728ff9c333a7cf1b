//! fake_country: a country, drawn for a value.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{Fraction, word};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::{Record, map_digest_unless};
use crate::kernel::telling::Telling;
use crate::lists::countries::{Countries, PURPOSE};
use crate::lists::pick::synthetic;
use crate::lists::word_list::cut;
use crate::locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_country",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a country drawn from its keyed digest.",
    notes: &[
        "Drawn under the keys of fake_country: fake_country and fake_country_code of one value and domain are of one country.",
        "Never the value itself, nor a country of which the value is another text, whatever its case.",
        "Countries and territories of ISO 3166-1 that have a currency, by their English names, in every locale.",
    ],
    parameters: &[SEED, domain(PURPOSE), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_country('France')", output: "Cabo Verde" },
        Example { sql: "SELECT fake_country('France', 'fake_country', '', 8)", output: "Ecuador" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeCountry;

impl MaskingFunction for FakeCountry {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        synthetic(call, Countries::longest())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        locale::of(call, binding)?;
        let max_chars = call.max_chars()?;
        let countries = Countries::within(max_chars);
        let digest = binding.digest(PURPOSE, call.text("domain")?);
        let free = Countries::within(None);
        let shows = move |digest: &[u8; 32], value: &[u8]| free.draw(&mut Fraction::new(word(digest, 0))).shows(value);
        let record = Record { telling: Telling::default(), is_sampled: true, draw: <[u8; 32]>::clone, shows };
        Ok(map_digest_unless(call, text_like(call.value_type()), digest, 12, record, move |_, digest, out| {
            let country = countries.draw(&mut Fraction::new(word(digest, 0)));
            out.push_str(cut(country.name, max_chars));
            Ok(())
        }))
    }
}
