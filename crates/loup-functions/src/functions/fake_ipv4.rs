//! fake_ipv4: an invented IPv4 address.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_ipv4",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an IPv4 address that no machine has.",
    notes: &[
        "range 'documentation' draws from 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737): 762 \
         addresses; 'benchmark' from 198.18.0.0/15 (RFC 2544): 131,000.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[
        SEED,
        domain("fake_ipv4"),
        ANY_LOCALE,
        MAX_CHARS,
        Parameter::optional(
            "range",
            Kind::Choice(&["documentation", "benchmark"]),
            Literal::Text("documentation"),
            "which reserved addresses",
        ),
    ],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_ipv4('81.2.69.142')", output: "192.0.2.43" },
        Example { sql: "SELECT fake_ipv4('81.2.69.142', 'fake_ipv4', '', 0, 'benchmark')", output: "198.18.28.84" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_IPV4: Fake = Fake::code(&SPEC, 15, Keeps::Nothing, draw);

const BENCHMARK: usize = 1;

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    if ask.choice == BENCHMARK {
        out.text(dice.one_of(&["198.18.", "198.19."]));
        decimal(dice.below(256), out);
        out.push(b'.');
    } else {
        out.text(dice.one_of(&["192.0.2.", "198.51.100.", "203.0.113."]));
    }
    // Neither the network's own address nor its broadcast.
    decimal(1 + dice.below(254), out);
}

fn decimal(number: u32, out: &mut Code) {
    let digits = if number < 10 {
        1
    } else if number < 100 {
        2
    } else {
        3
    };
    out.number(u64::from(number), digits);
}
