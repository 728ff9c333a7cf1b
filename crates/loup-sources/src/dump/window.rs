//! A window on a dump that moves forward.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::object_store::ObjectStoreExt;
use futures::TryStreamExt;
use futures::stream::BoxStream;

use super::file::DumpFile;
use crate::error::Result;

/// Bytes looked at in one go, and of most segments.
pub(super) const WINDOW: usize = 1 << 20;
/// Bytes read in one go.
const READ: u64 = 4 << 20;

/// A window on the file that moves forward.
pub(super) struct Window {
    input: Input,
    pending: BytesMut,
    /// Bytes of `pending` that the scanner is shown: as many as a segment is to have.
    shown: usize,
    is_last: bool,
}

enum Input {
    /// A plain file is read by ranges, which are larger than a stream's blocks; so many bytes are read.
    Ranges(Arc<DumpFile>, u64),
    Stream(BoxStream<'static, Result<Bytes>>),
}

impl Window {
    /// Opens a file at its start.
    pub(super) async fn open(file: Arc<DumpFile>) -> Result<Self> {
        let input = if file.is_seekable() { Input::Ranges(file, 0) } else { Input::Stream(file.stream(0).await?) };
        Self::new(input).await
    }

    /// Opens a stream.
    pub(super) async fn of(stream: BoxStream<'static, Result<Bytes>>) -> Result<Self> {
        Self::new(Input::Stream(stream)).await
    }

    async fn new(input: Input) -> Result<Self> {
        let mut window = Self { input, pending: BytesMut::new(), shown: 0, is_last: false };
        window.fill(WINDOW).await?;
        Ok(window)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.pending[..self.shown]
    }

    /// Returns whether the file ends with the window.
    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// Moves forward; returns the bytes that are behind it now.
    pub(super) fn take(&mut self, len: usize) -> Bytes {
        self.shown -= len;
        self.pending.split_to(len).freeze()
    }

    /// Moves forward.
    pub(super) fn consume(&mut self, len: usize) {
        drop(self.take(len));
    }

    /// Reads until the window holds as many bytes, or the file ends.
    pub(super) async fn fill(&mut self, wanted: usize) -> Result<()> {
        while self.pending.len() < wanted {
            let bytes = match &mut self.input {
                Input::Stream(stream) => stream.try_next().await?,
                Input::Ranges(file, read) if *read < file.meta.size => {
                    let range = *read..(*read + READ).min(file.meta.size);
                    let bytes = file.store.get_range(&file.meta.location, range).await?;
                    if bytes.is_empty() {
                        return Err(file.changed());
                    }
                    *read += bytes.len() as u64;
                    Some(bytes)
                }
                Input::Ranges(..) => None,
            };
            let Some(bytes) = bytes else { break };
            self.pending.extend_from_slice(&bytes);
        }
        self.shown = self.pending.len().min(wanted);
        self.is_last = self.pending.len() < wanted;
        Ok(())
    }
}
