//! The bytes of a dump: by ranges where the file is plain, from its start where it is compressed.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::error::DataFusionError;
use datafusion::object_store::{self, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use crate::compression::Compression;
use crate::error::{Result, SourceError, unreadable};

/// A dump in its store.
#[derive(Debug)]
pub(crate) struct DumpFile {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) meta: ObjectMeta,
    pub(crate) compression: Compression,
    /// How messages name the file.
    pub(crate) name: String,
}

impl DumpFile {
    /// Returns whether ranges can be read in any order.
    pub(crate) fn is_seekable(&self) -> bool {
        self.compression == Compression::None
    }

    /// Reads the file from an offset of its decompressed bytes.
    pub(crate) async fn stream(self: &Arc<Self>, from: u64) -> Result<BoxStream<'static, Result<Bytes>>> {
        let file = Arc::clone(self);
        let failed = move |error: DataFusionError| unreadable(&file.name, &error);
        if self.is_seekable() {
            if from >= self.meta.size {
                return Ok(futures::stream::empty().boxed());
            }
            let input = self.get(Some(GetRange::Offset(from))).await?.into_stream();
            return Ok(input.map_err(DataFusionError::from).map_err(failed).boxed());
        }
        let input = self.get(None).await?.into_stream().map_err(DataFusionError::from).boxed();
        let plain = self.compression.decode(input).map_err(&failed)?;
        let mut left = from;
        let skipped = plain.map_err(failed).try_filter_map(move |mut bytes| {
            let skip = left.min(bytes.len() as u64);
            left -= skip;
            let rest = bytes.split_off(skip as usize);
            futures::future::ok((!rest.is_empty()).then_some(rest))
        });
        Ok(skipped.boxed())
    }

    /// Reads the file that was attached, not another one that has come in its place.
    async fn get(&self, range: Option<GetRange>) -> Result<GetResult> {
        let options = GetOptions { range, if_match: self.meta.e_tag.clone(), ..GetOptions::default() };
        match self.store.get_opts(&self.meta.location, options).await {
            Err(object_store::Error::Precondition { .. } | object_store::Error::NotModified { .. }) => {
                Err(self.changed())
            }
            got => Ok(got?),
        }
    }

    /// Returns the error of a file that is not what it was.
    pub(crate) fn changed(&self) -> SourceError {
        let problem = std::io::Error::other("the file changed while it was read");
        SourceError::Io { file: self.name.clone(), source: problem }
    }
}

/// Reads ranges that come in the order of the file.
pub(crate) struct RangeReader {
    file: Arc<DumpFile>,
    stream: Option<BoxStream<'static, Result<Bytes>>>,
    /// Offset of the first byte of `pending`.
    at: u64,
    pending: BytesMut,
}

impl RangeReader {
    pub(crate) fn new(file: Arc<DumpFile>) -> Self {
        Self { file, stream: None, at: 0, pending: BytesMut::new() }
    }

    /// Reads a range.
    ///
    /// # Errors
    /// Returns an error where the file is shorter than it was.
    pub(crate) async fn read(&mut self, range: Range<u64>) -> Result<Bytes> {
        let wanted = (range.end - range.start) as usize;
        if wanted == 0 {
            return Ok(Bytes::new());
        }
        if self.file.is_seekable() {
            let bytes = self.file.get(Some(GetRange::Bounded(range))).await?.bytes().await?;
            return if bytes.len() == wanted { Ok(bytes) } else { Err(self.file.changed()) };
        }
        if self.stream.is_none() || range.start < self.at {
            self.stream = Some(self.file.stream(range.start).await?);
            (self.at, self.pending) = (range.start, BytesMut::new());
        }
        let stream = self.stream.as_mut().expect("opened above");
        while self.at + (self.pending.len() as u64) < range.end {
            let skip = (range.start - self.at).min(self.pending.len() as u64);
            let _ = self.pending.split_to(skip as usize);
            self.at += skip;
            let Some(bytes) = stream.try_next().await? else { return Err(self.file.changed()) };
            self.pending.extend_from_slice(&bytes);
        }
        let _ = self.pending.split_to((range.start - self.at) as usize);
        self.at = range.end;
        Ok(self.pending.split_to(wanted).freeze())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::local::LocalFileSystem;
    use datafusion::object_store::{ObjectStoreExt, path::Path};

    use super::*;

    #[tokio::test]
    async fn a_file_in_its_place_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("in.sql"), "one text").unwrap();
        let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
        let meta = store.head(&Path::from("in.sql")).await.unwrap();
        let (compression, name) = (Compression::None, "in.sql".to_owned());
        let file = Arc::new(DumpFile { store, meta, compression, name });
        assert_eq!(&*RangeReader::new(Arc::clone(&file)).read(4..8).await.unwrap(), b"text");
        std::fs::write(folder.path().join("other"), "two text").unwrap();
        std::fs::rename(folder.path().join("other"), folder.path().join("in.sql")).unwrap();
        let error = RangeReader::new(Arc::clone(&file)).read(4..8).await.unwrap_err();
        assert!(error.to_string().contains("changed") || format!("{error:?}").contains("changed"), "{error:?}");
        assert!(file.stream(0).await.is_err());
    }
}
