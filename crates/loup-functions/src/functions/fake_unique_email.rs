//! fake_unique_email: an invented e-mail address that no other value gets.

use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::fakes::text::MAIL_HOSTS;
use crate::fakes::unique::UniqueFake;
use crate::functions::fake_unique_user_name;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_unique_email",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an e-mail address that no other value gets and that reaches nobody.",
    notes: &[
        "At example.com, example.org or example.net (RFC 2606): a user name as fake_user_name's and a keyed code of \
         20 letters and digits, which alone keeps values apart: 100 collision bits.",
        "Fits a column with a UNIQUE constraint, also one that folds case.",
        "Where max_chars leaves no room for both, the code alone; under 32 it is refused.",
    ],
    parameters: &[SEED, domain("fake_unique_email"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example {
            sql: "SELECT fake_unique_email('alice@mail.test')",
            output: "lroman.crlospn7aysppukmugpu@example.com",
        },
        Example {
            sql: "SELECT fake_unique_email('alice@mail.test', 'user', 'en_IN', 32)",
            output: "teijid45ifzk7age3ork@example.org",
        },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_UNIQUE_EMAIL: UniqueFake = UniqueFake {
    spec: &SPEC,
    entry: fake_unique_user_name::entry,
    // A local part has at most 64 characters (RFC 5321).
    longest: 43,
    shortest: 4,
    separator: ".",
    tails: MAIL_HOSTS,
};
