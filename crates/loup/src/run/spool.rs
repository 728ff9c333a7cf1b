//! What comes on standard input and is read more than once: kept encrypted in a file without a name, as a store of one object.
//!
//! As with what is [spilled](super::spill), the key never leaves the memory of its session.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path as FolderPath;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use datafusion::common::runtime::SpawnedTask;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use loup_crypto::{KeyRing, PurposeKey, stream};

/// Bytes of a chunk before it is sealed.
const CHUNK: usize = 64 << 10;
const SEALED: u64 = (CHUNK + stream::OVERHEAD) as u64;

/// A store of one object that is sealed chunk by chunk.
pub(crate) struct Spool {
    file: File,
    key: PurposeKey,
    bytes: u64,
}

impl Spool {
    /// Keeps all of `input` in a folder that is private to the run.
    ///
    /// # Errors
    /// Returns an error where it cannot be read or kept.
    pub(crate) fn keep(mut input: impl Read, folder: &FolderPath) -> std::io::Result<Self> {
        let key = KeyRing::ephemeral().map_err(std::io::Error::other)?.active().purpose_key("spool", "0");
        let mut spool = Self { file: tempfile::tempfile_in(folder)?, key, bytes: 0 };
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut number = 0;
        loop {
            chunk.clear();
            let read = (&mut input).take(CHUNK as u64).read_to_end(&mut chunk)?;
            let is_last = read < CHUNK;
            let sealed = stream::seal_chunk(&spool.key, number, is_last, &chunk).map_err(std::io::Error::other)?;
            spool.file.write_all_at(&sealed, number * SEALED)?;
            spool.bytes += read as u64;
            number += 1;
            if is_last {
                return Ok(spool);
            }
        }
    }

    /// Returns what a reader must know of the object.
    pub(crate) fn meta(&self, name: &str) -> ObjectMeta {
        let last_modified = chrono::DateTime::UNIX_EPOCH;
        ObjectMeta { location: Path::from(name), last_modified, size: self.bytes, e_tag: None, version: None }
    }

    fn read(&self, range: &Range<u64>) -> std::io::Result<Bytes> {
        let mut plain = BytesMut::with_capacity((range.end - range.start) as usize);
        let last = self.bytes / CHUNK as u64;
        for number in range.start / CHUNK as u64..=last.min((range.end.max(1) - 1) / CHUNK as u64) {
            let is_last = number == last;
            let start = number * CHUNK as u64;
            let length = if is_last { (self.bytes - start) as usize } else { CHUNK };
            let mut sealed = vec![0; length + stream::OVERHEAD];
            self.file.read_exact_at(&mut sealed, number * SEALED)?;
            let opened = stream::open_chunk(&self.key, number, is_last, &sealed);
            let opened = opened.map_err(|_| std::io::Error::other("the kept input was changed"))?;
            let from = range.start.saturating_sub(start).min(length as u64) as usize;
            let to = (range.end - start).min(length as u64) as usize;
            plain.extend_from_slice(&opened[from..to]);
        }
        Ok(plain.freeze())
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// The store that readers share.
#[derive(Debug, Clone)]
pub(crate) struct SpoolStore(pub(crate) Arc<Spool>);

impl fmt::Display for SpoolStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("spool")
    }
}

fn refused() -> Error {
    Error::NotSupported { source: "what is kept of standard input is only read".into() }
}

#[async_trait]
impl ObjectStore for SpoolStore {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(refused())
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(refused())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let meta = ObjectMeta { location: location.clone(), ..self.0.meta("") };
        let range = match &options.range {
            None => 0..meta.size,
            Some(GetRange::Bounded(range)) => range.start.min(meta.size)..range.end.min(meta.size),
            Some(GetRange::Offset(from)) => (*from).min(meta.size)..meta.size,
            Some(GetRange::Suffix(last)) => meta.size.saturating_sub(*last)..meta.size,
        };
        let end = range.end;
        let parts = futures::stream::try_unfold((Arc::clone(&self.0), range.start), move |(spool, at)| async move {
            if at >= end {
                return Ok(None);
            }
            let part = at..(at + (4 << 20)).min(end);
            let (next, read) = (part.end, Arc::clone(&spool));
            let bytes = SpawnedTask::spawn_blocking(move || read.read(&part)).join_unwind().await;
            let bytes = bytes.map_err(|error| Error::Generic { store: "spool", source: error.into() })?;
            let bytes = bytes.map_err(|error| Error::Generic { store: "spool", source: error.into() })?;
            Ok(Some((bytes, (spool, next))))
        });
        let payload = GetResultPayload::Stream(parts.boxed());
        Ok(GetResult { payload, meta, range, attributes: Attributes::default() })
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        futures::stream::once(async { Err(refused()) }).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        futures::stream::empty().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(refused())
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::ObjectStoreExt;

    use super::*;

    #[tokio::test]
    async fn any_range_of_what_is_kept_is_read_back_and_the_disk_holds_no_clear_text() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 77] {
            let bytes: Vec<u8> = b"CANARY ".iter().copied().cycle().take(length).collect();
            let spool = Arc::new(Spool::keep(bytes.as_slice(), folder.path()).unwrap());
            let store = SpoolStore(Arc::clone(&spool));
            let location = Path::from("x");
            assert_eq!(store.get(&location).await.unwrap().bytes().await.unwrap(), bytes);
            for (start, end) in [(0, length), (length / 3, length / 2), (length.saturating_sub(1), length)] {
                let part = store.get_range(&location, start as u64..end as u64).await.unwrap();
                assert_eq!(part, &bytes[start..end], "{start}..{end} of {length}");
            }
            let mut on_disk = vec![0; spool.file.metadata().unwrap().len() as usize];
            spool.file.read_exact_at(&mut on_disk, 0).unwrap();
            assert!(!on_disk.windows(6).any(|window| window == b"CANARY"));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "there is no name to read it by");
    }
}
