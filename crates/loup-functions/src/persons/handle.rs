//! User names and e-mail addresses that are made of a person's name.

use crate::draw::Fraction;
use crate::locale::Locale;

/// Domains that nobody can own (RFC 2606).
const DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];
/// The most characters of a name that are used.
const FROM_NAME: usize = 24;

/// The most characters of a user name: both names, what joins them, and a number of two digits.
pub(crate) const LONGEST_USER_NAME: usize = 2 * FROM_NAME + 3;
/// The most characters of an e-mail address.
pub(crate) const LONGEST_EMAIL: usize = LONGEST_USER_NAME + 1 + DOMAINS[0].len();

/// A user name or an e-mail address: ASCII text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handle {
    text: [u8; LONGEST_EMAIL],
    length: usize,
}

impl Handle {
    /// Returns its text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).expect("a handle is ASCII")
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        let count = bytes.len().min(self.text.len() - self.length);
        self.text[self.length..self.length + count].copy_from_slice(&bytes[..count]);
        self.length += count;
    }
}

/// The ASCII letters of a name, lower-case: what its user names and e-mail addresses are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainName {
    text: [u8; FROM_NAME],
    length: usize,
}

impl PlainName {
    /// Takes the letters of a name, without accents.
    pub(crate) fn new(name: &str, locale: Locale) -> Self {
        let mut plain = Self { text: [0; FROM_NAME], length: 0 };
        if name.is_ascii() {
            for letter in name.bytes().filter(u8::is_ascii_alphabetic).take(FROM_NAME) {
                plain.text[plain.length] = letter.to_ascii_lowercase();
                plain.length += 1;
            }
            return plain;
        }
        for letter in name.chars() {
            for &byte in ascii(letter, locale).as_slice() {
                if plain.length < FROM_NAME {
                    plain.text[plain.length] = byte;
                    plain.length += 1;
                }
            }
        }
        plain
    }

    /// Returns its first letters.
    fn first(&self, most: usize) -> &[u8] {
        &self.text[..self.length.min(most)]
    }
}

