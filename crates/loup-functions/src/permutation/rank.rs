//! Ranks: texts with letters and digits in given places, numbered from 0 and permuted as numbers.

use loup_crypto::{Error, NumberCipher};
use num_bigint::BigUint;

/// The class of letters in a pattern.
pub(crate) const LETTER: u8 = b'A';
/// The class of digits in a pattern.
pub(crate) const DIGIT: u8 = b'9';

/// The numbering of all texts of a pattern, in the order of a dictionary, and the texts that were numbered.
pub(crate) struct Ranking {
    pattern: Vec<u8>,
    /// Symbols whose number fits 64 bits, place after place: where they end, and how many texts of them there are.
    words: Vec<(usize, u64)>,
    ranks: Ranks,
}

/// The numbers of texts, and the number of the pattern's last text.
enum Ranks {
    Words(u128, Vec<u128>),
    /// Where 128 bits do not hold them.
    Big(BigUint, Vec<BigUint>),
}

fn base(class: u8) -> u64 {
    if class == LETTER { 26 } else { 10 }
}

impl Ranking {
    /// Makes the numbering of a pattern, if it has `fewest` texts or more.
    pub(crate) fn new(pattern: &[u8], fewest: u64) -> Option<Self> {
        let mut words: Vec<(usize, u64)> = Vec::new();
        for (place, class) in pattern.iter().enumerate() {
            let grown = words.last().and_then(|(_, texts)| texts.checked_mul(base(*class)));
            match (words.last_mut(), grown) {
                (Some(word), Some(texts)) => *word = (place + 1, texts),
                _ => words.push((place + 1, base(*class))),
            }
        }
        let count = words.iter().try_fold(1_u128, |count, (_, texts)| count.checked_mul(u128::from(*texts)));
        let ranks = match count {
            Some(count) if count < u128::from(fewest) => return None,
            Some(count) => Ranks::Words(count - 1, Vec::new()),
            None => Ranks::Big(words.iter().map(|(_, texts)| *texts).product::<BigUint>() - 1_u32, Vec::new()),
        };
        Some(Self { pattern: pattern.to_vec(), words, ranks })
    }

    /// Returns the classes, place by place.
    pub(crate) fn pattern(&self) -> &[u8] {
        &self.pattern
    }

    /// Returns how many texts were numbered.
    pub(crate) fn len(&self) -> usize {
        match &self.ranks {
            Ranks::Words(_, ranks) => ranks.len(),
            Ranks::Big(_, ranks) => ranks.len(),
        }
    }

    /// Numbers a text of as many symbols as the pattern has classes.
    pub(crate) fn push(&mut self, symbols: &[u8]) {
        let mut start = 0;
        let words = self.words.iter().map(|&(end, texts)| {
            let symbols = self.pattern[start..end].iter().zip(&symbols[start..end]);
            start = end;
            (texts, symbols.fold(0, |word, (class, symbol)| word * base(*class) + u64::from(*symbol)))
        });
        match &mut self.ranks {
            Ranks::Words(_, ranks) => {
                ranks.push(words.fold(0, |rank, (texts, word)| rank * u128::from(texts) + u128::from(word)));
            }
            Ranks::Big(_, ranks) => ranks.push(words.fold(BigUint::ZERO, |rank, (texts, word)| rank * texts + word)),
        }
    }

    /// Replaces each number by its image.
    pub(crate) fn permute(&mut self, cipher: &NumberCipher, tweak: &[u8]) -> Result<(), Error> {
        match &mut self.ranks {
            Ranks::Words(last, ranks) => cipher.forward(tweak, *last, ranks),
            Ranks::Big(last, ranks) => ranks.iter_mut().try_for_each(|rank| cipher.forward_big(tweak, last, rank)),
        }
    }

