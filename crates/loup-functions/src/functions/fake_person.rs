//! fake_person: an invented person whose parts agree, as a struct.

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::no_record;
use crate::kernel::map_record::map_record;
use crate::locale;
use crate::persons::record::{PARTS, Persons};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_person",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a person drawn from its keyed digest, as a struct whose parts agree.",
    notes: &[
        "Parts: first_name, middle_name, last_name, full_name, user_name, email, phone, birth_date, street, city, district, \
         state, state_code, postcode, country, country_code. Take one as in fake_person(x)['email']; calls over one value \
         give parts of one person.",
        "User name and e-mail are made of the name; the e-mail's domain is example.com, example.net or example.org, which \
         nobody can own (RFC 2606). The city is a real one, in its district and state; postcode and telephone number are of \
         the city. Birth dates, as ISO 8601 text, are of the years 1935 to 2006.",
        "Telephone numbers are set aside for fiction where the country does so: everywhere in en_US (555-01xx), en_AU and \
         fr_FR, in the large cities of en_GB, de_DE and sv_SE. Others may be somebody's: do not call them.",
        "No part but country and country_code, which are the locale's, is the value itself, whatever its case.",
        "max_chars limits each part: a shorter street is drawn, and all else that is too long is cut: so columns of different lengths \
         hold parts of one person.",
        "Parts are not those of fake_first_name, fake_address and the others over the same value, whose keys are their own.",
    ],
    parameters: &[SEED, domain("fake_person"), LOCALE, MAX_CHARS],
    result: "a struct of sixteen texts, of the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_person('patient 7')['full_name']", output: "Marion Tran" },
        Example { sql: "SELECT fake_person('patient 7')['email']", output: "mtran99@example.com" },
        Example { sql: "SELECT fake_person('patient 7', 'fake_person', 'en_IN')['phone']", output: "08353-290516" },
        Example { sql: "SELECT fake_person('patient 7', 'fake_person', 'de_DE', 20)['city']", output: "Herford" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakePerson;

fn fields(value: &DataType) -> Fields {
    PARTS.iter().map(|part| Field::new(*part, text_like(value), true)).collect()
}

impl MaskingFunction for FakePerson {
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
        let persons = Persons::new(locale::of(call, binding)?, call.max_chars()?);
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        let fields = fields(call.value_type());
        let constant = persons.constant();
        let record = no_record(persons.telling(), false);
        let write = move |digest: &[u8; 32], out: &mut [_]| persons.write(digest, out);
        Ok(map_record(call, fields, constant, digest, record, write))
    }
}
