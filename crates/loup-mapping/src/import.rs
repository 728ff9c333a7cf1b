//! Takes over pairs from another mapping, all of them or none.

use std::fmt;
use std::sync::Arc;

use crate::contents::Contents;
use crate::error::{Error, Result};
use crate::insert::{self, Inserted};
use crate::options::Kind;
use crate::scheme::{Core, Scheme};
use crate::table::{Class, Table};
use crate::value::Value;

/// Originals and their pseudonyms, both as text. Its `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    pairs: Vec<(String, String)>,
}

impl Pairs {
    /// Starts without a pair.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pair.
    pub fn push(&mut self, original: impl Into<String>, pseudonym: impl Into<String>) {
        self.pairs.push((original.into(), pseudonym.into()));
    }

    /// Returns how many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Returns whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns the pairs, original first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(original, pseudonym)| (original.as_str(), pseudonym.as_str()))
    }

    /// Puts the pairs in the order of their originals' bytes.
    pub(crate) fn sort(&mut self) {
        self.pairs.sort_unstable();
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairs").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Adds pairs to a mapping whose kind their pseudonyms are of.
pub(crate) fn import(contents: &mut Arc<Contents>, scheme: &Scheme, pairs: &Pairs, now: i64) -> Result<Inserted> {
    if scheme.kind() == Kind::Keyed {
        return Err(Error::ImportKeyed);
    }
    // What is new, as a table of its own: it finds a second pseudonym of an original and a second original of a pseudonym.
    let mut new = Table::new(&scheme.column());
    let (mut foreign, mut contradicting, mut shared, mut known) = (0, 0, 0, 0);
    for (original, text) in pairs.iter() {
        let original = Value::of_text(original);
        let Some(pseudonym) = read(scheme, text) else {
            foreign += 1;
            continue;
        };
        let present = contents.table.pseudonym(original);
        if let Some(other) = present.or_else(|| new.pseudonym(original)) {
            contradicting += u64::from(other != pseudonym);
            known += u64::from(present == Some(pseudonym));
        } else if contents.table.has_pseudonym(pseudonym) || new.has_pseudonym(pseudonym) {
            shared += 1;
        } else {
            new.reserve(Class::of(original), 1)?;
            new.insert_new(original, pseudonym, now)?;
        }
    }
    for (count, problem) in [
        (foreign, "have a pseudonym that is not of the mapping's kind or range"),
        (contradicting, "give an original another pseudonym than it has"),
        (shared, "give a pseudonym to a second original"),
    ] {
        if count > 0 {
            return Err(Error::Import { count, problem });
        }
    }
    let drawn = drawn_after(contents, scheme, &new);
    let overlap = insert::overlaps(contents, scheme, entries(&new).map(|(original, _)| original), drawn)
        + entries(&new).filter(|&(_, pseudonym)| is_original(contents, scheme, &new, pseudonym)).count() as u64;
    if overlap > 0 {
        return Err(Error::Overlap { count: overlap });
    }
    if new.len() > 0 {
        insert::append(contents, entries(&new), now)?;
        let contents = Arc::make_mut(contents);
        contents.drawn = drawn;
        contents.imported += new.len();
    }
    Ok(Inserted { rows: pairs.len() as u64, nulls: 0, new: new.len(), known })
}

/// Reads a pseudonym of the mapping's kind and range.
fn read<'a>(scheme: &Scheme, text: &'a str) -> Option<Value<'a>> {
    let pseudonym = scheme.read_text(text)?;
    match (pseudonym, scheme.core()) {
        (Value::Integer(number), Core::Numbers { lo, hi, .. }) => (lo..=hi).contains(&number).then_some(pseudonym),
        _ => Some(pseudonym),
    }
}

fn entries(table: &Table) -> impl Iterator<Item = (Value<'_>, Value<'_>)> + Clone {
    Class::ALL.into_iter().flat_map(|class| {
        let part = table.part(class);
        part.originals.values().iter().zip(part.pseudonyms.iter())
    })
}

/// A sequence goes on behind the highest number that it has.
fn drawn_after(contents: &Contents, scheme: &Scheme, new: &Table) -> u64 {
    let (Kind::Sequential, Core::Numbers { lo, .. }) = (scheme.kind(), scheme.core()) else {
        return contents.drawn;
    };
    let given = entries(new).map(|(_, pseudonym)| match pseudonym {
        Value::Integer(number) => (i128::from(number) - i128::from(lo) + 1) as u64,
        Value::Uuid(_) | Value::Text(_) => 0,
    });
    given.fold(contents.drawn, u64::max)
}

fn is_original(contents: &Contents, scheme: &Scheme, new: &Table, pseudonym: Value<'_>) -> bool {
    let mut text = String::new();
    scheme.write(pseudonym, &mut text);
    let written = Value::of_text(&text);
    contents.table.has_original(written) || new.has_original(written)
}
