//! A mapping's folder: private files made whole, renamed, removed and synced. The only place that changes the disk.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};
#[cfg(test)]
use crate::fault;

/// A folder whose files only their owner may open.
#[derive(Clone)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Makes the folder (mode 0700) where there is none.
    pub(crate) fn make(path: &Path) -> Result<Self> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(io("create", parent))?;
        }
        step().map_err(io("create", path))?;
        match builder.create(path) {
            Err(source) if source.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
            other => other.map_err(io("create", path))?,
        }
        Ok(Self::new(path))
    }

    /// Closes a folder that was there before to all but its owner.
    pub(crate) fn close_to_others(&self) -> Result<()> {
        #[cfg(unix)]
        fs::set_permissions(&self.path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .map_err(io("set the mode of", &self.path))?;
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the names of all that is in the folder; those that are no UTF-8 are not ours.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.path).map_err(io("read", &self.path))?;
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        names.collect::<std::io::Result<_>>().map_err(io("read", &self.path))
    }

    /// Reads a small file whole; None where it does not exist.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.file(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io("read", self.file(name))(source)),
        }
    }

    /// Reads a file of known length whole.
    pub(crate) fn read_exact(&self, name: &str, expected: u64) -> Result<Vec<u8>> {
        let path = self.file(name);
        let file = match File::open(&path) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Err(Error::FileMissing { path }),
            other => other.map_err(io("open", &path))?,
        };
        let found = file.metadata().map_err(io("read", &path))?.len();
        if found < expected {
            return Err(Error::FileTruncated { path, expected, found });
        }
        let mut bytes = Vec::with_capacity(expected as usize + 1);
        file.take(expected + 1).read_to_end(&mut bytes).map_err(io("read", &path))?;
        if bytes.len() as u64 > expected {
            return Err(Error::FileChanged { path });
        }
        Ok(bytes)
    }

    /// Writes a new file (mode 0600) to disk.
    pub(crate) fn write_new(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.file(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        step().map_err(io("create", &path))?;
        let file = options.open(&path).map_err(io("create", &path))?;
        write_and_sync(file, &path, bytes)
    }

    /// Writes the content of a file that is open for it, in place.
    pub(crate) fn rewrite(&self, name: &str, file: &File, bytes: &[u8]) -> Result<()> {
        let path = self.file(name);
        let own = file.try_clone().map_err(io("open", &path))?;
        own.set_len(0).map_err(io("write", &path))?;
        write_and_sync(own, &path, bytes)
    }

    /// Renames a file over another, which is one step on every file system that counts.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<()> {
        step().and_then(|()| fs::rename(self.file(from), self.file(to))).map_err(io("replace", self.file(to)))
    }

    /// Removes a file; one that is gone already is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        match step().and_then(|()| fs::remove_file(self.file(name))) {
            Err(source) if source.kind() == ErrorKind::NotFound => Ok(()),
            other => other.map_err(io("remove", self.file(name))),
        }
    }

    /// Makes the names in the folder as durable as the content of its files.
    pub(crate) fn sync(&self) -> Result<()> {
        sync_folder(&self.path)
    }

    /// Makes the name of the folder itself durable.
    pub(crate) fn sync_parent(&self) -> Result<()> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync_folder(parent.unwrap_or(Path::new(".")))
    }
}

fn write_and_sync(mut file: File, path: &Path, bytes: &[u8]) -> Result<()> {
    #[cfg(test)]
    fault::unsynced(path);
    if let Err(source) = step() {
        // What a crash in the middle of writing leaves behind.
        let _ = file.write_all(&bytes[..bytes.len() / 2]);
        return Err(io("write", path)(source));
    }
    file.write_all(bytes).map_err(io("write", path))?;
    step().and_then(|()| file.sync_all()).map_err(io("sync", path))?;
    #[cfg(test)]
    fault::synced(path);
    Ok(())
}

fn sync_folder(path: &Path) -> Result<()> {
    step().map_err(io("sync", path))?;
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(io("sync", path))?;
    }
    Ok(())
}

/// Where tests let the process die.
#[cfg(test)]
fn step() -> std::io::Result<()> {
    fault::step()
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "fails in tests, where it stands for a crash")]
#[inline]
fn step() -> std::io::Result<()> {
    Ok(())
}
