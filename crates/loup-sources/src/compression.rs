//! Compression by file name.

use std::io::{self, Write};

use async_compression::tokio::bufread::ZstdDecoder;
use bytes::Bytes;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::error::DataFusionError;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use tokio::io::AsyncBufReadExt;
use tokio_util::io::{ReaderStream, StreamReader};

/// How a file's bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
}

impl Compression {
    /// Splits a file name into what is left of it and its compression.
    pub fn of(name: &str) -> (&str, Self) {
        if let Some(stem) = name.strip_suffix(".gz") {
            (stem, Self::Gzip)
        } else if let Some(stem) = name.strip_suffix(".zst") {
            (stem, Self::Zstd)
        } else {
            (name, Self::None)
        }
    }

    /// Returns the suffix of file names.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// Returns DataFusion's decoder.
    pub fn decoder(self) -> FileCompressionType {
        match self {
            Self::None => FileCompressionType::UNCOMPRESSED,
            Self::Gzip => FileCompressionType::GZIP,
            Self::Zstd => FileCompressionType::ZSTD,
        }
    }

    /// Returns the compression that DataFusion's decoder reads; `None` for those that Loup does not write.
    pub(crate) fn from_decoder(decoder: FileCompressionType) -> Option<Self> {
        [Self::None, Self::Gzip, Self::Zstd].into_iter().find(|known| known.decoder() == decoder)
    }

    /// Decompresses a stream of bytes.
    ///
    /// # Errors
    /// Returns an error where DataFusion was built without the format.
    pub(crate) fn decode(
        self,
        input: BoxStream<'static, Result<Bytes, DataFusionError>>,
    ) -> Result<BoxStream<'static, Result<Bytes, DataFusionError>>, DataFusionError> {
        if self != Self::Zstd {
            return self.decoder().convert_stream(input);
        }
        // DataFusion stops behind the first frame; a file made of several, as `cat` makes it, would lose the rest.
        let mut decoder = ZstdDecoder::new(StreamReader::new(input.map_err(io::Error::other)));
        decoder.multiple_members(true);
        Ok(ReaderStream::with_capacity(decoder, 1 << 16).map_err(DataFusionError::from).boxed())
    }

    /// Returns whether DataFusion's own zstd decoder, which stops behind the first frame, reads all of a file.
    ///
    /// # Errors
    /// Returns an error where the file cannot be read or decompressed.
    pub(crate) async fn is_one_frame(
        input: BoxStream<'static, Result<Bytes, object_store::Error>>,
    ) -> io::Result<bool> {
        let mut input = StreamReader::new(input.map_err(io::Error::other));
        tokio::io::copy(&mut ZstdDecoder::new(&mut input), &mut tokio::io::sink()).await?;
        Ok(input.fill_buf().await?.is_empty())
    }

    /// Wraps a writer.
    ///
    /// # Errors
    /// Returns an error where the encoder cannot be set up.
    pub(crate) fn writer<W: Write>(self, inner: W) -> io::Result<CompressedWriter<W>> {
        Ok(match self {
            Self::None => CompressedWriter::Plain(inner),
            Self::Gzip => CompressedWriter::Gzip(flate2::write::GzEncoder::new(inner, flate2::Compression::default())),
            Self::Zstd => CompressedWriter::Zstd(zstd::Encoder::new(inner, 0)?),
        })
    }
}

/// A writer that compresses.
pub(crate) enum CompressedWriter<W: Write> {
    Plain(W),
    Gzip(flate2::write::GzEncoder<W>),
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> CompressedWriter<W> {
    /// Writes what is left and returns the inner writer.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(inner) => Ok(inner),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for CompressedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(inner) => inner.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}
