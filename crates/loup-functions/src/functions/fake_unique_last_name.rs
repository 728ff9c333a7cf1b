//! fake_unique_last_name: an invented last name that no other value gets.

use crate::draw::{Fraction, word};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::unique::UniqueFake;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::names::LAST;
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_unique_last_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a last name with a code that no other value gets.",
    notes: &[
        "A last name and a keyed code of 20 letters and digits, which alone keeps values apart: 100 collision bits.",
        "Fits a column with a UNIQUE constraint, also one that folds case.",
        "Where max_chars leaves no room for both, the code alone; under 20 it is refused.",
    ],
    parameters: &[SEED, domain("fake_unique_last_name"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[Example { sql: "SELECT fake_unique_last_name('Patel')", output: "Kane 2frgzanyrv4j4wtypway" }],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_UNIQUE_LAST_NAME: UniqueFake =
    UniqueFake { spec: &SPEC, entry, longest: 24, shortest: 4, separator: " ", tails: &[] };

fn entry(locale: Locale, digest: &[u8; 32], most: usize, out: &mut TextBuilder) {
    out.push_str(LAST.of(locale).within(Some(most)).draw(&mut Fraction::new(word(digest, 2))));
}
