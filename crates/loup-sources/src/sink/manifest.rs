//! The manifest of an output in an object store: which objects belong to it and what they hold.
//!
//! It is written last, and the one before it is deleted before the first of its objects changes. So what a manifest says of an
//! object is true, or the object is not what it speaks of.

use bytes::Bytes;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{ObjectStore, ObjectStoreExt};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use crate::error::{Result, SourceError};
use crate::location::RemoteLocation;
use crate::store_message::problem;

const VERSION: u32 = 1;

/// Name of the manifest of a prefix; that of the object `x.csv` is `.x.csv.loup-manifest` beside it. Hidden, so no table.
const NAME: &str = ".loup-manifest";

/// The manifest's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: u32,
    /// Name of what was published, another one each time.
    pub(super) run: String,
    pub(super) rows: u64,
    pub(super) files: Vec<Entry>,
}

/// An object of an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The whole key.
    pub(super) key: String,
    pub(super) size: u64,
    /// As the store gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    /// Of the content, in hex.
    pub(super) sha3_256: String,
}

impl Manifest {
    pub(super) fn new(run: &str, rows: u64, files: Vec<Entry>) -> Self {
        Self { version: VERSION, run: run.to_owned(), rows, files }
    }

    pub(super) fn to_bytes(&self) -> Result<Bytes> {
        let text = serde_json::to_vec_pretty(self);
        Ok(text.map_err(|error| SourceError::Location(format!("a manifest cannot be written: {error}")))?.into())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|manifest: &Self| manifest.version == VERSION)
    }
}

/// Returns the key of an output's manifest.
pub(super) fn key(target: &StorePath, is_file: bool) -> StorePath {
    if is_file {
        let name = format!(".{}{NAME}", target.filename().unwrap_or_default());
        // Joined as it stands: a part made from text would be encoded once more.
        let parent = target.parent().unwrap_or_default();
        let key = if parent.is_root() { name } else { format!("{parent}/{name}") };
        StorePath::parse(&key).unwrap_or_else(|_| target.clone().join(NAME))
    } else {
        target.clone().join(NAME)
    }
}

/// Reads a manifest: `None` where there is none, and within where it is not one of this version.
pub(super) async fn read(
    store: &dyn ObjectStore,
    key: &StorePath,
) -> Result<Option<Option<Manifest>>, object_store::Error> {
    match store.get(key).await {
        Ok(found) => Ok(Some(Manifest::parse(&found.bytes().await?))),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the keys that a new output replaces.
///
/// # Errors
/// Refuses a prefix with objects that Loup did not write, and a place inside another output.
pub(super) async fn replaced(store: &dyn ObjectStore, target: &RemoteLocation, is_file: bool) -> Result<Vec<String>> {
    let failed =
        |error: object_store::Error| SourceError::Target { target: target.to_string(), problem: problem(&error) };
    let path = target.path();
    let mut above = path.parent();
    while let Some(folder) = above {
        let found = read(store, &key(&folder, false)).await.map_err(failed)?.flatten();
        if found.is_some_and(|manifest| manifest.files.iter().any(|file| lies_in(&file.key, path))) {
            let folder = target.at(folder);
            return Err(SourceError::Refused(format!(
                "{target}: belongs to the export at {folder}, whose manifest would no longer be true; replace it as a whole"
            )));
        }
        above = folder.parent();
    }
    let manifest_key = key(path, is_file);
    let foreign = |what: &str| SourceError::Refused(format!("{target}: {what}"));
    let old = match read(store, &manifest_key).await.map_err(failed)? {
        Some(Some(manifest)) => manifest.files.into_iter().map(|file| file.key).collect(),
        Some(None) => return Err(foreign("its manifest is not one that this version of Loup wrote")),
        None => Vec::new(),
    };
    if !is_file {
        let mut present = store.list(Some(path));
        while let Some(object) = present.try_next().await.map_err(failed)? {
            if object.location != manifest_key && !old.iter().any(|key| *key == object.location.as_ref()) {
                return Err(foreign("holds objects that Loup did not write; name an empty or new prefix"));
            }
        }
    }
    Ok(old)
}

/// Returns whether a key is `path` or begins with it.
fn lies_in(key: &str, path: &StorePath) -> bool {
    let rest = key.strip_prefix(path.as_ref());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
