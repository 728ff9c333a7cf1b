//! Checked options: the form in which pseudonyms are kept, how they are written out and read back.

use std::fmt::Write as _;

use crate::error::Result;
use crate::options::{Kind, MappingOptions, OnMissing, refused};
use crate::value::{Value, Values, canonical_integer};

/// The most characters of a prefix or suffix.
const AFFIX: usize = 32;

/// Characters of a pseudonym between the affixes: fewest and most.
const FEWEST: u32 = 4;
const MOST: u32 = 64;

/// Decimal digits that every number below is sure to fit in 64 bits.
const DIGITS: u32 = 18;

/// What a pseudonym is between its affixes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// Numbers from `lo` to `hi`; `open` where the user named no `hi`, so that only numbers in use are taken.
    Numbers { lo: i64, hi: i64, open: bool, digits: Option<u32> },
    /// Version 4 UUIDs.
    Uuids,
    /// Characters of an alphabet.
    Texts { characters: u32, alphabet: &'static [u8] },
}

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// The options of a mapping, checked.
#[derive(Clone)]
pub(crate) struct Scheme {
    options: MappingOptions,
    core: Core,
    /// Whether numbers are text: with affixes or zeros in front.
    written: bool,
}

impl Scheme {
    /// Checks that options fit their kind and one another.
    pub(crate) fn new(options: &MappingOptions) -> Result<Self> {
        check_names(options)?;
        let affixes = affix(options)?;
        let between = match options.length {
            None => None,
            Some(length) if length > affixes => Some(length - affixes),
            Some(_) => return Err(refused("length", format!("prefix and suffix take {affixes} characters already"))),
        };
        let core = match options.kind {
            Kind::Uuid => Core::Uuids,
            Kind::RandomString => texts(between.unwrap_or(36), FEWEST, LETTERS_AND_DIGITS)?,
            Kind::Keyed if options.lo.is_none() && options.hi.is_none() => {
                texts(between.unwrap_or(32), 2 * FEWEST, HEX)?
            }
            Kind::Sequential => numbers(options.start.unwrap_or(1), options.hi, between, "start")?,
            Kind::RandomInt | Kind::Keyed => {
                let missing = |name| refused(name, format!("kind {} needs lo and hi", options.kind));
                let lo = options.lo.ok_or_else(|| missing("lo"))?;
                let hi = options.hi.ok_or_else(|| missing("hi"))?;
                if lo >= hi {
                    return Err(refused("hi", "must be above lo"));
                }
                numbers(lo, Some(hi), between, "lo")?
            }
        };
        let written = affixes > 0 || between.is_some();
        if let Core::Numbers { lo, .. } = core
            && written
            && lo < 0
        {
            let name = if options.kind == Kind::Sequential { "start" } else { "lo" };
            return Err(refused(name, "must not be negative where numbers are written with prefix, suffix or length"));
        }
        Ok(Self { options: options.clone(), core, written })
    }

    pub(crate) fn options(&self) -> &MappingOptions {
        &self.options
    }

    pub(crate) fn kind(&self) -> Kind {
        self.options.kind
    }

    pub(crate) fn missing_is_null(&self) -> bool {
        self.options.on_missing == OnMissing::Null
    }

    pub(crate) fn core(&self) -> Core {
        self.core
    }

    /// Whether pseudonyms are numbers as they stand, so that they take the type of the column they replace.
    pub(crate) fn is_numeric(&self) -> bool {
        matches!(self.core, Core::Numbers { .. }) && !self.written
    }

    /// An empty column for pseudonyms in the form they are kept in.
    pub(crate) fn column(&self) -> Values {
        match self.core {
            Core::Numbers { .. } => Values::integers(),
            Core::Uuids => Values::Uuids(Vec::new()),
            Core::Texts { .. } => Values::texts(),
        }
    }

    /// Writes out a pseudonym.
    pub(crate) fn write(&self, pseudonym: Value<'_>, out: &mut String) {
        out.push_str(&self.options.prefix);
        let written = match (pseudonym, self.core) {
            (Value::Integer(number), Core::Numbers { digits: Some(digits), .. }) => {
                write!(out, "{number:0width$}", width = digits as usize)
            }
            (Value::Integer(number), _) => write!(out, "{number}"),
            (Value::Uuid(uuid), _) => write_uuid(uuid, out),
            (Value::Text(text), _) => out.write_str(text),
        };
        written.expect("a String takes every character");
        out.push_str(&self.options.suffix);
    }

