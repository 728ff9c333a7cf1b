//! Brings the runs of killed processes to an end: committed ones are published, others are cleaned away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::object_store::{self, ObjectStoreExt};
use futures::future::BoxFuture;
use loup_mapping::{abandon, commit_staged};
use loup_sources::sink::{Prepared, remove_objects, remove_staging};
use loup_sources::{ObjectStores, RemoteLocation, is_url, store_message};
use serde_json::Value;

use super::folder::{
    COMMIT, LOCK, MAPPING_WAIT, MAPPINGS, PLACES, REPORT, forget, mark, noted_mappings, private_file, problem,
    write_durably,
};
use super::record::{self, Commit};
use super::{committed, put_in_place};
use crate::{Error, Result};

/// How long an object store may take to give a sign of life.
const PATIENCE: Duration = Duration::from_secs(15);

/// What became of the runs that were killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Runs that are now ended.
    pub ended: Vec<Recovered>,
    /// Runs that are left for later, since an object store of theirs cannot be used now.
    pub unfinished: Vec<Unfinished>,
}

/// What became of a run that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Name of the run: its folder.
    pub id: String,
    /// The targets and mappings that are now published; empty where the run was not committed, and nothing of it is left.
    pub published: Vec<PathBuf>,
}

/// A run that could not be ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfinished {
    /// Name of the run: its folder.
    pub id: String,
    /// The targets that it will publish; empty where it was not committed, and only what it staged is left.
    pub targets: Vec<PathBuf>,
    /// Why it could not be ended.
    pub problem: String,
}

/// Ends all runs below `runs` whose process is gone; those under way are left alone.
///
/// Object stores are opened as the environment describes them; see [`Session::recover`](crate::Session::recover) for others.
///
/// # Errors
/// Returns an error where a run cannot be ended now, such as a folder that cannot be written; calling again goes on. What an
/// object store does not allow now is no error, and told in [`Recovery::unfinished`].
pub fn recover(runs: &Path) -> BoxFuture<'_, Result<Recovery>> {
    Box::pin(async move { recover_with(runs, &ObjectStores::default(), &[]).await })
}

/// Does the same with the object stores of a session; runs that are known to be unfinished are not tried again.
pub(crate) async fn recover_with(
    runs: &Path,
    stores: &dyn ObjectStoreRegistry,
    known: &[Unfinished],
) -> Result<Recovery> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Recovery::default()),
        Err(error) => return Err(problem(runs, &error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        folders.push(entry.map_err(|error| problem(runs, &error))?.path());
    }
    folders.sort();
    let mut recovery = Recovery::default();
    for folder in folders {
        let known = known.iter().find(|known| folder.ends_with(&known.id));
        if let Some(known) = known.filter(|_| !is_ended(&folder)) {
            recovery.unfinished.push(known.clone());
            continue;
        }
        match end(&folder, stores, "killed").await? {
            Some(Ok(recovered)) => recovery.ended.push(recovered),
            Some(Err(unfinished)) => recovery.unfinished.push(unfinished),
            None => {}
        }
    }
    Ok(recovery)
}

/// Returns whether nothing is left to do for a run.
fn is_ended(run: &Path) -> bool {
    ![COMMIT, MAPPINGS, PLACES].iter().any(|name| run.join(name).exists())
}

