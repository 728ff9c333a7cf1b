//! Lists the data files of a location and groups them to tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::datasource::listing::ListingTableUrl;
use datafusion::execution::session_state::SessionState;
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use futures::TryStreamExt;
use glob::{MatchOptions, Pattern};
use url::Url;

use super::{FileKind, attach_error};
use crate::compression::Compression;
use crate::error::{Result, SourceError};
use crate::location::{RemoteLocation, is_url};
use crate::store_message::problem;

/// What a location holds.
pub(super) struct Found {
    pub(super) root: PathBuf,
    pub(super) tables: Vec<FoundTable>,
    pub(super) ignored: Vec<String>,
}

/// A table and its files.
pub(super) struct FoundTable {
    pub(super) name: String,
    pub(super) kind: FileKind,
    pub(super) files: Vec<FoundFile>,
}

/// A file below the location.
pub(super) struct FoundFile {
    pub(super) relative: String,
    pub(super) url: ListingTableUrl,
    pub(super) bytes: u64,
}

impl FoundTable {
    pub(super) fn urls(&self) -> Vec<ListingTableUrl> {
        self.files.iter().map(|file| file.url.clone()).collect()
    }
}

/// A file that is a dump by its name.
pub(super) struct DumpLocation {
    pub(super) root: PathBuf,
    pub(super) file: FoundFile,
}

/// How the names of dumps end. What is none by its first bytes, such as PostgreSQL's other formats, is refused by these.
const DUMPS: [&str; 5] = [".sql", ".dump", ".pgdump", ".backup", ".tar"];

/// Returns the dump at a location: one file or object with the name of one, perhaps compressed.
///
/// # Errors
/// Returns an error where nothing is there, and for a folder that `pg_dump` has made.
pub(super) async fn dump_file(state: &SessionState, location: &str) -> Result<Option<DumpLocation>> {
    let plain = location.strip_prefix("file://").unwrap_or(location);
    if !is_url(location) && Path::new(plain).join("toc.dat").is_file() {
        let problem = "a dump in PostgreSQL's directory format; pg_restore -f plain.sql makes a plain one of it";
        return Err(SourceError::Attach(format!("{plain}: {problem}")));
    }
    let name = Compression::of(plain).0.to_ascii_lowercase();
    let is_dump = DUMPS.iter().any(|end| name.ends_with(end));
    if !is_dump || plain.contains(['*', '?', '[']) || !is_url(location) && Path::new(plain).is_dir() {
        return Ok(None);
    }
    if !is_url(location) && !Path::new(plain).exists() {
        return Err(SourceError::Attach(format!("{plain}: no such file or folder")));
    }
    let file = one_file(state, if is_url(location) { location } else { plain }).await?;
    let root = match file.url.get_url().to_file_path() {
        Ok(path) => path,
        Err(()) => PathBuf::from(location),
    };
    Ok(Some(DumpLocation { root, file }))
}

/// Finds the tables of a folder, glob, file or object-store URL.
pub(super) async fn discover(state: &SessionState, location: &str) -> Result<Found> {
    let (root, files) = if is_url(location) {
        remote_files(state, location).await?
    } else {
        local_files(location.strip_prefix("file://").unwrap_or(location))?
    };
    let (tables, ignored) = group(files)?;
    Ok(Found { root, tables, ignored })
}

fn local_files(location: &str) -> Result<(PathBuf, Vec<FoundFile>)> {
    let path = Path::new(location);
    let io = |source| SourceError::Io { file: location.to_owned(), source };
    if path.is_dir() {
        let mut files = Vec::new();
        list_folder(path, "", 16, &mut files)?;
        return Ok((path.canonicalize().map_err(io)?, files));
    }
    if path.exists() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok((path.canonicalize().map_err(io)?, vec![local_file(path, name)?]));
    }
    if !location.contains(['*', '?', '[']) {
        return Err(SourceError::Attach(format!("{location}: no such file or folder")));
    }
    let paths = glob::glob(location).map_err(|error| SourceError::Attach(format!("{location}: {error}")))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| SourceError::Attach(format!("{location}: {}", error.error())))?;
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push(local_file(&path, name)?);
        }
    }
    if files.is_empty() {
        return Err(SourceError::Attach(format!("{location}: no file matches")));
    }
    let plain: PathBuf = path.components().take_while(|part| !is_pattern(part.as_os_str())).collect();
    let root = if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain };
    Ok((root.canonicalize().map_err(io)?, files))
}

