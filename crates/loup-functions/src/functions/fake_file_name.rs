//! fake_file_name: an invented file name.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_file_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the name of a file.",
    notes: &[
        "Two English words and an ending: the value's where it is a usual one (pdf, docx, jpg, csv, dcm ..), else \
         one of the usual.",
        "Never the value itself, whatever its case. Many values may share a fake.",
        "One word where max_chars asks for it, and a few letters where no name is short enough.",
    ],
    parameters: &[SEED, domain("fake_file_name"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_file_name('Alice Miller - x-ray.JPG')", output: "help_our.jpg" },
        Example { sql: "SELECT fake_file_name('scan 7')", output: "truly_drag.png" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_FILE_NAME: Fake = Fake::text(&SPEC, Some(29), 18, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_file_name(ask.value, ask.most, dice, out);
}
