//! Brings a file to the disk while it is being written.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Bytes after which a file is brought to the disk while the next ones are computed.
const SYNC_EVERY: usize = 32 << 20;

/// Brings a file to the disk while it is being written: the commit waits for the disk, and then finds little left.
pub(super) struct Syncer {
    file: Arc<File>,
    unsynced: usize,
    running: Option<JoinHandle<io::Result<()>>>,
}

impl Syncer {
    pub(super) fn new(file: File) -> Self {
        Self { file: Arc::new(file), unsynced: 0, running: None }
    }

    /// Counts bytes; a thread of its own waits for the disk, so that the writer does not.
    pub(super) fn written(&mut self, bytes: usize) -> io::Result<()> {
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
    pub(super) fn wait(&mut self) -> io::Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        running.join().unwrap_or_else(|_| Err(io::Error::other("the thread that syncs the file stopped")))
    }
}

/// A file whose writes are brought to the disk as they go.
pub(super) struct SyncedFile {
    file: File,
    syncer: Syncer,
}

impl SyncedFile {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let syncer = Syncer::new(file.try_clone()?);
        Ok(Self { file, syncer })
    }

    /// Ends the writing: what the disk said of it is heard.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.syncer.wait()
    }
}

impl Write for SyncedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.syncer.written(written)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
