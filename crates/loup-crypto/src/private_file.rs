//! Files only their owner may open: read with a check, made exclusively, replaced in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::Error;

/// Reads a file of at most `limit` bytes that nobody but its owner may open.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
    let file = File::open(path).map_err(|source| io("open", path, source))?;
    // Of the open file, not of the path: the path may mean another file a moment later.
    let metadata = file.metadata().map_err(|source| io("read", path, source))?;
    if !metadata.is_file() || metadata.len() > limit {
        return Err(Error::NotASecretFile { path: path.to_owned(), limit });
    }
    check_mode(path, &metadata)?;
    // Room for one byte more than allowed, so that the buffer never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    let read = file.take(metadata.len() + 1).read_to_end(&mut bytes).map_err(|source| io("read", path, source))?;
    if read as u64 > metadata.len() {
        return Err(Error::NotASecretFile { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Makes a new file of mode 0600 and writes it to disk; refuses to touch an existing one.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let file = match open_new(path) {
        Err(source) if source.kind() == ErrorKind::AlreadyExists => {
            return Err(Error::Exists { path: path.to_owned() });
        }
        other => other.map_err(|source| io("create", path, source))?,
    };
    write_all(file, bytes).map_err(|source| {
        // Half a key file is worse than none: it would stand in the way of the next attempt.
        let _ = fs::remove_file(path);
        io("write", path, source)
    })?;
    sync_folder(path)
}

/// The right to replace one file, held by the temporary file beside it: a second writer finds that one and stops.
pub(crate) struct Replacement {
    target: PathBuf,
    temporary: PathBuf,
    file: Option<File>,
}

impl Replacement {
    /// Claims the right for `path`; what a symbolic link points to is replaced, not the link.
    pub(crate) fn claim(path: &Path) -> Result<Self, Error> {
        let target = match fs::canonicalize(path) {
            Err(source) if source.kind() == ErrorKind::NotFound => path.to_owned(),
            other => other.map_err(|source| io("open", path, source))?,
        };
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let temporary = target.with_file_name(name);
        match open_new(&temporary) {
            Ok(file) => Ok(Self { target, temporary, file: Some(file) }),
            Err(source) if source.kind() == ErrorKind::AlreadyExists => Err(Error::Busy { path: temporary }),
            Err(source) => Err(io("create", &temporary, source)),
        }
    }

    /// Writes the new content to disk and puts it in place in one step.
    pub(crate) fn commit(mut self, bytes: &[u8]) -> Result<(), Error> {
        let file = self.file.as_ref().expect("present until the replacement is dropped");
        let written = file.try_clone().and_then(|file| write_all(file, bytes));
        written.map_err(|source| io("write", &self.temporary, source))?;
        fs::rename(&self.temporary, &self.target).map_err(|source| io("replace", &self.target, source))?;
        self.file = None;
        sync_folder(&self.target)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}

fn open_new(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_all(mut file: File, bytes: &[u8]) -> std::io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the file's name as durable as its content.
fn sync_folder(path: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| io("sync", folder, source))?;
    }
    Ok(())
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), Error> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::Permissions { path: path.to_owned(), mode });
    }
    Ok(())
}

/// Elsewhere access is not a matter of mode bits; the folder's access list decides.
#[cfg(not(unix))]
fn check_mode(_path: &Path, _metadata: &fs::Metadata) -> Result<(), Error> {
    Ok(())
}
