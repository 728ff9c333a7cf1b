//! fake_color: a color.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_color",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a color.",
    notes: &[
        "One of the locale's names of colors; for a value such as #1a2b3c or #abc another one of that form.",
        "Never the value itself, whatever its case. Many values share a color.",
        "A shorter name is drawn where max_chars asks for it, and cut where none is short enough.",
    ],
    parameters: &[SEED, domain("fake_color"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_color('red')", output: "fuchsia" },
        Example { sql: "SELECT fake_color('rot', 'fake_color', 'de_DE')", output: "Gelb" },
        Example { sql: "SELECT fake_color('#FFA07A')", output: "#B1F923" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_COLOR: Fake = Fake::text(&SPEC, None, 10, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_color(ask.value, ask.locale, ask.most, dice, out);
}
