//! Database dumps as tables: mysqldump, mariadb-dump and plain pg_dump files.
//!
//! `attach` reads a file through once and notes where its tables' rows are; [`DumpTable`] reads ranges of them side by side.
//! Only integers and bytes are typed: everything else is text, as it stands. A dump is written back by
//! [`write_dump`](crate::sink::write_dump), which copies what no statement changed.

mod arrays;
mod build;
mod builder;
mod charset;
mod feed;
mod file;
mod index;
mod live;
mod model;
mod parsed;
mod rows;
mod scan;
mod schema;
mod statements;
mod table;
mod types;
mod window;

use std::sync::Arc;

use bytes::BytesMut;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use futures::TryStreamExt;
pub use loup_text::ddl::KeyKind;
pub use loup_text::dump::Server;
use loup_text::dump::{Format, sniff};

pub(crate) use self::charset::Charset;
pub(crate) use self::feed::{Feed, FeedSender, LiveSegment};
use self::file::DumpFile;
pub(crate) use self::file::RangeReader;
pub(crate) use self::index::{ColumnList, Place, Segment, SegmentKind};
pub use self::index::{DumpColumn, DumpIndex, TableIndex, field_keys};
pub use self::live::LiveDump;
pub(crate) use self::live::Passing;
pub(crate) use self::model::Model;
pub(crate) use self::parsed::Parsed;
pub use self::schema::{ForeignKey, QualifiedName, TableDefinition};
pub use self::table::DumpTable;
pub(crate) use self::types::Class;
use crate::compression::Compression;
use crate::error::{Result, SourceError};

/// Bytes that tell what a file is.
const HEAD: usize = 64 << 10;

/// Reads a dump through and returns its tables.
///
/// # Errors
/// Returns an error where the file is no plain dump, or something in it cannot be read, with the line.
pub(crate) async fn attach(
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    compression: Compression,
    name: String,
) -> Result<(Arc<DumpIndex>, Vec<DumpTable>)> {
    let file = Arc::new(DumpFile { store, meta, compression, name });
    let server = server_of(&file).await?;
    let index = Arc::new(build::build(file, server).await?);
    let tables = index.tables().iter().map(|table| DumpTable::new(Arc::clone(&index), Arc::clone(table)));
    Ok((Arc::clone(&index), tables.collect()))
}

async fn server_of(file: &Arc<DumpFile>) -> Result<Server> {
    let mut input = file.stream(0).await?;
    let mut head = BytesMut::new();
    while head.len() < HEAD {
        let Some(bytes) = input.try_next().await? else { break };
        head.extend_from_slice(&bytes);
    }
    server_of_head(&file.name, &head)
}

/// Says whose dump it is by its first bytes.
fn server_of_head(name: &str, head: &[u8]) -> Result<Server> {
    let refuse = |problem: &str| Err(SourceError::Attach(format!("{name}: {problem}")));
    match sniff(head) {
        Some(Format::Plain(server)) => Ok(server),
        Some(Format::PostgresCustom) => {
            refuse("a dump in PostgreSQL's custom format; pg_restore -f plain.sql makes a plain one of it")
        }
        Some(Format::PostgresTar) => {
            refuse("a dump in PostgreSQL's tar format; pg_restore -f plain.sql makes a plain one of it")
        }
        Some(Format::Utf16) => refuse("the file is UTF-16; convert it to UTF-8 first"),
        _ => refuse("neither a MySQL nor a PostgreSQL dump by its first 64 KiB"),
    }
}
