//! fake_ssn: an invented social security number.

use crate::fakes::code::Keeps;
use crate::fakes::fake::Fake;
use crate::fakes::national;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, RANGE, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_ssn",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a social security number that nobody has.",
    notes: &[
        "Areas 900 to 999 are never issued (SSA), and with the groups 01 to 49 no tax office number (ITIN) either. \
         range => 'plausible' draws from the areas that are issued, whose numbers by chance are somebody's.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_ssn"), ANY_LOCALE, MAX_CHARS, RANGE],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_ssn('123-45-6789')", output: "914-07-6759" },
        Example { sql: "SELECT fake_ssn(123456789)", output: "923059407" },
        Example { sql: "SELECT fake_ssn('patient 7', 'fake_ssn', '', 0, 'plausible')", output: "213-66-8605" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_SSN: Fake = Fake::code(&SPEC, 11, Keeps::Format, national::social_security_number);
