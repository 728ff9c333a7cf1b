//! The thread that writes one file.

use std::io::{self, Write};

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use tokio::sync::{mpsc, oneshot};

use super::parquet::default_compression;
use super::{Destination, Opened};
use crate::compression::{CompressedWriter, Compression};
use crate::error::{Result, SourceError};
use crate::pool::Pooled;

/// Items that may wait for the disk.
const QUEUE: usize = 4;

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
    /// Text of a source, as it is.
    Shared(Bytes),
    /// Rows for a columnar writer.
    Batch(RecordBatch),
}

/// A file under way, written by a thread of its own so that no core waits for the disk.
pub(super) struct OutputFile {
    name: String,
    sender: mpsc::Sender<Item>,
    /// Says that all items have come; a file whose plan was stopped is not brought to an end.
    end: Option<oneshot::Sender<()>>,
    writer: SpawnedTask<DataFusionResult<()>>,
}

impl OutputFile {
    pub(super) fn open(destination: Destination) -> Result<Self> {
        let Destination { file, name, body } = destination;
        let io = |source| SourceError::Io { file: name.clone(), source };
        let mut writer = match body {
            Body::Text { start, compression } => {
                Writer::Text { start, writer: Box::new(compression.writer(file).map_err(io)?) }
            }
            Body::Parquet(schema) => {
                let properties = WriterProperties::builder().set_compression(default_compression()).build();
                let writer = ArrowWriter::try_new(file, schema, Some(properties))
                    .map_err(|error| SourceError::Target { target: name.clone(), problem: error.to_string() })?;
                Writer::Parquet(Box::new(writer))
            }
        };
        let (sender, mut receiver) = mpsc::channel(QUEUE);
        let (end, mut ended) = oneshot::channel();
        let target = name.clone();
        let writer = SpawnedTask::spawn_blocking(move || {
            writer.start().map_err(|error| failed(&target, error))?;
            while let Some(item) = receiver.blocking_recv() {
                writer.write(item).map_err(|error| failed(&target, error))?;
            }
            if ended.try_recv().is_err() {
                return Err(failed(&target, DataFusionError::Execution("the plan was stopped".to_owned())));
            }
            writer.finish().map_err(|error| failed(&target, error))
        });
        Ok(Self { name, sender, end: Some(end), writer })
    }

    pub(super) async fn write(&mut self, item: Item) -> DataFusionResult<()> {
        // The thread ends early only with an error, which `finish` returns.
        if self.sender.send(item).await.is_ok() { Ok(()) } else { self.outcome().await }
    }

    /// Writes what is left and closes the file.
    pub(super) async fn finish(mut self) -> DataFusionResult<()> {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
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
    Text { start: Vec<u8>, writer: Box<CompressedWriter<Opened>> },
    Parquet(Box<ArrowWriter<Opened>>),
}

impl Writer {
    fn start(&mut self) -> DataFusionResult<()> {
        match self {
            Self::Text { start, writer } => Ok(writer.write_all(start)?),
            Self::Parquet(_) => Ok(()),
        }
    }

    fn write(&mut self, item: Item) -> DataFusionResult<()> {
        match (self, item) {
            (Self::Text { writer, .. }, Item::Bytes(bytes)) => Ok(writer.write_all(&bytes)?),
            (Self::Text { writer, .. }, Item::Shared(bytes)) => Ok(writer.write_all(&bytes)?),
            (Self::Parquet(writer), Item::Batch(batch)) => Ok(writer.write(&batch)?),
            _ => Err(DataFusionError::Internal("an item of the wrong kind for its file".to_owned())),
        }
    }

    fn finish(self) -> DataFusionResult<()> {
        match self {
            Self::Text { writer, .. } => writer.finish()?.finish()?,
            Self::Parquet(writer) => writer.into_inner()?.finish()?,
        }
        Ok(())
    }
}

fn failed(target: &str, error: DataFusionError) -> DataFusionError {
    let source = match error {
        DataFusionError::IoError(error) => error,
        error => io::Error::other(error.strip_backtrace()),
    };
    SourceError::Io { file: target.to_owned(), source }.into()
}
