//! fake_company: an invented company.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::lists::companies;
use crate::locale;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

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
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Identifier), "the value the name is drawn for"),
        Parameter::optional("domain", Kind::Text, Literal::Text("fake_company"), "the identity space"),
        Parameter::optional(
            "locale",
            Kind::Choice(locale::CHOICES),
            Literal::Text(""),
            "whose names and legal forms; '' is the session's",
        ),
        Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest name; 0 sets no limit"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_company('ACME Corp.')", output: "Bennett Appliances Co." },
        Example {
            sql: "SELECT fake_company('ACME Corp.', 'fake_company', 'de_DE')", output: "Völker Photovoltaik AG"
        },
        Example {
            sql: "SELECT fake_company('ACME Corp.', 'fake_company', 'fr_FR', 20)",
            output: "Aménagement Jacquet",
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
        let longest = companies::longest();
        let chars = call.max_chars()?.map_or(longest, |most| most.min(longest));
        Ok(Guarantee::new(Strength::Synthetic, Collisions::ManyToOne).with_max_chars(chars))
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
