//! What a session knows: attached databases, their keys, labels, and the tables that show them.

mod change;
mod database;
mod key;
mod label;
mod system;

pub(crate) use change::Change;
pub(crate) use database::{Database, DatabaseCatalog, DatabaseSchema, Table};
pub(crate) use key::DeclaredKey;
pub(crate) use label::{COMMENT, Labels, Target};
pub(crate) use system::SystemSchema;
