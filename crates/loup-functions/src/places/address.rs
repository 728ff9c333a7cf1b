//! Invented addresses: a street, and a real place with a postcode it has, put together as each locale does.

use std::sync::{LazyLock, OnceLock};

use crate::digits::digits;
use crate::draw::{Fraction, word};
use crate::kernel::map::same_folded;
use crate::kernel::telling::Telling;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::files;
use crate::lists::word_list::{Choices, WordLists, cut};
use crate::locale::Locale;
use crate::places::place::{self, Place, Postcode};

/// The purpose of the keys that addresses and their parts are drawn under, and the domain they have where none is named: so
/// parts that separate calls draw over one value are parts of one address.
pub(crate) const PURPOSE: &str = "fake_address";

/// The parts of an address, in the order of the struct.
pub(crate) const PARTS: [&str; 7] = ["line", "street", "postcode", "city", "district", "state", "state_code"];

/// What the docs of every function say that draws a part of an address.
pub(crate) const AGREES: &str = "Drawn under the keys of fake_address: over one value, domain and locale, fake_address, \
                                 fake_street, fake_city, fake_district, fake_state, fake_state_code, fake_postcode, \
                                 fake_latitude and fake_longitude give parts of one address.";

/// The most characters of a house number.
const NUMBER_CHARS: usize = 4;
/// How far a point is from the middle of its place at most, in ten-thousandths of a degree: about 2 km.
const AROUND: i32 = 200;

/// Street names without a number.
static STREETS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("places", "street")));

/// Names of buildings.
pub(crate) static BUILDINGS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("places", "building")));

/// Returns how many characters the longest street of any locale has, with its number.
pub(crate) fn longest_street() -> usize {
    STREETS.longest() + 2 + NUMBER_CHARS
}

/// The longest names of places that are cut differently: under a longer limit they are as without one.
const LONGEST_CUT: usize = 40;

/// The names of places that a part of an address would tell: of each locale, under each limit, the first of them none.
static TELLING: [[OnceLock<Telling>; LONGEST_CUT + 1]; Locale::ALL.len()] =
    [const { [const { OnceLock::new() }; LONGEST_CUT + 1] }; Locale::ALL.len()];

/// Draws addresses of one locale.
pub(crate) struct Addresses {
    locale: Locale,
    max_chars: Option<usize>,
    streets: Choices,
    free_streets: Choices,
    places: &'static [Place],
}

/// One address.
pub(crate) struct Address {
    pub place: &'static Place,
    pub postcode: Postcode,
    /// In ten-thousandths of a degree.
    pub latitude: i32,
    /// In ten-thousandths of a degree.
    pub longitude: i32,
    /// The street under the limit, and without one.
    streets: [&'static str; 2],
    number: usize,
    locale: Locale,
}

impl Addresses {
    /// Draws addresses whose parts have at most so many characters. Place, postcode and house number are the same under every
    /// limit, so that columns of different lengths agree: a name that is too long is cut. Streets are those that fit.
    pub(crate) fn new(locale: Locale, max_chars: Option<usize>) -> Self {
        let before_number = if locale == Locale::EnIn { 2 } else { 1 };
        let room = max_chars.map(|most| most.saturating_sub(before_number + NUMBER_CHARS));
        let (streets, free_streets) = (STREETS.of(locale).within(room), STREETS.of(locale).within(None));
        Self { locale, max_chars, streets, free_streets, places: place::of(locale) }
    }

    /// Returns the names of which there are so few that a part of an address would tell them.
    pub(crate) fn telling(&self) -> Telling {
        let limit = self.max_chars.filter(|most| (1..=LONGEST_CUT).contains(most));
        TELLING[self.locale as usize][limit.unwrap_or(0)].get_or_init(|| telling(self.places, limit)).clone()
    }

    /// Draws the address of a digest.
    #[inline]
    pub(crate) fn draw(&self, digest: &[u8; 32]) -> Address {
        let place = self.place(&mut Fraction::new(word(digest, 1)));
        let postcode = place.postcode(self.locale, &mut Fraction::new(word(digest, 2)));
        let streets = self.streets(&mut Fraction::new(word(digest, 0)));
        self.around(place, postcode, streets, &mut Fraction::new(word(digest, 3)))
    }

