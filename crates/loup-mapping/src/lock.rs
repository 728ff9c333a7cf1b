//! The right to write a mapping: an advisory lock on a file that also says which mapping the folder is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result, io};
use crate::folder::Folder;

/// The file that is locked. It is never removed: a lock on a removed file would not be seen by others.
pub(crate) const LOCK: &str = "mapping.lock";

/// Between two attempts, at first and at most.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A held lock; the system lets go of it when the process ends, however it ends.
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Waits until nobody else writes.
    pub(crate) fn acquire(folder: &Folder, wait: Duration) -> Result<Self> {
        let path = folder.file(LOCK);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Err(Error::FileMissing { path }),
            other => other.map_err(io("open", &path))?,
        };
        Self::wait(folder, file, wait)
    }

    /// The same in a folder that is to become a mapping.
    pub(crate) fn make(folder: &Folder) -> Result<Self> {
        let path = folder.file(LOCK);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(io("create", &path))?;
        Self::wait(folder, file, Duration::ZERO)
    }

    /// Writes down which mapping the folder is.
    pub(crate) fn name(&self, folder: &Folder, id: &str) -> Result<()> {
        folder.rewrite(LOCK, &self.file, content(id).as_bytes())
    }

    fn wait(folder: &Folder, file: File, wait: Duration) -> Result<Self> {
        let start = Instant::now();
        let mut pause = PAUSE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(TryLockError::Error(source)) => return Err(io("lock", folder.file(LOCK))(source)),
                Err(TryLockError::WouldBlock) => {}
            }
            let Some(left) = wait.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
                return Err(Error::Busy { folder: folder.path().to_owned(), waited: wait });
            };
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Returns whether the folder was made for the mapping with that id.
pub(crate) fn is_folder_of(folder: &Folder, id: &str) -> Result<bool> {
    let Some(found) = folder.read(LOCK)? else {
        return Err(Error::FileMissing { path: folder.file(LOCK) });
    };
    Ok(found == content(id).as_bytes())
}

fn content(id: &str) -> String {
    format!("loup mapping {id}\n")
}
