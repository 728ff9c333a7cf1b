//! Lists of the words of a language; locales of one language share them.

use std::sync::LazyLock;

use crate::lists::text;
use crate::lists::word_list::WordLists;

/// Returns the text of `data/words/<language>.<kind>.txt` for each locale, in the order of `Locale::ALL`.
macro_rules! language_files {
    ($kind:literal) => {{
        let english = text!("words/en.", $kind);
        let (german, french, swedish) =
            (text!("words/de.", $kind), text!("words/fr.", $kind), text!("words/sv.", $kind));
        [german, english, english, english, english, french, swedish]
    }};
}

/// Common words, for texts.
pub(crate) static WORDS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(language_files!("word")));
/// Names of colors.
pub(crate) static COLORS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(language_files!("color")));
/// Occupations.
pub(crate) static JOBS: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(language_files!("job")));