    /// Draws the name of a street: under the limit, and without one.
    #[inline]
    pub(crate) fn streets(&self, draws: &mut Fraction) -> [&'static str; 2] {
        // What is drawn after it is the same under every limit.
        let mut limited = draws.clone();
        [self.streets.draw(&mut limited), self.free_streets.draw(draws)]
    }

    /// Draws a place.
    #[inline]
    pub(crate) fn place(&self, draws: &mut Fraction) -> &'static Place {
        &self.places[draws.below(self.places.len())]
    }

    /// Draws what else an address in a place has: the house number and the point.
    #[inline]
    pub(crate) fn around(
        &self,
        place: &'static Place,
        postcode: Postcode,
        streets: [&'static str; 2],
        draws: &mut Fraction,
    ) -> Address {
        let (least, numbers) = house_numbers(self.locale);
        let number = least + draws.below(numbers);
        let mut near = |degrees: i32| degrees - AROUND + draws.below(2 * AROUND as usize + 1) as i32;
        let (latitude, longitude) = (near(place.latitude), near(place.longitude));
        Address { place, postcode, latitude, longitude, streets, number, locale: self.locale }
    }

    /// Writes the parts of an address.
    pub(crate) fn write(&self, address: &Address, out: &mut [TextBuilder]) {
        let [line, street, rest @ ..] = out else { return };
        address.write_street(street);
        limit(street, self.max_chars);
        address.write_line(line);
        if self.max_chars.is_some_and(|most| chars(line.row()) > most) {
            line.clear_row();
            address.write_street(line);
            limit(line, self.max_chars);
        }
        let Place { city, district, state, state_code, .. } = address.place;
        let parts: [&str; 5] = [address.postcode.as_str(), city, district, state, state_code];
        for (part, out) in parts.into_iter().zip(rest) {
            out.push_str(cut(part, self.max_chars));
        }
    }
}

impl Address {
    /// Writes street and house number in the order of the locale.
    #[inline]
    pub(crate) fn write_street(&self, out: &mut TextBuilder) {
        let Self { streets: [street, _], number, .. } = self;
        match self.locale {
            Locale::DeDe | Locale::SvSe => {
                out.push_str(street);
                out.push_char(' ');
                out.push_number(*number as u32, 1);
            }
            Locale::EnIn => {
                out.push_number(*number as u32, 1);
                out.push_str(", ");
                out.push_str(street);
            }
            _ => {
                out.push_number(*number as u32, 1);
                out.push_char(' ');
                out.push_str(street);
            }
        }
    }

    fn write_line(&self, out: &mut TextBuilder) {
        self.write_street(out);
        let Place { city, state, state_code, .. } = self.place;
        let postcode = self.postcode.as_str();
        let pieces: &[&str] = match self.locale {
            Locale::DeDe | Locale::FrFr | Locale::SvSe => &[", ", postcode, " ", city],
            Locale::EnAu => &[", ", city, " ", state_code, " ", postcode],
            Locale::EnGb => &[", ", city, " ", postcode],
            Locale::EnIn => &[", ", city, ", ", state, " ", postcode],
            Locale::EnUs => &[", ", city, ", ", state_code, " ", postcode],
        };
        for piece in pieces {
            out.push_str(piece);
        }
    }

    /// Returns whether a value is a part of the address, whatever its case: then another one is drawn for it, by every
    /// function that draws a part.
    #[inline]
    pub(crate) fn shows(&self, value: &[u8]) -> bool {
        let Place { city, district, state, state_code, .. } = self.place;
        let parts: [&str; 5] = [city, district, state, state_code, self.postcode.as_str()];
        parts.iter().any(|part| same_folded(value, part.as_bytes())) || self.shows_street(value)
    }

