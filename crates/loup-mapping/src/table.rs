//! The mapping in memory: integers and texts apart, each with its pseudonyms, found from either side.

use std::hash::RandomState;
use std::sync::OnceLock;

use crate::distinct::Distinct;
use crate::error::Result;
use crate::index::{FREE, Index};
use crate::moments::Moments;
use crate::value::{Value, Values};

/// Which originals a part of the table, and a data file, holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    Integers,
    Texts,
}

impl Class {
    pub(crate) const ALL: [Self; 2] = [Self::Integers, Self::Texts];

    #[inline]
    pub(crate) fn of(original: Value<'_>) -> Self {
        match original {
            Value::Integer(_) => Self::Integers,
            Value::Uuid(_) | Value::Text(_) => Self::Texts,
        }
    }
}

/// The originals of one class, their pseudonyms and when they were made, row by row.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) originals: Distinct,
    pub(crate) pseudonyms: Values,
    pub(crate) created: Moments,
    /// Rows by pseudonym; made when first asked for, since most sessions never go back.
    reverse: OnceLock<Index>,
}

impl Part {
    fn new(originals: Values, pseudonyms: Values) -> Self {
        Self { originals: Distinct::new(originals), pseudonyms, created: Moments::default(), reverse: OnceLock::new() }
    }

    pub(crate) fn rows(&self) -> u32 {
        self.pseudonyms.len() as u32
    }

    fn find_pseudonym(&self, hasher: &RandomState, pseudonym: Value<'_>) -> Option<u32> {
        let hash_of = |row| self.pseudonyms.get(row).hash(hasher);
        let reverse = self.reverse.get_or_init(|| Index::of_rows(self.rows(), hash_of));
        reverse.find(pseudonym.hash(hasher), |row| self.pseudonyms.get(row) == pseudonym)
    }

    fn reserve(&mut self, hasher: &RandomState, rows: usize) -> Result<()> {
        self.originals.reserve(hasher, rows)?;
        self.pseudonyms.reserve(rows);
        if let Some(reverse) = self.reverse.get_mut() {
            reverse.reserve(rows, |row| self.pseudonyms.get(row).hash(hasher));
        }
        Ok(())
    }

    fn insert_new(&mut self, hasher: &RandomState, original: Value<'_>, pseudonym: Value<'_>, now: i64) -> Result<()> {
        let row = self.rows();
        self.originals.insert_new(hasher, original)?;
        self.pseudonyms.push(pseudonym);
        self.created.push(1, now);
        if let Some(reverse) = self.reverse.get_mut() {
            reverse.insert(pseudonym.hash(hasher), row);
        }
        Ok(())
    }

    fn memory_size(&self) -> usize {
        let reverse = self.reverse.get().map_or(0, Index::memory_size);
        self.originals.memory_size() + self.pseudonyms.memory_size() + self.created.memory_size() + reverse
    }
}

/// All entries of a mapping.
#[derive(Clone)]
pub(crate) struct Table {
    hasher: RandomState,
    integers: Part,
    texts: Part,
}

impl Table {
    /// Makes an empty table; `pseudonyms` is an empty column of their form.
    pub(crate) fn new(pseudonyms: &Values) -> Self {
        Self {
            hasher: RandomState::new(),
            integers: Part::new(Values::integers(), pseudonyms.empty_like()),
            texts: Part::new(Values::texts(), pseudonyms.empty_like()),
        }
    }

    pub(crate) fn part(&self, class: Class) -> &Part {
        match class {
            Class::Integers => &self.integers,
            Class::Texts => &self.texts,
        }
    }

    pub(crate) fn part_mut(&mut self, class: Class) -> &mut Part {
        match class {
            Class::Integers => &mut self.integers,
            Class::Texts => &mut self.texts,
        }
    }

    pub(crate) fn hasher(&self) -> &RandomState {
        &self.hasher
    }

    /// Entries in all.
    pub(crate) fn len(&self) -> u64 {
        u64::from(self.integers.rows()) + u64::from(self.texts.rows())
    }

    /// Returns the row of an original in the part of its class.
    #[inline]
    pub(crate) fn row_of_original(&self, original: Value<'_>) -> Option<u32> {
        self.part(Class::of(original)).originals.find(&self.hasher, original)
    }

    /// Returns an original's pseudonym.
    pub(crate) fn pseudonym(&self, original: Value<'_>) -> Option<Value<'_>> {
        self.row_of_original(original).map(|row| self.part(Class::of(original)).pseudonyms.get(row))
    }

    /// Returns whether there is such an original.
    pub(crate) fn has_original(&self, original: Value<'_>) -> bool {
        self.row_of_original(original).is_some()
    }

    /// Finds the pseudonyms of many integers at once; rows are of the part of integers, or [`FREE`].
    pub(crate) fn integer_rows(&self, integers: &[i64], rows: &mut [u32]) {
        let originals = &self.integers.originals;
        let Values::Integers(values) = originals.values() else {
            return rows.fill(FREE);
        };
        let hashes: Vec<u64> = integers.iter().map(|&value| Value::Integer(value).hash(&self.hasher)).collect();
        originals.index().find_many(&hashes, |at, row| values[row as usize] == integers[at], rows);
    }

    /// Returns where a pseudonym is, given in the form in which it is kept.
    pub(crate) fn place_of_pseudonym(&self, pseudonym: Value<'_>) -> Option<(Class, u32)> {
        let find = |class| Some((class, self.part(class).find_pseudonym(&self.hasher, pseudonym)?));
        Class::ALL.into_iter().find_map(find)
    }

    /// Returns whether there is such a pseudonym, given in the form in which it is kept.
    pub(crate) fn has_pseudonym(&self, pseudonym: Value<'_>) -> bool {
        self.place_of_pseudonym(pseudonym).is_some()
    }

    /// Makes room for exactly so many more originals of a class.
    pub(crate) fn reserve(&mut self, class: Class, rows: usize) -> Result<()> {
        match class {
            Class::Integers => self.integers.reserve(&self.hasher, rows),
            Class::Texts => self.texts.reserve(&self.hasher, rows),
        }
    }

    /// Adds an entry whose original and pseudonym are new; room was made by [`Table::reserve`].
    pub(crate) fn insert_new(&mut self, original: Value<'_>, pseudonym: Value<'_>, now: i64) -> Result<()> {
        match Class::of(original) {
            Class::Integers => self.integers.insert_new(&self.hasher, original, pseudonym, now),
            Class::Texts => self.texts.insert_new(&self.hasher, original, pseudonym, now),
        }
    }

    /// Indexes the originals of parts whose columns were filled from files.
    pub(crate) fn index_all(&mut self) -> Result<()> {
        self.integers.reverse.take();
        self.texts.reverse.take();
        self.integers.originals.index_all(&self.hasher)?;
        self.texts.originals.index_all(&self.hasher)
    }

    /// Bytes that the table holds on to.
    pub(crate) fn memory_size(&self) -> usize {
        self.integers.memory_size() + self.texts.memory_size()
    }
}
