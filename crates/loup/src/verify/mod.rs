//! Verification: what a run writes is compared with what it came from.
//!
//! Counting happens in the pass that writes a table: the sink's plan brings the original of each masked column beside it
//! ([`WatchedTable`]), and every partition counts the batches that it is about to encode ([`Tally`](loup_sources::Tally)). A
//! verdict on the counts fails the statement. What needs several tables, keys and their orphans, is asked by queries at the
//! end of the run.

mod budget;
mod change;
mod keys;
mod lineage;
mod read_back;
mod report;
mod seen;
mod table;
mod verdict;
mod witness;

use std::num::NonZeroU64;

pub(crate) use budget::Spent;
pub(crate) use change::{count_queries, mark};
pub(crate) use keys::{KeyColumn, key_pairs};
pub(crate) use read_back::{numbers, read_back};
pub(crate) use report::{CheckReport, TableReport};
pub(crate) use table::{Place, WatchedTable};
pub(crate) use verdict::Verdict;

/// How much of what a run writes is compared with its originals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Nothing.
    Off,
    /// One batch of rows in sixteen.
    #[default]
    Sample,
    /// Every row; files are read back and keys are joined again.
    Full,
}

impl Verify {
    /// Returns how many runs of rows one is compared of.
    const fn one_in(self) -> Option<NonZeroU64> {
        match self {
            Self::Off => None,
            Self::Sample => NonZeroU64::new(16),
            Self::Full => NonZeroU64::new(1),
        }
    }

    /// Returns the word for it in options and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Sample => "sample",
            Self::Full => "full",
        }
    }
}