fn is_pattern(part: &std::ffi::OsStr) -> bool {
    part.to_string_lossy().contains(['*', '?', '['])
}

fn list_folder(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<FoundFile>) -> Result<()> {
    let io = |source| SourceError::Io { file: folder.display().to_string(), source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        // What lies deeper is no table, but it is listed, so that its author hears of it.
        if path.is_dir() {
            if depth > 1 {
                list_folder(&path, &relative, depth - 1, files)?;
            }
        } else if path.exists() || FileKind::of(&relative).is_some() {
            files.push(local_file(&path, relative)?);
        }
    }
    Ok(())
}

fn local_file(path: &Path, relative: String) -> Result<FoundFile> {
    let io = |source| SourceError::Io { file: path.display().to_string(), source };
    let bytes = path.metadata().map_err(io)?.len();
    let absolute = path.canonicalize().map_err(io)?;
    let url = Url::from_file_path(&absolute)
        .map_err(|()| SourceError::Attach(format!("{}: not a path that can be read", path.display())))?;
    let url = ListingTableUrl::try_new(url, None).map_err(attach_error)?;
    Ok(FoundFile { relative, url, bytes })
}

/// Describes a file on this machine, or an object.
pub(super) async fn one_file(state: &SessionState, location: &str) -> Result<FoundFile> {
    if !is_url(location) {
        let path = Path::new(location);
        return local_file(path, path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    let place = RemoteLocation::parse(location)?;
    let store = state.runtime_env().object_store(place.store()).map_err(attach_error)?;
    let failed = |error| SourceError::Attach(format!("{place}: {}", problem(&error)));
    let meta = store.head(place.path()).await.map_err(failed)?;
    let relative = meta.location.filename().unwrap_or_default().to_owned();
    let url = ListingTableUrl::try_new(place.url(), None).map_err(attach_error)?;
    Ok(FoundFile { relative, url, bytes: meta.size })
}

async fn remote_files(state: &SessionState, location: &str) -> Result<(PathBuf, Vec<FoundFile>)> {
    let (plain, pattern) = split_pattern(location);
    let base = RemoteLocation::parse(plain)?;
    let pattern = pattern.map(Pattern::new).transpose();
    let pattern = pattern.map_err(|error| SourceError::Attach(format!("{location}: {error}")))?;
    let store = state.runtime_env().object_store(base.store()).map_err(attach_error)?;
    let failed = |error: object_store::Error| SourceError::Attach(format!("{base}: {}", problem(&error)));
    let file = |meta: ObjectMeta, relative: String| -> Result<FoundFile> {
        let url = RemoteLocation::new(base.store().clone(), meta.location).url();
        Ok(FoundFile { relative, url: ListingTableUrl::try_new(url, None).map_err(attach_error)?, bytes: meta.size })
    };
    // A store answers for its root too, which is no object.
    if pattern.is_none() && !base.path().is_root() && !location.ends_with('/') {
        match store.head(base.path()).await {
            Ok(meta) => {
                let name = meta.location.filename().unwrap_or_default().to_owned();
                return Ok((base.as_path(), vec![file(meta, name)?]));
            }
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let metas: Vec<_> = store.list(Some(base.path())).try_collect().await.map_err(failed)?;
    let mut files = Vec::new();
    for meta in metas {
        let Some(relative) = meta.location.as_ref().strip_prefix(base.path().as_ref()) else { continue };
        let relative = relative.trim_start_matches('/').to_owned();
        // As in a folder: manifests and what is being staged are no tables.
        if relative.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        match &pattern {
            None => files.push(file(meta, relative)?),
            Some(pattern) if pattern.matches_with(&relative, PATTERNS) => {
                let name = meta.location.filename().unwrap_or_default().to_owned();
                files.push(file(meta, name)?);
            }
            Some(_) => {}
        }
    }
    if pattern.is_some() && files.is_empty() {
        return Err(SourceError::Attach(format!("{location}: no object matches")));
    }
    Ok((base.as_path(), files))
}

/// As patterns of local files: `*` stands for a part of one name.
const PATTERNS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// Splits a URL before its first part with a pattern.
fn split_pattern(location: &str) -> (&str, Option<&str>) {
    let start = location.find("://").map_or(0, |scheme| scheme + 3);
    let path = location[start..].find('/').map_or(location.len(), |slash| start + slash);
    let Some(found) = location[path..].find(['*', '[']) else { return (location, None) };
    let part = location[..path + found].rfind('/').map_or(path, |slash| slash + 1);
    (&location[..part], Some(&location[part..]))
}

/// Makes a table of each file at the top and of each subfolder with files of one kind.
fn group(mut files: Vec<FoundFile>) -> Result<(Vec<FoundTable>, Vec<String>)> {
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    let mut tables: BTreeMap<String, FoundTable> = BTreeMap::new();
    let mut folders: BTreeMap<String, Vec<FoundFile>> = BTreeMap::new();
    let mut ignored = Vec::new();
    for file in files {
        match file.relative.split_once('/') {
            Some((folder, rest)) if !rest.contains('/') => folders.entry(folder.to_owned()).or_default().push(file),
            Some(_) => ignored.push(file.relative),
            None => match FileKind::of(&file.relative) {
                Some((stem, kind, _)) => add(&mut tables, stem.to_owned(), kind, vec![file])?,
                None => ignored.push(file.relative),
            },
        }
    }
    for (folder, files) in folders {
        let kinds: Vec<_> = files.iter().map(|file| kind_of(&file.relative)).collect();
        match kinds[0] {
            Some((kind, _)) if kinds.iter().all(|other| *other == kinds[0]) => add(&mut tables, folder, kind, files)?,
            _ => ignored.extend(files.into_iter().map(|file| file.relative)),
        }
    }
    Ok((tables.into_values().collect(), ignored))
}

fn kind_of(relative: &str) -> Option<(FileKind, Compression)> {
    let name = relative.rsplit('/').next().unwrap_or(relative);
    FileKind::of(name).map(|(_, kind, compression)| (kind, compression))
}

fn add(
    tables: &mut BTreeMap<String, FoundTable>,
    name: String,
    kind: FileKind,
    mut files: Vec<FoundFile>,
) -> Result<()> {
    // The order in which the scan numbers them.
    files.sort_by(|a, b| a.url.prefix().cmp(b.url.prefix()));
    if let Some(other) = tables.get(&name) {
        return Err(SourceError::Attach(format!(
            "{} and {} would both be table {name}; attach one of them alone",
            other.files[0].relative, files[0].relative
        )));
    }
    tables.insert(name.clone(), FoundTable { name, kind, files });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<FoundFile> {
        let url = ListingTableUrl::parse("file:///x").unwrap();
        names.iter().map(|name| FoundFile { relative: (*name).into(), url: url.clone(), bytes: 1 }).collect()
    }

    #[test]
    fn files_and_folders_of_one_kind_are_tables() {
        let names =
            ["b.csv", "a.ndjson.gz", "notes.md", "parts/1.csv", "parts/0.csv", "mixed/a.csv", "mixed/b.parquet"];
        let (tables, ignored) = group(files(&names)).unwrap();
        let found: Vec<_> = tables.iter().map(|table| (table.name.as_str(), table.kind, table.files.len())).collect();
        assert_eq!(found, [("a", FileKind::Ndjson, 1), ("b", FileKind::Csv, 1), ("parts", FileKind::Csv, 2)]);
        assert_eq!(tables[2].files[0].relative, "parts/0.csv");
        assert_eq!(ignored, ["notes.md", "mixed/a.csv", "mixed/b.parquet"]);
    }

    #[test]
    fn a_url_is_split_before_its_pattern() {
        for (location, expected) in [
            ("s3://b/in/*.csv", ("s3://b/in/", Some("*.csv"))),
            ("s3://b/in/2026-*/x.csv", ("s3://b/in/", Some("2026-*/x.csv"))),
            ("s3://b/a[12].csv", ("s3://b/", Some("a[12].csv"))),
            ("s3://b/in/a.csv", ("s3://b/in/a.csv", None)),
            ("s3://b", ("s3://b", None)),
            ("http://[::1]:9/x", ("http://[::1]:9/x", None)),
        ] {
            assert_eq!(split_pattern(location), expected);
        }
    }

    #[test]
    fn two_tables_of_one_name_are_refused() {
        assert!(group(files(&["a.csv", "a.parquet"])).is_err());
    }
}
