//! fake_voter_id: an invented Indian voter number (EPIC).

use crate::check_digit::CheckDigit;
use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::national::close;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_voter_id",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an Indian voter number with a valid check digit.",
    notes: &[
        "Three letters, six digits and their Luhn digit. No range of them is known to be kept free, so by chance one \
         is somebody's.",
        "A value of the same form keeps its separators and case; any other becomes the common form. One number in \
         two forms is two values.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_voter_id"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_voter_id('WKH1186253')", output: "YST6949424" },
        Example { sql: "SELECT fake_voter_id('patient 7')", output: "XQD6885354" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_VOTER_ID: Fake = Fake::code(&SPEC, 10, Keeps::Format, draw);

fn draw(_ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    out.pattern("@@@######", dice);
    close(out, CheckDigit::Luhn);
}
