//! Countries, their codes and their currencies.

use std::sync::LazyLock;

use crate::draw::{FEWEST, Fraction};
use crate::kernel::map::same_folded;
use crate::lists::text;

/// The purpose of the keys that countries are drawn under: the country, its code and its currency of one value agree.
pub(crate) const PURPOSE: &str = "fake_country";

/// A country or territory with a code of its own.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// In English.
    pub name: &'static str,
}

/// Every country, those with the shortest names first, so that the ones that fit a limit are a prefix.
static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let mut countries: Vec<Country> = text!("words/countries").lines().map(Country::read).collect();
    countries.sort_by_key(|country| (country.name.chars().count(), country.name));
    countries
});

impl Country {
    /// Reads a line of the file: code, currency, name, with tabs between.
    fn read(line: &'static str) -> Self {
        let mut parts = line.split('\t');
        let mut next = || parts.next().expect("a country has three parts");
        Self { code: next(), currency: next(), name: next() }
    }

    /// Returns whether a value is one of the country's texts.
    pub(crate) fn shows(&self, value: &[u8]) -> bool {
        [self.name, self.code, self.currency].iter().any(|text| same_folded(value, text.as_bytes()))
    }
}

/// The countries whose names fit a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Countries {
    fitting: usize,
}

impl Countries {
    /// Returns those whose names have at most so many characters; of none or one, all, to be cut.
    pub(crate) fn within(max_chars: Option<usize>) -> Self {
        let fits = |country: &Country| max_chars.is_none_or(|most| country.name.chars().count() <= most);
        let fitting = COUNTRIES.partition_point(fits);
        Self { fitting: if fitting < FEWEST { COUNTRIES.len() } else { fitting } }
    }

    /// Draws a country; the one that is drawn without a limit, where its name fits.
    #[inline]
    pub(crate) fn draw(self, fraction: &mut Fraction) -> &'static Country {
        let mut position = fraction.below(COUNTRIES.len());
        if position >= self.fitting {
            position = fraction.below(self.fitting);
        }
        &COUNTRIES[position]
    }

    /// Returns how many characters the longest name has.
    pub(crate) fn longest() -> usize {
        COUNTRIES.last().map_or(0, |country| country.name.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standards() {
        assert!(COUNTRIES.len() >= 240);
        for country in COUNTRIES.iter() {
            let is_code = |code: &str, length| code.len() == length && code.bytes().all(|b| b.is_ascii_uppercase());
            assert!(is_code(country.code, 2) && is_code(country.currency, 3), "{country:?}");
        }
        for (code, currency, name) in
            [("DE", "EUR", "Germany"), ("IN", "INR", "India"), ("SE", "SEK", "Sweden"), ("GB", "GBP", "United Kingdom")]
        {
            let found = COUNTRIES.iter().find(|country| country.code == code).expect("a country");
            assert_eq!((found.currency, found.name), (currency, name));
        }
    }

    #[test]
    fn a_limit_leaves_the_countries_that_fit() {
        for step in 0..1000_u64 {
            let word = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let free = Countries::within(None).draw(&mut Fraction::new(word));
            let short = Countries::within(Some(8)).draw(&mut Fraction::new(word));
            assert!(short.name.chars().count() <= 8);
            assert!(short.name == free.name || free.name.chars().count() > 8);
        }
        assert_eq!(Countries::within(Some(1)).fitting, COUNTRIES.len());
    }
}
