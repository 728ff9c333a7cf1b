//! Invented persons: records whose parts agree.

use crate::calendar;
use crate::draw::{Fraction, word};
use crate::kernel::telling::Telling;
use crate::kernel::text_builder::TextBuilder;
use crate::lists::names::{FIRST, LAST};
use crate::lists::word_list::{Choices, cut};
use crate::locale::Locale;
use crate::persons::handle::{self, PlainName};
use crate::places::address::{Addresses, limit};

/// The parts of a person, in the order of the struct.
pub(crate) const PARTS: [&str; 16] = [
    "first_name",
    "middle_name",
    "last_name",
    "full_name",
    "user_name",
    "email",
    "phone",
    "birth_date",
    "street",
    "city",
    "district",
    "state",
    "state_code",
    "postcode",
    "country",
    "country_code",
];

/// The first birth date, 1935-01-01, in days before 1970-01-01, and how many there are: up to 2006-12-31.
const BORN: (i64, usize) = (-12_784, 26_298);

/// Draws persons of one locale.
pub(crate) struct Persons {
    locale: Locale,
    max_chars: Option<usize>,
    firsts: Choices,
    lasts: Choices,
    addresses: Addresses,
}

impl Persons {
    /// Draws persons whose parts have at most so many characters. The person is the same under every limit, so that columns of
    /// different lengths agree: a name that is too long is cut.
    pub(crate) fn new(locale: Locale, max_chars: Option<usize>) -> Self {
        Self {
            locale,
            max_chars,
            firsts: FIRST.of(locale).within(None),
            lasts: LAST.of(locale).within(None),
            addresses: Addresses::new(locale, max_chars),
        }
    }

    /// Returns the names of places of which there are so few that a part would tell them.
    pub(crate) fn telling(&self) -> Telling {
        self.addresses.telling()
    }

    /// Returns the last parts, which are the same for every person of a locale: the country and its code.
    pub(crate) fn constant(&self) -> Vec<String> {
        let (code, country) = self.locale.country();
        [country, code].map(|text| cut(text, self.max_chars).to_owned()).to_vec()
    }

