//! fake_health_id: an invented health number.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_health_id",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an Indian health account number (ABHA); in en_GB by an NHS number that nobody has.",
    notes: &[
        "ABHA: 14 digits, as in 12-3456-7890-1234; no range is known to be kept free, so by chance a number is \
         somebody's.",
        "en_GB: 10 digits with the check digit of modulus 11, in the range 999 000 0000 to 999 999 9999 that the NHS \
         keeps for tests.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_health_id"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_health_id('91-7021-6154-5842')", output: "68-1827-6315-6732" },
        Example { sql: "SELECT fake_health_id('patient 7')", output: "26-1154-3877-1509" },
        Example { sql: "SELECT fake_health_id('9434765919', 'fake_health_id', 'en_GB')", output: "9993767468" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_HEALTH_ID: Fake = Fake::code(&SPEC, 17, Keeps::Format, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    if ask.locale == Locale::EnGb {
        nhs_number(dice, out);
    } else {
        out.pattern("##-####-####-####", dice);
    }
}

/// Weights 10 to 2; the check digit is 11 minus the rest of 11, and numbers whose it would be 10 are none.
fn nhs_number(dice: &mut Dice<'_>, out: &mut Code) {
    let mut drawn: [u64; 6] = std::array::from_fn(|_| u64::from(dice.below(10)));
    let sum = |drawn: &[u64; 6]| {
        9 * (10 + 9 + 8) + drawn.iter().zip((2..=7).rev()).map(|(d, weight)| d * weight).sum::<u64>()
    };
    while sum(&drawn) % 11 == 1 {
        drawn[5] = (drawn[5] + 1) % 10;
    }
    out.text("999 ");
    for digit in &drawn[..3] {
        out.number(*digit, 1);
    }
    out.push(b' ');
    for digit in &drawn[3..] {
        out.number(*digit, 1);
    }
    out.number((11 - sum(&drawn) % 11) % 11, 1);
}
