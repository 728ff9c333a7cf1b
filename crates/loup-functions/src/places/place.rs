//! Real towns, with the state they are in and the postcodes and telephone numbers they have.

use std::sync::LazyLock;

use crate::digits::digits;
use crate::draw::Fraction;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::files;
use crate::locale::Locale;

/// Letters of the second half of a British postcode (all but C I K M O V).
const INWARD: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// Towns and cities of each locale, by their name.
static PLACES: LazyLock<[Vec<Place>; Locale::ALL.len()]> =
    LazyLock::new(|| files!("places", "place").map(|text| text.lines().map(Place::read).collect()));

/// Returns the places of a locale.
pub(crate) fn of(locale: Locale) -> &'static [Place] {
    &PLACES[locale as usize]
}

/// A town.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its name.
    pub city: &'static str,
    /// The state it is in, whole.
    pub state: &'static str,
    /// The state's code.
    pub state_code: &'static str,
    /// The part of the state it is in; the state where the list has no smaller part.
    pub district: &'static str,
    postcodes: Vec<Postcodes>,
    /// How many postcodes there are in all.
    count: usize,
    phones: Vec<&'static str>,
    /// Degrees north, times 10,000.
    pub latitude: i32,
    /// Degrees east, times 10,000.
    pub longitude: i32,
}

/// Postcodes one after another: letters, then a number of so many digits.
#[derive(Debug)]
struct Postcodes {
    letters: &'static str,
    digits: usize,
    first: usize,
    count: usize,
}

/// One postcode, as it is written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Postcode {
    text: [u8; 8],
    length: usize,
}

impl Postcode {
    /// Returns its text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).expect("postcodes are ASCII")
    }

    fn push(&mut self, byte: u8) {
        self.text[self.length] = byte;
        self.length += 1;
    }

    /// Appends a number of so many digits, or of more: codes of one range may grow by a digit, as BT1 to BT17.
    fn push_number(&mut self, number: u32, least: usize) {
        for &digit in digits(number, least, &mut [0; 10]) {
            self.push(digit);
        }
    }

    /// Puts a blank before the last `end` characters.
    fn part(&mut self, end: usize) {
        let at = self.length - end;
        self.text.copy_within(at..self.length, at + 1);
        self.text[at] = b' ';
        self.length += 1;
    }
}

impl Place {
    /// Reads a line of a file: city, state, its code, district, postcodes (`10115-10119 10178`), forms of telephone numbers
    /// (`0821 N#####;..`), latitude, longitude, with tabs between.
    fn read(line: &'static str) -> Self {
        let mut parts = line.split('\t');
        let mut next = || parts.next().expect("a place has eight parts");
        let (city, state, state_code, district) = (next(), next(), next(), next());
        let postcodes: Vec<Postcodes> = next().split(' ').map(Postcodes::read).collect();
        let count = postcodes.iter().map(|codes| codes.count).sum();
        let phones = next().split(';').collect();
        let mut degrees = || (next().parse::<f64>().expect("a place has coordinates") * 10_000.0).round() as i32;
        let (latitude, longitude) = (degrees(), degrees());
        let district = if district.is_empty() { state } else { district };
        Self { city, state, state_code, district, postcodes, count, phones, latitude, longitude }
    }

    /// Draws one of its postcodes.
    pub(crate) fn postcode(&self, locale: Locale, draws: &mut Fraction) -> Postcode {
        let mut position = draws.below(self.count);
        let codes = self.postcodes.iter().find(|codes| {
            let is_here = position < codes.count;
            if !is_here {
                position -= codes.count;
            }
            is_here
        });
        let codes = codes.expect("a position below the count is in one of the ranges");
        let mut text = Postcode::default();
        codes.letters.bytes().for_each(|letter| text.push(letter));
        let number = codes.first + position;
        text.push_number(number as u32, codes.digits);
        if locale == Locale::SvSe {
            text.part(2);
        }
        if locale == Locale::EnGb {
            text.push(b' ');
            text.push(b'1' + draws.below(9) as u8);
            text.push(INWARD[draws.below(INWARD.len())]);
            text.push(INWARD[draws.below(INWARD.len())]);
        }
        text
    }

    /// Draws a telephone number of its area. Where the country sets numbers aside for fiction, it is one of them.
    pub(crate) fn phone<'a>(&self, draws: &mut Fraction, text: &'a mut [u8; 24]) -> &'a str {
        let form = self.phones[draws.below(self.phones.len())].as_bytes();
        for (out, &form) in text.iter_mut().zip(form) {
            *out = match form {
                b'#' => b'0' + draws.below(10) as u8,
                b'N' => b'2' + draws.below(8) as u8,
                kept => kept,
            };
        }
        std::str::from_utf8(&text[..form.len()]).expect("telephone numbers are ASCII")
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

