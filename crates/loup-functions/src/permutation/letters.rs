//! Text of letters and digits ranked as numbers, permuted among the texts with letters and digits in the same places.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, internal_err};
use loup_crypto::{NumberCipher, PurposeKey, frame};

use crate::check_digit::CheckDigit;
use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;
use crate::permutation::numerals::{FEWEST, MOST, external};
use crate::permutation::rank::{DIGIT, LETTER, Ranking};

/// Permutes letters and digits; the case of letters and all other ASCII characters stay where they are.
pub(crate) struct LetterKernel {
    name: &'static str,
    cipher: NumberCipher,
    tweak: Vec<u8>,
    check: Option<CheckDigit>,
}

/// What a text is made of.
#[derive(Default)]
struct Parts {
    /// The class of each letter and digit.
    pattern: Vec<u8>,
    /// Its number in its class.
    symbols: Vec<u8>,
    /// The digits alone.
    digits: Vec<u8>,
}

/// Rows of one pattern.
struct Group {
    ranking: Ranking,
    /// How far each row's check digit is from the right one.
    distances: Vec<u8>,
}

impl Parts {
    fn clear(&mut self) {
        self.pattern.clear();
        self.symbols.clear();
        self.digits.clear();
    }

    /// Splits ASCII text.
    fn read(&mut self, text: &[u8]) {
        self.clear();
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    self.pattern.push(DIGIT);
                    self.symbols.push(byte - b'0');
                    self.digits.push(byte - b'0');
                }
                b'A'..=b'Z' | b'a'..=b'z' => {
                    self.pattern.push(LETTER);
                    self.symbols.push((byte | 0x20) - b'a');
                }
                _ => {}
            }
        }
    }

    /// Takes the check digit away; None where the last of letters and digits is no digit.
    fn pop_check(&mut self) -> Option<u8> {
        self.pattern.pop_if(|class| *class == DIGIT)?;
        self.symbols.pop();
        self.digits.pop()
    }
}

impl LetterKernel {
    /// Makes the kernel of a key; `tweak` tells its use from others under that key.
    pub(crate) fn new(name: &'static str, key: &PurposeKey, tweak: Vec<u8>, check: Option<CheckDigit>) -> Self {
        Self { name, cipher: NumberCipher::new(key), tweak, check }
    }

    fn rows<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A) -> Result<ArrayRef> {
        let mut groups: Vec<Group> = Vec::new();
        let mut by_pattern: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut places = Vec::with_capacity(values.len());
        let mut parts = Parts::default();
        let mut latest = 0;
        for row in 0..values.len() {
            if values.is_null(row) {
                places.push((0, 0));
                continue;
            }
            let distance = self.read(values.value(row), &mut parts)?;
            // Ids of a column mostly share a pattern.
            if groups.get(latest).is_none_or(|group| group.ranking.pattern() != parts.pattern) {
                latest = if let Some(found) = by_pattern.get(&parts.pattern) {
                    *found
                } else {
                    groups.push(self.group(&parts.pattern)?);
                    by_pattern.insert(parts.pattern.clone(), groups.len() - 1);
                    groups.len() - 1
                };
            }
            let group = &mut groups[latest];
            places.push((latest, group.ranking.len()));
            group.ranking.push(&parts.symbols);
            group.distances.extend(distance);
        }
        for group in &mut groups {
            let mut tweak = self.tweak.clone();
            frame(&mut tweak, group.ranking.pattern());
            group.ranking.permute(&self.cipher, &tweak).map_err(external)?;
        }
        self.write(values, &groups, &places)
    }

    fn group(&self, pattern: &[u8]) -> Result<Group> {
        if pattern.len() > MOST {
            return exec_err!("{}: expected at most {MOST} letters and digits, got {}", self.name, pattern.len());
        }
        let Some(ranking) = Ranking::new(pattern, FEWEST) else {
            let (letters, digits): (Vec<u8>, Vec<u8>) = pattern.iter().partition(|class| **class == LETTER);
            return exec_err!(
                "{}: expected letters and digits of which there are 10^6 texts or more, such as 5 letters or 6 digits{}, \
                 got {} letters and {} digits",
                self.name,
                if self.check.is_some() { " before the check digit" } else { "" },
                letters.len(),
                digits.len()
            );
        };
        Ok(Group { ranking, distances: Vec::new() })
    }

    /// Splits a text and returns how far its check digit is from the right one, where it is to have one.
    fn read(&self, text: &str, parts: &mut Parts) -> Result<Option<u8>> {
        if !text.is_ascii() {
            let others = text.chars().filter(|c| !c.is_ascii()).count();
            return exec_err!(
                "{}: expected ASCII text, got {others} other characters; an alphabet may hold any",
                self.name
            );
        }
        parts.read(text.as_bytes());
        let Some(check) = self.check else { return Ok(None) };
        let Some(digit) = parts.pop_check() else {
            return exec_err!("{}: expected a check digit at the end, got none", self.name);
        };
        Ok(Some(check.distance(&parts.digits, digit)))
    }

    fn write<'a, A>(&self, values: &A, groups: &[Group], places: &[(usize, usize)]) -> Result<ArrayRef>
    where
        A: ArrayAccessor<Item = &'a str>,
    {
        let mut out = TextBuilder::new(values.data_type(), values.len(), 16)?;
        let (mut symbols, mut digits) = (Vec::new(), Vec::new());
        for (row, &(number, place)) in places.iter().enumerate() {
            if values.is_null(row) {
                out.set_null();
            } else {
                let group = &groups[number];
                group.ranking.spell(place, &mut symbols);
                if let Some((check, &distance)) = self.check.zip(group.distances.get(place)) {
                    let classes = group.ranking.pattern().iter();
                    digits.clear();
                    digits.extend(classes.zip(&symbols).filter(|(class, _)| **class == DIGIT).map(|(_, digit)| *digit));
                    symbols.push(check.at_distance(&digits, distance));
                }
                let text = values.value(row).as_bytes();
                out.push_ascii(text.len(), |masked| replace(text, &symbols, masked));
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

/// Writes a text with other letters and digits.
fn replace(text: &[u8], symbols: &[u8], out: &mut [u8]) {
    let mut symbols = symbols.iter();
    for (byte, masked) in text.iter().zip(out) {
        let first = match byte {
            b'0'..=b'9' => b'0',
            b'A'..=b'Z' => b'A',
            b'a'..=b'z' => b'a',
            other => {
                *masked = *other;
                continue;
            }
        };
        *masked = first + symbols.next().expect("a symbol for each letter and digit");
    }
}

impl Kernel for LetterKernel {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Utf8 => self.rows(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.rows(&values.as_string::<i64>()),
            DataType::Utf8View => self.rows(&values.as_string_view()),
            other => internal_err!("{}: expected text, got {other}", self.name),
        }
    }
}
