//! fake_ration_card: an invented Indian ration card number.

use crate::fakes::code::is_assigned_number;
use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_ration_card",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a ration card number in the form of the given one.",
    notes: &[
        "States number their cards each in their own way: a value of 4 to 20 letters and digits, with a digit among \
         them, has each drawn anew, a digit for a digit and a letter for a letter; separators and case stay.",
        "Any other value becomes 12 digits that start with the code of a state, 01 to 36. By chance a number is \
         somebody's.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_ration_card"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_ration_card('TN/1234-5678901')", output: "NW/6047-5656683" },
        Example { sql: "SELECT fake_ration_card('none')", output: "155235724515" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_RATION_CARD: Fake = Fake::code(&SPEC, 20, Keeps::Format, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    if is_assigned_number(ask.value) {
        out.like(ask.value, dice);
    } else {
        out.number(1 + u64::from(dice.below(36)), 2);
        out.pattern("##########", dice);
    }
}
