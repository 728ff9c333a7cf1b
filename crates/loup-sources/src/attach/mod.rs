//! Finds the tables of a folder, a glob or a file.

mod discover;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::stats::Precision;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use self::discover::{Found, discover, dump_file, one_file};
use crate::compression::Compression;
use crate::csv::{CsvFormat, CsvOptions, CsvTable};
use crate::dump::{DumpIndex, DumpTable};
use crate::error::{Result, SourceError, unreadable};
use crate::location::display_path;
use crate::store_message::{problem, store_error, store_message};

/// What a data file holds, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Comma-separated text.
    Csv,
    /// Tab-separated text.
    Tsv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object a line.
    Ndjson,
    /// A dump of a database, `.sql`: always several tables in one file.
    Dump,
}

impl FileKind {
    /// Finds the kind and compression of a file name, and its stem; `None` for other files.
    pub fn of(name: &str) -> Option<(&str, Self, Compression)> {
        let (plain, compression) = Compression::of(name);
        let (stem, extension) = plain.rsplit_once('.')?;
        let kind = match extension.to_ascii_lowercase().as_str() {
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "parquet" if compression == Compression::None => Self::Parquet,
            "ndjson" | "jsonl" => Self::Ndjson,
            _ => return None,
        };
        Some((stem, kind, compression)).filter(|(stem, ..)| !stem.is_empty())
    }

    /// Returns the word used in options and listings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Ndjson => "ndjson",
            Self::Dump => "dump",
        }
    }
}

/// A table found at a location.
#[derive(Debug, Clone)]
pub struct AttachedTable {
    /// Its name: the file's without extension, or the subfolder's; of a dump's table its own, with the schema before it
    /// where that is not the main one.
    pub name: String,
    /// The schema that a dump's table is in; `None` where there are no schemas.
    pub schema: Option<String>,
    /// What its files hold.
    pub kind: FileKind,
    /// Paths of its files below the location, in the order in which they are read.
    pub files: Vec<String>,
    /// Bytes of its files.
    pub bytes: u64,
    /// The rows.
    pub provider: Arc<dyn TableProvider>,
    /// The same as a CSV table, where it is one.
    pub csv: Option<CsvTable>,
}

impl AttachedTable {
    /// Returns the number of rows, where that is known without reading them.
    pub fn known_rows(&self) -> Option<u64> {
        let statistics = self.provider.statistics()?;
        match statistics.num_rows {
            Precision::Exact(rows) => Some(rows as u64),
            _ => None,
        }
    }
}

/// The tables of a location.
#[derive(Debug)]
pub struct Attachment {
    /// The folder or file, of a glob the part before its patterns; in an object store its URL.
    pub root: PathBuf,
    /// The files of the tables on this machine, links resolved.
    pub paths: Vec<PathBuf>,
    /// Tables by name.
    pub tables: Vec<AttachedTable>,
    /// Files that are no tables.
    pub ignored: Vec<String>,
    /// The dump that all tables are in, where it is one.
    pub dump: Option<Arc<DumpIndex>>,
    /// The schema whose tables need no schema in front of them.
    pub main_schema: Option<String>,
}

/// Finds the tables at `location` and reads their headers.
///
/// A folder has a table for each CSV, TSV, Parquet and NDJSON file (`.gz` and `.zst` too, but for Parquet), and one for
/// each subfolder with files of one kind. `options` are those of CSV.
///
/// # Errors
/// Returns an error where nothing is there, two tables have one name, a header is not valid or an option is unknown.
pub async fn attach(state: &SessionState, location: &str, options: &HashMap<String, String>) -> Result<Attachment> {
    if let Some(file) = dump_file(state, location).await? {
        return dump(state, file, options).await;
    }
    CsvOptions::default().with_options(options)?;
    let Found { root, tables: found, ignored } = discover(state, location).await?;
    let is_text = |table: &discover::FoundTable| matches!(table.kind, FileKind::Csv | FileKind::Tsv);
    if let Some(option) = options.keys().next().filter(|_| !found.iter().any(is_text)) {
        return Err(SourceError::Option { name: option.clone(), problem: "there is no CSV file here".to_owned() });
    }
    let paths = found.iter().flat_map(|table| &table.files).filter_map(|file| file.url.get_url().to_file_path().ok());
    let paths = paths.collect();
    if found.is_empty() {
        return Err(SourceError::Attach(format!(
            "{location}: no .csv, .tsv, .parquet, .ndjson or .jsonl file (or one of them with .gz or .zst)"
        )));
    }
    let mut tables = Vec::with_capacity(found.len());
    for table in found {
        let (provider, csv) = match table.kind {
            FileKind::Csv | FileKind::Tsv => {
                let defaults = if table.kind == FileKind::Tsv { CsvOptions::tsv() } else { CsvOptions::default() };
                let csv = csv_table(state, &table, defaults.with_options(options)?).await?;
                (Arc::new(csv.clone()) as Arc<dyn TableProvider>, Some(csv))
            }
            FileKind::Parquet | FileKind::Ndjson | FileKind::Dump => (listing(state, &table).await?, None),
        };
        let discover::FoundTable { name, kind, files, .. } = table;
        let bytes = files.iter().map(|file| file.bytes).sum();
        let files = files.into_iter().map(|file| file.relative).collect();
        tables.push(AttachedTable { name, schema: None, kind, files, bytes, provider, csv });
    }
    Ok(Attachment { root, paths, tables, ignored, dump: None, main_schema: None })
}

