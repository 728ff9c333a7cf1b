//! What a mapping's pseudonyms are to be: the options of `CREATE EXTERNAL TABLE .. STORED AS MAPPING`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How pseudonyms are made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Consecutive numbers from `start`. A number still tells which insert it came from; the other kinds do not.
    Sequential,
    /// Numbers from `lo` to `hi` in an order that nobody can tell without the key.
    RandomInt,
    /// UUIDs (version 4).
    Uuid,
    /// Letters and digits, 36 of them unless `length` says otherwise.
    RandomString,
    /// Computed from key, domain and original: hexadecimal digits (32 unless `length` says otherwise), or a number where
    /// `lo` and `hi` are given. Whoever has the key can compute it again without the mapping; the others die with it.
    Keyed,
}

impl Kind {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Sequential, "sequential"),
        (Self::RandomInt, "random_int"),
        (Self::Uuid, "uuid"),
        (Self::RandomString, "random_string"),
        (Self::Keyed, "keyed"),
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        let problem = "expected sequential, random_int, uuid, random_string or keyed";
        found.map(|&(kind, _)| kind).ok_or_else(|| refused("kind", problem))
    }
}

/// What looking up a value does that is not in the mapping.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMissing {
    /// It is an error.
    #[default]
    Error,
    /// The result is NULL.
    Null,
}

/// The options of a new mapping. What is left out has its kind's default; [`Mapping::create`] says what does not fit.
///
/// [`Mapping::create`]: crate::Mapping::create
///
/// # Example
/// ```
/// use loup_mapping::{Kind, MappingOptions};
///
/// let options = MappingOptions::parse([("kind", "sequential"), ("start", "1000000000")])?;
/// assert_eq!(options, MappingOptions { start: Some(1_000_000_000), ..MappingOptions::new(Kind::Sequential) });
/// # Ok::<(), loup_mapping::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingOptions {
    /// How pseudonyms are made.
    pub kind: Kind,
    /// Sequential: the first number, 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Random_int and keyed: the lowest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lo: Option<i64>,
    /// Sequential, random_int and keyed: the highest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi: Option<i64>,
    /// Text before each pseudonym.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Text behind each pseudonym.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// Characters of a pseudonym, prefix and suffix included; numbers are filled up with zeros.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// What looking up a value does that is not in the mapping.
    #[serde(default)]
    pub on_missing: OnMissing,
    /// Keyed: mappings of one domain and key give an original the same pseudonym. The mapping's own id by default, so
    /// that two mappings cannot be joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl MappingOptions {
    /// Returns the options of a kind with all else left out.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            start: None,
            lo: None,
            hi: None,
            prefix: String::new(),
            suffix: String::new(),
            length: None,
            on_missing: OnMissing::Error,
            domain: None,
        }
    }

    /// Reads options as SQL gives them, names in lower case.
    ///
    /// # Errors
    /// If a name is unknown or given twice, a value has the wrong form, or the kind is missing.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut options = Self::new(Kind::Sequential);
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in pairs {
            if seen.contains(&name) {
                return Err(refused(name, "is given twice"));
            }
            seen.push(name);
            match name {
                "kind" => options.kind = value.parse()?,
                "start" => options.start = Some(integer(name, value)?),
                "lo" => options.lo = Some(integer(name, value)?),
                "hi" => options.hi = Some(integer(name, value)?),
                "prefix" => value.clone_into(&mut options.prefix),
                "suffix" => value.clone_into(&mut options.suffix),
                "length" => {
                    options.length = Some(value.parse().map_err(|_| refused(name, "expected a number of characters"))?);
                }
                "on_missing" => {
                    options.on_missing = match value {
                        "error" => OnMissing::Error,
                        "null" => OnMissing::Null,
                        _ => return Err(refused(name, "expected error or null")),
                    }
                }
                "domain" => options.domain = Some(value.to_owned()),
                _ => {
                    let known =
                        "is unknown; known are kind, start, lo, hi, prefix, suffix, length, on_missing and domain";
                    return Err(refused(name, known));
                }
            }
        }
        if seen.contains(&"kind") {
            Ok(options)
        } else {
            Err(refused("kind", "is missing: sequential, random_int, uuid, random_string or keyed"))
        }
    }
}

impl fmt::Display for MappingOptions {
    /// Writes the options that are not defaults, as [`MappingOptions::parse`] reads them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kind={}", self.kind)?;
        for (name, number) in [("start", self.start), ("lo", self.lo), ("hi", self.hi)] {
            number.map_or(Ok(()), |number| write!(f, " {name}={number}"))?;
        }
        for (name, text) in [("prefix", &self.prefix), ("suffix", &self.suffix)] {
            if !text.is_empty() {
                write!(f, " {name}={text}")?;
            }
        }
        self.length.map_or(Ok(()), |length| write!(f, " length={length}"))?;
        self.domain.as_ref().map_or(Ok(()), |domain| write!(f, " domain={domain}"))?;
        match self.on_missing {
            OnMissing::Error => Ok(()),
            OnMissing::Null => f.write_str(" on_missing=null"),
        }
    }
}

/// Makes the error of an option.
pub(crate) fn refused(name: &str, problem: impl Into<String>) -> Error {
    Error::Option { name: name.to_owned(), problem: problem.into() }
}

fn integer(name: &str, value: &str) -> Result<i64> {
    value.parse().map_err(|_| refused(name, "expected an integer of 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(pairs: &[(&str, &str)]) -> String {
        MappingOptions::parse(pairs.iter().copied()).unwrap_err().to_string()
    }

    #[test]
    fn every_option_is_read() {
        let pairs = [
            ("kind", "RANDOM_INT"),
            ("lo", "-5"),
            ("hi", "5"),
            ("prefix", "P-"),
            ("suffix", "-S"),
            ("length", "12"),
            ("on_missing", "null"),
            ("domain", "customer"),
            ("start", "7"),
        ];
        let expected = MappingOptions {
            kind: Kind::RandomInt,
            start: Some(7),
            lo: Some(-5),
            hi: Some(5),
            prefix: "P-".to_owned(),
            suffix: "-S".to_owned(),
            length: Some(12),
            on_missing: OnMissing::Null,
            domain: Some("customer".to_owned()),
        };
        assert_eq!(MappingOptions::parse(pairs).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(problem(&[]).contains("'kind': is missing"));
        assert!(problem(&[("kind", "serial")]).contains("expected sequential"));
        assert!(problem(&[("kind", "uuid"), ("kind", "uuid")]).contains("twice"));
        assert!(problem(&[("kind", "uuid"), ("strat", "1")]).contains("'strat': is unknown"));
        assert!(problem(&[("kind", "sequential"), ("start", "1e9")]).contains("'start': expected an integer"));
        assert!(problem(&[("kind", "sequential"), ("length", "-1")]).contains("'length'"));
        assert!(problem(&[("kind", "uuid"), ("on_missing", "NULL")]).contains("error or null"));
    }

    #[test]
    fn names_are_read_back() {
        for (kind, name) in Kind::NAMES {
            assert_eq!(kind.to_string(), name);
            assert_eq!(name.parse::<Kind>().unwrap(), kind);
        }
    }
}
