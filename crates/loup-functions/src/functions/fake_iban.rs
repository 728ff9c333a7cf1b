//! fake_iban: an invented bank account number (IBAN).

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::iban;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_iban",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an IBAN with valid check digits at a bank that does not exist.",
    notes: &[
        "An IBAN keeps its country where that is AT BE CH DE DK ES FI FR GB IE IT LU NL PL PT or SE; any other value \
         gets the locale's country, GB where that has no IBAN (en_AU, en_IN, en_US).",
        "Check digits by ISO 13616; the national ones too in BE, ES, FI, FR, IT and PT. The bank code is all zeros, \
         or XXXX where it is letters; 999 in BE, and a first 0 in DE.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_iban"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_iban('DE89 3704 0044 0532 0130 00')", output: "DE88 0877 4060 8045 7418 47" },
        Example { sql: "SELECT fake_iban('FR1420041010050500013M02606')", output: "FR7600000175360199541912276" },
        Example { sql: "SELECT fake_iban('account 7', 'fake_iban', 'sv_SE')", output: "SE3300007285496270389585" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_IBAN: Fake = Fake::code(&SPEC, 28, Keeps::Separators, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    iban::draw(ask.value, ask.locale, dice, out);
}