/// Ends a run whose process is gone; the report of one that was not committed says `outcome`.
pub(super) async fn end(
    run: &Path,
    stores: &dyn ObjectStoreRegistry,
    outcome: &str,
) -> Result<Option<Result<Recovered, Unfinished>>> {
    let io = |error: io::Error| problem(run, &error);
    if is_ended(run) {
        return Ok(None);
    }
    let lock = private_file(&run.join(LOCK)).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Ok(None),
        Err(fs::TryLockError::Error(error)) => return Err(io(error)),
    }
    let id = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Looked at again under the lock: another process may have ended the run meanwhile.
    if is_ended(run) {
        return Ok(None);
    }
    let commit = read(&run.join(COMMIT)).map_err(io)?;
    let commit = commit.map(|text| record::from_json(&text)).transpose().map_err(io)?;
    let is_committed = commit.is_some();
    let targets = commit.as_ref().map_or_else(Vec::new, targets);
    let unfinished = |error: &Error| {
        Ok(Some(Err(Unfinished { id: id.clone(), targets: targets.clone(), problem: error.to_string() })))
    };
    let mut published = Vec::new();
    if let Some(mut commit) = commit {
        published = commit_mappings(run, &mut commit).map_err(|error| committed(&id, &error))?;
        // All stores first: where one is missing, no target changes.
        for objects in &commit.objects {
            if let Err(error) = reach(stores, &objects.target).await {
                return unfinished(&error);
            }
        }
        if let Err(error) = put_in_place(&commit, stores).await {
            if commit.objects.is_empty() {
                return Err(committed(&id, &error));
            }
            return unfinished(&error);
        }
        published.extend(targets.iter().cloned());
    } else {
        for (folder, made) in noted_mappings(run).map_err(io)? {
            match abandon(&folder, made, Duration::ZERO) {
                // Who writes now has removed it already.
                Ok(()) | Err(loup_mapping::Error::Busy { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // The run may have to wait for a store: what others stage there meanwhile is theirs.
        match fs::remove_file(run.join(MAPPINGS)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    let places = read(&run.join(PLACES)).map_err(io)?.unwrap_or_default();
    let (remote, local): (Vec<&str>, Vec<&str>) = places.lines().partition(|place| is_url(place));
    for place in local {
        match remove_staging(Path::new(place), &mark(&id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(problem(Path::new(place), &error)),
            _ => {}
        }
    }
    for place in remote {
        if let Err(error) = remove_remote(stores, place).await {
            // Also a run that is published keeps its targets until it is forgotten: it would be published again over others.
            return unfinished(&error);
        }
    }
    close(run, if is_committed { "recovered" } else { outcome }).map_err(io)?;
    Ok(Some(Ok(Recovered { id, published })))
}

/// Puts the mappings of a run in force and returns them; they do not wait for object stores, as others extend them.
fn commit_mappings(run: &Path, commit: &mut Commit) -> Result<Vec<PathBuf>> {
    for (folder, ticket) in &commit.mappings {
        commit_staged(folder, &ticket.parse()?, MAPPING_WAIT)?;
    }
    let done: Vec<PathBuf> = std::mem::take(&mut commit.mappings).into_iter().map(|(folder, _)| folder).collect();
    if !done.is_empty() && !commit.objects.is_empty() {
        // Once others have extended them twice, nothing shows any more that this was done.
        let write = || write_durably(run, COMMIT, record::to_json(commit)?.as_bytes());
        write().map_err(|error| problem(run, &error))?;
    }
    Ok(done)
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn targets(commit: &Commit) -> Vec<PathBuf> {
    let objects = commit.objects.iter().map(|objects| PathBuf::from(&objects.target));
    objects.chain(commit.prepared.iter().map(|Prepared { target, .. }| target.clone())).collect()
}

/// Asks a store whether it is there, without the patience of the requests that follow.
async fn reach(stores: &dyn ObjectStoreRegistry, place: &str) -> Result<()> {
    let place = RemoteLocation::parse(place)?;
    let store = stores.get_store(place.store().as_ref())?;
    let failed = |problem: &str| Error::Data(format!("{place}: {problem}"));
    match tokio::time::timeout(PATIENCE, store.head(place.path())).await {
        Ok(Ok(_) | Err(object_store::Error::NotFound { .. })) => Ok(()),
        Ok(Err(error)) => Err(failed(&store_message(&error))),
        Err(_) => Err(failed("the store did not answer in time")),
    }
}

async fn remove_remote(stores: &dyn ObjectStoreRegistry, place: &str) -> Result<()> {
    reach(stores, place).await?;
    let place = RemoteLocation::parse(place)?;
    let store = stores.get_store(place.store().as_ref())?;
    Ok(remove_objects(store.as_ref(), &place).await?)
}

/// Writes the outcome into the report, where there is one, and forgets the run.
fn close(run: &Path, outcome: &str) -> io::Result<()> {
    match fs::read(run.join(REPORT)) {
        Ok(bytes) => {
            let mut report: Value = serde_json::from_slice(&bytes)?;
            // A run that was given up has said why, and only left objects behind.
            if report["outcome"] == "done" {
                report["outcome"] = outcome.into();
            }
            write_durably(run, REPORT, &serde_json::to_vec_pretty(&report)?)?;
            forget(run)
        }
        // Killed before it had a report: there is nothing to keep.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            forget(run)?;
            fs::remove_dir_all(run)
        }
        Err(error) => Err(error),
    }
}
