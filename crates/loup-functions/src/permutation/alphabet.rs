//! Alphabets: the symbols that stand for the digits of a radix.

use std::collections::HashMap;

use datafusion::common::{Result, plan_err};

/// The most symbols; one digit is left to stand for "none".
const MOST: usize = 65_535;
const NONE: u16 = u16::MAX;

/// The symbols of a radix, by digit and back.
pub(crate) struct Alphabet {
    symbols: Vec<char>,
    ascii: [u16; 128],
    others: HashMap<char, u16>,
}

impl Alphabet {
    /// Reads an alphabet that a call of `function` gives.
    pub(crate) fn read(function: &str, symbols: &str) -> Result<Self> {
        let symbols: Vec<char> = symbols.chars().collect();
        if !(2..=MOST).contains(&symbols.len()) {
            return plan_err!("{function}: alphabet must be 2 to {MOST} different characters, got {}", symbols.len());
        }
        let mut alphabet = Self { symbols: Vec::new(), ascii: [NONE; 128], others: HashMap::new() };
        for symbol in symbols {
            if alphabet.digit(symbol).is_some() {
                return plan_err!("{function}: alphabet must be 2 to {MOST} different characters, got one twice");
            }
            let digit = alphabet.symbols.len() as u16;
            match alphabet.ascii.get_mut(symbol as usize) {
                Some(place) => *place = digit,
                None => _ = alphabet.others.insert(symbol, digit),
            }
            alphabet.symbols.push(symbol);
        }
        Ok(alphabet)
    }

    /// Returns the ten decimal digits.
    pub(crate) fn decimal() -> Self {
        Self::read("", "0123456789").expect("ten different characters")
    }

    /// Returns how many symbols there are.
    pub(crate) fn radix(&self) -> u32 {
        self.symbols.len() as u32
    }

    /// Returns the digit that a symbol stands for, if it is one.
    #[inline]
    pub(crate) fn digit(&self, symbol: char) -> Option<u16> {
        let digit = match self.ascii.get(symbol as usize) {
            Some(digit) => *digit,
            None => self.others.get(&symbol).copied().unwrap_or(NONE),
        };
        (digit != NONE).then_some(digit)
    }

    /// Returns the symbol of a digit below the radix.
    #[inline]
    pub(crate) fn symbol(&self, digit: u16) -> char {
        self.symbols[usize::from(digit)]
    }

    /// Returns the fewest symbols, two or more, of which there are `count` different texts.
    pub(crate) fn length_of(&self, count: u64) -> usize {
        let radix = u64::from(self.radix());
        let mut length = 2;
        while radix.checked_pow(length).is_some_and(|texts| texts < count) {
            length += 1;
        }
        length as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_and_digits_go_back_and_forth() {
        let alphabet = Alphabet::read("f", "xaé日0").expect("five characters");
        for (digit, symbol) in "xaé日0".chars().enumerate() {
            assert_eq!(alphabet.digit(symbol), Some(digit as u16));
            assert_eq!(alphabet.symbol(digit as u16), symbol);
        }
        for other in ['b', 'è', '\u{10ffff}', '\0'] {
            assert_eq!(alphabet.digit(other), None);
        }
    }

    #[test]
    fn a_million_texts_take_as_many_symbols() {
        let length = |radix: usize| {
            let symbols: String = ('\u{4e00}'..).take(radix).collect();
            Alphabet::read("f", &symbols).expect("different characters").length_of(1_000_000)
        };
        assert_eq!([2, 10, 26, 36, 62, 1_000, 20_000].map(length), [20, 6, 5, 4, 4, 2, 2]);
    }

    #[test]
    fn too_few_or_equal_symbols_are_refused() {
        for symbols in ["", "a", "aba", "éé"] {
            assert!(Alphabet::read("f", symbols).is_err(), "{symbols}");
        }
    }
}
