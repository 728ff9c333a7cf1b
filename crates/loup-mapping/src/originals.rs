//! The originals of one insert, collected batch by batch before any of them gets a pseudonym.

use std::fmt;
use std::hash::RandomState;

use datafusion::arrow::array::Array;

use crate::column::Column;
use crate::distinct::Distinct;
use crate::error::{Error, Result};
use crate::index::MOST_ROWS;
use crate::table::Class;
use crate::value::{Value, Values};

/// Collects the distinct values of arrays; what is given to [`MappingWriter::insert`] together is one insert.
///
/// An insert is numbered as a whole, so the pseudonyms do not depend on how its rows were cut into batches or on their
/// order. Partitions may collect side by side and be put together by [`Originals::merge`].
///
/// [`MappingWriter::insert`]: crate::MappingWriter::insert
#[derive(Clone)]
pub struct Originals {
    hasher: RandomState,
    integers: Distinct,
    texts: Distinct,
    rows: u64,
    nulls: u64,
}

impl Originals {
    /// Starts a collection.
    pub fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            integers: Distinct::new(Values::integers()),
            texts: Distinct::new(Values::texts()),
            rows: 0,
            nulls: 0,
        }
    }

    /// Adds the values of an array of integers, DECIMAL(p, 0) or text. NULL is no original.
    ///
    /// # Errors
    /// If the array is of another type; then nothing of it is added. If there are more values than can be numbered.
    pub fn add(&mut self, array: &dyn Array) -> Result<()> {
        let column = Column::new(array)?;
        self.rows += column.len() as u64;
        column.visit(|value| {
            let Some(value) = value else {
                self.nulls += 1;
                return Ok(());
            };
            self.insert(value).map(|_| ())
        })
    }

    /// Adds all that another collection holds.
    ///
    /// # Errors
    /// If there are more values than can be numbered.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.rows += other.rows;
        self.nulls += other.nulls;
        other.integers.values().iter().chain(other.texts.values().iter()).try_for_each(|value| {
            self.insert(value)?;
            Ok(())
        })
    }

    /// Returns how many distinct values there are.
    pub fn len(&self) -> usize {
        self.integers.len() + self.texts.len()
    }

    /// Returns whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many rows were added, NULL and repeated ones with them.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns how many of the rows were NULL.
    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Adds one value; false where it is there already.
    pub(crate) fn insert(&mut self, value: Value<'_>) -> Result<bool> {
        if self.len() as u64 >= MOST_ROWS {
            return Err(Error::TooMany { limit: MOST_ROWS });
        }
        match Class::of(value) {
            Class::Integers => self.integers.insert(&self.hasher, value),
            Class::Texts => self.texts.insert(&self.hasher, value),
        }
    }

    /// The value with a number: integers first, then texts, each in the order they came.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Value<'_> {
        match number.checked_sub(self.integers.len() as u32) {
            None => self.integers.values().get(number),
            Some(row) => self.texts.values().get(row),
        }
    }

    /// The number of a value.
    pub(crate) fn find(&self, value: Value<'_>) -> Option<u32> {
        match Class::of(value) {
            Class::Integers => self.integers.find(&self.hasher, value),
            Class::Texts => self.texts.find(&self.hasher, value).map(|row| row + self.integers.len() as u32),
        }
    }
}

impl Default for Originals {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Originals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Originals")
            .field("len", &self.len())
            .field("rows", &self.rows)
            .field("nulls", &self.nulls)
            .finish_non_exhaustive()
    }
}
