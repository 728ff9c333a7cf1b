//! Invented addresses: streets, and real places with the postcodes they have, put together as each locale does.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::draw::{Fraction, below, word};
use crate::kernel::text_builder::TextBuilder;
use crate::lists::files;
use crate::lists::word_list::{WordLists, cut};
use crate::locale::Locale;

/// The parts of an address, in the order of the struct.
pub(crate) const PARTS: [&str; 6] = ["line", "street", "postcode", "city", "state", "state_code"];

/// The most characters of a house number.
const NUMBER_CHARS: usize = 4;
/// Letters of the second half of a British postcode (all but C I K M O V).
const INWARD: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// Street names without a number.
static STREETS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("addresses", "street")));
/// Towns and cities.
static PLACES: LazyLock<[Vec<Place>; Locale::ALL.len()]> =
    LazyLock::new(|| files!("addresses", "place").map(|text| text.lines().map(Place::read).collect()));

/// A town, the state it is in, and the postcodes it has.
#[derive(Debug)]
struct Place {
    city: &'static str,
    state: &'static str,
    state_code: &'static str,
    postcodes: Vec<Postcodes>,
    /// How many there are in all.
    count: usize,
}

/// Postcodes one after another: letters, then a number of so many digits.
#[derive(Debug)]
struct Postcodes {
    letters: &'static str,
    digits: usize,
    first: usize,
    count: usize,
}

impl Place {
    /// Reads a line of a file: city, state, its code, postcodes (`10115-10119 10178`), with tabs between.
    fn read(line: &'static str) -> Self {
        let mut parts = line.split('\t');
        let mut next = || parts.next().expect("a place has four parts");
        let (city, state, state_code) = (next(), next(), next());
        let postcodes: Vec<Postcodes> = next().split(' ').map(Postcodes::read).collect();
        let count = postcodes.iter().map(|codes| codes.count).sum();
        Self { city, state, state_code, postcodes, count }
    }

    /// Returns whether its names have at most so many characters.
    fn fits(&self, max_chars: Option<usize>) -> bool {
        max_chars.is_none_or(|most| [self.city, self.state].iter().all(|name| name.chars().count() <= most))
    }

    /// Draws one of its postcodes.
    fn postcode(&self, locale: Locale, fraction: &mut Fraction) -> String {
        let mut position = fraction.below(self.count);
        let codes = self.postcodes.iter().find(|codes| {
            let is_here = position < codes.count;
            if !is_here {
                position -= codes.count;
            }
            is_here
        });
        let codes = codes.expect("a position below the count is in one of the ranges");
        let mut text = format!("{}{:0digits$}", codes.letters, codes.first + position, digits = codes.digits);
        match locale {
            Locale::SvSe => text.insert(3, ' '),
            Locale::EnGb => {
                let mut letter = || char::from(INWARD[fraction.below(INWARD.len())]);
                let (one, two) = (letter(), letter());
                let written = write!(text, " {}{one}{two}", 1 + fraction.below(9));
                written.expect("a String takes every character");
            }
            _ => {}
        }
        text
    }
}

impl Postcodes {
    fn read(text: &'static str) -> Self {
        let (first, last) = text.split_once('-').unwrap_or((text, ""));
        let (letters, first) = first.split_at(first.find(|c: char| c.is_ascii_digit()).expect("postcodes have digits"));
        let number = |digits: &str| digits.parse::<usize>().expect("postcodes end with a number");
        let count = if last.is_empty() { 1 } else { number(last) + 1 - number(first) };
        Self { letters, digits: first.len(), first: number(first), count }
    }
}

/// Draws addresses of one locale whose parts have at most so many characters.
pub(crate) struct Addresses {
    locale: Locale,
    max_chars: Option<usize>,
    streets: &'static [&'static str],
    places: Vec<&'static Place>,
}

impl Addresses {
    /// Chooses what fits; of what leaves no choice then, all, to be cut.
    pub(crate) fn new(locale: Locale, max_chars: Option<usize>) -> Self {
        let streets = STREETS.of(locale).upto_or_all(max_chars.map(|most| most.saturating_sub(1 + NUMBER_CHARS)));
        let all = &PLACES[locale as usize];
        let mut places: Vec<&Place> = all.iter().filter(|place| place.fits(max_chars)).collect();
        if places.len() < 2 {
            places = all.iter().collect();
        }
        Self { locale, max_chars, streets, places }
    }

