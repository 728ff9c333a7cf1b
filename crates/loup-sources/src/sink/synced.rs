//! Brings a file to the disk while it is being written.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Bytes after which a file is brought to the disk while the next ones are computed.
const SYNC_EVERY: usize = 32 << 20;

/// Brings a file to the disk while it is being written: the commit waits for the disk, and then finds little left.
#[derive(Debug)]
struct Syncer {
    file: Arc<File>,
    unsynced: usize,
    running: Option<JoinHandle<io::Result<()>>>,
}

impl Syncer {
    fn new(file: File) -> Self {
        Self { file: Arc::new(file), unsynced: 0, running: None }
    }

    /// Counts bytes; a thread of its own waits for the disk, so that the writer does not.
    fn written(&mut self, bytes: usize) -> io::Result<()> {
        self.unsynced += bytes;
        if self.unsynced < SYNC_EVERY || self.running.as_ref().is_some_and(|running| !running.is_finished()) {
            return Ok(());
        }
        self.wait()?;
        self.unsynced = 0;
        let file = Arc::clone(&self.file);
        self.running = Some(thread::spawn(move || file.sync_data()));
        Ok(())
    }

    /// Waits for the thread; the disk tells of an error once only, so it must not get lost.
    fn wait(&mut self) -> io::Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        running.join().unwrap_or_else(|_| Err(io::Error::other("the thread that syncs the file stopped")))
    }
}

/// A file whose writes are brought to the disk as they go.
#[derive(Debug)]
pub(super) struct SyncedFile {
    file: File,
    /// With a second handle, so it is made when the file's turn comes: thousands may wait for theirs.
    syncer: Option<Syncer>,
}

impl SyncedFile {
    pub(super) fn new(file: File) -> Self {
        Self { file, syncer: None }
    }

    /// Returns the file, for what the system copies into it by itself.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Ends the writing: what the disk said of it is heard.
    pub(super) fn finish(self) -> io::Result<()> {
        self.syncer.map_or(Ok(()), |mut syncer| syncer.wait())
    }
}

impl Write for SyncedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let syncer = match &mut self.syncer {
            Some(syncer) => syncer,
            none => none.insert(Syncer::new(self.file.try_clone()?)),
        };
        syncer.written(written)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