/// Reads a dump through.
async fn dump(
    state: &SessionState,
    file: discover::DumpLocation,
    options: &HashMap<String, String>,
) -> Result<Attachment> {
    if let Some(option) = options.keys().next() {
        let problem = "a dump says itself how it is written".to_owned();
        return Err(SourceError::Option { name: option.clone(), problem });
    }
    let discover::DumpLocation { root, file } = file;
    let store = state.runtime_env().object_store(&file.url).map_err(attach_error)?;
    let meta = store.head(file.url.prefix()).await?;
    let name = display_path(&file.url.object_store(), &meta.location);
    let compression = Compression::of(&file.relative).1;
    let paths = file.url.get_url().to_file_path().ok().into_iter().collect();
    let (index, found) = crate::dump::attach(store, meta, compression, name).await?;
    of_dump(&index, found, root, paths, &file.relative)
}

/// Reads a dump through that is an object of a store of the caller's; `name` is how messages name it.
///
/// # Errors
/// Returns an error where it is no plain dump, or something in it cannot be read, with the line.
pub async fn attach_object(store: Arc<dyn ObjectStore>, meta: ObjectMeta, name: &str) -> Result<Attachment> {
    let (index, found) = crate::dump::attach(store, meta, Compression::None, name.to_owned()).await?;
    of_dump(&index, found, PathBuf::new(), Vec::new(), name)
}

fn of_dump(
    index: &Arc<DumpIndex>,
    found: Vec<DumpTable>,
    root: PathBuf,
    paths: Vec<PathBuf>,
    file: &str,
) -> Result<Attachment> {
    let main = index.main_schema();
    let tables = found.into_iter().map(|table| {
        let indexed = Arc::clone(table.table());
        let is_main = indexed.name.schema == main;
        AttachedTable {
            name: if is_main { indexed.name.name.clone() } else { indexed.name.to_string() },
            schema: Some(indexed.name.schema.clone()),
            kind: FileKind::Dump,
            files: vec![file.to_owned()],
            bytes: indexed.bytes,
            provider: Arc::new(table),
            csv: None,
        }
    });
    let tables: Vec<_> = tables.collect();
    let mut names = HashSet::new();
    if let Some(twice) = tables.iter().find(|table| !names.insert(&table.name)) {
        return Err(SourceError::Attach(format!("{file}: two tables have the name {}", twice.name)));
    }
    let main_schema = Some(main.to_owned());
    Ok(Attachment { root, paths, tables, ignored: Vec::new(), dump: Some(Arc::clone(index)), main_schema })
}

/// Returns the bytes of a file or object.
///
/// # Errors
/// Returns an error where it is not there.
pub async fn bytes_of(state: &SessionState, location: &str) -> Result<u64> {
    Ok(one_file(state, location).await?.bytes)
}

/// Reads a dump through, whatever its name, and returns the rows of its tables.
///
/// # Errors
/// Returns an error where it cannot be read.
pub async fn rows_of_dump(
    state: &SessionState,
    location: &str,
    compression: Compression,
) -> Result<BTreeMap<String, u64>> {
    let file = one_file(state, location).await?;
    let store = state.runtime_env().object_store(&file.url).map_err(attach_error)?;
    let meta = store.head(file.url.prefix()).await?;
    let name = display_path(&file.url.object_store(), &meta.location);
    let (index, _) = crate::dump::attach(store, meta, compression, name).await?;
    Ok(index.tables().iter().map(|table| (table.name.to_string(), table.rows)).collect())
}

