//! fake_email: an invented e-mail address.

use crate::draw::Fraction;
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::kernel::text_builder::TextBuilder;
use crate::lists::names::{FIRST, LAST};
use crate::persons::handle::{self, PlainName};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_email",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an e-mail address that reaches nobody.",
    notes: &[
        "The locale's names in plain small letters at example.com, example.org or example.net (RFC 2606). Many \
         values may share one: fake_unique_email is for columns with a UNIQUE constraint, pseudo_email for those \
         that join.",
        "One that belongs to a name: fake_person(x)['email'].",
        "Never the value itself, whatever its case. Under 13 characters max_chars leaves no room for an address, \
         which is cut.",
    ],
    parameters: &[SEED, domain("fake_email"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example { sql: "SELECT fake_email('alice@mail.test')", output: "lela.owen@example.com" },
        Example {
            sql: "SELECT fake_email('alice@mail.test', 'fake_email', 'sv_SE')",
            output: "iris.georgsson@example.com",
        },
        Example { sql: "SELECT fake_email(42, 'customer', 'en_IN', 20)", output: "oscar77@example.org" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_EMAIL: Fake = Fake::text(&SPEC, Some(handle::LONGEST_EMAIL), 28, draw);

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let mut names = Fraction::new(dice.word());
    let first = FIRST.of(ask.locale).within(None).draw(&mut names);
    let last = LAST.of(ask.locale).within(None).draw(&mut names);
    let [first, last] = [first, last].map(|name| PlainName::new(name, ask.locale));
    let most = (ask.most != usize::MAX).then_some(ask.most);
    out.push_str(handle::email(&first, &last, &mut Fraction::new(dice.word()), most).as_str());
}
