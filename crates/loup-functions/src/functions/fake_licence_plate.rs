//! fake_licence_plate: an invented vehicle registration number.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::national::INDIAN_STATES;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_licence_plate",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a vehicle registration number in the form of the locale's country.",
    notes: &[
        "de_DE B-XY 1234, en_AU ABC-12D, en_GB AB00 CDE, en_IN MH00AB1234, en_US ABC-1234, fr_FR AB-123-CD, sv_SE \
         ABC 123, of the letters that each country uses.",
        "British ones have the age number 00 and Indian ones the office 00, which are none; elsewhere a vehicle may \
         have the number by chance.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_licence_plate"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_licence_plate('7ABC123')", output: "TPV-8662" },
        Example {
            sql: "SELECT fake_licence_plate('KA 05 MH 1234', 'fake_licence_plate', 'en_IN')",
            output: "PY 00 BG 8295",
        },
        Example { sql: "SELECT fake_licence_plate('car 7', 'fake_licence_plate', 'de_DE')", output: "WI-T 487" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_LICENCE_PLATE: Fake = Fake::code(&SPEC, 11, Keeps::Format, draw);

/// Registration districts of big towns.
const GERMAN_DISTRICTS: &[&str] =
    &["B", "M", "K", "F", "S", "D", "L", "H", "N", "E", "HH", "HB", "DD", "DO", "DU", "BO", "BN", "KA", "MA", "WI"];

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    match ask.locale {
        Locale::DeDe => {
            out.text(dice.one_of(GERMAN_DISTRICTS));
            out.push(b'-');
            out.pattern(dice.one_of(&["@", "@@"]), dice);
            out.push(b' ');
            out.pattern(dice.one_of(&["%##", "%###"]), dice);
        }
        Locale::EnAu => out.pattern("@@@-##@", dice),
        Locale::EnGb => {
            out.letters(2, b"ABCDEFGHKLMNOPRSVWXY", dice);
            out.text("00 ");
            out.letters(3, b"ABCDEFGHJKLMNOPRSTUVWXYZ", dice);
        }
        Locale::EnIn => {
            out.text(dice.one_of(INDIAN_STATES));
            out.text("00");
            out.letters(2, b"ABCDEFGHJKLMNPQRSTUVWXYZ", dice);
            out.pattern("####", dice);
        }
        Locale::EnUs => out.pattern("@@@-####", dice),
        Locale::FrFr => {
            out.letters(2, b"ABCDEFGHJKLMNPQRSTVWXYZ", dice);
            out.pattern("-###-", dice);
            out.letters(2, b"ABCDEFGHJKLMNPQRSTVWXYZ", dice);
        }
        Locale::SvSe => {
            out.letters(3, b"ABCDEFGHJKLMNOPRSTUWXYZ", dice);
            out.pattern(" ###", dice);
        }
    }
}
