//! Sources that keep the bytes of what is not masked, and sinks that never harm a target.
//!
//! [`CsvTable`] reads CSV as text columns whose cells can be written back byte for byte; Parquet and NDJSON are read by
//! DataFusion. [`attach`] finds the tables of a folder, glob or file. [`sink`] writes results in the order of their source
//! on all cores, into a staged file that takes its target's place only when everything went well. [`ObjectStores`] opens S3
//! as the environment describes it; an output there is staged under other keys.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "tests"))]

pub mod attach;
mod carrier;
mod compression;
mod csv;
pub mod dump;
mod error;
mod location;
mod pool;
pub mod sink;
mod store_message;
mod stores;
mod tally;
mod views;

pub use carrier::{Carrier, Position};
pub use compression::Compression;
pub use csv::{CsvFormat, CsvFormatFactory, CsvOptions, CsvTable, Header};
pub use error::{Result, SourceError};
pub use location::{RemoteLocation, is_url, resolve};
pub use store_message::{store_error, store_message};
pub use stores::ObjectStores;
pub use tally::{Counted, Counts, Tally};
