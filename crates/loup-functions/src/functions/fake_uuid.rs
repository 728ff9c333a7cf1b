//! fake_uuid: an invented UUID.

use crate::encoding;
use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_uuid",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a UUID of version 4.",
    notes: &[
        "122 bits of the digest, in the form of a random UUID (RFC 9562). For keys that join use pseudo_uuid.",
        "A UUID keeps its case, its braces and whether it has dashes.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_uuid"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example {
            sql: "SELECT fake_uuid('6FA459EA-EE8A-3CA4-894E-DB77E160355E')",
            output: "BC0898C4-F332-4374-8A38-B347EA303AD4",
        },
        Example { sql: "SELECT fake_uuid('session 7')", output: "3b42c7a4-186a-4551-8247-119038484d64" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_UUID: Fake = Fake::code(&SPEC, 36, Keeps::Separators, draw);

fn draw(_ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let mut bytes = *dice.digest();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    out.fill(36, |text| encoding::dashed(&bytes, text));
}
