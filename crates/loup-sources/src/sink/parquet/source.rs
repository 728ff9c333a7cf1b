//! A Parquet file whose column chunks may be copied as they are.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

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
    metadata: ParquetMetaData,
    schema: SchemaRef,
    bytes: u64,
    footer_bytes: usize,
}

impl ParquetFile {
    /// Reads the footer and page indexes of a file.
    ///
    /// # Errors
    /// Returns an error where the file cannot be read, is encrypted or has no valid footer.
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
        let footer_bytes = footer_bytes.ok_or_else(|| ParquetError::General("the footer has no length".to_owned()))?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_path_buf(), metadata, schema: SchemaRef::new(schema), bytes, footer_bytes })
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
        let columns = self.schema.fields().iter().zip(table.fields());
        self.schema.fields().len() == table.fields().len()
            && columns
                .into_iter()
                .all(|(file, table)| file.name() == table.name() && is_read_as(file.data_type(), table.data_type()))
    }

    /// Returns whether column chunks can be taken out of the file by what its footer says of them.
    pub fn has_copyable_chunks(&self) -> bool {
        // These wrote chunks that are longer than their footers say.
        let is_old = |writer: &str| {
            ["1.0", "1.1", "1.2"].iter().any(|old| writer.starts_with(&format!("parquet-mr version {old}")))
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
