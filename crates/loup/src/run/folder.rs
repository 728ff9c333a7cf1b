//! The folder of one run: its lock, the places it stages in, its commit record and its report.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use loup_crypto::hex;
use loup_sources::{is_url, resolve};
use sha3::{Digest, Sha3_256};

use super::audit::Report;
use super::journal::Finished;
use super::record::{self, Commit};
use crate::{Error, Result};

/// Held by the living process of a run.
pub(super) const LOCK: &str = "lock";
/// Where the run stages, one a line: folders on this machine, URLs of what it stages in object stores.
pub(super) const PLACES: &str = "places";
/// What the run publishes; where it stands, the run is committed.
pub(super) const COMMIT: &str = "commit.json";
/// The statements whose targets are complete, one a line.
pub(super) const JOURNAL: &str = "journal";
/// The report.
pub(super) const REPORT: &str = "run.json";
/// Mappings that the run makes or extends, one a line.
pub(super) const MAPPINGS: &str = "mappings";
/// What stands before a mapping that the run made itself.
const MADE: &str = "made ";
const EXTENDED: &str = "extended ";

/// How long somebody else who writes a mapping is waited for.
pub(crate) const MAPPING_WAIT: Duration = Duration::from_mins(1);

/// Locks of targets, beside the runs.
const TARGETS: &str = "targets";

/// Runs whose reports are kept.
const KEPT: usize = 100;

/// The folder of a run that is under way.
#[derive(Debug)]
pub(super) struct RunFolder {
    runs: PathBuf,
    path: PathBuf,
    id: String,
    _lock: File,
    targets: Vec<File>,
}

impl RunFolder {
    /// Makes the folder of a new run and removes the oldest reports.
    pub(super) fn create(runs: &Path) -> Result<Self> {
        private_folder(runs).map_err(|error| problem(runs, &error))?;
        // Sorts by time; the process keeps two that start at one moment apart.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("{:012x}-{:x}", since.as_millis(), process::id());
        let path = runs.join(&id);
        let create = || {
            private_folder(&path)?;
            let lock = private_file(&path.join(LOCK))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = create().map_err(|error| problem(&path, &error))?;
        prune(runs);
        Ok(Self { runs: runs.to_path_buf(), path, id, _lock: lock, targets: Vec::new() })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what the names of this run's staging folders begin with.
    pub(super) fn mark(&self) -> String {
        mark(&self.id)
    }

    /// Locks a target against other runs of this machine and, where that is on this machine, notes where it is staged.
    pub(super) fn claim(&mut self, name: &str, target: &Path) -> Result<()> {
        let io = |error: io::Error| problem(&self.path, &error);
        let locks = self.runs.join(TARGETS);
        private_folder(&locks).map_err(io)?;
        let file = hex(&Sha3_256::digest(target.as_os_str().as_encoded_bytes()));
        let lock = private_file(&locks.join(file)).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => self.targets.push(lock),
            Err(fs::TryLockError::WouldBlock) => {
                return Err(Error::Refused(format!("{name}: another run is writing there; wait until it has ended")));
            }
            Err(fs::TryLockError::Error(error)) => return Err(io(error)),
        }
        if target.to_str().is_some_and(is_url) {
            // Where objects are staged is noted when it is chosen.
            return Ok(());
        }
        let parent = resolve(target).map_err(io)?.parent().map(Path::to_path_buf).unwrap_or_default();
        self.note(PLACES, name, "", &parent)
    }

    /// Notes what will be staged in an object store, as a URL.
    pub(super) fn note_objects(&self, place: &str) -> Result<()> {
        self.note(PLACES, place, "", Path::new(place))
    }

    /// Notes a mapping before the run makes or extends it.
    pub(super) fn note_mapping(&self, name: &str, folder: &Path, made: bool) -> Result<()> {
        self.note(MAPPINGS, name, if made { MADE } else { EXTENDED }, folder)
    }

    /// Notes a place before anything is made there, so that a killed run leaves nothing that nobody knows of.
    fn note(&self, file: &str, name: &str, before: &str, path: &Path) -> Result<()> {
        let Some(path) = path.to_str().filter(|path| !path.contains('\n')) else {
            return Err(Error::Plan(format!("{name}: the path must be UTF-8 on one line")));
        };
        let note = || {
            let mut notes = OpenOptions::new().append(true).create(true).mode(0o600).open(self.path.join(file))?;
            writeln!(notes, "{before}{path}")
        };
        note().map_err(|error| problem(&self.path, &error))
    }

    /// Notes a statement whose target is complete and durable.
    pub(super) fn note_finished(&self, finished: &Finished) -> Result<()> {
        finished.append_to(&self.path.join(JOURNAL)).map_err(|error| problem(&self.path, &error))
    }

    /// Writes the commit record: from here on the run is published, whatever happens.
    pub(super) fn commit(&self, commit: &Commit) -> Result<()> {
        let text = record::to_json(commit).map_err(|error| problem(&self.path, &error))?;
        write_durably(&self.path, COMMIT, text.as_bytes()).map_err(|error| problem(&self.path, &error))
    }

    /// Takes back a commit record of which it is not certain that it is durable.
    pub(super) fn withdraw(&self) {
        let _ = fs::remove_file(self.path.join(COMMIT));
    }

    pub(super) fn write_audit(&self, report: &Report<'_>) -> Result<()> {
        let write = || write_durably(&self.path, REPORT, &serde_json::to_vec_pretty(report)?);
        write().map_err(|error| problem(&self.path, &error))
    }

    /// Ends the run: nothing is left to do or to clean; returns where the report is.
    pub(super) fn finish(&self) -> Result<PathBuf> {
        forget(&self.path).map_err(|error| problem(&self.path, &error))?;
        Ok(self.path.join(REPORT))
    }
}

/// Removes what recovery goes by, the commit record first.
pub(super) fn forget(run: &Path) -> io::Result<()> {
    for name in [COMMIT, JOURNAL, MAPPINGS, PLACES] {
        match fs::remove_file(run.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // A record that came back after a power failure would be carried out again, over what was written since.
    File::open(run)?.sync_all()
}

/// Returns what the names of a run's staging folders begin with.
pub(super) fn mark(id: &str) -> String {
    format!("{id}-")
}

/// Returns the mappings that a killed run made or extended, and whether it made them.
pub(super) fn noted_mappings(run: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let text = match fs::read_to_string(run.join(MAPPINGS)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let read = |line: &str| match line.strip_prefix(MADE) {
        Some(path) => Some((path.into(), true)),
        None => line.strip_prefix(EXTENDED).map(|path| (path.into(), false)),
    };
    Ok(text.lines().filter_map(read).collect())
}

/// Opens a private file, made where it is missing.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

pub(super) fn write_durably(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!("{name}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Removes the oldest runs that have ended, all but [`KEPT`].
fn prune(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    let ended = |path: &PathBuf| {
        path.join(REPORT).exists() && ![PLACES, MAPPINGS, COMMIT].iter().any(|name| path.join(name).exists())
    };
    let mut ended: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(ended).collect();
    ended.sort();
    let surplus = ended.len().saturating_sub(KEPT);
    for run in &ended[..surplus] {
        let _ = fs::remove_dir_all(run);
    }
}

pub(super) fn problem(path: &Path, error: &io::Error) -> Error {
    Error::Data(format!("{}: {error}", path.display()))
}
