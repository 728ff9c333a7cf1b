//! The thread that writes one file.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression as ParquetCompression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use tokio::sync::mpsc;

use super::Destination;
use crate::compression::{CompressedWriter, Compression};
use crate::error::{Result, SourceError};
use crate::pool::Pooled;

/// Items that may wait for the disk.
const QUEUE: usize = 4;

/// Bytes after which a file is brought to the disk while the next ones are computed.
const SYNC_EVERY: usize = 32 << 20;

/// How a file is written.
#[derive(Debug, Clone)]
pub enum Body {
    /// Text, compressed as a whole, starting with these bytes.
    Text {
        /// First bytes of the file: a header, or none.
        start: Vec<u8>,
        /// How the file is compressed.
        compression: Compression,
    },
    /// Parquet with this schema, in zstd pages.
    Parquet(SchemaRef),
}

/// What is appended to a file.
#[derive(Debug)]
pub enum Item {
    /// Encoded text.
    Bytes(Pooled),
    /// Rows for a columnar writer.
    Batch(RecordBatch),
}

/// A file under way, written by a thread of its own so that no core waits for the disk.
pub(super) struct OutputFile {
    name: String,
    sender: mpsc::Sender<Item>,
    writer: SpawnedTask<DataFusionResult<()>>,
}

impl OutputFile {
    pub(super) fn open(destination: Destination) -> Result<Self> {
        let Destination { file, name, body } = destination;
        let io = |source| SourceError::Io { file: name.clone(), source };
        let synced = file.try_clone().map_err(io)?;
        let mut writer = match body {
            Body::Text { start, compression } => {
                let mut writer = compression.writer(file).map_err(io)?;
                writer.write_all(&start).map_err(io)?;
                Writer::Text { writer: Box::new(writer), syncer: Syncer::new(synced) }
            }
            Body::Parquet(schema) => {
                let level = ZstdLevel::try_new(3).unwrap_or_default();
                let properties = WriterProperties::builder().set_compression(ParquetCompression::ZSTD(level)).build();
                let writer = ArrowWriter::try_new(file, schema, Some(properties))
                    .map_err(|error| SourceError::Target { target: name.clone(), problem: error.to_string() })?;
                Writer::Parquet(Box::new(writer))
            }
        };
        let (sender, mut receiver) = mpsc::channel(QUEUE);
        let target = name.clone();
        let writer = SpawnedTask::spawn_blocking(move || {
            while let Some(item) = receiver.blocking_recv() {
                writer.write(item).map_err(|error| failed(&target, error))?;
            }
            writer.finish().map_err(|error| failed(&target, error))
        });
        Ok(Self { name, sender, writer })
    }

    pub(super) async fn write(&mut self, item: Item) -> DataFusionResult<()> {
        // The thread ends early only with an error, which `finish` returns.
        if self.sender.send(item).await.is_ok() { Ok(()) } else { self.outcome().await }
    }

    /// Writes what is left and closes the file.
    pub(super) async fn finish(mut self) -> DataFusionResult<()> {
        let (closed, _) = mpsc::channel(1);
        self.sender = closed;
        self.outcome().await
    }

    async fn outcome(&mut self) -> DataFusionResult<()> {
        let stopped = || SourceError::Target { target: self.name.clone(), problem: "the writer stopped".to_owned() };
        (&mut self.writer).await.map_err(|_| stopped())?
    }
}

enum Writer {
    Text { writer: Box<CompressedWriter<File>>, syncer: Syncer },
    Parquet(Box<ArrowWriter<File>>),
}

impl Writer {
    fn write(&mut self, item: Item) -> DataFusionResult<()> {
        match (self, item) {
            (Self::Text { writer, syncer }, Item::Bytes(bytes)) => {
                writer.write_all(&bytes)?;
                Ok(syncer.written(bytes.len())?)
            }
            (Self::Parquet(writer), Item::Batch(batch)) => Ok(writer.write(&batch)?),
            _ => Err(DataFusionError::Internal("an item of the wrong kind for its file".to_owned())),
        }
    }

    fn finish(self) -> DataFusionResult<()> {
        match self {
            Self::Text { writer, mut syncer } => {
                writer.finish()?;
                syncer.wait()?;
            }
            Self::Parquet(writer) => writer.close().map(drop)?,
        }
        Ok(())
    }
}

/// Brings a file to the disk while it is being written: the commit waits for the disk, and then finds little left.
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

fn failed(target: &str, error: DataFusionError) -> DataFusionError {
    let source = match error {
        DataFusionError::IoError(error) => error,
        error => io::Error::other(error.strip_backtrace()),
    };
    SourceError::Io { file: target.to_owned(), source }.into()
}
