//! Character classes and their replacements, as `mask` of Spark and Hive has them.

use std::sync::LazyLock;

use datafusion::common::{Result, plan_err};
use regex::Regex;

use crate::call::Call;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Kind, Literal, Parameter};

/// What stands for an upper-case letter.
pub(crate) const UPPER: Parameter =
    Parameter::optional("upper", Kind::TextOrNull, Literal::Text("X"), "for an upper-case letter; NULL keeps it");
/// What stands for a lower-case letter.
pub(crate) const LOWER: Parameter =
    Parameter::optional("lower", Kind::TextOrNull, Literal::Text("x"), "for a lower-case letter; NULL keeps it");
/// What stands for a digit.
pub(crate) const DIGIT: Parameter =
    Parameter::optional("digit", Kind::TextOrNull, Literal::Text("n"), "for a decimal digit; NULL keeps it");
/// What stands for any other character.
pub(crate) const OTHER: Parameter =
    Parameter::optional("other", Kind::TextOrNull, Literal::Null, "for any other character; NULL keeps it");

/// Said by every function that has these four.
pub(crate) const CLASSES_NOTE: &str = "Classes are Unicode's Lu, Ll and Nd. Letters without case (日本, देव) are other \
     characters, which stay unless other is given.";

/// A class of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Upper,
    Lower,
    Digit,
}

/// What stands for each class.
#[derive(Debug)]
pub(crate) struct ClassMask {
    upper: Option<char>,
    lower: Option<char>,
    digit: Option<char>,
    other: Option<char>,
    /// The same for bytes, where every replacement is ASCII.
    bytes: Option<[u8; 128]>,
}

impl ClassMask {
    /// Reads the four options of a call.
    ///
    /// # Errors
    /// When one is neither NULL nor one character.
    pub(crate) fn read(call: &Call) -> Result<Self> {
        let one = |name: &str| {
            let Some(text) = call.text_or_null(name)? else { return Ok(None) };
            if let Some(c) = single(text) {
                return Ok(Some(c));
            }
            let chars = text.chars().count();
            plan_err!("{}: {name} must be one character or NULL, got {chars} characters", call.name())
        };
        let mut mask = Self {
            upper: one("upper")?,
            lower: one("lower")?,
            digit: one("digit")?,
            other: one("other")?,
            bytes: None,
        };
        mask.bytes = mask.of_bytes();
        Ok(mask)
    }

    /// Returns what a call with these replacements promises: a class that stays may be all of a value.
    pub(crate) fn guarantee(&self) -> Guarantee {
        match (self.upper, self.lower, self.digit) {
            (Some(_), Some(_), Some(_)) => Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_fixed_points(),
            _ => Guarantee::raw(),
        }
    }

    /// Appends text with every character replaced by its class's.
    ///
    /// A character outside the basic plane is two characters of Java, hence of Spark, none of which has a class.
    #[inline]
    pub(crate) fn mask(&self, text: &str, out: &mut TextBuilder) {
        if let Some(bytes) = &self.bytes
            && text.is_ascii()
        {
            out.push_ascii(text.len(), |masked| {
                for (to, from) in masked.iter_mut().zip(text.bytes()) {
                    *to = bytes[usize::from(from & 0x7f)];
                }
            });
            return;
        }
        for c in text.chars() {
            match self.of(class(c)) {
                Some(replacement) => {
                    out.push_char(replacement);
                    if c.len_utf16() == 2 {
                        out.push_char(replacement);
                    }
                }
                None => out.push_char(c),
            }
        }
    }

    /// Appends text of which nothing may be shown: beyond `mask`, characters of no class are replaced unless they are
    /// ASCII punctuation.
    pub(crate) fn mask_whole(&self, text: &str, out: &mut TextBuilder) {
        if text.is_ascii() {
            self.mask(text, out);
            return;
        }
        for c in text.chars() {
            let class = class(c);
            let uncased = if class == Class::Other && !c.is_ascii() { self.lower } else { None };
            out.push_char(self.of(class).or(uncased).unwrap_or(c));
        }
    }

    fn of(&self, class: Class) -> Option<char> {
        match class {
            Class::Upper => self.upper,
            Class::Lower => self.lower,
            Class::Digit => self.digit,
            Class::Other => self.other,
        }
    }

    fn of_bytes(&self) -> Option<[u8; 128]> {
        let mut bytes = [0; 128];
        for (byte, to) in (0..).zip(bytes.iter_mut()) {
            *to =
                u8::try_from(self.of(class(char::from(byte))).unwrap_or(char::from(byte))).ok().filter(u8::is_ascii)?;
        }
        Some(bytes)
    }
}

/// Returns the one character of a text; None of any other text.
pub(crate) fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn class(c: char) -> Class {
    match c {
        'A'..='Z' => Class::Upper,
        'a'..='z' => Class::Lower,
        '0'..='9' => Class::Digit,
        c if c.is_ascii() => Class::Other,
        c => BASIC_PLANE.get(c as usize).copied().unwrap_or(Class::Other),
    }
}

/// The class of every character of the basic plane. The standard library knows the properties Uppercase and Lowercase,
/// which hold more than the categories Lu and Ll (Ⅷ, ª).
static BASIC_PLANE: LazyLock<Vec<Class>> = LazyLock::new(|| {
    let mut classes = vec![Class::Other; 1 << 16];
    let all: String = (0..1 << 16).filter_map(char::from_u32).collect();
    for (category, class) in [(r"\p{Lu}", Class::Upper), (r"\p{Ll}", Class::Lower), (r"\p{Nd}", Class::Digit)] {
        let members = Regex::new(category).expect("a category of Unicode");
        for found in members.find_iter(&all) {
            for c in found.as_str().chars() {
                classes[c as usize] = class;
            }
        }
    }
    classes
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_java() {
        // Character.getType of OpenJDK 17.
        for (chars, expected) in [
            ("AZÀÉİΑЖՀẞＡ", Class::Upper),
            ("azßàéıͱжաｚŉ", Class::Lower),
            ("09٣۵५๓０９", Class::Digit),
            ("ªºʰǅᾈⅧⅷⒶⓐ²½①日अァ한ᵃ_- \u{345}\u{94d}", Class::Other),
            ("𝔸𝒂𝟗𐐀", Class::Other),
        ] {
            for c in chars.chars() {
                assert_eq!(class(c), expected, "{c} U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn classes_are_as_many_as_javas() {
        // Counted in OpenJDK 17 over U+0000 to U+1C7F, where Unicode has added none since.
        let count = |of| (0..0x1c80_u32).filter_map(char::from_u32).filter(|c| class(*c) == of).count();
        assert_eq!([Class::Upper, Class::Lower, Class::Digit].map(count), [594, 623, 290]);
    }

    #[test]
    fn single_takes_one_character_of_any_length_in_bytes() {
        assert_eq!((single("X"), single("█"), single(""), single("XX")), (Some('X'), Some('█'), None, None));
    }
}
