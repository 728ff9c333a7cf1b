//! Files and folders that take their target's place only when they are complete.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Result, SourceError};
use crate::location::resolve;

/// Lists the files of a folder that Loup wrote, so that it may replace the folder and nothing else.
const MARKER: &str = ".loup-export";
const MARKER_TITLE: &str = "loup export 1";

/// What names of staging folders begin with.
pub const STAGING_PREFIX: &str = ".loup-staging-";

fn problem(target: &Path, error: &io::Error) -> SourceError {
    SourceError::Target { target: target.display().to_string(), problem: error.to_string() }
}

/// Returns the folder that holds `target`.
fn parent_of(target: &Path) -> io::Result<PathBuf> {
    Ok(resolve(target)?.parent().map(Path::to_path_buf).unwrap_or_default())
}

/// A folder beside a target, private until it is published; removed when it is dropped.
#[derive(Debug)]
struct Staging {
    folder: TempDir,
    target: PathBuf,
}

impl Staging {
    /// Creates the folder, and those above it where they are missing; `owner` stands in its name.
    fn create(target: &Path, owner: &str) -> Result<Self> {
        let create = || {
            let parent = parent_of(target)?;
            fs::create_dir_all(&parent)?;
            tempfile::Builder::new().prefix(&format!("{STAGING_PREFIX}{owner}")).tempdir_in(parent)
        };
        let folder = create().map_err(|error| problem(target, &error))?;
        Ok(Self { folder, target: target.to_path_buf() })
    }
}

/// A file being written beside its target.
#[derive(Debug)]
pub struct StagedFile {
    staging: Staging,
    /// The file, under the target's own name, so that it can be attached before it is published.
    path: PathBuf,
    file: File,
}

impl StagedFile {
    /// Creates the staged file in the folder of `target`; `owner` marks what it leaves behind if the process is killed.
    ///
    /// # Errors
    /// Returns an error where the target is a folder or its folder cannot be written.
    pub fn create(target: &Path, owner: &str) -> Result<Self> {
        if target.is_dir() {
            return Err(problem(target, &io::Error::other("is a folder; name a file")));
        }
        let staging = Staging::create(target, owner)?;
        let path = staging.folder.path().join(target.file_name().unwrap_or_default());
        // Masked data is as readable as any file its user writes: the mode follows the umask.
        let file = File::create_new(&path).map_err(|error| problem(target, &error))?;
        Ok(Self { staging, path, file })
    }

    /// Takes over a file that was staged for `target` by another process; it is moved.
    ///
    /// # Errors
    /// Returns an error where it cannot be moved or opened.
    pub fn adopt(staged: &Path, target: &Path, owner: &str) -> Result<Self> {
        let staging = Staging::create(target, owner)?;
        let path = staging.folder.path().join(target.file_name().unwrap_or_default());
        let file = fs::rename(staged, &path).and_then(|()| File::open(&path));
        let file = file.map_err(|error| problem(target, &error))?;
        Ok(Self { staging, path, file })
    }

    /// Returns a handle to write to.
    ///
    /// # Errors
    /// Returns an error where the system has no more handles.
    pub fn file(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| problem(&self.staging.target, &error))
    }

    /// Returns where the file stands until it is published.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file durable and ready to take its target's place.
    ///
    /// # Errors
    /// Returns an error where that cannot be done; the target is as it was, and the staged file is gone.
    pub fn prepare(self) -> Result<Prepared> {
        let Self { staging, path, file } = self;
        let prepare = || {
            if let Ok(old) = fs::metadata(&staging.target) {
                file.set_permissions(old.permissions())?;
            }
            file.sync_data()?;
            File::open(staging.folder.path())?.sync_all()?;
            file.metadata()
        };
        let metadata = prepare().map_err(|error| problem(&staging.target, &error))?;
        Ok(Prepared::of(&metadata, path, staging, true))
    }

    /// Replaces the target by the staged file.
    ///
    /// # Errors
    /// Returns an error where the file cannot be made durable or renamed; the target is then as it was.
    pub fn commit(self) -> Result<()> {
        self.prepare()?.commit()
    }
}

/// A folder being written beside its target.
#[derive(Debug)]
pub struct StagedFolder {
    staging: Staging,
    path: PathBuf,
    files: Vec<String>,
}

impl StagedFolder {
    /// Creates the staged folder beside `target`; `owner` marks what it leaves behind if the process is killed.
    ///
    /// # Errors
    /// Returns an error where the target is a file, or a folder with files that Loup did not write.
    pub fn create(target: &Path, owner: &str) -> Result<Self> {
        if target.is_file() {
            return Err(problem(target, &io::Error::other("is a file; name a folder")));
        }
        check_replaceable(target)?;
        let staging = Staging::create(target, owner)?;
        let path = staging.folder.path().join(target.file_name().unwrap_or_default());
        fs::create_dir(&path).map_err(|error| problem(target, &error))?;
        Ok(Self { staging, path, files: Vec::new() })
    }

