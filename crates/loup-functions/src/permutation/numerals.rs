//! FF1 over text columns: symbols of an alphabet as digits of a radix, rows of one length in one batch.

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_err, internal_err};
use loup_crypto::{Ff1, PurposeKey};

use crate::call::Call;
use crate::check_digit::CheckDigit;
use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;
use crate::permutation::alphabet::Alphabet;

/// The fewest texts that a value must be one of, as SP 800-38G Rev. 1 asks: of fewer, all are soon tried.
pub(crate) const FEWEST: u64 = 1_000_000;
/// The most symbols of a value. FF1 would allow 2^32, at a cost that grows with their square.
pub(crate) const MOST: usize = 512;
/// Most letters that stay beside digits: more could be a name.
const MOST_LETTERS: usize = 4;
/// What the option `check` may be.
pub(crate) const CHECKS: &[&str] = &["none", "luhn", "verhoeff"];

/// Reads the option `check`.
pub(crate) fn check_digit(call: &Call) -> Result<Option<CheckDigit>> {
    Ok(match call.text("check")? {
        "luhn" => Some(CheckDigit::Luhn),
        "verhoeff" => Some(CheckDigit::Verhoeff),
        _ => None,
    })
}

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

/// What happens to characters that are no symbols of the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Refused,
    Kept,
}

/// Permutes the symbols of texts among the texts of the same length.
pub(crate) struct NumeralKernel {
    name: &'static str,
    ff1: Ff1,
    tweak: Vec<u8>,
    direction: Direction,
    alphabet: Alphabet,
    others: Others,
    check: Option<CheckDigit>,
    least: usize,
}

/// Rows with equally many permuted digits, one after another.
#[derive(Default)]
struct Group {
    digits: Vec<u16>,
    /// How far each row's check digit is from the right one.
    distances: Vec<u8>,
    rows: usize,
}

impl NumeralKernel {
    /// Makes the kernel of texts that consist of symbols of an alphabet.
    pub(crate) fn new(
        name: &'static str,
        key: &PurposeKey,
        tweak: Vec<u8>,
        alphabet: Alphabet,
        direction: Direction,
    ) -> Result<Self> {
        let ff1 = Ff1::new(key.expose(), alphabet.radix()).map_err(external)?;
        let least = alphabet.length_of(FEWEST);
        Ok(Self { name, ff1, tweak, direction, alphabet, others: Others::Refused, check: None, least })
    }

    /// Makes the kernel of texts with decimal digits, whose other characters stay, and whose last digit may be a check digit.
    pub(crate) fn decimal(
        name: &'static str,
        key: &PurposeKey,
        tweak: Vec<u8>,
        check: Option<CheckDigit>,
    ) -> Result<Self> {
        let kernel = Self::new(name, key, tweak, Alphabet::decimal(), Direction::Encrypt)?;
        Ok(Self { others: Others::Kept, check, ..kernel })
    }

    fn rows<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A) -> Result<ArrayRef> {
        let mut groups: Vec<Group> = Vec::new();
        let mut places = Vec::with_capacity(values.len());
        let (mut digits, mut body) = (Vec::new(), Vec::new());
        for row in 0..values.len() {
            if values.is_null(row) {
                places.push((0, 0));
                continue;
            }
            digits.clear();
            self.read(values.value(row), &mut digits)?;
            let distance = self.check.zip(digits.pop_if(|_| self.check.is_some())).map(|(check, digit)| {
                narrow(&digits, &mut body);
                check.distance(&body, digit as u8)
            });
            let length = digits.len();
            if groups.len() <= length {
                groups.resize_with(length + 1, Group::default);
            }
            let group = &mut groups[length];
            places.push((length, group.rows));
            group.digits.extend_from_slice(&digits);
            group.distances.extend(distance);
            group.rows += 1;
        }
        for (length, group) in groups.iter_mut().enumerate().filter(|(_, group)| group.rows > 0) {
            match self.direction {
                Direction::Encrypt => self.ff1.encrypt_batch(&self.tweak, &mut group.digits, length),
                Direction::Decrypt => self.ff1.decrypt_batch(&self.tweak, &mut group.digits, length),
            }
            .map_err(external)?;
        }
        self.write(values, &groups, &places)
    }

    /// Reads the digits of a text and checks its shape.
    fn read(&self, text: &str, digits: &mut Vec<u16>) -> Result<()> {
        let (mut letters, mut foreign, mut uncased) = (0, 0, 0);
        for c in text.chars() {
            match self.alphabet.digit(c) {
                Some(digit) => digits.push(digit),
                None if self.others == Others::Refused => foreign += 1,
                None if c.is_alphabetic() => {
                    letters += 1;
                    // Two of a script without case can be a whole name.
                    uncased += usize::from(!c.is_uppercase() && !c.is_lowercase());
                }
                // Digits of another script would stay in clear.
                None => foreign += usize::from(c.is_numeric()),
            }
        }
        let (name, count, least) = (self.name, digits.len(), self.least + usize::from(self.check.is_some()));
        match self.others {
            Others::Refused if foreign > 0 => {
                exec_err!("{name}: expected symbols of the alphabet alone, got {foreign} others")
            }
            Others::Refused if !(least..=MOST).contains(&count) => {
                exec_err!("{name}: expected {least} to {MOST} symbols of the alphabet, got {count}")
            }
            Others::Kept if foreign > 0 => exec_err!("{name}: expected digits 0 to 9, got {foreign} of another script"),
            Others::Kept if !(least..=MOST).contains(&count) => {
                exec_err!("{name}: expected {least} to {MOST} digits, got {count}")
            }
            Others::Kept if uncased > 0 => {
                exec_err!("{name}: expected no letters but those of scripts with capitals, got {uncased} others")
            }
            Others::Kept if letters > count.min(MOST_LETTERS) => {
                exec_err!(
                    "{name}: expected at most {MOST_LETTERS} letters, and no more than digits; got {letters} beside {count}"
                )
            }
            _ => Ok(()),
        }
    }

    fn write<'a, A>(&self, values: &A, groups: &[Group], places: &[(usize, usize)]) -> Result<ArrayRef>
    where
        A: ArrayAccessor<Item = &'a str>,
    {
        let mut out = TextBuilder::new(values.data_type(), values.len(), 16)?;
        let (mut text, mut body) = (String::new(), Vec::new());
        for (row, &(length, place)) in places.iter().enumerate() {
            if values.is_null(row) {
                out.set_null();
            } else {
                let group = &groups[length];
                let digits = &group.digits[place * length..(place + 1) * length];
                let check = self.check.zip(group.distances.get(place)).map(|(check, &distance)| {
                    narrow(digits, &mut body);
                    u16::from(check.at_distance(&body, distance))
                });
                let mut digits = digits.iter().copied().chain(check);
                text.clear();
                text.extend(values.value(row).chars().map(|c| {
                    let digit = self.alphabet.digit(c).and_then(|_| digits.next());
                    digit.map_or(c, |digit| self.alphabet.symbol(digit))
                }));
                out.push_str(&text);
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

/// Copies decimal digits to bytes.
fn narrow(digits: &[u16], out: &mut Vec<u8>) {
    out.clear();
    out.extend(digits.iter().map(|&digit| digit as u8));
}

/// Carries an error of the core, which holds counts alone.
pub(crate) fn external(error: loup_crypto::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl Kernel for NumeralKernel {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Utf8 => self.rows(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.rows(&values.as_string::<i64>()),
            DataType::Utf8View => self.rows(&values.as_string_view()),
            other => internal_err!("{}: expected text, got {other}", self.name),
        }
    }
}
