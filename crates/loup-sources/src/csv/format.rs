//! The CSV format for `CREATE EXTERNAL TABLE`, listing tables and plain DataFusion.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::{GetExt, Statistics, not_impl_err};
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::{FileFormat, FileFormatFactory};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfig, FileScanConfigBuilder, FileSinkConfig, FileSource,
};
use datafusion::datasource::sink::DataSinkExec;
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use datafusion::physical_expr::LexRequirement;
use datafusion::physical_plan::ExecutionPlan;

use super::blocks::BLOCK;
use super::segments::{FileHandle, SegmentIndex};
use super::sink::CsvSink;
use super::source::{CsvSource, Share};
use super::{CsvOptions, Header};
use crate::carrier::Position;
use crate::compression::Compression;
use crate::error::{Result, SourceError, unreadable};
use crate::location::display_path;
use loup_text::csv::CellErrorKind;

/// Bytes in which a header must end; a longer one is a quote that nobody closed.
const MAX_HEADER: usize = 16 << 20;

/// CSV whose cells keep their bytes, read on all cores in the order of the file.
#[derive(Debug, Clone)]
pub struct CsvFormat {
    options: CsvOptions,
    check_names: bool,
    block: u64,
}

impl CsvFormat {
    /// Returns the format with options.
    pub fn new(options: CsvOptions) -> Self {
        Self { options, check_names: false, block: BLOCK }
    }

    /// Checks each file's header against the table's column names, for tables whose names came from a header.
    #[must_use]
    pub fn with_checked_names(mut self) -> Self {
        self.check_names = true;
        self
    }

    /// Sets the bytes of a segment, so that tests need no large files.
    #[must_use]
    pub fn with_segment_bytes(mut self, bytes: u64) -> Self {
        self.block = bytes.max(1);
        self
    }

    /// Returns the options.
    pub fn options(&self) -> &CsvOptions {
        &self.options
    }

    /// Reads the header of a file.
    ///
    /// # Errors
    /// Returns an error where the file cannot be read or its first record is not valid.
    pub async fn header(
        &self,
        store: &Arc<dyn ObjectStore>,
        url: &ObjectStoreUrl,
        file: &ObjectMeta,
    ) -> Result<Header> {
        use futures::TryStreamExt;

        let name = display_path(url, &file.location);
        let (_, compression) = Compression::of(file.location.filename().unwrap_or_default());
        let unreadable = |error: DataFusionError| unreadable(&name, &error);
        let input = Box::pin(store.get(&file.location).await?.into_stream().map_err(DataFusionError::from));
        let mut input = compression.decode(input).map_err(unreadable)?;
        let mut head = Vec::new();
        // Each try reads the head from its start, so the next one waits until there is twice as much.
        let mut wanted = 1;
        loop {
            let more = input.try_next().await.map_err(unreadable)?;
            let is_whole = more.is_none();
            head.extend_from_slice(&more.unwrap_or_default());
            if head.len() < wanted && !is_whole {
                continue;
            }
            if let Some(header) = Header::read(&name, &head, is_whole, &self.options)? {
                return Ok(header);
            }
            if head.len() > MAX_HEADER {
                let kind = CellErrorKind::Unclosed;
                return Err(SourceError::Record { file: name, line: 1, column: 1, kind });
            }
            wanted = 2 * head.len();
        }
    }

    /// Gives each partition its share of each file, files in the order of their paths.
    fn share(&self, conf: &FileScanConfig, store: &Arc<dyn ObjectStore>, partitions: usize) -> Result<Vec<FileGroup>> {
        let mut files: Vec<PartitionedFile> = conf.file_groups.iter().flat_map(FileGroup::iter).cloned().collect();
        files.sort_by(|a, b| a.object_meta.location.cmp(&b.object_meta.location));
        if files.len() > Position::MAX_FILES {
            return Err(SourceError::Attach(format!("a table can have {} files at most", Position::MAX_FILES)));
        }
        let mut groups = vec![Vec::new(); partitions];
        for (number, file) in files.into_iter().enumerate() {
            let name = display_path(&conf.object_store_url, &file.object_meta.location);
            let (_, by_name) = Compression::of(file.object_meta.location.filename().unwrap_or_default());
            let compression = if conf.file_compression_type.is_compressed() {
                Compression::from_decoder(conf.file_compression_type).unwrap_or(by_name)
            } else {
                by_name
            };
            let share = Share { file: number, index: None, part: 0, parts: 1, compression, name: name.clone() };
            if compression != Compression::None {
                groups[number % partitions].push(file.with_extension(share));
                continue;
            }
            let handle = FileHandle {
                store: Arc::clone(store),
                meta: file.object_meta.clone(),
                name,
                options: self.options.clone(),
            };
            let index = Arc::new(SegmentIndex::new(Arc::new(handle), partitions, self.block));
            let parts = index.len().min(partitions as u64);
            for part in 0..parts {
                let share = Share { index: Some(Arc::clone(&index)), part, parts, ..share.clone() };
                groups[(number + part as usize) % partitions].push(file.clone().with_extension(share));
            }
        }
        Ok(groups.into_iter().filter(|group| !group.is_empty()).map(FileGroup::new).collect())
    }
}