    /// Takes over a folder with these files that was staged for `target` by another process; it is moved.
    ///
    /// # Errors
    /// Returns an error where it cannot be moved, or the target is a folder with files that Loup did not write.
    pub fn adopt(staged: &Path, files: Vec<String>, target: &Path, owner: &str) -> Result<Self> {
        check_replaceable(target)?;
        let staging = Staging::create(target, owner)?;
        let path = staging.folder.path().join(target.file_name().unwrap_or_default());
        let take = || {
            fs::rename(staged, &path)?;
            // The other process may have come to write its list.
            match fs::remove_file(path.join(MARKER)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        };
        take().map_err(|error| problem(target, &error))?;
        Ok(Self { staging, path, files })
    }

    /// Creates a file in the staged folder; `relative` may name a subfolder.
    ///
    /// # Errors
    /// Returns an error where the file exists or cannot be written.
    pub fn create_file(&mut self, relative: &str) -> Result<File> {
        let path = self.path.join(relative);
        let create = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            File::create_new(&path)
        };
        let file = create().map_err(|error| problem(&self.staging.target.join(relative), &error))?;
        self.files.push(relative.to_owned());
        Ok(file)
    }

    /// Returns where the folder stands until it is published.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder durable and ready to take its target's place.
    ///
    /// # Errors
    /// Returns an error where that cannot be done; the target is as it was, and the staged folder is gone.
    pub fn prepare(self) -> Result<Prepared> {
        let Self { staging, path, files } = self;
        // Files may have appeared while the plan ran.
        check_replaceable(&staging.target)?;
        let prepare = || {
            let mut marker = File::create_new(path.join(MARKER))?;
            writeln!(marker, "{MARKER_TITLE}")?;
            for file in &files {
                writeln!(marker, "{file}")?;
                File::open(path.join(file))?.sync_data()?;
            }
            marker.sync_data()?;
            if let Ok(old) = fs::metadata(&staging.target) {
                fs::set_permissions(&path, Permissions::from_mode(old.mode() & 0o7777))?;
            }
            File::open(&path)?.sync_all()?;
            File::open(staging.folder.path())?.sync_all()?;
            fs::metadata(&path)
        };
        let metadata = prepare().map_err(|error| problem(&staging.target, &error))?;
        Ok(Prepared::of(&metadata, path, staging, false))
    }

    /// Replaces the target by the staged folder.
    ///
    /// # Errors
    /// Returns an error where the folder cannot be made durable or renamed; the target is then as it was.
    pub fn commit(self) -> Result<()> {
        self.prepare()?.commit()
    }
}

/// A complete file or folder that waits for its target's place; it outlives the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Where it stands.
    pub staged: PathBuf,
    /// The place it takes.
    pub target: PathBuf,
    /// Whether it is a file; else a folder.
    pub is_file: bool,
    /// Device and number by which the file system knows it, wherever it stands.
    pub identity: (u64, u64),
}

impl Prepared {
    fn of(metadata: &Metadata, staged: PathBuf, staging: Staging, is_file: bool) -> Self {
        let Staging { folder, target } = staging;
        // From here on only `publish` and `discard` say what becomes of it.
        let _ = folder.keep();
        Self { staged, target, is_file, identity: (metadata.dev(), metadata.ino()) }
    }

    /// Puts it in its target's place; what is there already stays. May be repeated after a crash at any moment.
    ///
    /// # Errors
    /// Returns an error where it cannot be renamed, or is in neither place.
    pub fn publish(&self) -> Result<()> {
        self.try_publish().map_err(|error| problem(&self.target, &error))
    }

    fn try_publish(&self) -> io::Result<()> {
        if !self.is_at(&self.target) {
            if !self.is_at(&self.staged) {
                return Err(io::Error::other("what was staged for it is not there any more"));
            }
            if self.is_file { fs::rename(&self.staged, &self.target)? } else { self.swap_folder()? }
        }
        File::open(parent_of(&self.target)?)?.sync_all()?;
        // It is published; an old folder that cannot be removed is not worth an error.
        let _ = fs::remove_dir_all(self.staging_folder());
        Ok(())
    }

    fn swap_folder(&self) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if !self.target.exists() {
            return fs::rename(&self.staged, &self.target);
        }
        // One step where the file system can: both names change at once. The old folder goes with the staging folder.
        if renameat_with(CWD, &self.staged, CWD, &self.target, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
        let old = self.staging_folder().join(".old");
        fs::rename(&self.target, &old)?;
        if let Err(error) = fs::rename(&self.staged, &self.target) {
            fs::rename(&old, &self.target)?;
            return Err(error);
        }
        Ok(())
    }

