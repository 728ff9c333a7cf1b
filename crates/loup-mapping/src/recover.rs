//! Ends what a process left that died between staging and commit. No key is needed: names are changed, nothing is read.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result, io};
use crate::folder::Folder;
use crate::lock::{LOCK, Lock};
use crate::manifest::{MANIFEST, Manifest, STAGED, kept_name};
use crate::staged::Ticket;
use crate::writer::{names_of, remove_all_but};

/// Commits the version that a process staged and then died; done already is no error. To be called before anybody opens
/// the mapping for writing, which removes what is staged.
///
/// Whether the version is what its key holder wrote, the next opening checks.
///
/// # Errors
/// If that version is neither in force, nor the one before, nor staged; if another process is writing after `wait`.
pub fn commit_staged(folder: impl AsRef<Path>, ticket: &Ticket, wait: Duration) -> Result<()> {
    let folder = Folder::new(folder.as_ref());
    let not_staged = || Error::NotStaged { folder: folder.path().to_owned() };
    let _lock = Lock::acquire(&folder, wait)?;
    let (current, mac) = Manifest::read_unchecked(&folder, MANIFEST)?;
    if current.id != ticket.id {
        return Err(not_staged());
    }
    if mac == ticket.mac {
        return Ok(());
    }
    if folder.read(STAGED)?.is_some() {
        let (staged, mac) = Manifest::read_unchecked(&folder, STAGED)?;
        if mac == ticket.mac && staged.id == ticket.id && staged.sequence == current.sequence + 1 {
            folder.rename(STAGED, MANIFEST)?;
            return folder.sync();
        }
    }
    // Somebody may have extended it since.
    let before = kept_name(current.sequence - 1);
    if folder.read(&before)?.is_some() && Manifest::read_unchecked(&folder, &before)?.1 == ticket.mac {
        return Ok(());
    }
    Err(not_staged())
}

/// Removes what a process staged that died before its run was committed; with `made`, the mapping itself where that run
/// made it and nothing was ever committed to it.
///
/// # Errors
/// If another process is writing after `wait`, or files cannot be removed.
pub fn abandon(folder: impl AsRef<Path>, made: bool, wait: Duration) -> Result<()> {
    let folder = Folder::new(folder.as_ref());
    if !folder.file(LOCK).exists() {
        return Ok(());
    }
    let _lock = Lock::acquire(&folder, wait)?;
    if folder.read(MANIFEST)?.is_some() {
        let (current, _) = Manifest::read_unchecked(&folder, MANIFEST)?;
        let before = kept_name(current.sequence - 1);
        let mut keep = names_of(&current);
        if folder.read(&before)?.is_some() {
            keep.extend(names_of(&Manifest::read_unchecked(&folder, &before)?.0));
            keep.insert(before);
        }
        remove_all_but(&folder, &keep)?;
        if !made || current.sequence > 1 {
            return Ok(());
        }
    } else if !made {
        return Ok(());
    }
    for name in [STAGED, MANIFEST, LOCK] {
        folder.remove(name)?;
    }
    fs::remove_dir(folder.path()).map_err(io("remove", folder.path()))
}
