//! Values of one form, each once, numbered in the order they came.

use std::hash::RandomState;

use crate::error::{Error, Result};
use crate::index::{Index, MOST_ROWS};
use crate::value::{Value, Values};

/// A column without duplicates and the index that finds a value's row in it.
#[derive(Clone)]
pub(crate) struct Distinct {
    values: Values,
    index: Index,
}

impl Distinct {
    /// Starts with an empty column.
    pub(crate) fn new(values: Values) -> Self {
        debug_assert_eq!(values.len(), 0, "rows come through insert");
        Self { values, index: Index::default() }
    }

    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    #[inline]
    pub(crate) fn find(&self, hasher: &RandomState, value: Value<'_>) -> Option<u32> {
        self.index.find(value.hash(hasher), |row| self.values.get(row) == value)
    }

    /// Adds a value; false where it is there already.
    #[inline]
    pub(crate) fn insert(&mut self, hasher: &RandomState, value: Value<'_>) -> Result<bool> {
        let hash = value.hash(hasher);
        if self.index.find(hash, |row| self.values.get(row) == value).is_some() {
            return Ok(false);
        }
        self.index.reserve_one(|row| self.values.get(row).hash(hasher));
        self.append(hash, value)?;
        Ok(true)
    }

    /// Makes room for exactly so many more rows.
    pub(crate) fn reserve(&mut self, hasher: &RandomState, rows: usize) -> Result<()> {
        check_rows(self.len() + rows)?;
        self.values.reserve(rows);
        self.index.reserve(rows, |row| self.values.get(row).hash(hasher));
        Ok(())
    }

    /// Adds a value that is not there yet; room was made by [`Distinct::reserve`].
    pub(crate) fn insert_new(&mut self, hasher: &RandomState, value: Value<'_>) -> Result<()> {
        self.append(value.hash(hasher), value)
    }

    /// The column for rows read from a file, which are known to differ; [`Distinct::index_all`] follows.
    pub(crate) fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// Indexes a column filled through [`Distinct::values_mut`].
    pub(crate) fn index_all(&mut self, hasher: &RandomState) -> Result<()> {
        check_rows(self.len())?;
        self.index = Index::of_rows(self.len() as u32, |row| self.values.get(row).hash(hasher));
        Ok(())
    }

    pub(crate) fn into_values(self) -> Values {
        self.values
    }

    pub(crate) fn memory_size(&self) -> usize {
        self.values.memory_size() + self.index.memory_size()
    }

    #[inline]
    fn append(&mut self, hash: u64, value: Value<'_>) -> Result<()> {
        let row = self.values.len();
        check_rows(row + 1)?;
        self.values.push(value);
        self.index.insert(hash, row as u32);
        Ok(())
    }
}

#[inline]
fn check_rows(rows: usize) -> Result<()> {
    if rows as u64 > MOST_ROWS { Err(Error::TooMany { limit: MOST_ROWS }) } else { Ok(()) }
}
