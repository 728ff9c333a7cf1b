//! The bytes of a dump: by ranges where the file is plain, from its start where it is compressed.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::error::DataFusionError;
use datafusion::object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
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
            let options = GetOptions { range: Some(GetRange::Offset(from)), ..GetOptions::default() };
            let input = self.store.get_opts(&self.meta.location, options).await?.into_stream();
            return Ok(input.map_err(DataFusionError::from).map_err(failed).boxed());
        }
        let input = self.store.get(&self.meta.location).await?.into_stream().map_err(DataFusionError::from).boxed();
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
            let bytes = self.file.store.get_range(&self.file.meta.location, range).await?;
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
