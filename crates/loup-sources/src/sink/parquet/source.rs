//! A Parquet file whose column chunks may be copied as they are.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::basic::ColumnOrder;
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
    RowGroupMetaData,
};

use crate::error::{Result, SourceError};

/// Bytes of the mark at the start of every file.
const MARK: i64 = 4;

/// A Parquet file on this machine, known by its footer.
#[derive(Debug)]
pub struct ParquetFile {
    path: PathBuf,
    /// Open, so that what is copied is what the footer speaks of, whatever takes the path meanwhile.
    file: Arc<File>,
    metadata: ParquetMetaData,
    schema: SchemaRef,
    bytes: u64,
    footer_bytes: usize,
}

impl ParquetFile {
    /// Reads the footer and page indexes of a file.
    ///
    /// # Errors
    /// Returns an error where the file cannot be read, is encrypted or has a footer that is not valid.
    pub fn open(path: &Path) -> Result<Self> {
        Self::try_open(path)
            .map_err(|error| SourceError::Io { file: path.display().to_string(), source: io::Error::other(error) })
    }

    fn try_open(path: &Path) -> ParquetResult<Self> {
        let file = File::open(path)?;
        let options = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let mut reader = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_metadata_options(Some(options));
        reader.try_parse(&file)?;
        let footer_bytes = reader.metadata_size();
        let metadata = reader.finish()?;
        let footer = metadata.file_metadata();
        let schema = parquet_to_arrow_schema(footer.schema_descr(), footer.key_value_metadata())?;
        let invalid = |problem: &str| ParquetError::General(problem.to_owned());
        let footer_bytes = footer_bytes.ok_or_else(|| invalid("the footer has no length"))?;
        let groups = metadata.row_groups().iter().map(RowGroupMetaData::num_rows);
        if groups.clone().any(|rows| rows < 0) || groups.map(i128::from).sum::<i128>() != footer.num_rows().into() {
            return Err(invalid("the row groups have other rows than the file"));
        }
        let bytes = file.metadata()?.len();
        let (path, file) = (path.to_path_buf(), Arc::new(file));
        Ok(Self { path, file, metadata, schema: SchemaRef::new(schema), bytes, footer_bytes })
    }

    /// Returns where the file stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the length of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the number of its rows.
    pub fn rows(&self) -> u64 {
        self.footer().num_rows().unsigned_abs()
    }

    /// Returns the Arrow schema that the file itself states.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns whether a table of this schema reads the file's columns as they stand: each under its name, in this order,
    /// and without a conversion.
    pub fn reads_as(&self, table: &Schema) -> bool {
        let names = |schema: &Schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
        names(&self.schema) == names(table) && self.is_part_of(table)
    }

    /// Returns whether a table of this schema shows all that the file holds, perhaps beside columns of other files.
    pub fn is_part_of(&self, table: &Schema) -> bool {
        let mut seen = HashSet::new();
        self.schema.fields().iter().all(|field| {
            let shown = table.fields().iter().find(|shown| shown.name() == field.name());
            seen.insert(field.name()) && shown.is_some_and(|shown| is_read_as(field.data_type(), shown.data_type()))
        })
    }

    /// Returns whether column chunks can be taken out of the file by what its footer says of them.
    pub(super) fn has_copyable_chunks(&self) -> bool {
        // These wrote chunks that are longer than their footers say.
        let is_old = |writer: &str| {
            ["1.0.", "1.1.", "1.2."].iter().any(|old| writer.starts_with(&format!("parquet-mr version {old}")))
        };
        let footer = self.footer();
        let leaves = footer.schema_descr().num_columns();
        let roots = footer.schema_descr().root_schema().get_fields().len();
        let is_plain =
            |column: &ColumnChunkMetaData| column.crypto_metadata().is_none() && column.file_path().is_none();
        leaves > 0
            && roots == self.schema.fields().len()
            && !footer.created_by().is_some_and(is_old)
            && self.metadata.row_groups().iter().all(|group| group.columns().len() == leaves)
            && self.chunks().all(is_plain)
            && self.is_disjoint()
    }

    /// Returns whether all that the footer points at are separate stretches of the file.
    ///
    /// A chunk that reached into another, into its statistics or into the footer would carry along clear values of a column
    /// that is masked.
    fn is_disjoint(&self) -> bool {
        let end = i64::try_from(self.bytes.saturating_sub(self.footer_bytes as u64)).unwrap_or(0);
        let mut stretches = Vec::new();
        for column in self.chunks() {
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            if column.data_page_offset() < start {
                return false;
            }
            // Some writers leave out how long a Bloom filter is.
            let parts = [
                (Some(start), Some(column.compressed_size())),
                (column.bloom_filter_offset(), column.bloom_filter_length().map(i64::from)),
                (column.column_index_offset(), column.column_index_length().map(i64::from)),
                (column.offset_index_offset(), column.offset_index_length().map(i64::from)),
            ];
            for (offset, length) in parts {
                let (Some(offset), length) = (offset, length.unwrap_or(1)) else { continue };
                if length == 0 {
                    continue;
                }
                match offset.checked_add(length) {
                    Some(stop) if offset >= MARK && length > 0 && stop <= end => stretches.push((offset, stop)),
                    _ => return false,
                }
            }
        }
        stretches.sort_unstable();
        stretches.windows(2).all(|pair| pair[0].1 <= pair[1].0)
    }

    fn chunks(&self) -> impl Iterator<Item = &ColumnChunkMetaData> {
        self.metadata.row_groups().iter().flat_map(RowGroupMetaData::columns)
    }

    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    pub(super) fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    pub(super) fn footer(&self) -> &FileMetaData {
        self.metadata.file_metadata()
    }

