//! fake_paragraph: a paragraph.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_paragraph",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a few sentences of words that mean nothing together.",
    notes: &[
        "3 to 6 sentences as fake_sentence's, whatever the length of the value.",
        "Never the value itself, whatever its case. Many values may share a fake.",
        "Fewer sentences where max_chars asks for it.",
    ],
    parameters: &[SEED, domain("fake_paragraph"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[Example {
        sql: "SELECT fake_paragraph('note 7', 'fake_paragraph', '', 120)",
        output: "Entire carpet intent connect plan eastern including. Traditional cheese treatment rest for normal cause wire cry normal.",
    }],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_PARAGRAPH: Fake = Fake::text(&SPEC, None, 260, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_paragraph(ask.locale, ask.most, dice, out);
}
