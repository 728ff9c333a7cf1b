//! fake_full_name: an invented first and last name.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{below, word};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::lists::names::{FIRST, LAST};
use crate::lists::word_list::cut;
use crate::locale;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

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
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Identifier), "the value the name is drawn for"),
        Parameter::optional("domain", Kind::Text, Literal::Text("fake_full_name"), "the identity space"),
        Parameter::optional(
            "locale",
            Kind::Choice(locale::CHOICES),
            Literal::Text(""),
            "whose names; '' is the session's",
        ),
        Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest name; 0 sets no limit"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_full_name('Asha Devi')", output: "Benjamin Fuller" },
        Example { sql: "SELECT fake_full_name('Asha Devi', 'fake_full_name', 'en_IN')", output: "Surekha Tomar" },
        Example { sql: "SELECT fake_full_name(12345, 'patient', 'sv_SE', 10)", output: "Bo Sjögren" },
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
        let longest = FIRST.longest() + 1 + LAST.longest();
        let chars = call.max_chars()?.map_or(longest, |most| most.min(longest));
        Ok(Guarantee::new(Strength::Synthetic, Collisions::ManyToOne).with_max_chars(chars))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let locale = locale::of(call, binding)?;
        let (first, last) = (FIRST.of(locale), LAST.of(locale));
        let max_chars = call.max_chars()?;
        // What the shortest first names and the blank leave to the last name.
        let rest = max_chars.map(|most| most.saturating_sub(first.two_fit() + 1));
        let lasts = last.upto(rest);
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        let out = text_like(call.value_type());
        if lasts.len() < 2 {
            let lasts = last.upto_or_all(max_chars);
            return Ok(map_digest(call, out, digest, 16, move |_, digest, out| {
                out.push_str(cut(lasts[below(word(digest, 1), lasts.len())], max_chars));
                Ok(())
            }));
        }
        Ok(map_digest(call, out, digest, 16, move |_, digest, out| {
            let last = lasts[below(word(digest, 1), lasts.len())];
            let firsts = first.upto(max_chars.map(|most| most - 1 - last.chars().count()));
            out.push_str(firsts[below(word(digest, 0), firsts.len())]);
            out.push_str(" ");
            out.push_str(last);
            Ok(())
        }))
    }
}
