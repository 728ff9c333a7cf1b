//! Texts of the same length and character classes as others.

use super::dice::Dice;
use crate::kernel::text_builder::TextBuilder;

/// Letters or digits of a script: where they stand, and which of them are drawn.
struct Script {
    block: (char, char),
    /// The first one drawn, and how many follow on it.
    drawn: (char, u32),
}

const fn script(first: char, last: char, drawn: char, count: u32) -> Script {
    Script { block: (first, last), drawn: (drawn, count) }
}

/// Blocks of Unicode in which one letter is drawn for another letter or mark. Indic ones draw among the first twenty
/// consonants, which all of them have; Chinese and Korean among all.
const SCRIPTS: &[Script] = &[
    script('Ά', 'Ϋ', 'Α', 17),
    script('ά', 'ώ', 'α', 17),
    script('Ѐ', 'Я', 'А', 32),
    script('а', 'џ', 'а', 32),
    // Hebrew, Arabic and its digits in two forms.
    script('\u{591}', 'ת', 'א', 27),
    script('ء', 'غ', 'ا', 20),
    script('ـ', '\u{652}', 'ف', 10),
    script('٠', '٩', '٠', 10),
    script('۰', '۹', '۰', 10),
    // Devanagari and its digits, Bengali, Gurmukhi, Gujarati, Oriya, Telugu, Kannada, Malayalam.
    script('\u{900}', '\u{963}', 'क', 20),
    script('०', '९', '०', 10),
    script('\u{980}', '\u{9e3}', 'ক', 20),
    script('\u{a01}', '\u{a5e}', 'ਕ', 20),
    script('\u{a81}', '\u{ae3}', 'ક', 20),
    script('\u{b01}', '\u{b63}', 'କ', 20),
    script('\u{c00}', '\u{c63}', 'క', 20),
    script('\u{c80}', '\u{ce3}', 'ಕ', 20),
    script('\u{d00}', '\u{d63}', 'ക', 20),
    // Thai, Hiragana, Katakana, Chinese, Korean.
    script('ก', '\u{e4e}', 'ก', 46),
    script('ぁ', 'ゖ', 'ぁ', 83),
    script('ァ', 'ヺ', 'ァ', 83),
    script('一', '龥', '一', 20_902),
    script('가', '힣', '가', 11_172),
    // Fullwidth.
    script('０', '９', '０', 10),
    script('Ａ', 'Ｚ', 'Ａ', 26),
    script('ａ', 'ｚ', 'ａ', 26),
];

/// Letters that stand for capitals and small letters of Latin beyond ASCII.
const LATIN_UPPER: &[char] =
    &['À', 'Á', 'Â', 'Ä', 'Å', 'Æ', 'Ç', 'È', 'É', 'Ê', 'Ë', 'Í', 'Ñ', 'Ó', 'Ô', 'Ö', 'Ø', 'Ú', 'Ü'];
const LATIN_LOWER: &[char] =
    &['à', 'á', 'â', 'ä', 'å', 'æ', 'ç', 'è', 'é', 'ê', 'ë', 'í', 'ñ', 'ó', 'ô', 'ö', 'ø', 'ú', 'ü'];

/// Writes a text of up to `most` characters of the value's classes: a capital for a capital, a small letter for a small
/// letter, a digit for a digit, and a letter of its script for any other. Punctuation and blanks stay; a value that has
/// nothing else becomes small letters and digits. What has no class becomes a small letter, a number that has none a
/// digit.
pub(crate) fn write(value: &str, most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    if value.is_ascii() && value.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        let length = value.len().min(most);
        out.push_ascii(length, |text| {
            for (to, from) in text.iter_mut().zip(value.bytes()) {
                *to = ascii(from, dice);
            }
        });
        return;
    }
    let is_bare = value.chars().all(stays);
    // The empty text has no other of its length.
    let blank = if value.is_empty() { "x" } else { "" };
    for c in value.chars().chain(blank.chars()).take(most) {
        if is_bare {
            out.push_char(char::from(dice.one_of(b"abcdefghijklmnopqrstuvwxyz0123456789")));
        } else {
            out.push_char(drawn(c, dice));
        }
    }
}

