//! fake_driving_licence: an invented driving licence number.

use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::national::{INDIAN_STATES, personal_number};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, PLAUSIBLE, RANGE, SEED, TEXT_RESULT, domain};
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_driving_licence",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a driving licence number in the form of the locale's country.",
    notes: &[
        "de_DE 11 letters and digits, en_AU 8 digits (New South Wales), en_GB 16 (DVLA), en_IN state, office, year \
         and 7 digits, en_US a letter and 7 digits (California), fr_FR 12 digits, sv_SE a personal number as \
         fake_gov_id's.",
        "Indian ones of range 'test' have the office 00, which is none; for the others no range is known to be kept \
         free, so by chance a number is somebody's. The check characters of de_DE and en_GB are drawn, not computed.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_driving_licence"), LOCALE, MAX_CHARS, RANGE],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_driving_licence('A1234567')", output: "L8010591" },
        Example {
            sql: "SELECT fake_driving_licence('patient 7', 'fake_driving_licence', 'en_IN')",
            output: "PB00 20111128653",
        },
        Example {
            sql: "SELECT fake_driving_licence('patient 7', 'fake_driving_licence', 'en_GB')",
            output: "TFOHK907250PY9RN",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_DRIVING_LICENCE: Fake = Fake::code(&SPEC, 16, Keeps::Format, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    match ask.locale {
        Locale::DeDe => out.pattern("@###*****#1", dice),
        Locale::EnAu => out.pattern("########", dice),
        Locale::EnGb => {
            out.pattern("@@@@@#", dice);
            // Women's months count from 51.
            let month = 1 + dice.below(12) + 50 * dice.below(2);
            out.number(u64::from(month), 2);
            out.number(1 + u64::from(dice.below(28)), 2);
            out.pattern("#@@9@@", dice);
        }
        Locale::EnIn => {
            out.text(dice.one_of(INDIAN_STATES));
            let office = if ask.choice == PLAUSIBLE { 1 + dice.below(99) } else { 0 };
            out.number(u64::from(office), 2);
            out.push(b' ');
            out.number(1990 + u64::from(dice.below(35)), 4);
            out.pattern("#######", dice);
        }
        Locale::EnUs => out.pattern("@#######", dice),
        Locale::FrFr => {
            out.number(u64::from(dice.below(100)), 2);
            out.number(1 + u64::from(dice.below(12)), 2);
            out.number(1 + u64::from(dice.below(95)), 2);
            out.pattern("######", dice);
        }
        Locale::SvSe => personal_number(ask, dice, out),
    }
}
