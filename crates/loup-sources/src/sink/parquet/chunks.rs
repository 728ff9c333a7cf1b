//! Writes a file's row groups from copied and encoded chunks.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::parquet::arrow::arrow_writer::ArrowColumnChunk;
use datafusion::parquet::bloom_filter::Sbbf;
use datafusion::parquet::column::writer::ColumnCloseResult;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::reader::{ChunkReader, Length};
use datafusion::parquet::file::statistics::Statistics;
use datafusion::parquet::file::writer::SerializedFileWriter;
use tokio::sync::mpsc;

use super::layout::{Layout, Part};
use super::source::ParquetFile;
use crate::sink::Opened;

/// Bytes read or written at once; chunks are copied without a look at their pages.
const BUFFER: usize = 1 << 18;

/// Writes the row groups of `file` to `target`, their encoded chunks as they arrive; blocks.
///
/// # Errors
/// Returns an error where a file cannot be read or written, and where not all row groups arrive.
pub(super) fn write_chunks(
    file: &ParquetFile,
    layout: &Layout,
    target: Opened,
    mut encoded: mpsc::Receiver<Vec<ArrowColumnChunk>>,
) -> Result<()> {
    let source = Source::of(file);
    let target = BufWriter::with_capacity(BUFFER, target);
    let mut writer = SerializedFileWriter::new(target, Arc::clone(&layout.schema), Arc::clone(&layout.properties))?;
    for group in file.row_groups() {
        let stopped = || ParquetError::General("the rows ended too early".to_owned());
        let mut encoded = encoded.blocking_recv().ok_or_else(stopped)?.into_iter();
        let mut out = writer.next_row_group()?;
        for part in &layout.parts {
            match part {
                Part::Copied(leaves) => {
                    for leaf in leaves.clone() {
                        out.append_column(&source, copied_chunk(file, &source, group, leaf)?)?;
                    }
                }
                Part::Computed(leaves) => {
                    for chunk in encoded.by_ref().take(*leaves) {
                        chunk.append_to_row_group(&mut out)?;
                    }
                }
            }
        }
        out.close()?;
    }
    let target = writer.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(target.finish()?)
}

/// Returns what the footer says of a chunk that is copied.
fn copied_chunk(file: &ParquetFile, source: &Source, group: usize, leaf: usize) -> Result<ColumnCloseResult> {
    let metadata = file.metadata();
    let column = metadata.row_group(group).column(leaf);
    // The new footer states that bounds are in their type's order, which those of old writers may not be.
    let is_ordered = file.has_defined_order();
    let is_ordered = is_ordered && !column.statistics().is_some_and(Statistics::is_min_max_deprecated);
    let stated = if is_ordered { column.clone() } else { column.clone().into_builder().clear_statistics().build()? };
    let bounds = metadata.column_index().filter(|_| is_ordered && file.has_page_index());
    Ok(ColumnCloseResult {
        bytes_written: column.compressed_size().unsigned_abs(),
        rows_written: file.rows_of(group),
        bloom_filter: Sbbf::read_from_column_chunk(column, source)?,
        column_index: bounds.map(|indexes| indexes[group][leaf].clone()),
        offset_index: metadata.offset_index().map(|indexes| indexes[group][leaf].clone()),
        metadata: stated,
    })
}

/// Reads stretches of a file.
struct Source {
    file: Arc<File>,
    bytes: u64,
}

impl Source {
    fn of(file: &ParquetFile) -> Self {
        Self { file: Arc::clone(file.file()), bytes: file.bytes() }
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Source {
    type T = BufReader<Stretch>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::with_capacity(BUFFER, Stretch { file: Arc::clone(&self.file), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = vec![0; length.min(usize::try_from(self.bytes)?)];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

/// Reads a file from a position on.
struct Stretch {
    file: Arc<File>,
    position: u64,
}

impl Read for Stretch {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use datafusion::parquet::arrow::ArrowWriter;
    use datafusion::parquet::file::metadata::{FileMetaData, ParquetMetaDataBuilder};

    use super::*;

    #[test]
    fn bounds_whose_order_is_not_known_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let batch = RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        let metadata = writer.close().unwrap();
        let chunk = |file: &ParquetFile| copied_chunk(file, &Source::of(file), 0, 0).unwrap();
        let file = ParquetFile::open(&path).unwrap();
        let kept = chunk(&file);
        assert!(kept.metadata.statistics().is_some() && kept.column_index.is_some() && kept.offset_index.is_some());
        let footer = metadata.file_metadata();
        let footer = FileMetaData::new(1, 2, None, None, footer.schema_descr_ptr(), None);
        let metadata = ParquetMetaDataBuilder::new_from_metadata(metadata.clone());
        let unordered = ParquetMetaDataBuilder::new(footer)
            .set_row_groups(metadata.row_groups().to_vec())
            .set_column_index(metadata.column_index().cloned())
            .set_offset_index(metadata.offset_index().cloned())
            .build();
        let dropped = chunk(&file.with_metadata(unordered));
        assert!(dropped.metadata.statistics().is_none() && dropped.column_index.is_none());
        assert!(dropped.offset_index.is_some());
    }
}
