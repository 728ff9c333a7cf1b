//! Lists of words to draw from, one a line of a file, by their length.

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

    /// Returns the words of at most so many characters.
    pub(crate) fn upto(&self, max_chars: Option<usize>) -> &[&'static str] {
        let count = max_chars.and_then(|chars| self.fitting.get(chars).copied()).unwrap_or(self.words.len());
        &self.words[..count]
    }

    /// Returns the words of at most so many characters, or all where fewer than two fit: one alone could be its own
    /// input. Those must be cut.
    pub(crate) fn upto_or_all(&self, max_chars: Option<usize>) -> &[&'static str] {
        let fitting = self.upto(max_chars);
        if fitting.len() < 2 { self.upto(None) } else { fitting }
    }

    /// Returns how many characters the longest word has.
    pub(crate) fn longest(&self) -> usize {
        self.fitting.len() - 1
    }

    /// Returns the fewest characters that two words fit.
    pub(crate) fn two_fit(&self) -> usize {
        self.fitting.iter().position(|count| *count >= 2).unwrap_or(self.longest())
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

/// Cuts a text to so many characters.
pub(crate) fn cut(text: &str, max_chars: Option<usize>) -> &str {
    let end = max_chars.filter(|chars| *chars < text.len()).and_then(|chars| text.char_indices().nth(chars));
    &text[..end.map_or(text.len(), |(end, _)| end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_fit_are_a_prefix() {
        let list = WordList::new("aé\nabc\nb\nabcd\n");
        assert_eq!(list.upto(None), ["b", "aé", "abc", "abcd"]);
        assert_eq!(list.upto(Some(2)), ["b", "aé"]);
        assert_eq!(list.upto(Some(9)).len(), 4);
        assert_eq!(list.upto_or_all(Some(1)).len(), 4);
        assert_eq!((list.longest(), list.two_fit()), (4, 2));
    }

    #[test]
    fn cutting_splits_no_character() {
        assert_eq!(cut("aéb", Some(2)), "aé");
        assert_eq!(cut("aéb", Some(3)), "aéb");
        assert_eq!(cut("aéb", Some(0)), "");
        assert_eq!(cut("aéb", None), "aéb");
    }
}
