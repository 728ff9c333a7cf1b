//! Sends one object in parts while its rows are computed; what is not brought to its end is taken back.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use sha3::{Digest, Sha3_256};
use tokio::sync::{mpsc, oneshot};

use crate::store_message::problem;

/// Bytes of a part. Some stores want all parts but the last to be equal.
const PART: usize = 16 << 20;

/// The most parts that S3 takes.
const MAX_PARTS: u64 = 10_000;

/// Parts on their way at once; as many bytes again wait and are being filled.
const IN_FLIGHT: usize = 3;

/// How long a store may take to forget an upload.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a finished object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) size: u64,
    /// In hex.
    pub(super) sha3_256: String,
}

/// Uploads of one target: whoever removes what it staged waits for them first.
#[derive(Debug, Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<Vec<SpawnedTask<()>>>>);

impl Uploads {
    /// Starts an object; `written` is set when it is complete in the store.
    pub(super) fn start(
        &self,
        store: Arc<dyn ObjectStore>,
        key: StorePath,
        written: Arc<OnceLock<Written>>,
    ) -> ObjectWriter {
        self.start_parts(store, key, written, PART)
    }

    fn start_parts(
        &self,
        store: Arc<dyn ObjectStore>,
        key: StorePath,
        written: Arc<OnceLock<Written>>,
        part: usize,
    ) -> ObjectWriter {
        let (parts, mut waiting) = mpsc::channel(1);
        let (done, outcome) = oneshot::channel();
        let task = SpawnedTask::spawn(async move {
            let uploaded = upload(store.as_ref(), &key, &mut waiting).await;
            let _ = done.send(uploaded.map_err(|error| problem(&error)));
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        ObjectWriter { part, buffer: Vec::new(), sent: 0, parts, outcome, digest: Sha3_256::new(), size: 0, written }
    }

    /// Waits until all have ended, well or not.
    pub(super) async fn ended(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            let _ = task.await;
        }
    }
}

/// Writes an object. Blocks while the store is slower than its writer, so it belongs to a thread of its own.
pub struct ObjectWriter {
    /// Bytes of a part.
    part: usize,
    buffer: Vec<u8>,
    sent: u64,
    parts: mpsc::Sender<Part>,
    outcome: oneshot::Receiver<Result<(), String>>,
    digest: Sha3_256,
    size: u64,
    written: Arc<OnceLock<Written>>,
}

struct Part {
    bytes: Bytes,
    is_last: bool,
}

impl ObjectWriter {
    /// Sends what is left and waits until the object is complete in its store.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.send(true)?;
        match self.outcome.blocking_recv() {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => return Err(io::Error::other(problem)),
            Err(_) => return Err(stopped()),
        }
        let _ = self.written.set(Written { size: self.size, sha3_256: hex(&self.digest.finalize()) });
        Ok(())
    }

