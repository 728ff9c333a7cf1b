//! fake_full_name: an invented first and last name.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{FEWEST, Fraction, word};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::lists::names::{FIRST, LAST};
use crate::lists::pick::synthetic;
use crate::locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_full_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a first and a last name drawn from its keyed digest.",
    notes: &[
        "Never the value itself, whatever its case. Many values share a name; join on a pseudonym instead.",
        "The first name stands first in every locale. The parts are not those of fake_first_name and fake_last_name, \
         whose values are first and last names, not full ones.",
        "Where max_chars leaves no room for two names, it is a last name, cut if it must be.",
    ],
    parameters: &[SEED, domain("fake_full_name"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_full_name('Asha Devi')", output: "Cristian Decker" },
        Example { sql: "SELECT fake_full_name('Asha Devi', 'fake_full_name', 'en_IN')", output: "Eekalabya Walla" },
        Example { sql: "SELECT fake_full_name(12345, 'patient', 'sv_SE', 10)", output: "Maja Björk" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeFullName;

impl MaskingFunction for FakeFullName {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        synthetic(call, FIRST.longest() + 1 + LAST.longest())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let locale = locale::of(call, binding)?;
        let max_chars = call.max_chars()?;
        let (first, last) = (FIRST.of(locale), LAST.of(locale));
        let (firsts, lasts) = (first.within(max_chars), last.within(max_chars));
        // What the shortest first names and the blank leave to the last name, where the two that are drawn are too long.
        let rest = max_chars.map(|most| most.saturating_sub(first.least() + 1));
        let leaves_room = last.upto(rest).len() >= FEWEST;
        let short_lasts = last.within(rest);
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        Ok(map_digest(call, text_like(call.value_type()), digest, 16, move |_, digest, out| {
            let (mut of_first, mut of_last) = (Fraction::new(word(digest, 0)), Fraction::new(word(digest, 1)));
            let (mut given, mut family) = (firsts.draw(&mut of_first), lasts.draw(&mut of_last));
            if let Some(most) = max_chars
                && given.chars().count() + 1 + family.chars().count() > most
            {
                if !leaves_room {
                    out.push_str(family);
                    return Ok(());
                }
                family = short_lasts.draw(&mut of_last);
                given = first.within(Some(most - 1 - family.chars().count())).draw(&mut of_first);
            }
            out.push_str(given);
            out.push_str(" ");
            out.push_str(family);
            Ok(())
        }))
    }
}
