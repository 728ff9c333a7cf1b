//! The history of the terminal session: a file that only its owner may read.

use std::fs::{DirBuilder, OpenOptions};
use std::path::Path;

use anyhow::{Context, Result};
use reedline::FileBackedHistory;

use crate::user_dirs;

const ENTRIES: usize = 10_000;

/// Opens the user's history, and makes it where there is none.
pub(super) fn open() -> Result<FileBackedHistory> {
    let folder = user_dirs::state()?;
    let file = folder.join("history");
    make_private(&folder, &file).with_context(|| file.display().to_string())?;
    FileBackedHistory::with_file(ENTRIES, file).context("the history cannot be read")
}

/// Statements hold names and literals of the data: the file is the owner's alone, also one that was made otherwise.
fn make_private(folder: &Path, file: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder.create(folder)?;
    let opened = options.open(file)?;
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        opened.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_private_whatever_it_was() {
        let root = tempfile::tempdir().unwrap();
        let (folder, file) = (root.path().join("loup"), root.path().join("loup/history"));
        make_private(&folder, &file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "SELECT 1;\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        make_private(&folder, &file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&file).unwrap(), "SELECT 1;\n");
    }
}
