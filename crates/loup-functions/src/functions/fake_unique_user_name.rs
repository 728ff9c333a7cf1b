//! fake_unique_user_name: an invented user name that no other value gets.

use crate::draw::{Fraction, word};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::unique::UniqueFake;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::names::{FIRST, LAST};
use crate::locale::Locale;
use crate::persons::handle::{self, PlainName};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_unique_user_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a user name that no other value gets.",
    notes: &[
        "A user name as fake_user_name's and a keyed code of 20 letters and digits, which alone keeps values apart: \
         100 collision bits.",
        "Fits a column with a UNIQUE constraint, also one that folds case.",
        "Where max_chars leaves no room for both, the code alone; under 20 it is refused.",
    ],
    parameters: &[SEED, domain("fake_unique_user_name"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_unique_user_name('alice77')", output: "israel.simmons20.mjmm66muwziys4wklll7" },
        Example { sql: "SELECT fake_unique_user_name('alice77', 'user', 'de_DE', 20)", output: "7t3f57zas37u5ihibjke" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_UNIQUE_USER_NAME: UniqueFake =
    UniqueFake { spec: &SPEC, entry, longest: handle::LONGEST_USER_NAME, shortest: 4, separator: ".", tails: &[] };

/// Writes a user name of at most so many characters.
pub(crate) fn entry(locale: Locale, digest: &[u8; 32], most: usize, out: &mut TextBuilder) {
    let mut names = Fraction::new(word(digest, 2));
    let first = FIRST.of(locale).within(None).draw(&mut names);
    let last = LAST.of(locale).within(None).draw(&mut names);
    let [first, last] = [first, last].map(|name| PlainName::new(name, locale));
    out.push_str(handle::user_name(&first, &last, &mut Fraction::new(word(digest, 3)), Some(most)).as_str());
}