    /// Returns the row groups that have rows; others are not worth keeping.
    pub(super) fn row_groups(&self) -> Vec<usize> {
        let groups = self.metadata.row_groups().iter().enumerate();
        groups.filter(|(_, group)| group.num_rows() > 0).map(|(number, _)| number).collect()
    }

    pub(super) fn rows_of(&self, group: usize) -> u64 {
        self.metadata.row_group(group).num_rows().unsigned_abs()
    }

    /// Returns the leaf columns below a column of the schema.
    pub(super) fn leaves(&self, root: usize) -> Range<usize> {
        let schema = self.footer().schema_descr();
        let below = |wanted: usize| {
            (0..schema.num_columns()).take_while(|leaf| schema.get_column_root_idx(*leaf) < wanted).count()
        };
        below(root)..below(root + 1)
    }

    /// Returns whether minima and maxima mean today what they meant to the file's writer.
    pub(super) fn has_defined_order(&self) -> bool {
        let is_defined = |order: &ColumnOrder| matches!(order, ColumnOrder::TYPE_DEFINED_ORDER(_));
        self.footer().column_orders().is_some_and(|orders| orders.iter().all(is_defined))
    }

    /// Returns whether every chunk has a page index; the writer takes all or none.
    pub(super) fn has_page_index(&self) -> bool {
        self.metadata.offset_index().is_some()
    }
}

/// Returns whether a column of the file's type `file` is given to plans as `read`, its values as they are.
pub(super) fn is_read_as(file: &DataType, read: &DataType) -> bool {
    match (file, read) {
        (DataType::Utf8 | DataType::LargeUtf8, DataType::Utf8View)
        | (DataType::Binary | DataType::LargeBinary, DataType::BinaryView) => true,
        _ => file == read,
    }
}

#[cfg(test)]
impl ParquetFile {
    /// The same file with another footer.
    pub(super) fn with_metadata(self, metadata: ParquetMetaData) -> Self {
        Self { metadata, ..self }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use datafusion::arrow::datatypes::Field;
    use datafusion::parquet::arrow::ArrowWriter;

    use super::*;

    /// A file with the columns `a` and `b`, two row groups, and statistics.
    fn file(folder: &Path) -> ParquetFile {
        let path = folder.join("t.parquet");
        let column = || Arc::new(Int64Array::from_iter_values(0..100)) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("a", column()), ("b", column())]).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        for _ in 0..2 {
            writer.write(&batch).unwrap();
            writer.flush().unwrap();
        }
        writer.close().unwrap();
        ParquetFile::open(&path).unwrap()
    }

    /// The file with the first chunk of `a` as `change` makes it.
    fn with_first_chunk(file: ParquetFile, change: impl Fn(ColumnChunkMetaData) -> ColumnChunkMetaData) -> ParquetFile {
        let mut groups = file.metadata.row_groups().to_vec();
        let mut columns = groups[0].columns().to_vec();
        columns[0] = change(columns[0].clone());
        groups[0] = groups[0].clone().into_builder().set_column_metadata(columns).build().unwrap();
        let metadata = file.metadata.clone().into_builder().set_row_groups(groups).build();
        file.with_metadata(metadata)
    }

    #[test]
    fn a_chunk_that_reaches_into_anything_else_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        assert!(file(folder.path()).has_copyable_chunks());
        let of_length = |length: i64| {
            let chunk =
                |chunk: ColumnChunkMetaData| chunk.into_builder().set_total_compressed_size(length).build().unwrap();
            with_first_chunk(file(folder.path()), chunk).has_copyable_chunks()
        };
        let length = file(folder.path()).metadata.row_group(0).column(0).compressed_size();
        assert!(of_length(length) && of_length(length - 1));
        assert!(!of_length(length + 1), "the chunk of the next column");
        assert!(!of_length(-1) && !of_length(i64::MAX));
        let from = |offset: i64| {
            let chunk = |chunk: ColumnChunkMetaData| {
                let builder = chunk.into_builder().set_dictionary_page_offset(None).set_total_compressed_size(8);
                builder.set_data_page_offset(offset).build().unwrap()
            };
            with_first_chunk(file(folder.path()), chunk).has_copyable_chunks()
        };
        let whole = file(folder.path());
        let (end, index) = (whole.bytes as i64, whole.metadata.row_group(1).column(1).column_index_offset().unwrap());
        assert!(from(MARK) && !from(0) && !from(-1));
        assert!(!from(index - 4), "the bounds of another column");
        assert!(!from(end - whole.footer_bytes as i64 - 4), "the footer");
    }

    #[test]
    fn chunks_of_other_files_are_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere =
            |chunk: ColumnChunkMetaData| chunk.into_builder().set_file_path("other".to_owned()).build().unwrap();
        assert!(!with_first_chunk(file(folder.path()), elsewhere).has_copyable_chunks());
    }

    #[test]
    fn a_table_that_shows_less_than_the_file_is_another_table() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        let table = |columns: &[(&str, DataType)]| {
            Schema::new(columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>())
        };
        let (a, b, c) = (("a", DataType::Int64), ("b", DataType::Int64), ("c", DataType::Utf8));
        let same = table(&[a.clone(), b.clone()]);
        assert!(file.reads_as(&same) && file.is_part_of(&same));
        let other = table(&[b.clone(), c, a.clone()]);
        assert!(!file.reads_as(&other) && file.is_part_of(&other));
        for less in [table(std::slice::from_ref(&a)), table(&[a, ("b", DataType::Int32)])] {
            assert!(!file.reads_as(&less) && !file.is_part_of(&less));
        }
    }

    #[test]
    fn an_encrypted_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, b"PARE\x00\x00\x00\x00PARE").unwrap();
        assert!(ParquetFile::open(&path).is_err());
    }
}
