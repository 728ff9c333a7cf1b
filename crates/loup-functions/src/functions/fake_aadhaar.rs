//! fake_aadhaar: an invented Aadhaar number.

use crate::fakes::code::Keeps;
use crate::fakes::fake::Fake;
use crate::fakes::national;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, RANGE, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_aadhaar",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an Aadhaar number with a valid check digit that nobody has.",
    notes: &[
        "12 digits, the last by Verhoeff. UIDAI issues none that start with 0 or 1, so those of range 'test' do; \
         software that refuses them takes range => 'plausible', 2 to 9, which by chance are somebody's.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_aadhaar"), ANY_LOCALE, MAX_CHARS, RANGE],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_aadhaar('2341 2341 2346')", output: "1584 3221 8763" },
        Example { sql: "SELECT fake_aadhaar('patient 7')", output: "188904253117" },
        Example {
            sql: "SELECT fake_aadhaar('234123412346', 'fake_aadhaar', '', 0, 'plausible')",
            output: "773550153167",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_AADHAAR: Fake = Fake::code(&SPEC, 12, Keeps::Format, national::aadhaar);
