//! Objects that take their final keys only when all of them are complete.
//!
//! A store cannot rename, and cannot change several keys at once. So objects are written under keys of their own and copied
//! when the run is committed, and a manifest that is written last says when they are all there.

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{ObjectStore, ObjectStoreExt};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use url::Url;

use super::STAGING_PREFIX;
use super::manifest::{self, Entry, Manifest, replaced};
use super::upload::{ObjectWriter, Uploads, Written, copy};
use crate::error::{Result, SourceError};
use crate::location::RemoteLocation;
use crate::store_message::problem;

/// Requests under way at once where each is small.
const AT_ONCE: usize = 8;

/// An object, or several under one prefix, being written under other keys.
///
/// Dropping it does not remove what is written: that takes requests. See [`StagedObjects::discard`].
#[derive(Debug)]
pub struct StagedObjects {
    store: Arc<dyn ObjectStore>,
    target: RemoteLocation,
    is_file: bool,
    /// What the staged keys begin with.
    staging: StorePath,
    uploads: Uploads,
    files: Vec<(String, Arc<OnceLock<Written>>)>,
}

impl StagedObjects {
    /// Chooses where to stage; `owner` stands in the name. Nothing is written yet.
    ///
    /// # Errors
    /// Returns an error where the target is a whole store.
    pub fn new(store: Arc<dyn ObjectStore>, target: RemoteLocation, is_file: bool, owner: &str) -> Result<Self> {
        if target.path().is_root() {
            return Err(refused(&target, "names a whole bucket; name a key or prefix in it"));
        }
        if target.path().as_ref().contains(['*', '[']) {
            return Err(refused(
                &target,
                "a target's key may hold no * and no [, which stand for others when it is attached",
            ));
        }
        let parent = target.path().parent().unwrap_or_default();
        let name = format!("{STAGING_PREFIX}{owner}{:016x}", RandomState::new().hash_one(target.path().as_ref()));
        let staging = below(&target, &parent, &name)?;
        Ok(Self { store, target, is_file, staging, uploads: Uploads::default(), files: Vec::new() })
    }

    /// Returns what removes the staged objects, also when this is gone.
    pub fn leftovers(&self) -> Leftovers {
        let (store, place) = (Arc::clone(&self.store), self.target.at(self.staging.clone()));
        Leftovers { store, place, uploads: self.uploads.clone() }
    }

