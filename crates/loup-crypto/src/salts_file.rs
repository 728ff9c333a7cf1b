//! The salts file: JSON, names and hex, bare or under `salts` in version 1.0.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;

const VERSION: &str = "1.0";
const LONGEST_NAME: usize = 128;

/// The secrets of a file by their names.
pub(crate) type Entries = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// A text that may be a secret.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Drop for Text<'_> {
    fn drop(&mut self) {
        // A borrowed one is wiped with the buffer it lies in; an owned one (escapes in the JSON) has only us.
        if let Cow::Owned(text) = &mut self.0 {
            text.zeroize();
        }
    }
}

/// A JSON object in the order of the file, with members of one name kept apart.
struct Members<T>(Vec<(String, T)>);

enum Member<'a> {
    Text(Text<'a>),
    Object(Members<Text<'a>>),
    Other,
}

/// Reads the secrets of a file; there is at least one. `path` is what messages call it.
pub(crate) fn read(path: &Path, json: &[u8]) -> Result<Entries, Error> {
    // serde_json's own messages quote the text they stop at; only the place is passed on.
    let syntax =
        |e: serde_json::Error| Error::SaltsFileSyntax { path: path.to_owned(), line: e.line(), column: e.column() };
    let content = |place: String, expected| Error::SaltsFileContent { path: path.to_owned(), place, expected };
    let members: Members<Member<'_>> = serde_json::from_slice(json).map_err(syntax)?;
    let salts = salts(members).map_err(|(place, expected)| content(place.to_owned(), expected))?;
    if salts.is_empty() {
        return Err(content("salts".to_owned(), "at least one salt"));
    }
    let mut entries = Entries::new();
    for (index, (name, text)) in salts.into_iter().enumerate() {
        // Not by its name: where a file has the two sides swapped, that is the secret.
        let fault = |expected| content(format!("salt {}", index + 1), expected);
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(fault("a name of 1 to 128 characters without control characters"));
        }
        let secret = decode(&text.0).ok_or_else(|| fault("hex digits in pairs, one pair or more"))?;
        if entries.insert(name, secret).is_some() {
            return Err(fault("a name that no other salt of the file has"));
        }
    }
    Ok(entries)
}

/// Returns the members that are salts: those of `salts` where the file states a version or has such an object, else all.
fn salts(Members(members): Members<Member<'_>>) -> Result<Vec<(String, Text<'_>)>, (&'static str, &'static str)> {
    let is_versioned = members.iter().any(|(name, member)| match member {
        Member::Object(_) => name == "salts",
        _ => name == "_version",
    });
    let mut found = Vec::new();
    if !is_versioned {
        for (name, member) in members {
            match member {
                Member::Text(text) => found.push((name, text)),
                _ => return Err(("a salt", "a text of hex digits")),
            }
        }
        return Ok(found);
    }
    let (mut has_version, mut has_salts) = (false, false);
    for (name, member) in members {
        match (name.as_str(), member) {
            ("_version", Member::Text(version)) if version.0 == VERSION => has_version = true,
            ("salts", Member::Object(Members(salts))) if !has_salts => {
                has_salts = true;
                found = salts;
            }
            ("_version", _) => return Err(("_version", "\"1.0\"")),
            ("salts", _) => return Err(("salts", "one object of names and hex digits")),
            (name, _) if name.starts_with('_') => {}
            _ => return Err(("the file", "_version, _updated, _count and salts only")),
        }
    }
    match (has_version, has_salts) {
        (true, true) => Ok(found),
        (false, _) => Err(("_version", "\"1.0\"")),
        (_, false) => Err(("salts", "one object of names and hex digits")),
    }
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let digit = |c: u8| char::from(c).to_digit(16).map(|digit| digit as u8);
    // Room enough beforehand: a buffer that grows leaves copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for &[high, low] in pairs {
        bytes.push(digit(high)? << 4 | digit(low)?);
    }
    Some(bytes)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                members(map)
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Member<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Member::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Member::Text(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                members(map).map(Member::Object)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Member::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Member::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Member::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Member::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Member::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

fn members<'de, A: MapAccess<'de>, T: Deserialize<'de>>(mut map: A) -> Result<Members<T>, A::Error> {
    let mut members = Vec::new();
    while let Some(member) = map.next_entry()? {
        members.push(member);
    }
    Ok(Members(members))
}
