//! One target while it is written: a file, a folder, or objects of a store.

use std::path::PathBuf;

use loup_sources::sink::{Opened, Prepared, PreparedObjects, StagedFile, StagedFolder, StagedObjects};

use super::PATIENCE;
use crate::{Error, Result};

/// A target being written.
#[derive(Debug)]
pub(crate) enum Staged {
    File(StagedFile),
    Folder(StagedFolder),
    /// An object, or several under one prefix.
    Objects(Box<StagedObjects>),
}

/// A target that is complete and waits for its place.
pub(super) enum Ready {
    Local(Prepared),
    Objects(PreparedObjects),
}

impl Staged {
    /// Starts a file of the target; of one that is a single file, that.
    pub(crate) fn create_file(&mut self, relative: &str) -> Result<Opened> {
        Ok(match self {
            Self::File(file) => Opened::file(file.file()?),
            Self::Folder(folder) => Opened::file(folder.create_file(relative)?),
            Self::Objects(objects) => Opened::object(objects.create_file(relative)?),
        })
    }

    pub(super) async fn prepare(self, rows: u64) -> Result<Ready> {
        Ok(match self {
            Self::File(file) => Ready::Local(file.prepare()?),
            Self::Folder(folder) => Ready::Local(folder.prepare()?),
            Self::Objects(objects) => Ready::Objects(objects.prepare(rows).await?),
        })
    }

    /// Puts it in its target's place now, without a record: one that is stopped on the way is not ended by anyone.
    pub(crate) async fn commit(self, rows: u64) -> Result<()> {
        match self {
            Self::File(file) => file.commit()?,
            Self::Folder(folder) => folder.commit()?,
            Self::Objects(objects) => {
                let (leftovers, prepared) = (objects.leftovers(), objects.prepare(rows).await);
                let published = match &prepared {
                    Ok(prepared) => prepared.publish(leftovers.store()).await,
                    Err(_) => Ok(()),
                };
                if let Some(error) = prepared.err().or(published.err()) {
                    drop(objects);
                    let _ = leftovers.remove().await;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Removes it from where it is staged after an error, which it returns.
    pub(crate) async fn discard(self, error: Error) -> Error {
        // Files and folders are gone when they are dropped; a run removes objects that stay now.
        if let Self::Objects(objects) = self {
            let _ = tokio::time::timeout(PATIENCE, objects.discard()).await;
        }
        error
    }

    /// Returns whether it is on this machine.
    pub(super) fn is_local(&self) -> bool {
        !matches!(self, Self::Objects(_))
    }

    /// Returns where a file of it stands until it is published: a path, or a URL as one.
    pub(crate) fn path_of(&self, relative: &str) -> Result<PathBuf> {
        Ok(match self {
            Self::File(file) => file.path().to_path_buf(),
            Self::Folder(folder) => folder.path().join(relative),
            Self::Objects(objects) => objects.path_of(relative)?,
        })
    }

    /// Returns where it stands until it is published: a path, or a URL as one.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::File(file) => file.path().to_path_buf(),
            Self::Folder(folder) => folder.path().to_path_buf(),
            Self::Objects(objects) => objects.path(),
        }
    }
}
