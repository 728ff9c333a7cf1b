//! fake_sentence: a sentence.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_sentence",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a sentence of words that mean nothing together.",
    notes: &[
        "4 to 12 of the locale's words, whatever the length of the value; the first with a capital, a full stop at \
         the end.",
        "Never the value itself, whatever its case. Many values may share a fake.",
        "Fewer and shorter words where max_chars asks for it.",
    ],
    parameters: &[SEED, domain("fake_sentence"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example {
            sql: "SELECT fake_sentence('note 7')",
            output: "Nothing perfume wood rubber in research private cloud silent.",
        },
        Example {
            sql: "SELECT fake_sentence('note 7', 'fake_sentence', 'de_DE', 30)",
            output: "Verdoppeln Uhr surren Saft zu.",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_SENTENCE: Fake = Fake::text(&SPEC, None, 48, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_sentence(ask.locale, ask.most, dice, out);
}
