//! Reads a file block by block; each leaves room in front for the record that the block before it left open.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::common::runtime::SpawnedTask;
use datafusion::object_store::{GetResultPayload, ObjectStoreExt};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::segments::FileHandle;
use crate::error::{Result, SourceError};
use crate::pool::{Pool, Pooled};

/// Bytes of a block: with all that is made from it, it fits the second-level cache; large enough to forget the cost of a read.
pub(super) const BLOCK: u64 = 256 << 10;

/// Room in front of a block; longer beginnings of a record are copied together with it.
const ROOM: usize = 16 << 10;

/// Local blocks read before they are wanted.
const LOCAL_AHEAD: usize = 4;
/// Requests under way at once over a network.
const REMOTE_AHEAD: usize = 32;

/// The bytes of one block.
pub(super) enum Block {
    /// Behind [`ROOM`] bytes of room.
    Local(Pooled),
    /// As a store handed them out.
    Remote(Bytes),
}

impl Block {
    /// Returns the bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Local(buffer) => &buffer[ROOM..],
            Self::Remote(bytes) => bytes,
        }
    }

    /// Returns the bytes behind those of `front`.
    pub(super) fn behind(self, front: &[Bytes]) -> Bytes {
        let length: usize = front.iter().map(Bytes::len).sum();
        match self {
            Self::Remote(bytes) if length == 0 => bytes,
            Self::Local(mut buffer) if length <= ROOM => {
                let mut at = ROOM - length;
                for part in front {
                    buffer[at..at + part.len()].copy_from_slice(part);
                    at += part.len();
                }
                Bytes::from_owner(buffer).slice(ROOM - length..)
            }
            block => {
                let mut joined = BytesMut::with_capacity(length + block.bytes().len());
                for part in front {
                    joined.extend_from_slice(part);
                }
                joined.extend_from_slice(block.bytes());
                joined.freeze()
            }
        }
    }
}

/// Reads all blocks of a file in order, some ahead of their use.
pub(super) async fn read_blocks(
    file: Arc<FileHandle>,
    block: u64,
    kept: usize,
) -> Result<BoxStream<'static, Result<Block>>> {
    let size = file.meta.size;
    let ranges = futures::stream::iter((0..size.div_ceil(block)).map(move |n| n * block..((n + 1) * block).min(size)));
    if let Some(local) = open_local(&file).await? {
        let pool = Pool::new(kept);
        let read = move |range: std::ops::Range<u64>| {
            let (local, pool, name) = (Arc::clone(&local), Arc::clone(&pool), file.name.clone());
            // Reads wait for the disk, so they run apart from the threads that compute.
            let task = SpawnedTask::spawn_blocking(move || {
                let mut buffer = pool.take();
                buffer.resize(ROOM + (range.end - range.start) as usize, 0);
                local.read_exact_at(&mut buffer[ROOM..], range.start).map_err(|source| match source.kind() {
                    io::ErrorKind::UnexpectedEof => changed(&name),
                    _ => SourceError::Io { file: name, source },
                })?;
                Ok(Block::Local(buffer))
            });
            let name = file.name.clone();
            async move {
                let stopped = |error| Err(SourceError::Io { file: name, source: io::Error::other(error) });
                task.join_unwind().await.unwrap_or_else(stopped)
            }
        };
        return Ok(ranges.map(read).buffered(LOCAL_AHEAD).boxed());
    }
    let read = move |range: std::ops::Range<u64>| {
        let file = Arc::clone(&file);
        async move {
            let wanted = range.end - range.start;
            let bytes = file.store.get_range(&file.meta.location, range).await?;
            if bytes.len() as u64 == wanted { Ok(Block::Remote(bytes)) } else { Err(changed(&file.name)) }
        }
    };
    Ok(ranges.map(read).buffered(REMOTE_AHEAD).boxed())
}

/// Opens a file of this machine, `None` where its store is elsewhere.
async fn open_local(file: &FileHandle) -> Result<Option<Arc<File>>> {
    if file.is_remote() {
        return Ok(None);
    }
    match file.store.get(&file.meta.location).await?.payload {
        GetResultPayload::File(local, _) => Ok(Some(Arc::new(local))),
        GetResultPayload::Stream(_) => Ok(None),
    }
}

fn changed(file: &str) -> SourceError {
    SourceError::Io { file: file.to_owned(), source: io::Error::other("the file changed while it was read") }
}