    /// Writes the parts of the person that a digest draws, all but the constant ones.
    pub(crate) fn write(&self, digest: &[u8; 32], out: &mut [TextBuilder]) {
        let [first_name, middle_name, last_name, full_name, user_name, email, phone, birth_date, street, rest @ ..] =
            out
        else {
            return;
        };
        let [mut names, mut address, mut numbers, mut person] = [0, 1, 2, 3].map(|at| Fraction::new(word(digest, at)));
        let (first, last) = (self.firsts.draw(&mut names), self.lasts.draw(&mut names));
        first_name.push_str(cut(first, self.max_chars));
        middle_name.push_str(cut(self.firsts.draw(&mut names), self.max_chars));
        last_name.push_str(cut(last, self.max_chars));
        full_name.push_str(first);
        full_name.push_str(" ");
        full_name.push_str(last);
        if self.max_chars.is_some_and(|most| first.chars().count() + 1 + last.chars().count() > most) {
            full_name.clear_row();
            full_name.push_str(cut(last, self.max_chars));
        }
        let [first, last] = [first, last].map(|name| PlainName::new(name, self.locale));
        user_name.push_str(handle::user_name(&first, &last, &mut person, self.max_chars).as_str());
        email.push_str(handle::email(&first, &last, &mut person, self.max_chars).as_str());
        let place = self.addresses.place(&mut address);
        let postcode = place.postcode(self.locale, &mut numbers);
        phone.push_str(cut(place.phone(&mut numbers, &mut [0; 24]), self.max_chars));
        let (year, month, day) = calendar::date_from_days(BORN.0 + person.below(BORN.1) as i64);
        birth_date.push_number(year as u32, 4);
        birth_date.push_char('-');
        birth_date.push_number(month, 2);
        birth_date.push_char('-');
        birth_date.push_number(day, 2);
        limit(birth_date, self.max_chars);
        let streets = self.addresses.streets(&mut address);
        self.addresses.around(place, postcode, streets, &mut address).write_street(street);
        limit(street, self.max_chars);
        let postcode = postcode.as_str();
        let texts = [place.city, place.district, place.state, place.state_code, postcode];
        for (text, out) in texts.into_iter().zip(rest) {
            out.push_str(cut(text, self.max_chars));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::datatypes::DataType;
    use sha3::{Digest as _, Sha3_256};

    use super::*;
    use crate::email;
    use crate::places::place;

    /// The parts of so many persons, a column for each part.
    fn persons(locale: Locale, max_chars: Option<usize>, count: u64) -> Vec<Vec<String>> {
        let persons = Persons::new(locale, max_chars);
        let column = |_| TextBuilder::new(&DataType::Utf8View, count as usize, 16).expect("a text type");
        let mut out: Vec<TextBuilder> = (0..PARTS.len() - persons.constant().len()).map(column).collect();
        for seed in 0..count {
            persons.write(&Sha3_256::digest(seed.to_le_bytes()).into(), &mut out);
            for column in &mut out {
                column.finish_row().expect("fits");
            }
        }
        let texts = |column: TextBuilder| {
            let array = column.finish();
            let views = array.as_string_view();
            (0..views.len()).map(|row| views.value(row).to_owned()).collect()
        };
        out.into_iter().map(texts).collect()
    }

    #[test]
    fn parts_agree_for_every_locale() {
        for locale in Locale::ALL {
            let columns = persons(locale, None, 10_000);
            let towns: HashSet<_> =
                place::of(locale).iter().map(|p| (p.city, p.district, p.state, p.state_code)).collect();
            let column = |name: &str| &columns[PARTS.iter().position(|part| *part == name).expect("a part")];
            for row in 0..column("city").len() {
                let part = |name: &str| column(name)[row].as_str();
                assert_eq!(part("full_name"), format!("{} {}", part("first_name"), part("last_name")));
                let (city, district, state, code) = (part("city"), part("district"), part("state"), part("state_code"));
                assert!(towns.contains(&(city, district, state, code)), "{city} {district} {state} {code}");
                let place = place::of(locale).iter().find(|place| {
                    (place.city, place.state) == (city, state) && place.has(part("postcode"), part("phone"))
                });
                assert!(place.is_some(), "{city} {} {}", part("postcode"), part("phone"));
                let (local, _) = email::split(part("email")).expect("an address");
                let initial = |name: &str| {
                    let letter = name.chars().find(|c| c.is_alphabetic()).expect("a letter").to_string();
                    let [letter, none] = [letter.as_str(), ""].map(|name| PlainName::new(name, locale));
                    handle::user_name(&letter, &none, &mut Fraction::new(0), None).as_str()[..1].to_owned()
                };
                assert!(local.starts_with(&initial(part("first_name"))), "{local}");
                assert!(part("user_name").starts_with(&initial(part("first_name"))), "{}", part("user_name"));
                assert!(part("birth_date") >= "1935-01-01" && part("birth_date") <= "2006-12-31");
            }
        }
    }

    #[test]
    fn a_limit_gives_the_same_person_cut() {
        for locale in Locale::ALL {
            let free = persons(locale, None, 500);
            let short = persons(locale, Some(6), 500);
            for part in ["first_name", "middle_name", "last_name", "city", "state_code", "postcode", "birth_date"] {
                let place = PARTS.iter().position(|known| *known == part).expect("a part");
                for (free, short) in free[place].iter().zip(&short[place]) {
                    assert_eq!(cut(free, Some(6)), short, "{part}");
                }
            }
        }
    }

    #[test]
    fn no_part_is_longer_than_the_limit() {
        for locale in Locale::ALL {
            for most in [1, 5, 10, 13, 20, 30] {
                for column in persons(locale, Some(most), 500) {
                    assert!(column.iter().all(|text| text.chars().count() <= most), "{locale:?} {most}");
                }
            }
        }
    }
}
