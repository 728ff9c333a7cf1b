//! Invented companies: lists of what their names are made of, and how each locale puts them together.

use std::sync::LazyLock;

use crate::draw::{Fraction, below, word};
use crate::kernel::text_builder::TextBuilder;
use crate::locale::{Locale, files};
use crate::names::LAST;
use crate::word_list::{WordLists, cut};

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
        let words = lists.of(locale).upto(None);
        words[below(word(digest, position), words.len())]
    };
    let mut kind = Fraction::new(word(digest, 0));
    let (first, join, second) = match kind.below(10) {
        0..4 => in_order(locale, one_of(&LAST, 1), one_of(&TRADES, 3)),
        4..6 => (one_of(&LAST, 1), " & ", one_of(&LAST, 2)),
        _ => in_order(locale, one_of(&STEMS, 2), one_of(&TRADES, 3)),
    };
    let forms = FORMS.of(locale).upto(None);
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
    let lasts = LAST.of(locale).upto_or_all(max_chars);
    out.push_str(cut(lasts[below(word(digest, 1), lasts.len())], max_chars));
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
    use crate::word_list::check;

    /// Each kind of list: the texts of all locales, the fewest entries, and the SHA3-256 of each text.
    fn files() -> [(&'static str, [&'static str; 7], usize, [&'static str; 7]); 3] {
        [
            (
                "form",
                files!("companies", "form"),
                3,
                [
                    "80370a8021e833cdaea0726dcf130af36d57be563e71c595232597010d121dad",
                    "6911288f31917f3c43293cc306468a7d96fe53da887611721950f58c838b6009",
                    "9f0a1d5f47a6f41d1bfe9ec207ad76d462402d3e38804a8102d9ee0e685c123c",
                    "7cca3f71405655b7a5e177f313618f5463d2a0e45993d40ea6b12a87ae3a52a5",
                    "4e98993ccbbde77c9c1c0a60537e6fc0f2c9a682592f718a96bd2e60effd030a",
                    "1da03746a4a648bb2d8a322efaea67b09bd80a43eb4d5d3a8ba2b1fb6e7a10fc",
                    "9aec0655c217df0f5ff42420a87c69714220b394d2d5b3d3df386a3f043a67d8",
                ],
            ),
            (
                "stem",
                files!("companies", "stem"),
                150,
                [
                    "b2800625ec9cfbad0706474391f74b2050024ac4b385f2b51866c22d0a6c8519",
                    "e249fd1f4f912853a2a2b30c0e7677e73b063b83fc5d1e480baa534630cbacc2",
                    "5b6c3e81b03dcb2b9c2e34aebf23f196ff7c59a25651a7dece1a13112ef1f3b6",
                    "3d218baf62de4ed529669bae4e188e91102de842e885a6a17dfff53a8f7062ff",
                    "9a1a521132a418e8233c00bc99bd01168ab4de9e7b5fceafb0de70a75d73e9c9",
                    "19fb5585a5cf19f1281d7baabf85ccad41f4b051569548f6d26a777ce8ac771b",
                    "a411ace4fe381b926b0e3790168c185c575bf8a1f5e246abd18a3f9649616ac3",
                ],
            ),
            (
                "trade",
                files!("companies", "trade"),
                150,
                [
                    "dfb741b4d443b0915f78208028fdd9a3bb1a80c6c674acdb92c01be95b7a537c",
                    "6976cddf78155bbbfb5b10dfccc37891804943d497bb5ae607eeb03cf649e87e",
                    "4be3cdef0fd41b667e0365f3d2f2d405a4405aa459d40c67186087b81b0d9073",
                    "370861462429684e1846c23fc46f5b54fadbc3f9e3a7a46de916ee754c635dc4",
                    "fa2131e55c8ce4f1a183e99f58965276f546e4423612269fdea224ab7cb310cf",
                    "974a06531a6e15711177ec9e9afc1dec9797340d96cd2b18b81d53bd48a12b48",
                    "e793b18bca4dc1bbf2ede938de480d4a3ec6a72b278eff498798a947c1dba539",
                ],
            ),
        ]
    }

    #[test]
    fn lists_are_pinned_sorted_and_hold_one_entry_a_line() {
        for (kind, texts, least, pins) in files() {
            for ((locale, text), pin) in Locale::ALL.into_iter().zip(texts).zip(pins) {
                check(&format!("{}.{kind}", locale.name()), text, least, pin);
            }
        }
    }

    #[test]
    fn names_are_put_together_as_the_locale_does() {
        assert_eq!(in_order(Locale::DeDe, "Haas", "Maschinenbau"), ("Haas", " ", "Maschinenbau"));
        assert_eq!(in_order(Locale::FrFr, "Bigot", "Menuiserie"), ("Menuiserie", " ", "Bigot"));
    }
}
