//! A killed run that another one resumes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use datafusion::execution::object_store::ObjectStoreRegistry;

use super::folder::{COMMIT, JOURNAL, LOCK, PLACES, private_file, problem};
use super::journal::Finished;
use super::recover::end;
use crate::Result;

/// A run whose process is gone, and which is held until its end so that no other command ends it.
#[derive(Debug)]
pub(super) struct Killed {
    path: PathBuf,
    id: String,
    _lock: File,
    finished: Vec<Finished>,
    is_resumed: bool,
}

impl Killed {
    /// Finds the newest run that was killed before it was committed and had finished a statement.
    pub(super) fn find(runs: &Path) -> Result<Option<Self>> {
        let entries = match fs::read_dir(runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(problem(runs, &error)),
        };
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for path in folders.into_iter().rev().filter(|path| path.join(JOURNAL).exists()) {
            let lock = private_file(&path.join(LOCK)).map_err(|error| problem(&path, &error))?;
            // Looked at under the lock: another process may have ended the run meanwhile.
            if lock.try_lock().is_err() || path.join(COMMIT).exists() || !path.join(PLACES).exists() {
                continue;
            }
            let finished = Finished::read(&path.join(JOURNAL)).map_err(|error| problem(&path, &error))?;
            let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Some(Self { path, id, _lock: lock, finished, is_resumed: false }));
        }
        Ok(None)
    }

    /// Returns what a statement with this key wrote for `target`, if that still stands as it was left.
    pub(super) fn take(&mut self, key: &str, target: &Path) -> Option<Finished> {
        let found = self.finished.iter().position(|one| one.key == key && one.target == target && one.is_whole())?;
        self.is_resumed = true;
        Some(self.finished.swap_remove(found))
    }

    /// Ends it, after what another run has taken over of it; what cannot be done now is done by the next command.
    pub(super) async fn end(self, stores: &dyn ObjectStoreRegistry) {
        let Self { path, _lock: lock, is_resumed, .. } = self;
        // Ending takes the lock again.
        drop(lock);
        let _ = end(&path, stores, if is_resumed { "resumed" } else { "killed" }).await;
    }

    /// Returns its name.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}
