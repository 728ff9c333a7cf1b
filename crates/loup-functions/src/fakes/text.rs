//! Words, sentences and paragraphs, names of hosts, addresses of pages and names of files.

use std::sync::LazyLock;

use super::dice::Dice;
use super::fake::write_letters;
use crate::draw::Fraction;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::word_list::WordLists;
use crate::lists::words::{COLORS, WORDS};
use crate::locale::Locale;

/// The shortest sentence that a paragraph goes on with.
const SHORTEST_SENTENCE: usize = 24;
/// Endings of hosts that nobody can have (RFC 2606, RFC 6761).
const RESERVED: &[&str] = &[".example", ".test", ".example.com", ".example.org", ".example.net"];
/// Hosts of addresses that reach nobody (RFC 2606).
pub(crate) const MAIL_HOSTS: &[&str] = &["@example.com", "@example.org", "@example.net"];
/// Endings of files.
const EXTENSIONS: &[&str] = &[
    "pdf", "docx", "xlsx", "txt", "csv", "jpg", "png", "doc", "xls", "ppt", "pptx", "odt", "ods", "rtf", "md", "json",
    "xml", "html", "htm", "yaml", "sql", "log", "parquet", "jpeg", "gif", "bmp", "svg", "tif", "tiff", "webp", "heic",
    "dcm", "mp3", "wav", "mp4", "mov", "avi", "zip", "gz", "tar", "7z", "rar", "eml", "msg", "ics", "bak",
];
/// How many of them are drawn.
const USUAL_EXTENSIONS: usize = 7;

/// English words of plain small letters, for names that are ASCII everywhere.
static PLAIN: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let words = WORDS.of(Locale::EnUs).upto(Some(10));
    let is_plain = |word: &&&str| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.iter().filter(is_plain).copied().collect()
});

/// Writes a word of a locale, cut if none fits.
pub(crate) fn write_word(locale: Locale, most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    write_entry(&WORDS, locale, most, dice, out);
}

/// Writes the name of a color, or for a value such as #1a2b3c or #abc another one like it.
pub(crate) fn write_color(value: &[u8], locale: Locale, most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let digits = value.strip_prefix(b"#").filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let Some(digits) = digits.filter(|digits| matches!(digits.len(), 3 | 6) && digits.len() < most) else {
        write_entry(&COLORS, locale, most, dice, out);
        return;
    };
    let is_upper = digits.iter().any(u8::is_ascii_uppercase);
    out.push_str("#");
    for _ in digits {
        let digit = dice.one_of(b"0123456789abcdef");
        out.push_char(char::from(if is_upper { digit.to_ascii_uppercase() } else { digit }));
    }
}

fn write_entry(lists: &'static WordLists, locale: Locale, most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let limit = (most != usize::MAX).then_some(most);
    out.push_str(lists.of(locale).within(limit).draw(&mut Fraction::new(dice.word())));
}

/// Writes a sentence of 4 to 12 words.
fn write_any_sentence(words: &[&str], dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let count = 4 + dice.below(9);
    push_capitalized(dice.one_of(words), out);
    for _ in 1..count {
        out.push_char(' ');
        out.push_str(dice.one_of(words));
    }
    out.push_char('.');
}

/// Writes a sentence of 4 to 12 words, fewer where they do not fit; returns its length in characters where that is limited.
pub(crate) fn write_sentence(locale: Locale, most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) -> usize {
    let words = WORDS.of(locale);
    if most == usize::MAX {
        write_any_sentence(words.all(), dice, out);
        return 0;
    }
    let mut length = 0;
    for position in 0..4 + dice.below(9) {
        let blank = usize::from(position > 0);
        let Some(room) = most.checked_sub(length + blank + ".".len()) else { break };
        let fitting = words.upto(Some(room));
        if fitting.len() < 2 {
            break;
        }
        let word = dice.one_of(fitting);
        if position == 0 {
            push_capitalized(word, out);
        } else {
            out.push_char(' ');
            out.push_str(word);
        }
        length += blank + word.chars().count();
    }
    if length == 0 {
        write_word(locale, most, dice, out);
        return most;
    }
    out.push_str(".");
    length + 1
}

/// Writes 3 to 6 sentences, fewer where they do not fit.
pub(crate) fn write_paragraph(locale: Locale, most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let count = 3 + dice.below(4);
    let mut length = write_sentence(locale, most, dice, out);
    for _ in 1..count {
        let room = if most == usize::MAX { most } else { most.saturating_sub(length + 1) };
        if room < SHORTEST_SENTENCE {
            return;
        }
        out.push_char(' ');
        length += 1 + write_sentence(locale, room, dice, out);
    }
}

