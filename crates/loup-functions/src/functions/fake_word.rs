//! fake_word: a word.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_word",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a word.",
    notes: &[
        "One of the locale's words.",
        "Never the value itself, whatever its case. Many values may share a fake.",
        "A shorter word is drawn where max_chars asks for it, and cut where none is short enough.",
    ],
    parameters: &[SEED, domain("fake_word"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_word('note 7')", output: "garage" },
        Example { sql: "SELECT fake_word('note 7', 'fake_word', 'fr_FR')", output: "article" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_WORD: Fake = Fake::text(&SPEC, None, 8, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_word(ask.locale, ask.most, dice, out);
}