fn ascii(byte: u8, dice: &mut Dice<'_>) -> u8 {
    match byte {
        b'0'..=b'9' => dice.digit(),
        b'A'..=b'Z' => dice.letter(),
        b'a'..=b'z' => dice.letter().to_ascii_lowercase(),
        other => other,
    }
}

fn drawn(c: char, dice: &mut Dice<'_>) -> char {
    if c.is_ascii() {
        return char::from(ascii(c as u8, dice));
    }
    if stays(c) {
        return c;
    }
    if matches!(c, 'À'..='ɏ') && c.is_alphabetic() {
        return dice.one_of(if c.is_uppercase() { LATIN_UPPER } else { LATIN_LOWER });
    }
    let script = SCRIPTS.iter().find(|script| (script.block.0..=script.block.1).contains(&c));
    let draw =
        |script: &Script, dice: &mut Dice<'_>| char::from_u32(script.drawn.0 as u32 + dice.below(script.drawn.1));
    let other = |dice: &mut Dice<'_>| {
        char::from(if c.is_numeric() { dice.digit() } else { dice.letter().to_ascii_lowercase() })
    };
    script.and_then(|script| draw(script, dice)).unwrap_or_else(|| other(dice))
}

/// Returns whether a character stays: punctuation and blanks.
fn stays(c: char) -> bool {
    match c {
        _ if c.is_ascii() => !c.is_ascii_alphanumeric(),
        '\u{a0}' | '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{3002}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::DataType;

    use super::*;

    fn likeness(value: &str, most: usize, seed: u32) -> String {
        let mut out = TextBuilder::new(&DataType::Utf8, 1, 16).expect("a text type");
        write(value, most, &mut Dice::new(&super::super::test_digest(seed)), &mut out);
        out.finish_row().expect("fits");
        out.finish().as_string::<i32>().value(0).to_owned()
    }

    #[test]
    fn each_place_keeps_its_class() {
        for seed in 0..100_000 {
            let text = likeness("Ab-12 (x)", usize::MAX, seed);
            let bytes: &[u8; 9] = text.as_bytes().try_into().expect("nine characters");
            let [a, b, dash, one, two, blank, open, x, close] = bytes.map(char::from);
            assert!(a.is_ascii_uppercase() && b.is_ascii_lowercase() && x.is_ascii_lowercase(), "{text}");
            assert!(one.is_ascii_digit() && two.is_ascii_digit(), "{text}");
            assert_eq!([dash, blank, open, close], ['-', ' ', '(', ')'], "{text}");
        }
    }

    #[test]
    fn letters_stay_in_their_script() {
        for (value, first, last) in [
            ("Привет", 'А', 'я'),
            ("Ελλάδα", 'Α', 'ω'),
            ("Ёж", 'А', 'я'),
            ("नमस्ते", 'क', 'न'),
            ("日本語", '一', '龥'),
            ("안녕", '가', '힣'),
            ("שָׁלוֹם", 'א', 'ת'),
            ("١٢٣", '٠', '٩'),
            ("éÉü", 'À', 'ü'),
        ] {
            for seed in 0..500 {
                let text = likeness(value, usize::MAX, seed);
                assert_eq!(text.chars().count(), value.chars().count(), "{text}");
                assert!(text.chars().all(|c| (first..=last).contains(&c)), "{value} became {text}");
            }
        }
    }

    #[test]
    fn what_has_no_class_becomes_a_small_letter() {
        for value in ["😀", "\u{301}", "𝔸"] {
            let text = likeness(value, usize::MAX, 3);
            assert!(text.len() == 1 && text.as_bytes()[0].is_ascii_lowercase(), "{text}");
        }
        assert!(likeness("½", usize::MAX, 3).as_bytes()[0].is_ascii_digit());
    }

    #[test]
    fn separators_alone_become_letters_and_digits() {
        for value in ["---", "()  ,", "…\u{a0}-"] {
            let text = likeness(value, usize::MAX, 5);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
            assert_eq!(text.len(), value.chars().count());
        }
        assert_eq!(likeness("", usize::MAX, 5).len(), 1);
        assert_eq!(likeness("Anna", 2, 5).len(), 2);
    }
}
