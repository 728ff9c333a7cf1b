//! Lists of words to draw from, one a line of a file, by their length.

use crate::draw::{FEWEST, Fraction};
use crate::locale::Locale;

/// Words by their length, shortest first, so that those that fit a limit are a prefix.
pub(crate) struct WordList {
    words: Vec<&'static str>,
    /// How many words have at most as many characters as the index says.
    fitting: Vec<usize>,
}

impl WordList {
    /// Takes the lines of a file.
    pub(crate) fn new(text: &'static str) -> Self {
        let mut words: Vec<&str> = text.lines().collect();
        words.sort_by_key(|word| (word.chars().count(), *word));
        let longest = words.last().map_or(0, |word| word.chars().count());
        let fitting = (0..=longest).map(|chars| words.partition_point(|word| word.chars().count() <= chars)).collect();
        Self { words, fitting }
    }

    /// Returns every word, shortest first.
    pub(crate) fn all(&self) -> &[&'static str] {
        &self.words
    }

    /// Returns the words of at most so many characters.
    pub(crate) fn upto(&self, max_chars: Option<usize>) -> &[&'static str] {
        let count = max_chars.and_then(|chars| self.fitting.get(chars).copied()).unwrap_or(self.words.len());
        &self.words[..count]
    }

    /// Returns what a call draws from whose results have at most so many characters.
    pub(crate) fn within(&'static self, max_chars: Option<usize>) -> Choices {
        // A value that is one of few words would be told by its fake: then all are drawn from, and cut.
        let fitting = self.upto(max_chars).len();
        let fitting = if fitting < FEWEST { self.words.len() } else { fitting };
        Choices { words: &self.words, fitting, max_chars }
    }

    /// Returns how many characters the longest word has.
    pub(crate) fn longest(&self) -> usize {
        self.fitting.len() - 1
    }

    /// Returns the fewest characters that enough words fit to draw from them.
    pub(crate) fn least(&self) -> usize {
        self.fitting.iter().position(|count| *count >= FEWEST).unwrap_or(self.longest())
    }
}

/// The words of a list under a limit on their length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choices {
    words: &'static [&'static str],
    fitting: usize,
    max_chars: Option<usize>,
}

impl Choices {
    /// Draws a word, each that fits equally likely. One digest gives one word under every limit that the word fits, so columns
    /// of different lengths agree.
    #[inline]
    pub(crate) fn draw(&self, fraction: &mut Fraction) -> &'static str {
        let mut position = fraction.below(self.words.len());
        if position >= self.fitting {
            position = fraction.below(self.fitting);
        }
        cut(self.words[position], self.max_chars)
    }

    /// Returns from how many words is drawn.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.fitting
    }
}

/// One list for each locale.
pub(crate) struct WordLists([WordList; Locale::ALL.len()]);

impl WordLists {
    /// Takes the files of all locales, in their order.
    pub(crate) fn new(files: [&'static str; Locale::ALL.len()]) -> Self {
        Self(files.map(WordList::new))
    }

    /// Returns the list of a locale.
    pub(crate) fn of(&self, locale: Locale) -> &WordList {
        &self.0[locale as usize]
    }

    /// Returns how many characters the longest word of any locale has.
    pub(crate) fn longest(&self) -> usize {
        self.0.iter().map(WordList::longest).max().unwrap_or(0)
    }
}

/// Cuts a text to so many characters, and a blank that is then its last.
pub(crate) fn cut(text: &str, max_chars: Option<usize>) -> &str {
    let end = max_chars.filter(|chars| *chars < text.len()).and_then(|chars| text.char_indices().nth(chars));
    let Some((end, _)) = end else { return text };
    let bare = text[..end].trim_end();
    if bare.is_empty() { &text[..end] } else { bare }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static LIST: LazyLock<WordList> = LazyLock::new(|| WordList::new("aé\nabc\nb\nabcd\nad\nae\naf\nag\nah\nai\n"));

    #[test]
    fn words_that_fit_are_a_prefix() {
        assert_eq!(LIST.all(), ["b", "ad", "ae", "af", "ag", "ah", "ai", "aé", "abc", "abcd"]);
        assert_eq!(LIST.upto(Some(2)).len(), 8);
        assert_eq!(LIST.upto(Some(9)).len(), 10);
        assert_eq!((LIST.longest(), LIST.least()), (4, 2));
    }

    #[test]
    fn where_few_words_fit_all_are_drawn_from_and_cut() {
        assert_eq!((LIST.within(Some(1)).len(), LIST.within(Some(2)).len()), (10, 8));
        assert_eq!(LIST.within(Some(1)).draw(&mut Fraction::new(u64::MAX)), "a");
    }

    #[test]
    fn a_word_that_fits_is_drawn_whatever_the_limit() {
        for step in 0..256_u64 {
            let draw = |limit| LIST.within(limit).draw(&mut Fraction::new(step << 56 | step << 20));
            let free = draw(None);
            for limit in 2..5 {
                let word = draw(Some(limit));
                assert!(word.chars().count() <= limit, "{word}");
                assert!(word == free || free.chars().count() > limit, "{free} {word}");
            }
        }
    }

    #[test]
    fn draws_under_a_limit_are_as_likely_as_each_other() {
        let mut counts = [0_u32; 8];
        for step in 0..10_000_u64 {
            let word = LIST.within(Some(2)).draw(&mut Fraction::new(step.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            counts[LIST.upto(Some(2)).iter().position(|fitting| *fitting == word).expect("a word that fits")] += 1;
        }
        assert!(counts.iter().all(|count| (1_150..1_350).contains(count)), "{counts:?}");
    }

    #[test]
    fn cutting_splits_no_character() {
        assert_eq!(cut("aéb", Some(2)), "aé");
        assert_eq!(cut("aéb", Some(3)), "aéb");
        assert_eq!(cut("aéb", Some(0)), "");
        assert_eq!(cut("aéb", None), "aéb");
    }
}
