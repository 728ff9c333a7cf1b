//! fake_dob: an invented birth date.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::dates::text::Order;
use crate::fakes::birth_date::{self, BirthDates, Keep};
use crate::fakes::dice::Dice;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_dob",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an invented birth date.",
    notes: &[
        "keep => 'year' and 'month' draw a day of the same year, or of the same month of it; 'age_band' one with an \
         age of the same ten years (0-9, 10-19, .., 90 and over). These are generalized, not synthetic: what is kept \
         is true.",
        "With 'none', and for what is no date, the ages are 18 to 90. Ages are counted to 2025-01-01, for ever, so \
         that results never change; a date after it, or over 109 years before, keeps no age band.",
        "DATE and TIMESTAMP stay what they are. Text keeps its format: 2019-07-23, 2019/07/23, 20190723, 23/07/2019, \
         23-07-2019, 23.07.2019, 23-Jul-2019, 23 Jul 2019, each also with a time; other text becomes 1985-05-15. A \
         time of day becomes midnight.",
        "order says whether 03/04/2019 is the 3rd of April (dmy) or the 4th of March (mdy).",
        "Never the date itself. Text that is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[
        SEED,
        domain("fake_dob"),
        ANY_LOCALE,
        MAX_CHARS,
        Parameter::optional(
            "keep",
            Kind::Choice(&["none", "year", "month", "age_band"]),
            Literal::Text("none"),
            "what of the date stays",
        ),
        Parameter::optional(
            "order",
            Kind::Choice(&["dmy", "mdy"]),
            Literal::Text("dmy"),
            "day or month first, where the year is last",
        ),
    ],
    result: "the type of a date, timestamp or text; Utf8View for any other value",
    examples: &[
        Example { sql: "SELECT fake_dob(DATE '1985-05-15')", output: "1942-11-09" },
        Example { sql: "SELECT fake_dob('15/05/1985', 'fake_dob', '', 0, 'year')", output: "14/02/1985" },
        Example {
            sql: "SELECT fake_dob('1985-05-15 00:00:00', 'fake_dob', '', 0, 'age_band')",
            output: "1987-11-15 00:00:00",
        },
        Example { sql: "SELECT fake_dob('patient 7')", output: "1970-08-29" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeDob;

fn keep(call: &Call) -> Result<Keep> {
    Ok(match call.text("keep")? {
        "year" => Keep::Year,
        "month" => Keep::Month,
        "age_band" => Keep::AgeBand,
        _ => Keep::Nothing,
    })
}

fn is_date(value: &DataType) -> bool {
    Accepts::Date.admits(value) && !Accepts::Text.admits(value)
}

impl MaskingFunction for FakeDob {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        if is_date(value) { value.clone() } else { text_like(value) }
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let strength = if keep(call)? == Keep::Nothing { Strength::Synthetic } else { Strength::Generalized };
        let guarantee = Guarantee::new(strength, Collisions::ManyToOne);
        Ok(match call.max_chars()? {
            Some(chars) if !is_date(call.value_type()) => guarantee.with_max_chars(chars),
            _ => guarantee,
        })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let keep = keep(call)?;
        let order = if call.text("order")? == "mdy" { Order::MonthFirst } else { Order::DayFirst };
        let most = call.max_chars()?.unwrap_or(usize::MAX);
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        if is_date(call.value_type()) {
            return BirthDates::compile(call, keep, digest);
        }
        Ok(map_digest(call, text_like(call.value_type()), digest, 12, move |value, digest, out| {
            birth_date::write_text(value, keep, order, most, &mut Dice::new(digest), out);
            Ok(())
        }))
    }
}