    /// Writes the parts of the address that a digest draws.
    pub(crate) fn write(&self, digest: &[u8; 32], out: &mut [TextBuilder]) {
        let street = self.streets[below(word(digest, 0), self.streets.len())];
        let place = self.places[below(word(digest, 1), self.places.len())];
        let postcode = place.postcode(self.locale, &mut Fraction::new(word(digest, 2)));
        let (least, numbers) = house_numbers(self.locale);
        let number = least + below(word(digest, 3), numbers);
        let street = match self.locale {
            Locale::DeDe | Locale::SvSe => format!("{street} {number}"),
            Locale::EnIn => format!("{number}, {street}"),
            _ => format!("{number} {street}"),
        };
        let Place { city, state, state_code, .. } = place;
        let line = match self.locale {
            Locale::DeDe | Locale::FrFr | Locale::SvSe => format!("{street}, {postcode} {city}"),
            Locale::EnAu => format!("{street}, {city} {state_code} {postcode}"),
            Locale::EnGb => format!("{street}, {city} {postcode}"),
            Locale::EnIn => format!("{street}, {city}, {state} {postcode}"),
            Locale::EnUs => format!("{street}, {city}, {state_code} {postcode}"),
        };
        let line = if self.max_chars.is_some_and(|most| line.chars().count() > most) { &street } else { &line };
        let parts: [&str; PARTS.len()] = [line, &street, &postcode, city, state, state_code];
        for (part, out) in parts.into_iter().zip(out) {
            out.push_str(cut(part, self.max_chars));
        }
    }
}

/// Returns the least house number, and how many there are.
fn house_numbers(locale: Locale) -> (usize, usize) {
    match locale {
        Locale::DeDe => (1, 180),
        Locale::EnAu | Locale::EnIn => (1, 300),
        Locale::EnGb => (1, 240),
        Locale::EnUs => (100, 9900),
        Locale::FrFr | Locale::SvSe => (1, 120),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_are_those_of_the_place_in_the_form_of_its_country() {
        for (locale, form) in
            Locale::ALL.into_iter().zip(["99999", "9999", "A9 9AA", "999999", "99999", "99999", "999 99"])
        {
            for place in &PLACES[locale as usize] {
                assert!(place.count > 0 && !place.state.is_empty() && !place.state_code.is_empty(), "{place:?}");
                for step in 0..=16 {
                    let text = place.postcode(locale, &mut Fraction::new((u64::MAX / 16).saturating_mul(step)));
                    assert!(has_form(&text, form), "{text} in {place:?}");
                    let end = if locale == Locale::EnGb { text.find(' ').expect("two halves") } else { text.len() };
                    let first: String = text[..end].chars().filter(|c| *c != ' ').collect();
                    assert!(place.postcodes.iter().any(|codes| codes.hold(&first)), "{text} in {place:?}");
                }
            }
        }
    }

    impl Postcodes {
        fn hold(&self, text: &str) -> bool {
            let number = text.strip_prefix(self.letters).and_then(|digits| digits.parse::<usize>().ok());
            number.is_some_and(|number| (self.first..self.first + self.count).contains(&number))
        }
    }

    /// Compares with a form of A and 9, where a British code's first letters and digits are one or two.
    fn has_form(text: &str, form: &str) -> bool {
        let kind = |c: char| match c {
            '0'..='9' => '9',
            'A'..='Z' => 'A',
            other => other,
        };
        let found: String = text.chars().map(kind).collect();
        found == form || (form.starts_with('A') && found.replace("AA9", "A9").replace("99 ", "9 ") == form)
    }

    #[test]
    fn a_limit_leaves_a_choice() {
        for locale in Locale::ALL {
            for most in [None, Some(0), Some(1), Some(8), Some(12), Some(30)] {
                let addresses = Addresses::new(locale, most);
                assert!(addresses.streets.len() >= 2 && addresses.places.len() >= 2, "{locale:?} {most:?}");
            }
            assert!(Addresses::new(locale, Some(20)).places.len() >= 40, "{locale:?}");
        }
    }
}
