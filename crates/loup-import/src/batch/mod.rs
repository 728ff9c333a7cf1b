//! Batches of related files, as an older masker lists them in JSON.

mod call;
mod columns;
mod config;
mod integrity;
mod place;
mod plain_mapping;
mod plan;
mod report;
mod tables;
mod treatment;
mod update;

pub use config::{BatchConfig, BatchFile, ColumnFunctions};
pub use plain_mapping::PlainMapping;
pub use plan::{BatchOptions, BatchPlan, OnCollision};
pub use report::{BatchReport, Counts, Overlap};