/// Makes a user name of a name: `anna.lindberg`, `alindberg42` and the like, at most `max_chars` long.
pub(crate) fn user_name(first: &PlainName, last: &PlainName, draws: &mut Fraction, max_chars: Option<usize>) -> Handle {
    let mut handle = Handle { text: [0; LONGEST_EMAIL], length: 0 };
    let form = draws.below(6);
    // What follows the names; a name is shortened for it where it must be.
    let number = (form >= 2).then(|| 10 + draws.below(90));
    let room = max_chars.unwrap_or(LONGEST_USER_NAME).min(LONGEST_USER_NAME);
    let room = if number.is_some() && room > 3 { room - 2 } else { room };
    let (first_letters, join, last_letters): (usize, &[u8], usize) = match form {
        0 | 2 => (FROM_NAME, b".", FROM_NAME),
        1 | 3 => (1, b"", FROM_NAME),
        4 => (FROM_NAME, b"", 1),
        _ => (FROM_NAME, b"_", FROM_NAME),
    };
    handle.push_bytes(first.first(first_letters));
    handle.push_bytes(join);
    handle.push_bytes(last.first(last_letters));
    handle.length = handle.length.min(room);
    while handle.text[..handle.length].ends_with(b".") || handle.text[..handle.length].ends_with(b"_") {
        handle.length -= 1;
    }
    if let Some(number) = number {
        handle.push_bytes(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
    }
    handle.length = handle.length.min(max_chars.unwrap_or(LONGEST_USER_NAME));
    handle
}

/// Makes an e-mail address of a name, at a domain that nobody can own. Where `max_chars` is less than 13, it is cut and no
/// address any more.
pub(crate) fn email(first: &PlainName, last: &PlainName, draws: &mut Fraction, max_chars: Option<usize>) -> Handle {
    let domain = DOMAINS[draws.below(DOMAINS.len())];
    let most = max_chars.unwrap_or(LONGEST_EMAIL);
    let local = most.saturating_sub(1 + domain.len()).clamp(1, LONGEST_USER_NAME);
    let mut handle = user_name(first, last, draws, Some(local));
    handle.push_bytes(b"@");
    handle.push_bytes(domain.as_bytes());
    handle.length = handle.length.min(most);
    handle
}

/// One or two ASCII letters, or none.
struct Letters {
    bytes: [u8; 2],
    length: usize,
}

impl Letters {
    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Returns what a letter is written as where only ASCII letters are allowed, as its language does; nothing for what is no
/// letter.
fn ascii(letter: char, locale: Locale) -> Letters {
    let (bytes, length) = match letter {
        'a'..='z' | 'A'..='Z' => ([letter.to_ascii_lowercase() as u8, 0], 1),
        'ä' | 'Ä' if locale == Locale::DeDe => (*b"ae", 2),
        'ö' | 'Ö' if locale == Locale::DeDe => (*b"oe", 2),
        'ü' | 'Ü' if locale == Locale::DeDe => (*b"ue", 2),
        'ß' | 'ẞ' => (*b"ss", 2),
        'æ' | 'Æ' => (*b"ae", 2),
        'œ' | 'Œ' => (*b"oe", 2),
        'à'..='å' | 'À'..='Å' | 'ā' | 'ă' | 'ą' => (*b"a\0", 1),
        'ç' | 'Ç' | 'ć' | 'č' | 'Č' => (*b"c\0", 1),
        'ð' | 'Ð' | 'ď' | 'đ' => (*b"d\0", 1),
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'ę' | 'ě' => (*b"e\0", 1),
        'ğ' => (*b"g\0", 1),
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' | 'ı' | 'İ' => (*b"i\0", 1),
        'ł' | 'Ł' => (*b"l\0", 1),
        'ñ' | 'Ñ' | 'ń' | 'ň' => (*b"n\0", 1),
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ō' | 'ő' => (*b"o\0", 1),
        'ř' | 'Ř' => (*b"r\0", 1),
        'ś' | 'Ś' | 'ş' | 'Ş' | 'š' | 'Š' => (*b"s\0", 1),
        'ţ' | 'ť' => (*b"t\0", 1),
        'ù'..='ü' | 'Ù'..='Ü' | 'ū' | 'ů' | 'ű' => (*b"u\0", 1),
        'ý' | 'Ý' | 'ÿ' => (*b"y\0", 1),
        'ź' | 'ż' | 'ž' | 'Ž' => (*b"z\0", 1),
        _ => ([0, 0], 0),
    };
    Letters { bytes, length }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email;
    use crate::lists::names::{FIRST, LAST};

    #[test]
    fn letters_are_written_as_the_language_does() {
        let name = |locale, first, last| {
            let [first, last] = [first, last].map(|name| PlainName::new(name, locale));
            user_name(&first, &last, &mut Fraction::new(0), None)
        };
        assert_eq!(name(Locale::DeDe, "Jörg", "Weiß").as_str(), "joerg.weiss");
        assert_eq!(name(Locale::SvSe, "Jörgen", "Åkerlund").as_str(), "jorgen.akerlund");
        assert_eq!(name(Locale::FrFr, "Anne-Élise", "L'Hôpital").as_str(), "anneelise.lhopital");
        assert_eq!(name(Locale::EnIn, "A", "De Souza").as_str(), "a.desouza");
    }

    #[test]
    fn every_name_gives_a_valid_address_and_user_name_within_the_limit() {
        for locale in Locale::ALL {
            let (firsts, lasts) = (FIRST.of(locale).all(), LAST.of(locale).all());
            for step in 0..20_000_usize {
                let names = [firsts[step * 7 % firsts.len()], lasts[step * 11 % lasts.len()]];
                let [first, last] = names.map(|name| PlainName::new(name, locale));
                let word = (step as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let limit = [None, Some(13), Some(20), Some(31)][step % 4];
                let address = email(&first, &last, &mut Fraction::new(word), limit);
                let (local, host) = email::split(address.as_str()).expect("an address");
                assert!(DOMAINS.contains(&host) && !local.starts_with('.') && !local.ends_with('.'), "{address:?}");
                assert!(limit.is_none_or(|most| address.as_str().len() <= most));
                let user = user_name(&first, &last, &mut Fraction::new(word), limit);
                assert!(!user.as_str().is_empty() && user.as_str().len() <= limit.unwrap_or(LONGEST_USER_NAME));
                assert!(
                    user.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b))
                );
            }
        }
    }

    #[test]
    fn letters_of_every_listed_name_are_known() {
        for locale in Locale::ALL {
            for name in FIRST.of(locale).all().iter().chain(LAST.of(locale).all()) {
                let lost = name.chars().find(|c| c.is_alphabetic() && ascii(*c, locale).length == 0);
                assert_eq!(lost, None, "{name}");
            }
        }
    }
}
