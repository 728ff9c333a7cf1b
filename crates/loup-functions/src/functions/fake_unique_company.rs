//! fake_unique_company: an invented company that no other value gets.

use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::unique::UniqueFake;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::companies;
use crate::locale::Locale;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_unique_company",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a company name that no other value gets.",
    notes: &[
        "A name as fake_company's and a keyed code of 20 letters and digits, which alone keeps values apart: 100 \
         collision bits.",
        "Fits a column with a UNIQUE constraint, also one that folds case.",
        "Where max_chars leaves no room for both, the code alone; under 20 it is refused.",
    ],
    parameters: &[SEED, domain("fake_unique_company"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example {
            sql: "SELECT fake_unique_company('ACME Corp.')",
            output: "Aspenridge Graphics Co. n7snfjnxszv6vo4o7mm6",
        },
        Example {
            sql: "SELECT fake_unique_company('ACME Corp.', 'customer', 'fr_FR', 24)",
            output: "6onbuj7micltsh3at45j",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_UNIQUE_COMPANY: UniqueFake =
    UniqueFake { spec: &SPEC, entry, longest: 80, shortest: 4, separator: " ", tails: &[] };

fn entry(locale: Locale, digest: &[u8; 32], most: usize, out: &mut TextBuilder) {
    companies::write(locale, digest, Some(most), out);
}