    /// Reads a value as a pseudonym, in the form it is kept in; None where it cannot be one.
    pub(crate) fn read<'a>(&self, value: Value<'a>, buffer: &'a mut String) -> Option<Value<'a>> {
        if self.is_numeric() {
            return matches!(value, Value::Integer(_)).then_some(value);
        }
        let text = match value {
            Value::Text(text) => text,
            Value::Integer(number) => {
                buffer.clear();
                write!(buffer, "{number}").expect("a String takes every character");
                buffer
            }
            Value::Uuid(_) => return None,
        };
        self.read_text(text)
    }

    /// Reads the text of a pseudonym.
    pub(crate) fn read_text<'a>(&self, text: &'a str) -> Option<Value<'a>> {
        let text = text.strip_prefix(self.options.prefix.as_str())?.strip_suffix(self.options.suffix.as_str())?;
        match self.core {
            Core::Numbers { digits: None, .. } => canonical_integer(text).map(Value::Integer),
            Core::Numbers { digits: Some(digits), .. } => {
                let plain = text.len() == digits as usize && text.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| text.parse().ok().map(Value::Integer))?
            }
            Core::Uuids => read_uuid(text).map(Value::Uuid),
            Core::Texts { .. } => (!text.is_empty()).then_some(Value::Text(text)),
        }
    }
}

/// Refuses options that the kind has no use for: their giver expects something that would not happen.
fn check_names(options: &MappingOptions) -> Result<()> {
    let kind = options.kind;
    let ranged = matches!(kind, Kind::RandomInt | Kind::Keyed);
    for (name, given, fits) in [
        ("start", options.start.is_some(), kind == Kind::Sequential),
        ("lo", options.lo.is_some(), ranged),
        ("hi", options.hi.is_some(), ranged || kind == Kind::Sequential),
        ("length", options.length.is_some(), kind != Kind::Uuid),
        ("domain", options.domain.is_some(), kind == Kind::Keyed),
    ] {
        if given && !fits {
            return Err(refused(name, format!("does not go with kind {kind}")));
        }
    }
    Ok(())
}

/// Returns the characters of both affixes.
fn affix(options: &MappingOptions) -> Result<u32> {
    let mut characters = 0;
    for (name, text) in [("prefix", &options.prefix), ("suffix", &options.suffix)] {
        let length = text.chars().count();
        if length > AFFIX || text.chars().any(char::is_control) {
            return Err(refused(
                name,
                format!("expected at most {AFFIX} characters, none of them a control character"),
            ));
        }
        characters += length as u32;
    }
    Ok(characters)
}

fn texts(characters: u32, fewest: u32, alphabet: &'static [u8]) -> Result<Core> {
    if (fewest..=MOST).contains(&characters) {
        return Ok(Core::Texts { characters, alphabet });
    }
    Err(refused(
        "length",
        format!("expected {fewest} to {MOST} characters besides prefix and suffix, got {characters}"),
    ))
}

fn numbers(lo: i64, hi: Option<i64>, digits: Option<u32>, first: &'static str) -> Result<Core> {
    if let Some(digits) = digits
        && digits > DIGITS
    {
        return Err(refused(
            "length",
            format!("expected at most {DIGITS} digits besides prefix and suffix, got {digits}"),
        ));
    }
    let widest = digits.map_or(i64::MAX, |digits| 10_i64.pow(digits) - 1);
    if hi.unwrap_or(lo) > widest {
        let name = if hi.is_some() { "hi" } else { first };
        return Err(refused(name, "has more digits than length leaves room for"));
    }
    if hi.is_some_and(|hi| hi < lo) {
        return Err(refused("hi", format!("must not be below {first}")));
    }
    Ok(Core::Numbers { lo, hi: hi.unwrap_or(widest), open: hi.is_none(), digits })
}

/// Writes a UUID as 8-4-4-4-12 lower-case hexadecimal digits.
fn write_uuid(uuid: u128, out: &mut String) -> std::fmt::Result {
    let groups = [(uuid >> 96, 8), (uuid >> 80 & 0xffff, 4), (uuid >> 64 & 0xffff, 4), (uuid >> 48 & 0xffff, 4)];
    for (group, width) in groups {
        write!(out, "{group:0width$x}-")?;
    }
    write!(out, "{:012x}", uuid & 0xffff_ffff_ffff)
}

