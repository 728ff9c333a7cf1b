//! fake_like: a text of the same length and character classes.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::likeness;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, domain};
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_like",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a text by a random one of the same length and character classes.",
    notes: &[
        "A capital for a capital, a small letter for a small letter, a digit for a digit, a letter of its script for \
         any other letter (Greek, Cyrillic, Hebrew, Arabic, Devanagari and most others of India, Thai, Chinese, \
         Japanese, Korean); what has no such class becomes a small letter.",
        "Punctuation and blanks stay where they are, and so does the length: both can tell something of the value. A \
         text that has nothing else becomes small letters and digits, '' one of them.",
        "Never the value itself, whatever its case. Short texts share results; join on a pseudonym instead.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text"),
        domain("fake_like"),
        ANY_LOCALE,
        MAX_CHARS,
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT fake_like('KL-7730/ab', 'room')", output: "DE-4932/vr" },
        Example { sql: "SELECT fake_like('Müller, Jörg (1984)', 'note')", output: "Hémkta, Gæeh (0486)" },
        Example { sql: "SELECT fake_like('日本 27', 'note')", output: "鼔碸 24" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_LIKE: Fake = Fake::text(&SPEC, None, 16, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    // Text is what the function takes, so the bytes are UTF-8.
    likeness::write(std::str::from_utf8(ask.value).unwrap_or_default(), ask.most, dice, out);
}
