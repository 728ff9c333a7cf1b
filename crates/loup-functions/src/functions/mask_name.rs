//! mask_name: shows the first letter of each word of a name.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::mask_char::WHOLE;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_name",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the first letter of each word of a name.",
    notes: &[
        "Three stars stand for the rest of each word, whatever its length; a word of one letter is three stars. Words are joined by one blank.",
        "Text with digits, or punctuation that names have not, of more than 8 words or 128 bytes, and blank text become `****`.",
    ],
    parameters: &[Parameter::required("s", Kind::Value(Accepts::Text), "the name")],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_name('Alice Johnson')", output: "A*** J***" },
        Example { sql: "SELECT mask_name('Jean-Pierre O''Neil')", output: "J*** O***" },
        Example { sql: "SELECT mask_name('山田太郎')", output: "山***" },
        Example { sql: "SELECT mask_name('room 7')", output: "****" },
    ],
};

/// The most words a name has.
const WORDS: usize = 8;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskName;

impl MaskingFunction for MaskName {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_max_chars(WORDS * 5))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            if is_name(text) {
                mask(text, out);
            } else {
                out.push_str(WHOLE);
            }
            Ok(())
        }))
    }
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| match c {
        'a'..='z' | 'A'..='Z' | ' ' | '.' | ',' | '\'' | '-' | '\t' => true,
        c => !c.is_ascii() && !c.is_numeric() && !c.is_control(),
    };
    text.len() <= 128 && text.chars().all(fits) && (1..=WORDS).contains(&text.split_whitespace().count())
}

fn mask(text: &str, out: &mut TextBuilder) {
    for (position, word) in text.split_whitespace().enumerate() {
        if position > 0 {
            out.push_str(" ");
        }
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        if let (Some(first), Some(_)) = (letters.next(), letters.next()) {
            out.push_char(first);
        }
        out.push_str("***");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut out = TextBuilder::new(&DataType::Utf8, 1, 32).expect("a text type");
        mask(text, &mut out);
        String::from_utf8_lossy(out.row()).into_owned()
    }

    #[test]
    fn a_word_of_one_letter_is_never_shown() {
        assert_eq!(masked("J. R. R. Tolkien"), "*** *** *** T***");
        assert_eq!(masked("  李  明 "), "*** ***");
        assert_eq!(masked("'t Hooft"), "*** H***");
    }

    #[test]
    fn other_text_is_no_name() {
        for text in ["", " ", "alice7", "alice@example.com", "a/b", "one two three four five six seven eight nine", "٣"]
        {
            assert!(!is_name(text), "{text}");
        }
    }
}
