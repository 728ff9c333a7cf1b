//! fake_ipv6: an invented IPv6 address.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_ipv6",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an IPv6 address that no machine has.",
    notes: &[
        "In 2001:db8::/32, the range for documentation (RFC 3849); written as RFC 5952 has it.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_ipv6"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[Example {
        sql: "SELECT fake_ipv6('2a02:6b8::feed:ff')",
        output: "2001:db8:b54a:dbe8:a29b:b4b5:f30c:92e0",
    }],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_IPV6: Fake = Fake::code(&SPEC, 38, Keeps::Nothing, draw);

fn draw(_ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    out.text("2001:db8");
    for _ in 0..6 {
        // A group of zeros would have to be abbreviated.
        let group = 1 + dice.below(0xffff);
        out.push(b':');
        let digits = (u32::BITS - group.leading_zeros()).div_ceil(4);
        for digit in (0..digits).rev() {
            out.push(b"0123456789abcdef"[(group >> (4 * digit) & 15) as usize]);
        }
    }
}
