//! fake_pan: an invented Indian tax number (PAN).

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, PLAUSIBLE, RANGE, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_pan",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an Indian permanent account number that nobody has.",
    notes: &[
        "Form AAAPA9999A, the fourth letter P for a person. Serial numbers are 0001 to 9999 (Income Tax Department), \
         so those of range 'test' are 0000; range => 'plausible' draws the others, which by chance are somebody's. \
         How the last letter is computed is not public.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_pan"), ANY_LOCALE, MAX_CHARS, RANGE],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_pan('ABMPA3211G')", output: "FAYPU0000I" },
        Example { sql: "SELECT fake_pan('abmpa3211g')", output: "wewpy0000z" },
        Example { sql: "SELECT fake_pan('patient 7', 'fake_pan', '', 0, 'plausible')", output: "ZKFPG8641P" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_PAN: Fake = Fake::code(&SPEC, 10, Keeps::Format, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    out.pattern("@@@P@", dice);
    let serial = if ask.choice == PLAUSIBLE { 1 + dice.below(9_999) } else { 0 };
    out.number(u64::from(serial), 4);
    out.push(dice.letter());
}