    /// Writes the symbols of the text that now has the `place`-th number.
    pub(crate) fn spell(&self, place: usize, symbols: &mut Vec<u8>) {
        match &self.ranks {
            Ranks::Words(_, ranks) => {
                let mut rank = ranks[place];
                self.spell_words(symbols, |texts| {
                    // A division of 64 bits is many times as fast as one of 128.
                    if let Ok(word) = u64::try_from(rank) {
                        rank = u128::from(word / texts);
                        return word % texts;
                    }
                    let word = (rank % u128::from(texts)) as u64;
                    rank /= u128::from(texts);
                    word
                });
            }
            Ranks::Big(_, ranks) => {
                let mut rank = ranks[place].clone();
                self.spell_words(symbols, |texts| {
                    let word = (&rank % texts).iter_u64_digits().next().unwrap_or(0);
                    rank /= texts;
                    word
                });
            }
        }
    }

    /// `split` gives the number of the last word that is left, and takes it off.
    fn spell_words(&self, symbols: &mut Vec<u8>, mut split: impl FnMut(u64) -> u64) {
        symbols.clear();
        symbols.resize(self.pattern.len(), 0);
        for (number, &(end, texts)) in self.words.iter().enumerate().rev() {
            let start = if number == 0 { 0 } else { self.words[number - 1].0 };
            let mut word = split(texts);
            for (symbol, class) in symbols[start..end].iter_mut().zip(&self.pattern[start..end]).rev() {
                *symbol = (word % base(*class)) as u8;
                word /= base(*class);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEWEST: u64 = 1_000_000;

    #[test]
    fn texts_are_numbered_in_the_order_of_a_dictionary() {
        let mut ranking = Ranking::new(b"A9AAAA", FEWEST).expect("enough texts");
        for (symbols, expected) in
            [([0, 0, 0, 0, 0, 0], 0), ([0, 0, 0, 0, 0, 25], 25), ([0, 1, 0, 0, 1, 0], 456_976 + 26)]
        {
            ranking.push(&symbols);
            let Ranks::Words(last, ranks) = &ranking.ranks else { panic!("fits a register") };
            assert_eq!((ranks.last(), *last), (Some(&expected), 26_u128.pow(5) * 10 - 1));
        }
    }

    #[test]
    fn every_length_is_spelled_as_it_was_numbered() {
        for length in (5..60).chain([512]) {
            let pattern: Vec<u8> = (0..length).map(|i| if i % 3 == 1 { DIGIT } else { LETTER }).collect();
            let Some(mut ranking) = Ranking::new(&pattern, FEWEST) else { continue };
            let mut spelled = Vec::new();
            for seed in 0..3 {
                let symbol = |(i, class): (usize, &u8)| ((i * 7 + 5 * seed) as u64 % base(*class)) as u8;
                let symbols: Vec<u8> = pattern.iter().enumerate().map(symbol).collect();
                ranking.push(&symbols);
                ranking.spell(seed, &mut spelled);
                assert_eq!(spelled, symbols, "{length}");
            }
            assert_eq!(ranking.len(), 3);
        }
    }

    #[test]
    fn the_last_text_has_the_last_number() {
        for length in [6, 13, 14, 27, 28, 100] {
            let mut ranking = Ranking::new(&vec![LETTER; length], FEWEST).expect("enough texts");
            ranking.push(&vec![25; length]);
            match &ranking.ranks {
                Ranks::Words(last, ranks) => assert_eq!([*last], ranks.as_slice()),
                Ranks::Big(last, ranks) => assert_eq!([last], [&ranks[0]]),
            }
        }
        assert!(matches!(Ranking::new(&[LETTER; 28], FEWEST).expect("enough").ranks, Ranks::Big(..)));
    }

    #[test]
    fn patterns_with_too_few_texts_are_refused() {
        for few in [&b""[..], b"99999", b"AAAA", b"A9999", b"AA999"] {
            assert!(Ranking::new(few, FEWEST).is_none());
        }
        for enough in [&b"999999"[..], b"AAAAA", b"AAA999"] {
            assert!(Ranking::new(enough, FEWEST).is_some());
        }
    }
}
