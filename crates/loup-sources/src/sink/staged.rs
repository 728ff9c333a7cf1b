//! Files and folders that take their target's place only when they are complete.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::error::{Result, SourceError};
use crate::location::resolve;

/// Lists the files of a folder that Loup wrote, so that it may replace the folder and nothing else.
const MARKER: &str = ".loup-export";
const MARKER_TITLE: &str = "loup export 1";
const PREFIX: &str = ".loup-staging-";

fn problem(target: &Path, error: &io::Error) -> SourceError {
    SourceError::Target { target: target.display().to_string(), problem: error.to_string() }
}

/// Returns the folder that holds `target`, made where it is missing.
fn parent_of(target: &Path) -> io::Result<PathBuf> {
    let parent = resolve(target)?.parent().map(Path::to_path_buf).unwrap_or_default();
    fs::create_dir_all(&parent)?;
    Ok(parent)
}

/// A file being written beside its target.
#[derive(Debug)]
pub struct StagedFile {
    temp: NamedTempFile,
    target: PathBuf,
}

impl StagedFile {
    /// Creates the staged file in the folder of `target`.
    ///
    /// # Errors
    /// Returns an error where the target is a folder or its folder cannot be written.
    pub fn create(target: &Path) -> Result<Self> {
        if target.is_dir() {
            return Err(problem(target, &io::Error::other("is a folder; name a file")));
        }
        // Masked data is as readable as any file its user writes: the mode follows the umask.
        let temp = parent_of(target)
            .and_then(|parent| {
                let mode = Permissions::from_mode(0o666);
                tempfile::Builder::new().prefix(PREFIX).permissions(mode).tempfile_in(parent)
            })
            .map_err(|error| problem(target, &error))?;
        Ok(Self { temp, target: target.to_path_buf() })
    }

    /// Returns a handle to write to.
    ///
    /// # Errors
    /// Returns an error where the system has no more handles.
    pub fn file(&self) -> Result<File> {
        self.temp.as_file().try_clone().map_err(|error| problem(&self.target, &error))
    }

    /// Replaces the target by the staged file.
    ///
    /// # Errors
    /// Returns an error where the file cannot be made durable or renamed; the target is then as it was.
    pub fn commit(self) -> Result<()> {
        let Self { temp, target } = self;
        let publish = || {
            if let Ok(old) = fs::metadata(&target) {
                temp.as_file().set_permissions(old.permissions())?;
            }
            temp.as_file().sync_data()
        };
        publish().map_err(|error| problem(&target, &error))?;
        temp.persist(&target).map_err(|error| problem(&target, &error.error))?;
        sync_parent(&target).map_err(|error| problem(&target, &error))
    }
}

/// A folder being written beside its target.
#[derive(Debug)]
pub struct StagedFolder {
    temp: TempDir,
    target: PathBuf,
    files: Vec<String>,
}

impl StagedFolder {
    /// Creates the staged folder beside `target`.
    ///
    /// # Errors
    /// Returns an error where the target is a file, or a folder with files that Loup did not write.
    pub fn create(target: &Path) -> Result<Self> {
        if target.is_file() {
            return Err(problem(target, &io::Error::other("is a file; name a folder")));
        }
        check_replaceable(target)?;
        let temp = parent_of(target)
            .and_then(|parent| tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent))
            .map_err(|error| problem(target, &error))?;
        Ok(Self { temp, target: target.to_path_buf(), files: Vec::new() })
    }

    /// Creates a file in the staged folder; `relative` may name a subfolder.
    ///
    /// # Errors
    /// Returns an error where the file exists or cannot be written.
    pub fn create_file(&mut self, relative: &str) -> Result<File> {
        let path = self.temp.path().join(relative);
        let create = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            File::create_new(&path)
        };
        let file = create().map_err(|error| problem(&self.target.join(relative), &error))?;
        self.files.push(relative.to_owned());
        Ok(file)
    }

    /// Replaces the target by the staged folder.
    ///
    /// # Errors
    /// Returns an error where the folder cannot be made durable or renamed; the target is then as it was.
    pub fn commit(mut self) -> Result<()> {
        let target = self.target.clone();
        // Files may have appeared while the plan ran.
        check_replaceable(&target)?;
        self.publish().map_err(|error| problem(&target, &error))
    }

    fn publish(&mut self) -> io::Result<()> {
        let staged = self.temp.path().to_path_buf();
        let mut marker = File::create_new(staged.join(MARKER))?;
        writeln!(marker, "{MARKER_TITLE}")?;
        for file in &self.files {
            writeln!(marker, "{file}")?;
            File::open(staged.join(file))?.sync_data()?;
        }
        marker.sync_data()?;
        // The staging folder is private; the target gets the mode the umask gives to folders, read off a file in it.
        let mode = if let Ok(old) = fs::metadata(&self.target) {
            old.mode() & 0o7777
        } else {
            let files = marker.metadata()?.mode() & 0o666;
            files | (files >> 2 & 0o111) | 0o100
        };
        fs::set_permissions(&staged, Permissions::from_mode(mode))?;
        File::open(&staged)?.sync_all()?;
        if self.target.exists() {
            // One step where the file system can: both names change at once. The old folder goes with the staging name.
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            if renameat_with(CWD, &staged, CWD, &self.target, RenameFlags::EXCHANGE).is_err() {
                let old = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent_of(&self.target)?)?;
                fs::rename(&self.target, old.path().join("old"))?;
                if let Err(error) = fs::rename(&staged, &self.target) {
                    fs::rename(old.path().join("old"), &self.target)?;
                    return Err(error);
                }
            }
        } else {
            fs::rename(&staged, &self.target)?;
        }
        sync_parent(&self.target)
    }
}