#[async_trait]
impl FileFormat for CsvFormat {
    fn get_ext(&self) -> String {
        "csv".to_owned()
    }

    fn get_ext_with_compression(&self, compression: &FileCompressionType) -> DataFusionResult<String> {
        Ok(format!("csv{}", compression.get_ext()))
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        None
    }

    async fn infer_schema(
        &self,
        _state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        objects: &[ObjectMeta],
    ) -> DataFusionResult<SchemaRef> {
        let first = objects.iter().min_by(|a, b| a.location.cmp(&b.location));
        let first = first.ok_or_else(|| SourceError::Attach("no CSV file at this location".to_owned()))?;
        Ok(self.header(store, &ObjectStoreUrl::local_filesystem(), first).await?.schema())
    }

    async fn infer_stats(
        &self,
        _state: &dyn Session,
        _store: &Arc<dyn ObjectStore>,
        table_schema: SchemaRef,
        _object: &ObjectMeta,
    ) -> DataFusionResult<Statistics> {
        Ok(Statistics::new_unknown(&table_schema))
    }

    async fn create_physical_plan(
        &self,
        state: &dyn Session,
        conf: FileScanConfig,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let store = state.runtime_env().object_store(&conf.object_store_url)?;
        let groups = self.share(&conf, &store, state.config().target_partitions().max(1))?;
        // Sibling partitions must not take each other's files: a share belongs to its partition.
        let conf = FileScanConfigBuilder::from(conf).with_file_groups(groups).with_preserve_order(true).build();
        Ok(DataSourceExec::from_data_source(conf))
    }

    async fn create_writer_physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        _state: &dyn Session,
        conf: FileSinkConfig,
        order_requirements: Option<LexRequirement>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        if conf.insert_op != InsertOp::Append {
            return not_impl_err!("CSV files can only be added to");
        }
        let sink = Arc::new(CsvSink::new(&conf, self.options.clone())?);
        Ok(Arc::new(DataSinkExec::new(input, sink, order_requirements)))
    }

    fn file_source(&self, table_schema: TableSchema) -> Arc<dyn FileSource> {
        Arc::new(CsvSource::new(self.options.clone(), self.check_names, table_schema))
    }
}

/// Makes CSV formats from the options of SQL statements.
#[derive(Debug)]
pub struct CsvFormatFactory {
    extension: &'static str,
    defaults: CsvOptions,
}

impl CsvFormatFactory {
    /// Returns the factory for `csv`.
    pub fn csv() -> Self {
        Self { extension: "csv", defaults: CsvOptions::default() }
    }

    /// Returns the factory for `tsv`.
    pub fn tsv() -> Self {
        Self { extension: "tsv", defaults: CsvOptions::tsv() }
    }
}

impl GetExt for CsvFormatFactory {
    fn get_ext(&self) -> String {
        self.extension.to_owned()
    }
}

impl FileFormatFactory for CsvFormatFactory {
    fn create(&self, _state: &dyn Session, options: &HashMap<String, String>) -> DataFusionResult<Arc<dyn FileFormat>> {
        let mut options = options.clone();
        let checked = options.remove("check_names").or_else(|| options.remove("format.check_names"));
        let format = CsvFormat::new(self.defaults.clone().with_options(&options)?);
        Ok(Arc::new(if checked.as_deref() == Some("true") { format.with_checked_names() } else { format }))
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        Arc::new(CsvFormat::new(self.defaults.clone()))
    }
}