/// Writes a host of one or two words at a reserved ending, else a few letters.
pub(crate) fn write_host(most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let [first, second] = [dice.one_of(&PLAIN), dice.one_of(&PLAIN)];
    let ending = dice.one_of(RESERVED);
    let forms: [&[&str]; 4] =
        [&[first, "-", second, ending], &[first, ending], &[first, ".example"], &[first, ".test"]];
    write_first_that_fits(&forms, most, dice, out);
}

/// Writes the address of a page at a reserved host, else a few letters.
pub(crate) fn write_url(most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let [first, second, folder, page] = std::array::from_fn(|_| dice.one_of(&PLAIN));
    let ending = dice.one_of(RESERVED);
    let start = "https://";
    let forms: [&[&str]; 4] = [
        &[start, first, "-", second, ending, "/", folder, "/", page],
        &[start, first, ending, "/", page],
        &[start, first, ".example"],
        &[start, first, ".test"],
    ];
    write_first_that_fits(&forms, most, dice, out);
}

/// Writes the name of a file with the ending of the value, where that is a usual one, else with one of the usual.
pub(crate) fn write_file_name(value: &[u8], most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let [first, second] = [dice.one_of(&PLAIN), dice.one_of(&PLAIN)];
    let drawn = dice.one_of(&EXTENSIONS[..USUAL_EXTENSIONS]);
    let given = value.rsplit(|byte| *byte == b'.').next().filter(|ending| ending.len() < value.len());
    let kept =
        EXTENSIONS.iter().find(|known| given.is_some_and(|ending| ending.eq_ignore_ascii_case(known.as_bytes())));
    let ending = kept.copied().unwrap_or(drawn);
    let forms: [&[&str]; 2] = [&[first, "_", second, ".", ending], &[first, ".", ending]];
    write_first_that_fits(&forms, most, dice, out);
}

fn write_first_that_fits(forms: &[&[&str]], most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let fits = |form: &&&[&str]| form.iter().map(|part| part.len()).sum::<usize>() <= most;
    match forms.iter().find(fits) {
        Some(form) => form.iter().for_each(|part| out.push_str(part)),
        None => write_letters(most, dice, out),
    }
}

fn push_capitalized(word: &str, out: &mut TextBuilder) {
    let mut chars = word.chars();
    if let Some(first) = chars.next() {
        // A letter whose capital is two letters would be one character too long.
        let mut upper = first.to_uppercase();
        out.push_char(if upper.len() == 1 { upper.next().unwrap_or(first) } else { first });
    }
    out.push_str(chars.as_str());
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;

    use super::*;

    fn written(seed: u32, write: impl Fn(&mut Dice<'_>, &mut TextBuilder)) -> String {
        let mut out = TextBuilder::new(&DataType::Utf8, 1, 64).expect("a text type");
        write(&mut Dice::new(&super::super::test_digest(seed)), &mut out);
        String::from_utf8(out.row().to_vec()).expect("UTF-8")
    }

    #[test]
    fn sentences_start_with_a_capital_end_with_a_full_stop_and_fit() {
        for seed in 0..5_000 {
            for locale in Locale::ALL {
                let most = [usize::MAX, 40, 20][seed as usize % 3];
                let text = written(seed, |dice, out| {
                    write_sentence(locale, most, dice, out);
                });
                assert!(text.ends_with('.') && text.chars().count() <= most, "{text}");
                assert!(!text.starts_with(' ') && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn paragraphs_fit_whatever_the_limit() {
        for seed in 0..3_000 {
            let most = seed as usize % 400 + 1;
            let text = written(seed, |dice, out| write_paragraph(Locale::DeDe, most, dice, out));
            assert!((1..=most).contains(&text.chars().count()), "{most}: {text}");
        }
    }

    #[test]
    fn hosts_are_reserved() {
        for seed in 0..100_000 {
            let most = if seed % 2 == 0 { usize::MAX } else { 20 };
            let host = written(seed, |dice, out| write_host(most, dice, out));
            assert!(RESERVED.iter().any(|ending| host.ends_with(ending)) && host.len() <= most, "{host}");
            let url = written(seed, |dice, out| write_url(usize::MAX, dice, out));
            let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).expect("a host");
            assert!(RESERVED.iter().any(|ending| host.ends_with(ending)), "{url}");
        }
    }

    #[test]
    fn files_keep_a_usual_ending_and_no_other() {
        let name = |value: &str| written(3, |dice, out| write_file_name(value.as_bytes(), usize::MAX, dice, out));
        assert_eq!(name("Report of Alice.PDF").rsplit('.').next(), Some("pdf"));
        assert_eq!(name("scan.tar.gz").rsplit('.').next(), Some("gz"));
        assert!(!name("letter.alice").contains("alice"));
        assert!(!name("pdf").is_empty());
    }
}
