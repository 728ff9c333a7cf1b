//! fake_gov_id: an invented national number of the locale's country.

use crate::fakes::code::Keeps;
use crate::fakes::fake::Fake;
use crate::fakes::national;
use crate::fakes::parameters::{LOCALE, MAX_CHARS, RANGE, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_gov_id",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the number that persons have with the locale's government, check digits valid.",
    notes: &[
        "de_DE tax id (11 digits, ISO 7064 MOD 11,10), en_AU tax file number (9, modulus 11), en_GB national \
         insurance number, en_IN Aadhaar (12, Verhoeff), en_US social security number, fr_FR registration number \
         (NIR, 15, key of 97), sv_SE personal number (12 or, as the value, 10 digits, Luhn).",
        "range 'test' draws what is never issued: de_DE first digit 0, en_GB prefix QQ, en_IN first digit 0 or 1, \
         en_US areas from 900, fr_FR order 000; in sv_SE the series of the tax agency's published test numbers. No \
         such range is known for en_AU.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_gov_id"), LOCALE, MAX_CHARS, RANGE],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_gov_id('patient 7')", output: "933-20-6142" },
        Example { sql: "SELECT fake_gov_id('patient 7', 'fake_gov_id', 'de_DE')", output: "04236518710" },
        Example { sql: "SELECT fake_gov_id('patient 7', 'fake_gov_id', 'fr_FR')", output: "179043303700059" },
        Example { sql: "SELECT fake_gov_id('850709-9805', 'fake_gov_id', 'sv_SE')", output: "390419-9811" },
        Example { sql: "SELECT fake_gov_id('JM 64 10 02 A', 'fake_gov_id', 'en_GB')", output: "QQ 91 67 92 A" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_GOV_ID: Fake = Fake::code(&SPEC, 15, Keeps::Format, national::government_id);
