//! fake_url: an invented web address.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_url",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the address of a page at a host that nobody can have.",
    notes: &[
        "https, a host as fake_domain's, a folder and a page of English words. Nothing of the value's path or query \
         stays.",
        "Never the value itself, whatever its case. Many values may share a fake.",
        "Fewer parts where max_chars asks for it, and a few letters where no address is short enough.",
    ],
    parameters: &[SEED, domain("fake_url"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example {
            sql: "SELECT fake_url('http://acme.com/users/alice?id=7')",
            output: "https://qualified-religious.example.com/vista/too",
        },
        Example {
            sql: "SELECT fake_url('http://acme.com/users/alice?id=7', 'fake_url', '', 24)",
            output: "https://qualified.test",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_URL: Fake = Fake::text(&SPEC, Some(64), 48, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_url(ask.most, dice, out);
}
