//! fake_passport: an invented passport number.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_passport",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a passport number in the form of the locale's country.",
    notes: &[
        "de_DE 9 of the letters and digits that are used, en_AU a letter and 7 digits, en_GB 9 digits, en_IN a \
         letter and 7 digits, en_US a letter and 8 digits, fr_FR 2 digits, 2 letters and 5 digits, sv_SE 8 digits.",
        "No range of them is known to be kept free, so by chance a number is somebody's.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_passport"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_passport('X12345678')", output: "J70209047" },
        Example { sql: "SELECT fake_passport('patient 7', 'fake_passport', 'fr_FR')", output: "01MY07742" },
        Example { sql: "SELECT fake_passport('patient 7', 'fake_passport', 'de_DE')", output: "C2FH30FJ0" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_PASSPORT: Fake = Fake::code(&SPEC, 9, Keeps::Format, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    match ask.locale {
        Locale::DeDe => {
            out.letters(1, b"CFGHJK", dice);
            out.letters(8, b"0123456789CFGHJKLMNPRTVWXYZ", dice);
        }
        Locale::EnAu => out.pattern("@#######", dice),
        Locale::EnGb => out.pattern("#########", dice),
        Locale::EnIn => {
            out.letters(1, b"ABCDEFGHIJKLMNOPRSTUVWY", dice);
            out.pattern("%#####%", dice);
        }
        Locale::EnUs => out.pattern("@########", dice),
        Locale::FrFr => out.pattern("##@@#####", dice),
        Locale::SvSe => out.pattern("########", dice),
    }
}