    fn send(&mut self, is_last: bool) -> io::Result<()> {
        if self.sent == MAX_PARTS {
            let most = (MAX_PARTS * self.part as u64) >> 30;
            return Err(io::Error::other(format!("an object holds {most} GiB at most")));
        }
        let bytes = std::mem::take(&mut self.buffer).into();
        self.sent += 1;
        if self.parts.blocking_send(Part { bytes, is_last }).is_ok() {
            return Ok(());
        }
        // An upload ends early only with an error.
        let (_, none) = oneshot::channel();
        match std::mem::replace(&mut self.outcome, none).blocking_recv() {
            Ok(Err(problem)) => Err(io::Error::other(problem)),
            _ => Err(stopped()),
        }
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Sent only when more comes: the last part must be known as such, and an object may end with a full one.
        if self.buffer.len() == self.part {
            self.send(false)?;
        }
        let taken = bytes.len().min(self.part - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        self.digest.update(&bytes[..taken]);
        self.size += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for ObjectWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectWriter").field("size", &self.size).finish_non_exhaustive()
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes every character");
    }
    text
}

fn stopped() -> io::Error {
    io::Error::other("the upload was stopped")
}

/// Sends the parts; an object whose last one does not come is not made.
async fn upload(
    store: &dyn ObjectStore,
    key: &StorePath,
    parts: &mut mpsc::Receiver<Part>,
) -> Result<(), object_store::Error> {
    let Some(first) = parts.recv().await else { return Ok(()) };
    if first.is_last {
        return store.put(key, first.bytes.into()).await.map(drop);
    }
    let mut upload = store.put_multipart(key).await?;
    let sent = send_parts(upload.as_mut(), first, parts).await;
    let completed = match sent {
        Ok(true) => upload.complete().await.map(drop),
        Ok(false) => Err(object_store::Error::Generic { store: "upload", source: "its writer was dropped".into() }),
        Err(error) => Err(error),
    };
    if completed.is_err() {
        // Parts of an upload that nobody ends stay in the store unseen, and are paid for.
        let _ = tokio::time::timeout(PATIENCE, upload.abort()).await;
    }
    completed
}

/// Sends parts, some at once; returns whether the last one came.
async fn send_parts(
    upload: &mut dyn MultipartUpload,
    first: Part,
    parts: &mut mpsc::Receiver<Part>,
) -> Result<bool, object_store::Error> {
    let mut under_way = FuturesUnordered::new();
    let mut part = first;
    loop {
        let is_last = part.is_last;
        under_way.push(upload.put_part(part.bytes.into()));
        if is_last {
            while let Some(sent) = under_way.next().await {
                sent?;
            }
            return Ok(true);
        }
        part = loop {
            tokio::select! {
                Some(sent) = under_way.next() => sent?,
                next = parts.recv(), if under_way.len() < IN_FLIGHT => match next {
                    Some(next) => break next,
                    None => return Ok(false),
                },
            }
        };
    }
}

/// Copies an object within its store: by the store itself, or through this machine where it is too large for that.
pub(super) async fn copy(
    store: &dyn ObjectStore,
    from: &StorePath,
    to: &StorePath,
    size: u64,
) -> Result<(), object_store::Error> {
    /// The most that S3 copies with one request.
    const MAX_COPY: u64 = 5 << 30;

    if size <= MAX_COPY { store.copy(from, to).await } else { copy_parts(store, from, to, size, PART as u64).await }
}

async fn copy_parts(
    store: &dyn ObjectStore,
    from: &StorePath,
    to: &StorePath,
    size: u64,
    part: u64,
) -> Result<(), object_store::Error> {
    let mut upload = store.put_multipart(to).await?;
    let ranges = futures::stream::iter((0..size.div_ceil(part)).map(|n| n * part..((n + 1) * part).min(size)));
    let mut bytes = ranges.map(|range| store.get_range(from, range)).buffered(IN_FLIGHT);
    let mut copied = Ok(());
    while let Some(next) = bytes.next().await {
        copied = match next {
            Ok(next) => upload.put_part(next.into()).await,
            Err(error) => Err(error),
        };
        if copied.is_err() {
            break;
        }
    }
    let completed = match copied {
        Ok(()) => upload.complete().await.map(drop),
        Err(error) => Err(error),
    };
    if completed.is_err() {
        let _ = tokio::time::timeout(PATIENCE, upload.abort()).await;
    }
    completed
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    /// Bytes of a part here.
    const SHORT: usize = 100;

    async fn written(length: usize, finish: bool) -> (Arc<InMemory>, Option<Written>) {
        let (store, slot) = (Arc::new(InMemory::new()), Arc::new(OnceLock::new()));
        let uploads = Uploads::default();
        let mut writer = uploads.start_parts(Arc::clone(&store) as _, "k".into(), Arc::clone(&slot), SHORT);
        let work = move || {
            for piece in content(length).chunks(43) {
                writer.write_all(piece)?;
            }
            if finish { writer.finish() } else { Ok(()) }
        };
        SpawnedTask::spawn_blocking(work).join_unwind().await.unwrap().unwrap();
        uploads.ended().await;
        (store, slot.get().cloned())
    }

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n % 251) as u8).collect()
    }

    #[tokio::test]
    async fn an_object_holds_what_was_written_in_one_part_or_several() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 5 * SHORT, 9 * SHORT + 3] {
            let (store, written) = written(length, true).await;
            let found = store.get(&"k".into()).await.unwrap().bytes().await.unwrap();
            let written = written.unwrap();
            assert!(found == content(length), "{length}");
            assert_eq!(written, Written { size: length as u64, sha3_256: hex(&Sha3_256::digest(&found)) });
        }
    }

    #[tokio::test]
    async fn a_writer_that_is_dropped_makes_no_object() {
        for length in [1, SHORT + 1, 9 * SHORT] {
            let (store, written) = written(length, false).await;
            assert!(store.get(&"k".into()).await.is_err() && written.is_none(), "{length}");
        }
    }

    #[tokio::test]
    async fn a_large_object_is_copied_in_parts() {
        let store = InMemory::new();
        for length in [1, 10, 11] {
            store.put(&"a".into(), content(length).into()).await.unwrap();
            copy_parts(&store, &"a".into(), &"b".into(), length as u64, 5).await.unwrap();
            assert_eq!(store.get(&"b".into()).await.unwrap().bytes().await.unwrap(), content(length));
        }
        assert!(copy_parts(&store, &"none".into(), &"c".into(), 10, 5).await.is_err());
        assert!(store.head(&"c".into()).await.is_err());
    }
}