fn sync_parent(target: &Path) -> io::Result<()> {
    File::open(parent_of(target)?)?.sync_all()
}

/// Refuses a folder that holds anything but an earlier export.
fn check_replaceable(target: &Path) -> Result<()> {
    let foreign = || {
        let target = target.display();
        SourceError::Refused(format!("{target}: a folder with files that Loup did not write; name an empty or new one"))
    };
    let present = match files_below(target, "") {
        Ok(present) => present,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(problem(target, &error)),
    };
    if present.is_empty() {
        return Ok(());
    }
    let marker = fs::read_to_string(target.join(MARKER)).map_err(|_| foreign())?;
    let mut lines = marker.lines();
    if lines.next() != Some(MARKER_TITLE) {
        return Err(foreign());
    }
    let written: Vec<_> = lines.collect();
    let is_ours = |file: &String| file == MARKER || written.contains(&file.as_str());
    if present.iter().all(is_ours) { Ok(()) } else { Err(foreign()) }
}

fn files_below(folder: &Path, prefix: &str) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            files.extend(files_below(&entry.path(), &relative)?);
        } else {
            files.push(relative);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let mut files = files_below(folder, "").unwrap();
        files.sort();
        files
    }

    #[test]
    fn a_file_replaces_its_target_only_on_commit() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        fs::write(&target, "old").unwrap();
        let staged = StagedFile::create(&target).unwrap();
        staged.file().unwrap().write_all(b"half").unwrap();
        drop(staged);
        assert_eq!((fs::read(&target).unwrap().as_slice(), entries(folder.path()).len()), (&b"old"[..], 1));
        let staged = StagedFile::create(&target).unwrap();
        staged.file().unwrap().write_all(b"new").unwrap();
        staged.commit().unwrap();
        assert_eq!((fs::read(&target).unwrap().as_slice(), entries(folder.path()).len()), (&b"new"[..], 1));
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("masked");
        for (file, text) in [("a.csv", "1"), ("b.csv", "2")] {
            let mut staged = StagedFolder::create(&target).unwrap();
            staged.create_file(file).unwrap().write_all(text.as_bytes()).unwrap();
            staged.create_file("parts/x.csv").unwrap();
            staged.commit().unwrap();
        }
        assert_eq!(entries(&target), [MARKER, "b.csv", "parts/x.csv"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no staging folder is left");
        assert_eq!(fs::metadata(&target).unwrap().mode() & 0o700, 0o700);
    }

    #[test]
    fn a_folder_of_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("precious.txt"), "x").unwrap();
        assert!(StagedFolder::create(folder.path()).is_err());
        let target = folder.path().join("masked");
        StagedFolder::create(&target).unwrap().commit().unwrap();
        fs::write(target.join("note.txt"), "x").unwrap();
        assert!(StagedFolder::create(&target).is_err(), "a file added by hand");
        assert!(StagedFolder::create(&folder.path().join("precious.txt")).is_err());
    }
}