    /// Checks that the target may be replaced.
    ///
    /// # Errors
    /// Refuses a prefix with objects that Loup did not write, and a place inside another export.
    pub fn check(&self) -> BoxFuture<'_, Result<()>> {
        async { replaced(self.store.as_ref(), &self.target, self.is_file).await.map(drop) }.boxed()
    }

    /// Starts an object; `relative` is its name below the target, where that is not a single object.
    ///
    /// # Errors
    /// Returns an error where the name is no key.
    pub fn create_file(&mut self, relative: &str) -> Result<ObjectWriter> {
        let key = if self.is_file { self.root() } else { below(&self.target, &self.root(), relative)? };
        let written = Arc::new(OnceLock::new());
        self.files.push((relative.to_owned(), Arc::clone(&written)));
        Ok(self.uploads.start(Arc::clone(&self.store), key, written))
    }

    /// Returns where the object or the prefix stands until it is published, as a URL.
    pub fn path(&self) -> PathBuf {
        self.target.at(self.root()).as_path()
    }

    /// Returns where an object of it stands until it is published, as a URL.
    ///
    /// # Errors
    /// Returns an error where the name is no key.
    pub fn path_of(&self, relative: &str) -> Result<PathBuf> {
        let key = if self.is_file { self.root() } else { below(&self.target, &self.root(), relative)? };
        Ok(self.target.at(key).as_path())
    }

    /// What stands for the target, under its own name, so that it can be attached before it is published.
    fn root(&self) -> StorePath {
        let name = self.target.path().filename().unwrap_or_default();
        below(&self.target, &self.staging, name).unwrap_or_else(|_| self.staging.clone().join(name))
    }

    /// Makes the objects ready to take their final keys.
    ///
    /// # Errors
    /// Returns an error where one is not complete or the target may not be replaced any more.
    pub fn prepare(&self, rows: u64) -> BoxFuture<'_, Result<PreparedObjects>> {
        async move {
            // Objects may have appeared while the plan ran.
            let old = replaced(self.store.as_ref(), &self.target, self.is_file).await?;
            let (target, root) = (self.target.path(), self.root());
            let mut files = Vec::with_capacity(self.files.len());
            for (relative, written) in &self.files {
                let Written { size, sha3_256 } =
                    written.get().ok_or_else(|| refused(&self.target, "was not written to its end"))?.clone();
                let (staged, key) = if self.is_file {
                    (root.clone(), target.clone())
                } else {
                    (below(&self.target, &root, relative)?, below(&self.target, target, relative)?)
                };
                files.push(PreparedObject { staged: staged.into(), key: key.into(), size, sha3_256 });
            }
            let stays = |old: &String| files.iter().any(|file| file.key == *old);
            let removed = old.into_iter().filter(|old| !stays(old)).collect();
            Ok(PreparedObjects {
                target: self.target.to_string(),
                is_file: self.is_file,
                staging: self.target.at(self.staging.clone()).to_string(),
                files,
                removed,
                rows,
            })
        }
        .boxed()
    }

    /// Stops what is under way and removes what is staged.
    ///
    /// # Errors
    /// Returns an error where the store does not do so now.
    pub fn discard(self) -> BoxFuture<'static, Result<()>> {
        let leftovers = self.leftovers();
        drop(self);
        async move { leftovers.remove().await }.boxed()
    }
}

/// What a run leaves in a store until it is published or given up.
#[derive(Debug, Clone)]
pub struct Leftovers {
    store: Arc<dyn ObjectStore>,
    place: RemoteLocation,
    uploads: Uploads,
}

impl Leftovers {
    /// Returns their store.
    pub fn store(&self) -> &dyn ObjectStore {
        self.store.as_ref()
    }

    /// Returns where they are, as a URL.
    pub fn place(&self) -> String {
        self.place.to_string()
    }

    /// Waits for the uploads whose writers are gone and removes what they and others left.
    ///
    /// # Errors
    /// Returns an error where the store does not do so now.
    pub fn remove(&self) -> BoxFuture<'_, Result<()>> {
        async {
            self.uploads.ended().await;
            remove_objects(self.store.as_ref(), &self.place).await
        }
        .boxed()
    }
}

/// Complete objects that wait for their final keys; they outlive the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedObjects {
    /// URL of the object or prefix that they become.
    pub target: String,
    is_file: bool,
    /// URL of what the staged keys begin with.
    staging: String,
    files: Vec<PreparedObject>,
    /// Keys of the export before it that are not in this one.
    removed: Vec<String>,
    rows: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PreparedObject {
    staged: String,
    key: String,
    size: u64,
    sha3_256: String,
}

impl PreparedObjects {
    /// Returns the URL of their store.
    ///
    /// # Errors
    /// Returns an error where the target is no URL.
    pub fn store(&self) -> Result<Url> {
        Ok(AsRef::<Url>::as_ref(RemoteLocation::parse(&self.target)?.store()).clone())
    }

    /// Copies the objects to their final keys and writes the manifest. May be repeated after a crash at any moment.
    ///
    /// # Errors
    /// Returns an error where the store does not do so now.
    pub fn publish<'a>(&'a self, store: &'a dyn ObjectStore) -> BoxFuture<'a, Result<()>> {
        async move {
            let (target, staging) = (RemoteLocation::parse(&self.target)?, RemoteLocation::parse(&self.staging)?);
            let run = staging.path().filename().and_then(|name| name.strip_prefix(STAGING_PREFIX)).unwrap_or_default();
            self.put_in_place(store, target.path(), run).await?;
            remove_objects(store, &staging).await
        }
        .boxed()
    }

