//! fake_user_name: an invented user name.

use crate::draw::Fraction;
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::kernel::text_builder::TextBuilder;
use crate::lists::names::{FIRST, LAST};
use crate::persons::handle::{self, PlainName};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_user_name",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by a user name made of a name.",
    notes: &[
        "anna.lindberg, alindberg42 and the like, of the locale's names, in plain small letters. Many values may \
         share one: fake_unique_user_name is for columns with a UNIQUE constraint.",
        "One that belongs to an e-mail address and a name: fake_person(x)['user_name'].",
        "Never the value itself, whatever its case. Cut where it is longer than max_chars.",
    ],
    parameters: &[SEED, domain("fake_user_name"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_user_name('alice77')", output: "eldon.duran" },
        Example { sql: "SELECT fake_user_name('alice77', 'fake_user_name', 'de_DE', 10)", output: "guelay.hei" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_USER_NAME: Fake = Fake::text(&SPEC, Some(handle::LONGEST_USER_NAME), 14, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let mut names = Fraction::new(dice.word());
    let first = FIRST.of(ask.locale).within(None).draw(&mut names);
    let last = LAST.of(ask.locale).within(None).draw(&mut names);
    let [first, last] = [first, last].map(|name| PlainName::new(name, ask.locale));
    let most = (ask.most != usize::MAX).then_some(ask.most);
    out.push_str(handle::user_name(&first, &last, &mut Fraction::new(dice.word()), most).as_str());
}
