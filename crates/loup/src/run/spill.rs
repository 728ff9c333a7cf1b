//! What does not fit in memory goes to disk encrypted, in files without a name.
//!
//! The key is made for the session and never leaves its memory. A file without a name is gone with its process, however
//! that ends; the encryption keeps what is left on the disk's blocks unreadable.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SpillFile, SpillWriter, TempFileFactory};
use futures::{Stream, StreamExt};
use loup_crypto::{KeyRing, PurposeKey, RootKey, stream};

/// Bytes of a full chunk before it is sealed; a flush ends a chunk early.
const CHUNK: usize = 64 << 10;

/// Makes encrypted spill files in the system's folder of temporary files.
pub(crate) struct EncryptedSpill {
    root: Arc<RootKey>,
    files: AtomicU64,
}

impl EncryptedSpill {
    /// Makes the key.
    ///
    /// # Errors
    /// Returns an error where the system gives no random bytes.
    pub(crate) fn new() -> Result<Self, loup_crypto::Error> {
        Ok(Self { root: KeyRing::ephemeral()?.active(), files: AtomicU64::new(0) })
    }
}

impl TempFileFactory for EncryptedSpill {
    fn create_temp_file(&self, _description: &str) -> Result<Arc<dyn SpillFile>> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let key = self.root.purpose_key("spill", &number.to_string());
        let file = tempfile::tempfile_in(env::temp_dir())?;
        Ok(Arc::new(EncryptedFile(Arc::new(Inner { file, key, written: Mutex::default() }))))
    }
}

struct EncryptedFile(Arc<Inner>);

struct Inner {
    file: File,
    /// Seals this file alone, so chunk numbers make nonces.
    key: PurposeKey,
    written: Mutex<Written>,
}

/// What stands in the file; kept in memory, so that a file cannot be cut or its chunks be moved.
#[derive(Default)]
struct Written {
    /// Where each chunk ends.
    ends: Vec<u64>,
    is_finished: bool,
}

impl Inner {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a chunk; `None` behind the last one that is written. A reader may follow a writer that flushes.
    fn chunk(&self, number: usize) -> Result<Option<Bytes>> {
        let (start, end, is_last) = {
            let written = self.written();
            let Some(&end) = written.ends.get(number) else { return Ok(None) };
            let start = number.checked_sub(1).map_or(0, |before| written.ends[before]);
            (start, end, written.is_finished && number + 1 == written.ends.len())
        };
        let mut sealed = vec![0; (end - start) as usize];
        self.file.read_exact_at(&mut sealed, start)?;
        let plain = stream::open_chunk(&self.key, number as u64, is_last, &sealed);
        Ok(Some(plain.map_err(|_| failed("a spill file was changed"))?.into()))
    }

    fn append(&self, plain: &[u8], is_last: bool) -> io::Result<()> {
        let mut written = self.written();
        let sealed = stream::seal_chunk(&self.key, written.ends.len() as u64, is_last, plain);
        let sealed = sealed.map_err(io::Error::other)?;
        let start = written.ends.last().copied().unwrap_or(0);
        self.file.write_all_at(&sealed, start)?;
        written.ends.push(start + sealed.len() as u64);
        written.is_finished = is_last;
        Ok(())
    }
}

impl SpillFile for EncryptedFile {
    fn size(&self) -> Option<u64> {
        Some(self.0.written().ends.last().copied().unwrap_or(0))
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>> {
        let chunks = futures::stream::try_unfold((Arc::clone(&self.0), 0), |(file, number)| async move {
            let read = Arc::clone(&file);
            let chunk = SpawnedTask::spawn_blocking(move || read.chunk(number)).join_unwind().await;
            let chunk = chunk.map_err(|error| DataFusionError::External(Box::new(error)))??;
            Ok::<_, DataFusionError>(chunk.map(|chunk| (chunk, (file, number + 1))))
        });
        Ok(chunks.boxed())
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(Writer { file: Arc::clone(&self.0), pending: Vec::with_capacity(CHUNK) }))
    }
}

struct Writer {
    file: Arc<Inner>,
    pending: Vec<u8>,
}

impl Writer {
    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        self.file.append(&self.pending, is_last)?;
        self.pending.clear();
        Ok(())
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.len() == CHUNK {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() { Ok(()) } else { self.seal(false) }
    }
}

impl SpillWriter for Writer {
    fn finish(&mut self) -> Result<()> {
        Ok(self.seal(true)?)
    }
}

fn failed(problem: &str) -> DataFusionError {
    DataFusionError::Execution(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    async fn read(file: &dyn SpillFile) -> Result<Vec<u8>> {
        let chunks: Vec<Bytes> = file.read_stream()?.try_collect().await?;
        Ok(chunks.concat())
    }

    #[tokio::test]
    async fn what_is_spilled_is_read_back() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000] {
            let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let file = EncryptedSpill::new().unwrap().create_temp_file("test").unwrap();
            assert!(file.path().is_none(), "there is no name to read it by");
            let mut writer = file.open_writer().unwrap();
            let (a, b) = bytes.split_at(length / 3);
            writer.write_all(a).unwrap();
            writer.flush().unwrap();
            assert_eq!(read(file.as_ref()).await.unwrap(), a, "a reader may follow the writer");
            writer.write_all(b).unwrap();
            writer.finish().unwrap();
            assert_eq!(read(file.as_ref()).await.unwrap(), bytes, "{length}");
        }
    }

    #[tokio::test]
    async fn a_spill_file_holds_no_clear_text_and_is_refused_when_changed() {
        let spill = EncryptedSpill::new().unwrap();
        let key = spill.root.purpose_key("spill", "0");
        let inner = Arc::new(Inner { file: tempfile::tempfile().unwrap(), key, written: Mutex::default() });
        let file = EncryptedFile(Arc::clone(&inner));
        let mut writer = file.open_writer().unwrap();
        writer.write_all(&b"CANARY".repeat(20_000)).unwrap();
        writer.finish().unwrap();
        let mut on_disk = vec![0; file.size().unwrap() as usize];
        inner.file.read_exact_at(&mut on_disk, 0).unwrap();
        assert!(!on_disk.windows(6).any(|window| window == b"CANARY"));
        inner.file.write_all_at(&[on_disk[100] ^ 1], 100).unwrap();
        assert!(read(&file).await.is_err(), "a changed byte");
        inner.file.write_all_at(&on_disk[CHUNK + stream::OVERHEAD..], 0).unwrap();
        assert!(read(&file).await.is_err(), "another chunk in its place");
    }
}
