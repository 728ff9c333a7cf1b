//! fake_unique_full_name: an invented full name that no other value gets.

use crate::draw::{Fraction, word};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::unique::UniqueFake;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::names::{FIRST, LAST};
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_unique_full_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a first and last name with a code that no other value gets.",
    notes: &[
        "A first and a last name (one of them where both do not fit) and a keyed code of 20 letters and digits, \
         which alone keeps values apart: 100 collision bits.",
        "Fits a column with a UNIQUE constraint, also one that folds case.",
        "Where max_chars leaves no room for both, the code alone; under 20 it is refused.",
    ],
    parameters: &[SEED, domain("fake_unique_full_name"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_unique_full_name('Asha Devi')", output: "Rochelle Barnett 3oc2qgorrbmu6ecmqyin" },
        Example {
            sql: "SELECT fake_unique_full_name('Asha Devi', 'patient', 'en_IN', 30)",
            output: "Oni Azad qqp7x4foy32w3ffq5i26",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_UNIQUE_FULL_NAME: UniqueFake =
    UniqueFake { spec: &SPEC, entry, longest: 50, shortest: 4, separator: " ", tails: &[] };

fn entry(locale: Locale, digest: &[u8; 32], most: usize, out: &mut TextBuilder) {
    let (mut first, mut last) = (Fraction::new(word(digest, 2)), Fraction::new(word(digest, 3)));
    let last = LAST.of(locale).within(Some(most)).draw(&mut last);
    let firsts = FIRST.of(locale);
    let room = most.saturating_sub(last.chars().count() + 1);
    if room >= firsts.least() {
        out.push_str(firsts.within(Some(room)).draw(&mut first));
        out.push_str(" ");
    }
    out.push_str(last);
}
