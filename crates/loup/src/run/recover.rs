//! Brings the runs of killed processes to an end: committed ones are published, others are cleaned away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use loup_mapping::{abandon, commit_staged};
use loup_sources::sink::remove_staging;
use serde_json::Value;

use super::folder::{
    COMMIT, LOCK, MAPPING_WAIT, MAPPINGS, PLACES, REPORT, forget, mark, noted_mappings, private_file, problem,
    write_durably,
};
use super::record;
use crate::{Error, Result};

/// What became of a run that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Name of the run: its folder.
    pub id: String,
    /// The targets and mappings that are now published; empty where the run was not committed, and nothing of it is left.
    pub published: Vec<PathBuf>,
}

/// Ends all runs below `runs` whose process is gone; those under way are left alone.
///
/// # Errors
/// Returns an error where a run cannot be ended now, such as a folder that cannot be written; calling again goes on.
pub fn recover(runs: &Path) -> Result<Vec<Recovered>> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(problem(runs, &error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        folders.push(entry.map_err(|error| problem(runs, &error))?.path());
    }
    folders.sort();
    let mut recovered = Vec::new();
    for folder in folders {
        recovered.extend(end(&folder)?);
    }
    Ok(recovered)
}

fn end(run: &Path) -> Result<Option<Recovered>> {
    let io = |error: io::Error| problem(run, &error);
    let is_ended = || ![COMMIT, MAPPINGS, PLACES].iter().any(|name| run.join(name).exists());
    if is_ended() {
        return Ok(None);
    }
    let lock = private_file(&run.join(LOCK)).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Ok(None),
        Err(fs::TryLockError::Error(error)) => return Err(io(error)),
    }
    let id = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut published = Vec::new();
    // Looked at again under the lock: another process may have ended the run meanwhile.
    if is_ended() {
        return Ok(None);
    }
    match fs::read_to_string(run.join(COMMIT)) {
        Ok(text) => {
            let record = record::from_json(&text).map_err(io)?;
            for (folder, ticket) in record.mappings {
                let commit = || commit_staged(&folder, &ticket.parse()?, MAPPING_WAIT);
                commit().map_err(|error| committed(&id, &error.into()))?;
                published.push(folder);
            }
            for prepared in record.targets {
                prepared.publish().map_err(|error| committed(&id, &error.into()))?;
                published.push(prepared.target);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    if published.is_empty() {
        for (folder, made) in noted_mappings(run).map_err(io)? {
            match abandon(&folder, made, Duration::ZERO) {
                // Who writes now has removed it already.
                Ok(()) | Err(loup_mapping::Error::Busy { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    let places = match fs::read_to_string(run.join(PLACES)) {
        Ok(places) => places,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(io(error)),
    };
    for place in places.lines() {
        match remove_staging(Path::new(place), &mark(&id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(problem(Path::new(place), &error)),
            _ => {}
        }
    }
    close(run, if published.is_empty() { "killed" } else { "recovered" }).map_err(io)?;
    Ok(Some(Recovered { id, published }))
}

/// Writes the outcome into the report, where there is one, and forgets the run.
fn close(run: &Path, outcome: &str) -> io::Result<()> {
    match fs::read(run.join(REPORT)) {
        Ok(bytes) => {
            let mut report: Value = serde_json::from_slice(&bytes)?;
            report["outcome"] = outcome.into();
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

fn committed(id: &str, error: &Error) -> Error {
    Error::Data(format!("run {id} is committed and not yet published: {error}; loup recover goes on"))
}