    /// Returns whether a value is the street or the line. Few values are looked at closely: those with the house number in
    /// them.
    fn shows_street(&self, value: &[u8]) -> bool {
        let mut buffer = [0; 10];
        let digits = digits(self.number as u32, 1, &mut buffer);
        // Folding may take a byte from a letter; the number and what is between are two bytes or more.
        let [_, street] = self.streets;
        if value.len() < street.len() || !value.windows(digits.len()).any(|part| part == digits) {
            return false;
        }
        let Ok(value) = std::str::from_utf8(value) else { return false };
        let (value, street) = (value.to_lowercase(), street.to_lowercase());
        value.contains(&street) && {
            let rest = value.replacen(&street, "", 1).replacen(&self.number.to_string(), "", 1);
            rest.trim_matches([' ', ',']).is_empty() || rest.contains(&self.place.city.to_lowercase())
        }
    }
}

/// Returns the names of places, as they are written, that are few or heavy.
fn telling(places: &'static [Place], max_chars: Option<usize>) -> Telling {
    let names: [fn(&Place) -> &'static str; 4] =
        [|place| place.city, |place| place.district, |place| place.state, |place| place.state_code];
    names.into_iter().fold(Telling::default(), |telling, name| {
        telling.and(Telling::of(places.iter().map(|place| (cut(name(place), max_chars), 1))))
    })
}

/// Returns how many characters a row of text has.
fn chars(row: &[u8]) -> usize {
    row.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

/// Cuts the row to so many characters.
pub(crate) fn limit(out: &mut TextBuilder, max_chars: Option<usize>) {
    if let Some(most) = max_chars
        && chars(out.row()) > most
    {
        let text = String::from_utf8_lossy(out.row()).into_owned();
        out.clear_row();
        out.push_str(cut(&text, max_chars));
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

    fn digest(seed: u64) -> [u8; 32] {
        use sha3::Digest as _;
        sha3::Sha3_256::digest(seed.to_le_bytes()).into()
    }

    #[test]
    fn a_limit_changes_neither_place_nor_postcode() {
        for locale in Locale::ALL {
            let free = Addresses::new(locale, None);
            for most in [1, 8, 12, 20, 40] {
                let limited = Addresses::new(locale, Some(most));
                for seed in 0..500 {
                    let (a, b) = (free.draw(&digest(seed)), limited.draw(&digest(seed)));
                    assert!(std::ptr::eq(a.place, b.place) && a.postcode.as_str() == b.postcode.as_str());
                    assert_eq!((a.number, a.streets[0]), (b.number, b.streets[1]));
                }
            }
        }
    }

    #[test]
    fn parts_agree_for_every_locale() {
        for locale in Locale::ALL {
            let addresses = Addresses::new(locale, None);
            for seed in 0..10_000 {
                let address = addresses.draw(&digest(seed));
                let place = address.place;
                assert!(place::of(locale).iter().any(|known| std::ptr::eq(known, place)));
                let near = |a: i32, b: i32| (a - b).abs() <= AROUND;
                assert!(near(address.latitude, place.latitude) && near(address.longitude, place.longitude));
                assert!(
                    address.shows(place.city.to_ascii_uppercase().as_bytes()) && address.shows(place.state.as_bytes())
                );
                assert!(!address.shows(b"patient 7"));
            }
        }
    }

    #[test]
    fn an_address_shows_itself_whatever_the_case() {
        use datafusion::arrow::datatypes::DataType;
        for locale in Locale::ALL {
            let addresses = Addresses::new(locale, None);
            for seed in 0..200 {
                let address = addresses.draw(&digest(seed));
                let mut row = TextBuilder::new(&DataType::Utf8View, 1, 64).expect("a text type");
                address.write_street(&mut row);
                let street = String::from_utf8_lossy(row.row()).into_owned();
                row.clear_row();
                address.write_line(&mut row);
                let line = String::from_utf8_lossy(row.row()).into_owned();
                for text in [&street, &line, &street.to_ascii_uppercase(), &line.to_lowercase()] {
                    assert!(address.shows(text.as_bytes()), "{text}");
                }
            }
        }
    }
}