/// Makes the table of one file or object whose kind is known, whatever its name; `None` where it holds nothing.
///
/// # Errors
/// Returns an error where the file cannot be read or its header is not valid.
pub async fn open(
    state: &SessionState,
    location: &str,
    kind: FileKind,
    csv: &CsvOptions,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let file = one_file(state, location).await?;
    if file.bytes == 0 {
        return Ok(None);
    }
    let table = discover::FoundTable { name: file.relative.clone(), kind, files: vec![file] };
    match kind {
        FileKind::Csv | FileKind::Tsv => match csv_table(state, &table, csv.clone()).await {
            Ok(table) => Ok(Some(Arc::new(table))),
            Err(SourceError::Empty { .. }) => Ok(None),
            Err(error) => Err(error),
        },
        FileKind::Parquet | FileKind::Ndjson | FileKind::Dump => Ok(Some(listing(state, &table).await?)),
    }
}

async fn csv_table(state: &SessionState, table: &discover::FoundTable, options: CsvOptions) -> Result<CsvTable> {
    let format = CsvFormat::new(options);
    let mut headers = Vec::with_capacity(table.files.len());
    for file in &table.files {
        let store = state.runtime_env().object_store(&file.url).map_err(attach_error)?;
        let meta = store.head(file.url.prefix()).await?;
        headers.push(format.header(&store, &file.url.object_store(), &meta).await?);
        if headers[0].dialect.terminator != headers[headers.len() - 1].dialect.terminator {
            let file = display_path(&file.url.object_store(), &meta.location);
            let problem = "its lines end otherwise than those of the table's first file; attach it alone";
            return Err(SourceError::Attach(format!("{file}: {problem}")));
        }
    }
    CsvTable::try_new(table.urls(), format, headers).map_err(attach_error)
}

async fn listing(state: &SessionState, table: &discover::FoundTable) -> Result<Arc<dyn TableProvider>> {
    let compression = Compression::of(&table.files[0].relative).1;
    let format: Arc<dyn FileFormat> = match table.kind {
        // All records are looked at: a key that first appears late would else be dropped without a word.
        FileKind::Ndjson => Arc::new(
            JsonFormat::default()
                .with_schema_infer_max_rec(usize::MAX)
                .with_file_compression_type(compression.decoder()),
        ),
        _ => Arc::new(ParquetFormat::default().with_options(state.default_table_options().parquet)),
    };
    let options = ListingOptions::new(format).with_file_extension("");
    let mut metas = Vec::new();
    let store = state.runtime_env().object_store(&table.files[0].url).map_err(attach_error)?;
    for file in &table.files {
        metas.push(store.head(file.url.prefix()).await?);
        if compression != Compression::Zstd {
            continue;
        }
        let input = store.get(file.url.prefix()).await?.into_stream();
        let name = || display_path(&file.url.object_store(), file.url.prefix());
        let is_whole = Compression::is_one_frame(input).await;
        if !is_whole.map_err(|error| unreadable(&name(), &DataFusionError::from(error)))? {
            let problem = "several zstd frames, of which the first alone would be read; decompress it";
            return Err(SourceError::Attach(format!("{}: {problem}", name())));
        }
    }
    let schema = options.format.infer_schema(state, &store, &metas).await.map_err(|error| {
        let file = display_path(&table.files[0].url.object_store(), &metas[0].location);
        // DataFusion's message on a malformed record would quote it.
        let problem = match (store_error(&error), error.find_root()) {
            (Some(error), _) => problem(error),
            (None, DataFusionError::ParquetError(error)) => error.to_string(),
            _ => "not valid; every line must hold one JSON object".to_owned(),
        };
        SourceError::Attach(format!("{file}: {problem}"))
    })?;
    let config = ListingTableConfig::new_with_multi_paths(table.urls());
    let listing = ListingTable::try_new(config.with_listing_options(options).with_schema(schema));
    Ok(Arc::new(listing.map_err(attach_error)?))
}

fn attach_error(error: DataFusionError) -> SourceError {
    match error {
        DataFusionError::External(error) => match error.downcast::<SourceError>() {
            Ok(error) => *error,
            Err(error) => SourceError::Attach(error.to_string()),
        },
        error => SourceError::Attach(store_error(&error).map_or_else(|| error.strip_backtrace(), store_message)),
    }
}
