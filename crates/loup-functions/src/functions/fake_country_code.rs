//! fake_country_code: the code of a country, drawn for a value.

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
    name: "fake_country_code",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the code of a country drawn from its keyed digest.",
    notes: &[
        "Drawn under the keys of fake_country: fake_country and fake_country_code of one value and domain are of one country.",
        "Never the value itself, nor a country of which the value is another text, whatever its case.",
        "The two letters of ISO 3166-1 alpha-2.",
    ],
    parameters: &[SEED, domain(PURPOSE), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_country_code('FR')", output: "TV" },
        Example { sql: "SELECT fake_country_code('patient 7')", output: "AR" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeCountryCode;

impl MaskingFunction for FakeCountryCode {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        synthetic(call, 2)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        locale::of(call, binding)?;
        let max_chars = call.max_chars()?;
        let countries = Countries::within(None);
        let digest = binding.digest(PURPOSE, call.text("domain")?);
        let free = Countries::within(None);
        let shows = move |digest: &[u8; 32], value: &[u8]| free.draw(&mut Fraction::new(word(digest, 0))).shows(value);
        let record = Record { telling: Telling::default(), is_sampled: true, draw: <[u8; 32]>::clone, shows };
        Ok(map_digest_unless(call, text_like(call.value_type()), digest, 12, record, move |_, digest, out| {
            let country = countries.draw(&mut Fraction::new(word(digest, 0)));
            out.push_str(cut(country.code, max_chars));
            Ok(())
        }))
    }
}
