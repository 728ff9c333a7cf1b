//! fake_address: an invented address whose parts agree, as a struct.

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map_record::map_record;
use crate::locale;
use crate::places::addresses::{Addresses, PARTS};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_address",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an address drawn from its keyed digest, as a struct whose parts agree.",
    notes: &[
        "Parts: line (all in one, in the locale's order), street (with its number), postcode, city, state, state_code. \
         Take one as in fake_address(x)['city']; calls over one value give parts of one address.",
        "The city is a real one, in its state, with a postcode of its range; the street is any street, so the whole \
         exists by chance only.",
        "No part is the value itself, whatever its case.",
        "max_chars limits each part: shorter streets and cities are drawn, line is the street alone where the whole \
         does not fit, and what is still too long is cut.",
        "state is a federal state, in sv_SE a county, in fr_FR a region, in en_GB a country.",
        "Lists hold 200 streets and 150 places or more for each locale; a coming version takes them to 1,000, under a \
         new version tag.",
    ],
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Identifier), "the value the address is drawn for"),
        Parameter::optional("domain", Kind::Text, Literal::Text("fake_address"), "the identity space"),
        Parameter::optional(
            "locale",
            Kind::Choice(locale::CHOICES),
            Literal::Text(""),
            "whose streets, places and order; '' is the session's",
        ),
        Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest part; 0 sets no limit"),
    ],
    result: "a struct of six texts, of the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_address('patient 7')['line']", output: "7849 Spruce Terrace, Bend, OR 97708" },
        Example { sql: "SELECT fake_address('patient 7')['city']", output: "Bend" },
        Example {
            sql: "SELECT fake_address('patient 7', 'fake_address', 'de_DE')['line']",
            output: "Klosterplatz 141, 38110 Braunschweig",
        },
        Example {
            sql: "SELECT fake_address('patient 7', 'fake_address', 'en_IN', 20)['line']",
            output: "235, Subhash Chowk",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeAddress;

fn fields(value: &DataType) -> Fields {
    PARTS.iter().map(|part| Field::new(*part, text_like(value), true)).collect()
}

impl MaskingFunction for FakeAddress {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        DataType::Struct(fields(value))
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Synthetic, Collisions::ManyToOne))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let addresses = Addresses::new(locale::of(call, binding)?, call.max_chars()?);
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        Ok(map_record(call, fields(call.value_type()), digest, move |digest, out| addresses.write(digest, out)))
    }
}