    /// Removes it from where it was staged.
    pub fn discard(&self) {
        let _ = fs::remove_dir_all(self.staging_folder());
    }

    fn commit(&self) -> Result<()> {
        let published = self.publish();
        if published.is_err() {
            self.discard();
        }
        published
    }

    fn is_at(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }

    fn staging_folder(&self) -> &Path {
        self.staged.parent().unwrap_or(&self.staged)
    }
}

/// Removes what a killed process left in the staging folders of `owner` below `parent`.
///
/// # Errors
/// Returns an error where the folder cannot be read or a staging folder cannot be removed.
pub fn remove_staging(parent: &Path, owner: &str) -> io::Result<()> {
    let prefix = format!("{STAGING_PREFIX}{owner}");
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
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

    fn staged_file(target: &Path, text: &[u8]) -> StagedFile {
        let staged = StagedFile::create(target, "").unwrap();
        staged.file().unwrap().write_all(text).unwrap();
        staged
    }

    fn staged_folder(target: &Path, file: &str) -> StagedFolder {
        let mut staged = StagedFolder::create(target, "").unwrap();
        staged.create_file(file).unwrap().write_all(b"1").unwrap();
        staged
    }

    #[test]
    fn a_file_replaces_its_target_only_on_commit() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        fs::write(&target, "old").unwrap();
        drop(staged_file(&target, b"half"));
        assert_eq!(
            (fs::read(&target).unwrap().as_slice(), fs::read_dir(folder.path()).unwrap().count()),
            (&b"old"[..], 1)
        );
        staged_file(&target, b"new").commit().unwrap();
        assert_eq!(
            (fs::read(&target).unwrap().as_slice(), fs::read_dir(folder.path()).unwrap().count()),
            (&b"new"[..], 1)
        );
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("masked");
        for file in ["a.csv", "b.csv"] {
            let mut staged = staged_folder(&target, file);
            staged.create_file("parts/x.csv").unwrap();
            staged.commit().unwrap();
        }
        assert_eq!(entries(&target), [MARKER, "b.csv", "parts/x.csv"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no staging folder is left");
        assert_eq!(fs::metadata(&target).unwrap().mode() & 0o700, 0o700);
    }

    #[test]
    fn publishing_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (file, masked) = (folder.path().join("a.csv"), folder.path().join("masked"));
        staged_folder(&masked, "old.csv").commit().unwrap();
        let prepared =
            [staged_file(&file, b"new").prepare().unwrap(), staged_folder(&masked, "new.csv").prepare().unwrap()];
        for _ in 0..3 {
            for prepared in &prepared {
                prepared.publish().unwrap();
            }
            assert_eq!(entries(folder.path()), ["a.csv", "masked/.loup-export", "masked/new.csv"]);
        }
    }

    #[test]
    fn a_swap_that_stopped_half_way_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let masked = folder.path().join("masked");
        staged_folder(&masked, "old.csv").commit().unwrap();
        let prepared = staged_folder(&masked, "new.csv").prepare().unwrap();
        // As without an exchange: the old folder was moved away, the new one not yet moved in.
        fs::rename(&masked, prepared.staging_folder().join(".old")).unwrap();
        prepared.publish().unwrap();
        assert_eq!(entries(folder.path()), ["masked/.loup-export", "masked/new.csv"]);
    }

    #[test]
    fn what_is_gone_is_an_error_and_leaves_the_target() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        fs::write(&target, "old").unwrap();
        let prepared = staged_file(&target, b"new").prepare().unwrap();
        prepared.discard();
        assert!(prepared.publish().is_err());
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn staging_of_one_owner_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let prepare = |owner: &str| {
            StagedFile::create(&folder.path().join("a.csv"), owner).unwrap().prepare().unwrap();
        };
        prepare("one-");
        prepare("two-");
        remove_staging(folder.path(), "one-").unwrap();
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.len() == 1 && left[0].to_string_lossy().contains("two-"), "{left:?}");
    }

    #[test]
    fn a_folder_of_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("precious.txt"), "x").unwrap();
        assert!(StagedFolder::create(folder.path(), "").is_err());
        let target = folder.path().join("masked");
        staged_folder(&target, "a.csv").commit().unwrap();
        fs::write(target.join("note.txt"), "x").unwrap();
        assert!(StagedFolder::create(&target, "").is_err(), "a file added by hand");
        assert!(StagedFolder::create(&folder.path().join("precious.txt"), "").is_err());
    }
}