/// Reads what [`write_uuid`] writes, and nothing else.
fn read_uuid(text: &str) -> Option<u128> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut uuid = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        uuid = uuid << 4 | u128::from(digit);
    }
    Some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(pairs: &[(&str, &str)]) -> Scheme {
        Scheme::new(&MappingOptions::parse(pairs.iter().copied()).unwrap()).unwrap()
    }

    fn problem(pairs: &[(&str, &str)]) -> String {
        let options = MappingOptions::parse(pairs.iter().copied()).unwrap();
        Scheme::new(&options).err().expect("refused").to_string()
    }

    #[test]
    fn options_that_do_not_fit_are_refused() {
        for (pairs, expected) in [
            (vec![("kind", "sequential"), ("lo", "1")], "'lo': does not go with kind sequential"),
            (vec![("kind", "uuid"), ("length", "36")], "'length': does not go"),
            (vec![("kind", "random_int"), ("lo", "1"), ("hi", "9"), ("start", "1")], "'start': does not go"),
            (vec![("kind", "random_string"), ("domain", "x")], "'domain': does not go"),
            (vec![("kind", "random_int"), ("lo", "1")], "'hi': kind random_int needs"),
            (vec![("kind", "random_int"), ("hi", "1")], "'lo': kind random_int needs"),
            (vec![("kind", "keyed"), ("lo", "1")], "'hi': kind keyed needs"),
            (vec![("kind", "random_int"), ("lo", "5"), ("hi", "5")], "'hi': must be above lo"),
            (vec![("kind", "sequential"), ("start", "5"), ("hi", "4")], "'hi': must not be below start"),
            (vec![("kind", "sequential"), ("start", "-1"), ("prefix", "P")], "'start': must not be negative"),
            (vec![("kind", "sequential"), ("length", "3"), ("start", "1000")], "'start': has more digits"),
            (vec![("kind", "sequential"), ("length", "3"), ("hi", "1000")], "'hi': has more digits"),
            (vec![("kind", "sequential"), ("length", "19")], "at most 18 digits"),
            (vec![("kind", "sequential"), ("length", "0")], "'length'"),
            (vec![("kind", "random_string"), ("length", "3")], "expected 4 to 64"),
            (vec![("kind", "random_string"), ("length", "65")], "expected 4 to 64"),
            (vec![("kind", "random_string"), ("prefix", "ABC"), ("length", "3")], "take 3 characters"),
            (vec![("kind", "keyed"), ("length", "7")], "expected 8 to 64"),
            (vec![("kind", "uuid"), ("prefix", "a\n")], "'prefix'"),
            (vec![("kind", "uuid"), ("suffix", "123456789012345678901234567890123")], "'suffix'"),
        ] {
            let shown = problem(&pairs);
            assert!(shown.contains(expected), "{shown}");
        }
    }

    #[test]
    fn pseudonyms_are_written_and_read_back() {
        let uuid = 0x0123_4567_89ab_4def_8123_4567_89ab_cdef;
        for (pairs, value, text) in [
            (vec![("kind", "sequential")], Value::Integer(42), "42"),
            (vec![("kind", "sequential"), ("length", "6")], Value::Integer(42), "000042"),
            (
                vec![("kind", "sequential"), ("prefix", "P-"), ("suffix", "é"), ("length", "8")],
                Value::Integer(42),
                "P-00042é",
            ),
            (vec![("kind", "random_int"), ("lo", "0"), ("hi", "99"), ("prefix", "9")], Value::Integer(1), "91"),
            (
                vec![("kind", "uuid"), ("prefix", "{"), ("suffix", "}")],
                Value::Uuid(uuid),
                "{01234567-89ab-4def-8123-456789abcdef}",
            ),
            (vec![("kind", "random_string"), ("prefix", "x")], Value::Text("AbC9"), "xAbC9"),
        ] {
            let scheme = scheme(&pairs);
            let (mut out, mut buffer) = (String::new(), String::new());
            scheme.write(value, &mut out);
            assert_eq!(out, text);
            assert!(scheme.read(Value::of_text(text), &mut buffer) == Some(value), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_pseudonyms() {
        let padded = scheme(&[("kind", "sequential"), ("prefix", "P"), ("length", "5")]);
        for text in ["P42", "P00042", "0042", "P0042 ", "P+042", "P-042", "", "P"] {
            assert!(padded.read_text(text).is_none(), "{text}");
        }
        let uuids = scheme(&[("kind", "uuid")]);
        for text in ["01234567-89AB-4def-8123-456789abcdef", "0123456789ab4def8123456789abcdef", "", "ç"] {
            assert!(uuids.read_text(text).is_none(), "{text}");
        }
        let plain = scheme(&[("kind", "sequential")]);
        assert!(plain.read(Value::Text("042"), &mut String::new()).is_none());
    }
}
