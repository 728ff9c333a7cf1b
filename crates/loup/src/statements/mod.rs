//! One file for each statement that Loup carries out itself.

mod assert;
mod attach;
mod change;
mod check;
mod chunks;
mod comment;
mod copy;
mod dump;
mod export;
mod external;
mod insert;
mod mapping;
mod outlet;
mod query;
mod sink;
mod stream;
mod target;
mod unique;

pub(crate) use assert::assert;
pub(crate) use attach::{attach, attach_spool, check_free, detach};
pub(crate) use change::{delete, deleted_table, truncate, truncate_targets, update, updated_table};
pub(crate) use check::check;
pub(crate) use comment::comment;
pub(crate) use copy::copy;
pub(crate) use export::{export, is_dump_name};
pub(crate) use external::create_external_table;
pub(crate) use insert::{insert, inserted_table};
pub(crate) use mapping::extend;
pub(crate) use query::rows;
pub(crate) use stream::{PendingStream, export_stream};
