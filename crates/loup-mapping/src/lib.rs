//! Encrypted mapping tables: originals and the pseudonyms they were given, kept so that later runs give the same.
//!
//! # Use one
//! [`Mapping::create`] makes a mapping in a folder, [`Mapping::open`] reads it, [`Mapping::map`] and [`Mapping::unmap`]
//! look up whole Arrow columns. `7` as BIGINT, INT and text is one original. A [`MappingWriter`] adds originals:
//! [`Originals`] collects the batches of one insert, [`MappingWriter::insert`] gives the new ones pseudonyms.
//!
//! # Publish with a run
//! [`MappingWriter::stage`] writes and syncs everything under names nobody reads; [`Staged::commit`] is one rename, which a
//! run does before it publishes its outputs. Where the process dies in between, [`commit_staged`] finishes from the
//! [`Ticket`] in the run's record; [`abandon`] removes what a run without a record has staged, as the next writer does.
//!
//! # Use them in SQL
//! [`Mappings`] holds those of a session by name, for `map_id` and `unmap_id`; [`MappingTable`] shows one as a table.
//!
//! # Go back
//! The version before the last commit stays until the next: [`Mapping::open_previous`] reads it,
//! [`MappingWriter::restore_previous`] and a commit put it back in force. By hand, `manifest-<number>.json` is copied over
//! `manifest.json`.
//!
//! # On disk
//! A folder of mode 0700 with files of mode 0600: `manifest.json` with a keyed check value over all of it,
//! `data-*.parquet` with Parquet modular encryption under a key each (AES-256-GCM, the manifest knows their hashes), and
//! `mapping.lock`, which writers lock. All keys are derived from the key ring's key by the purpose `mapping` and the
//! mapping's id. Plain to see are the options, the number of entries, and when versions were made.
//!
//! # Older files
//! [`legacy`] reads and writes the AES-GCM mapping files of an older system, and plain CSV for audits.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "tests"))]

mod catalog;
mod column;
mod contents;
mod data_file;
mod distinct;
mod draw;
mod error;
#[cfg(test)]
mod fault;
mod folder;
mod import;
mod index;
mod insert;
mod keys;
pub mod legacy;
mod lock;
mod lookup;
mod manifest;
mod mapping;
mod moments;
mod options;
mod originals;
mod output;
mod provider;
mod recover;
mod scheme;
mod staged;
mod table;
mod value;
mod writer;

#[cfg(test)]
mod crash_tests;

pub use catalog::{Mappings, SharedMapping};
pub use error::{Error, Result};
pub use import::Pairs;
pub use insert::Inserted;
pub use lookup::Batches;
pub use mapping::Mapping;
pub use options::{Kind, MappingOptions, OnMissing};
pub use originals::Originals;
pub use provider::MappingTable;
pub use recover::{abandon, commit_staged};
pub use staged::{Staged, Ticket};
pub use writer::MappingWriter;
