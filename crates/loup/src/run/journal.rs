//! The journal of a run: the statements whose targets are complete, so that a killed run can be resumed.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::verify::{CheckReport, TableReport};

/// A statement whose target is complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Finished {
    /// Keyed digest of all that its result depends on.
    pub(crate) key: String,
    pub(crate) target: PathBuf,
    /// Where the file or folder was staged.
    pub(crate) staged: PathBuf,
    pub(crate) is_file: bool,
    /// What is staged.
    pub(crate) files: Vec<StagedFileIdentity>,
    pub(crate) rows: u64,
    /// What verification said of it.
    pub(crate) tables: Vec<TableReport>,
    pub(crate) checks: Vec<CheckReport>,
    /// Rows looked at and matched by each UPDATE and DELETE of the run so far.
    pub(crate) changes: Vec<Option<(u64, u64)>>,
}

/// A staged file, as the file system knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StagedFileIdentity {
    /// Path below the staged folder; empty for a file that is staged by itself.
    pub(crate) path: String,
    pub(crate) identity: Identity,
}

/// What tells a file from any other one and from its own later state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds of the last change.
    modified: (i64, i64),
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Finished {
    /// Appends it to a journal, durably.
    pub(super) fn append_to(&self, journal: &Path) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(journal)?;
        file.write_all(&line)?;
        file.sync_data()
    }

    /// Reads a journal up to the first line that is not whole: the process was killed in it.
    pub(super) fn read(journal: &Path) -> io::Result<Vec<Self>> {
        let text = fs::read(journal)?;
        let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        Ok(lines.map_while(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Returns whether everything is staged as it was left.
    pub(super) fn is_whole(&self) -> bool {
        let is_same = |file: &StagedFileIdentity| {
            let path = if file.path.is_empty() { self.staged.clone() } else { self.staged.join(&file.path) };
            fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && Identity::of(&found) == file.identity)
        };
        !self.files.is_empty() && self.files.iter().all(is_same)
    }
}

/// Brings what is staged to the disk and returns what it is.
pub(super) fn settle(staged: &Path) -> io::Result<Vec<StagedFileIdentity>> {
    let mut files = Vec::new();
    settle_below(staged, "", &mut files)?;
    if let Some(parent) = staged.parent() {
        File::open(parent)?.sync_all()?;
    }
    Ok(files)
}

fn settle_below(path: &Path, relative: &str, files: &mut Vec<StagedFileIdentity>) -> io::Result<()> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_dir() {
        file.sync_data()?;
        files.push(StagedFileIdentity { path: relative.to_owned(), identity: Identity::of(&metadata) });
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| io::Error::other("a staged name is no UTF-8"))?;
        let below = if relative.is_empty() { name } else { format!("{relative}/{name}") };
        settle_below(&entry.path(), &below, files)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(staged: &Path) -> Finished {
        Finished {
            key: "k".to_owned(),
            target: "/data/out".into(),
            staged: staged.to_path_buf(),
            is_file: false,
            files: settle(staged).unwrap(),
            rows: 3,
            tables: Vec::new(),
            checks: Vec::new(),
            changes: vec![None, Some((3, 0))],
        }
    }

    #[test]
    fn a_journal_is_read_up_to_the_line_in_which_the_process_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let staged = folder.path().join("staged");
        fs::create_dir_all(staged.join("below")).unwrap();
        fs::write(staged.join("below/a.csv"), "a\n").unwrap();
        let (journal, one) = (folder.path().join("journal"), finished(&staged));
        one.append_to(&journal).unwrap();
        one.append_to(&journal).unwrap();
        assert_eq!(Finished::read(&journal).unwrap(), [one.clone(), one.clone()]);
        let whole = fs::read(&journal).unwrap();
        for cut in [whole.len() - 1, whole.len() / 2 + 5, whole.len() / 2 + 1] {
            fs::write(&journal, &whole[..cut]).unwrap();
            assert_eq!(Finished::read(&journal).unwrap(), std::slice::from_ref(&one), "{cut}");
        }
    }

    #[test]
    fn what_was_changed_or_is_gone_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let staged = folder.path().join("staged");
        fs::create_dir(&staged).unwrap();
        fs::write(staged.join("a.csv"), "a\n").unwrap();
        let one = finished(&staged);
        assert!(one.is_whole());
        fs::write(staged.join("a.csv"), "b\n").unwrap();
        assert!(!one.is_whole(), "written again");
        fs::remove_file(staged.join("a.csv")).unwrap();
        assert!(!one.is_whole());
        assert!(!Finished { files: Vec::new(), ..one }.is_whole());
    }
}
