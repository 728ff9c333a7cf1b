//! fake_domain: an invented host name.

use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_domain",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a host name that nobody can have.",
    notes: &[
        "English words under .example, .test, example.com, example.org or example.net, which are reserved (RFC 2606, \
         RFC 6761).",
        "Never the value itself, whatever its case. Many values may share a fake.",
        "Fewer words where max_chars asks for it, and a few letters where no name is short enough.",
    ],
    parameters: &[SEED, domain("fake_domain"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_domain('mail.acme.com')", output: "sudden-thongs.example.net" },
        Example { sql: "SELECT fake_domain('mail.acme.com', 'fake_domain', '', 12)", output: "sudden.test" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_DOMAIN: Fake = Fake::text(&SPEC, Some(33), 20, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    text::write_host(ask.most, dice, out);
}
