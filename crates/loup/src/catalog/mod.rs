//! What a session knows: attached databases, labels, and the tables that show them.

mod change;
mod database;
mod label;
mod system;

pub(crate) use change::Change;
pub(crate) use database::{Database, DatabaseCatalog, DatabaseSchema, Table};
pub(crate) use label::{Labels, Target};
pub(crate) use system::SystemSchema;
