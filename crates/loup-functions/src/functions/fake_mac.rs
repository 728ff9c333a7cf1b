//! fake_mac: an invented MAC address.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_mac",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a MAC address that is locally administered.",
    notes: &[
        "The first octet is marked as locally administered and as one machine's (IEEE 802): no maker has assigned \
         the address.",
        "Twelve hexadecimal digits keep their separators and case: 00:1a:2b:.., 00-1A-2B-.., 001a.2b3c.4d5e.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_mac"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_mac('00-1A-2B-3C-4D-5E')", output: "D2-E0-0E-B5-9F-6F" },
        Example { sql: "SELECT fake_mac('host 7')", output: "42:7f:51:70:56:e6" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_MAC: Fake = Fake::code(&SPEC, 17, Keeps::Separators, draw);

fn draw(_ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    out.hex(1, dice);
    out.push(dice.one_of(b"26ae"));
    for _ in 0..5 {
        out.push(b':');
        out.hex(2, dice);
    }
}
