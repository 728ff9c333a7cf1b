//! fake_card: an invented payment card number.

use crate::check_digit::CheckDigit;
use crate::fakes::code::digits;
use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::national::close;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_card",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a card number with a valid check digit, of those that processors publish for tests.",
    notes: &[
        "The first six digits are those of published test numbers (Stripe, PayPal, Adyen), the last is by Luhn. 13 \
         and 16 to 19 digits, 14 (Diners) and 15 (American Express) as the value has; 16 where it is no number of \
         that length.",
        "The brand is drawn, and does not tell the value's.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_card"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_card('4556-7375-8689-9855')", output: "4111-1118-4442-4310" },
        Example { sql: "SELECT fake_card('371449635398431')", output: "378282772993778" },
        Example { sql: "SELECT fake_card('unknown')", output: "3566006609779662" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_CARD: Fake = Fake::code(&SPEC, 19, Keeps::Format, draw);

/// First digits of published test numbers, by length from 13.
const TEST_NUMBERS: [&[&str]; 7] = [
    &["422222"],
    &["305693", "385200", "362272"],
    &["378282", "371449", "378734"],
    &["400000", "411111", "424242", "555555", "222300", "520082", "601111", "356600"],
    &["676770"],
    &["676770"],
    &["679999", "620550"],
];

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let length = digits(ask.value).filter(|count| (13..=19).contains(count)).unwrap_or(16);
    out.text(dice.one_of(TEST_NUMBERS[length - 13]));
    for _ in 7..length {
        out.push(dice.digit());
    }
    close(out, CheckDigit::Luhn);
}
