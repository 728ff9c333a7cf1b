//! fake_mrn: an invented medical record number.

use crate::fakes::code::is_assigned_number;
use crate::fakes::code::{Code, Keeps};
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_mrn",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a medical record number in the form of the given one.",
    notes: &[
        "Hospitals number records each in their own way: a value of 4 to 20 letters and digits, with a digit among \
         them, has each drawn anew, a digit for a digit and a letter for a letter; separators, case and a leading \
         MRN or MR stay.",
        "Any other value becomes MRN and eight digits.",
        "Never the value itself. Many values may share a fake; join on a pseudonym instead.",
        "What is longer than max_chars loses its separators, then its first characters.",
    ],
    parameters: &[SEED, domain("fake_mrn"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_mrn('MRN-0012345')", output: "MRN-3042083" },
        Example { sql: "SELECT fake_mrn('A77-120')", output: "Y03-515" },
        Example { sql: "SELECT fake_mrn('unknown')", output: "MRN74232352" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_MRN: Fake = Fake::code(&SPEC, 20, Keeps::Format, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    if !is_assigned_number(ask.value) {
        out.pattern("MRN########", dice);
        return;
    }
    let starts = |prefix: &str| {
        let start = ask.value.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
            && !ask.value.get(prefix.len()).is_some_and(u8::is_ascii_alphabetic)
    };
    let prefix = ["MRN", "MR"].into_iter().find(|prefix| starts(prefix)).unwrap_or_default();
    out.text(prefix);
    out.like(&ask.value[prefix.len()..], dice);
}
