//! Invented companies: lists of what their names are made of, and how each locale puts them together.

use std::sync::LazyLock;

use crate::draw::{Fraction, below, word};
use crate::kernel::text_builder::TextBuilder;
use crate::lists::files;
use crate::lists::names::LAST;
use crate::lists::word_list::WordLists;
use crate::locale::Locale;

/// Invented first words.
static STEMS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("companies", "stem")));
/// What a company does.
static TRADES: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("companies", "trade")));
/// Legal forms.
static FORMS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("companies", "form")));

/// Returns how many characters the longest name of any locale has.
pub(crate) fn longest() -> usize {
    let (word, last) = (STEMS.longest().max(LAST.longest()), LAST.longest());
    let name = (word + 1 + TRADES.longest()).max(last + 3 + last);
    name + 1 + FORMS.longest()
}

/// Writes the name that a digest draws. Where it is too long, the legal form goes, then all but a last name.
pub(crate) fn write(locale: Locale, digest: &[u8; 32], max_chars: Option<usize>, out: &mut TextBuilder) {
    let one_of = |lists: &WordLists, position| {
        let words = lists.of(locale).all();
        words[below(word(digest, position), words.len())]
    };
    let mut kind = Fraction::new(word(digest, 0));
    let (first, join, second) = match kind.below(10) {
        0..4 => in_order(locale, one_of(&LAST, 1), one_of(&TRADES, 3)),
        4..6 => (one_of(&LAST, 1), " & ", one_of(&LAST, 2)),
        _ => in_order(locale, one_of(&STEMS, 2), one_of(&TRADES, 3)),
    };
    let forms = FORMS.of(locale).all();
    let parts = [first, join, second, " ", forms[kind.below(forms.len())]];
    let fits = |parts: &[&str]| {
        max_chars.is_none_or(|most| parts.iter().map(|part| part.chars().count()).sum::<usize>() <= most)
    };
    if let Some(parts) = [&parts[..], &parts[..3]].into_iter().find(|parts| fits(parts)) {
        for part in parts {
            out.push_str(part);
        }
        return;
    }
    out.push_str(LAST.of(locale).within(max_chars).draw(&mut Fraction::new(word(digest, 1))));
}

/// Puts a name and a trade in the order of the locale: Haas Maschinenbau, Menuiserie Bigot.
fn in_order<'a>(locale: Locale, name: &'a str, trade: &'a str) -> (&'a str, &'a str, &'a str) {
    match locale {
        Locale::FrFr => (trade, " ", name),
        _ => (name, " ", trade),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_together_as_the_locale_does() {
        assert_eq!(in_order(Locale::DeDe, "Haas", "Maschinenbau"), ("Haas", " ", "Maschinenbau"));
        assert_eq!(in_order(Locale::FrFr, "Bigot", "Menuiserie"), ("Menuiserie", " ", "Bigot"));
    }
}
