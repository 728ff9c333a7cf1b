//! fake_address: an invented address whose parts agree, as a struct.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::Record;
use crate::kernel::map_record::map_record;
use crate::locale;
use crate::places::address::{AGREES, Address, Addresses, PARTS, PURPOSE};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_address",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an address drawn from its keyed digest, as a struct whose parts agree.",
    notes: &[
        "Parts: line (all in one, in the locale's order), street (with its number), postcode, city, district, state, \
         state_code. Take one as in fake_address(x)['city'].",
        AGREES,
        "The city is a real one, in its district and state, with a postcode of its ranges; the street is any street, so the \
         whole exists by chance only.",
        "No part is the value itself, whatever its case.",
        "max_chars limits each part: where one is too long, another street is drawn, line is the street alone, and names of \
         places are cut: so columns of different lengths hold parts of one address.",
        "state is a federal state, in sv_SE a county, in fr_FR a region, in en_GB a country; fake_district says what a \
         district is.",
        "Lists hold 1,000 streets or more for each locale, and 900 towns or more, 350 for sv_SE.",
    ],
    parameters: &[SEED, domain(PURPOSE), LOCALE, MAX_CHARS],
    result: "a struct of seven texts, of the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_address('patient 7')['line']", output: "7849 Railroad Court, Brunswick, OH 44212" },
        Example { sql: "SELECT fake_address('patient 7')['city']", output: "Brunswick" },
        Example {
            sql: "SELECT fake_address('patient 7', 'fake_address', 'de_DE')['line']",
            output: "Hausburgstraße 141, 88400 Biberach an der Riß",
        },
        Example {
            sql: "SELECT fake_address('patient 7', 'fake_address', 'en_IN', 20)['line']",
            output: "235, Lake Main Road",
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
        let locale = locale::of(call, binding)?;
        let digest = binding.digest(PURPOSE, call.text("domain")?);
        let addresses = Arc::new(Addresses::new(locale, call.max_chars()?));
        let (telling, drawn) = (addresses.telling(), Arc::clone(&addresses));
        let draw = move |digest: &_| drawn.draw(digest);
        let record = Record { telling, is_sampled: false, draw, shows: Address::shows };
        let write = move |address: &_, out: &mut [_]| addresses.write(address, out);
        Ok(map_record(call, fields(call.value_type()), Vec::new(), digest, record, write))
    }
}