/// Writes degrees that are counted in ten-thousandths, with four decimals.
pub(crate) fn write_degrees(degrees: i32, out: &mut TextBuilder) {
    let sign = if degrees < 0 { "-" } else { "" };
    let (whole, rest) = (degrees.unsigned_abs() / 10_000, degrees.unsigned_abs() % 10_000);
    out.push_str(sign);
    out.push_number(whole, 1);
    out.push_char('.');
    out.push_number(rest, 4);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_are_those_of_the_place_in_the_form_of_its_country() {
        for (locale, form) in
            Locale::ALL.into_iter().zip(["99999", "9999", "A9 9AA", "999999", "99999", "99999", "999 99"])
        {
            for place in of(locale) {
                assert!(place.count > 0 && !place.state.is_empty() && !place.state_code.is_empty(), "{place:?}");
                for step in 0..=16 {
                    let code = place.postcode(locale, &mut Fraction::new((u64::MAX / 16).saturating_mul(step)));
                    let text = code.as_str();
                    assert!(has_form(text, form), "{text} in {place:?}");
                    let end = if locale == Locale::EnGb { text.find(' ').expect("two halves") } else { text.len() };
                    let first: String = text[..end].chars().filter(|c| *c != ' ').collect();
                    assert!(place.postcodes.iter().any(|codes| codes.hold(&first)), "{text} in {place:?}");
                }
            }
        }
    }

    impl Place {
        /// Returns whether a postcode and a telephone number are of this place.
        pub(crate) fn has(&self, postcode: &str, phone: &str) -> bool {
            let first = if postcode.ends_with(char::is_alphabetic) { postcode.split(' ').next() } else { None };
            let first = first.map_or_else(|| postcode.replace(' ', ""), str::to_owned);
            let fits = |form: &&str| {
                form.len() == phone.len()
                    && form.bytes().zip(phone.bytes()).all(|(form, digit)| match form {
                        b'#' => digit.is_ascii_digit(),
                        b'N' => (b'2'..=b'9').contains(&digit),
                        kept => kept == digit,
                    })
            };
            self.postcodes.iter().any(|codes| codes.hold(&first)) && self.phones.iter().any(fits)
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
    fn phones_have_the_area_code_of_the_place() {
        for locale in Locale::ALL {
            for place in of(locale) {
                for step in 0..=8_u64 {
                    let mut text = [0; 24];
                    let phone = place.phone(&mut Fraction::new(step.wrapping_mul(0x2e37_79b9_7f4a_7c15)), &mut text);
                    let is_of = |form: &&str| {
                        let area = &form[..form.find(['#', 'N']).expect("a form has places to fill")];
                        phone.starts_with(area) && phone.len() == form.len()
                    };
                    assert!(place.phones.iter().any(is_of), "{phone} in {place:?}");
                    assert!(phone.bytes().all(|b| b.is_ascii_digit() || b" ()-".contains(&b)), "{phone}");
                }
            }
        }
    }

    #[test]
    fn places_lie_in_their_country() {
        // The least and the greatest latitude and longitude.
        for (locale, south, north, west, east) in [
            (Locale::DeDe, 47.2, 55.1, 5.8, 15.1),
            (Locale::EnAu, -43.7, -10.0, 113.0, 153.7),
            (Locale::EnGb, 49.8, 60.9, -8.2, 1.8),
            (Locale::EnIn, 6.7, 35.6, 68.1, 97.5),
            (Locale::EnUs, 18.9, 71.4, -178.0, -66.9),
            (Locale::FrFr, 41.3, 51.2, -5.2, 9.6),
            (Locale::SvSe, 55.3, 69.1, 10.9, 24.2),
        ] {
            for place in of(locale) {
                let (latitude, longitude) = (f64::from(place.latitude) / 1e4, f64::from(place.longitude) / 1e4);
                assert!((south..north).contains(&latitude) && (west..east).contains(&longitude), "{place:?}");
            }
        }
    }

    #[test]
    fn states_have_one_code_each() {
        for locale in Locale::ALL {
            let mut codes = std::collections::HashMap::new();
            for place in of(locale) {
                assert_eq!(*codes.entry(place.state).or_insert(place.state_code), place.state_code, "{place:?}");
            }
        }
    }
}
