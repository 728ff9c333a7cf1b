//! Other tools' configuration files as Loup SQL: what they ask for becomes a plan that anyone can read, keep and change.
//!
//! [`BatchConfig`] reads the JSON file of a batch of related files, [`BatchPlan`] writes the plan that masks them, and
//! [`BatchReport`] tells what the plan's queries found. The plan is plain Loup SQL: running it is the session's work.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a panic is how a test fails"))]

mod batch;
mod error;
mod sql;

pub use batch::{
    BatchConfig, BatchFile, BatchOptions, BatchPlan, BatchReport, ColumnFunctions, Counts, OnCollision, Overlap,
    PlainMapping,
};
pub use error::{Error, Result};
