//! Compression by file name.

use std::io::{self, Write};

use datafusion::datasource::file_format::file_compression_type::FileCompressionType;

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
