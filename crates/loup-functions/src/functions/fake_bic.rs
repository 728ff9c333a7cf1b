//! fake_bic: an invented bank identifier (BIC).

use crate::fakes::code::signs;
use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_bic",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a BIC that is marked as a test code.",
    notes: &[
        "Four letters, the locale's country, and a location whose second character is 0, the mark of test codes (ISO \
         9362). A value of 11 characters gets the branch XXX.",
        "A value's case stays.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_bic"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_bic('DEUTDEFF500', 'fake_bic', 'de_DE')", output: "FAOBDEX0XXX" },
        Example { sql: "SELECT fake_bic('bank 7')", output: "DTBKUSN0" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_BIC: Fake = Fake::code(&SPEC, 11, Keeps::Separators, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    out.pattern("@@@@", dice);
    out.text(match ask.locale {
        Locale::DeDe => "DE",
        Locale::EnAu => "AU",
        Locale::EnGb => "GB",
        Locale::EnIn => "IN",
        Locale::EnUs => "US",
        Locale::FrFr => "FR",
        Locale::SvSe => "SE",
    });
    out.push(dice.letter());
    out.push(b'0');
    if signs(ask.value) == Some(11) {
        out.text("XXX");
    }
}