    async fn put_in_place(&self, store: &dyn ObjectStore, target: &StorePath, run: &str) -> Result<()> {
        let failed =
            |error: object_store::Error| SourceError::Target { target: self.target.clone(), problem: problem(&error) };
        let manifest = manifest::key(target, self.is_file);
        match manifest::read(store, &manifest).await.map_err(failed)? {
            Some(Some(found)) if found.run == run => return Ok(()),
            // From here on nothing vouches for the objects until they are all new.
            Some(_) => store.delete(&manifest).await.map_err(failed)?,
            None => {}
        }
        // By number: the compiler does not see that a closure over references makes futures that may change threads.
        let copies = futures::stream::iter(0..self.files.len()).map(|n| self.put_object(store, &self.files[n]));
        let entries: Vec<_> = copies.buffered(AT_ONCE).try_collect().await?;
        let removed = self.removed.iter().map(StorePath::parse).collect::<Result<_, _>>();
        delete(store, removed.map_err(|_| self.unreadable())?).await.map_err(failed)?;
        let bytes = Manifest::new(run, self.rows, entries).to_bytes()?;
        store.put(&manifest, bytes.into()).await.map(drop).map_err(failed)
    }

    async fn put_object(&self, store: &dyn ObjectStore, file: &PreparedObject) -> Result<Entry> {
        let parse = |key: &str| StorePath::parse(key).map_err(|_| self.unreadable());
        let (staged, key) = (parse(&file.staged)?, parse(&file.key)?);
        let copied = async {
            copy(store, &staged, &key, file.size).await?;
            store.head(&key).await
        };
        let failed = |error: object_store::Error| SourceError::Target {
            target: self.target.clone(),
            problem: format!("{}: {}", file.key, problem(&error)),
        };
        let found = copied.await.map_err(failed)?;
        if found.size != file.size {
            let problem = format!("{} has {} bytes after the copy, not {}", file.key, found.size, file.size);
            return Err(SourceError::Target { target: self.target.clone(), problem });
        }
        Ok(Entry { key: file.key.clone(), size: file.size, etag: found.e_tag, sha3_256: file.sha3_256.clone() })
    }

    fn unreadable(&self) -> SourceError {
        SourceError::Target { target: self.target.clone(), problem: "its record names keys that are none".to_owned() }
    }
}

/// Removes all objects whose keys begin with `place`.
///
/// # Errors
/// Returns an error where the store does not do so now.
pub fn remove_objects<'a>(store: &'a dyn ObjectStore, place: &'a RemoteLocation) -> BoxFuture<'a, Result<()>> {
    async move {
        let removed = async {
            let found = store.list(Some(place.path())).map_ok(|object| object.location);
            delete(store, found.try_collect().await?).await
        };
        let failed =
            |error: object_store::Error| SourceError::Target { target: place.to_string(), problem: problem(&error) };
        removed.await.map_err(failed)
    }
    .boxed()
}

async fn delete(store: &dyn ObjectStore, keys: Vec<StorePath>) -> Result<(), object_store::Error> {
    let mut deleted = store.delete_stream(futures::stream::iter(keys.into_iter().map(Ok)).boxed());
    while let Some(result) = deleted.next().await {
        match result {
            Err(error) if !matches!(error, object_store::Error::NotFound { .. }) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Returns the path of a name below another path, as it stands: a part made from text would be encoded once more.
fn below(target: &RemoteLocation, path: &StorePath, relative: &str) -> Result<StorePath> {
    let text = if path.is_root() { relative.to_owned() } else { format!("{path}/{relative}") };
    StorePath::parse(text).map_err(|_| refused(target, &format!("{relative} cannot be part of a key")))
}

fn refused(target: &RemoteLocation, problem: &str) -> SourceError {
    SourceError::Target { target: target.to_string(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
