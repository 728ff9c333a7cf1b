//! Where outputs may go.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use loup_sources::sink::{StagedFile, StagedFolder, StagedObjects};
use loup_sources::{RemoteLocation, is_url, resolve};

use crate::run::Staged;
use crate::{Error, Result, Session};

/// A place that an output may take.
pub(super) enum Place {
    /// A file or folder, links resolved.
    Local(PathBuf),
    /// An object, or what keys begin with.
    Remote(RemoteLocation),
}

impl Place {
    /// Returns the path, or the URL as one.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Local(path) => path.clone(),
            Self::Remote(location) => location.as_path(),
        }
    }
}

/// Returns the place of an output.
///
/// # Errors
/// Refuses a place inside a source or around one, since no run may change what it reads.
pub(super) fn check_target(session: &Session, target: &str) -> Result<Place> {
    let place = if is_url(target) {
        Place::Remote(RemoteLocation::parse(target)?)
    } else {
        let path = Path::new(target.strip_prefix("file://").unwrap_or(target));
        if path.as_os_str().is_empty() || path.as_os_str() == "-" {
            return Err(Error::Plan("an output needs the name of a file or folder".to_owned()));
        }
        // Behind a link lies what is meant.
        Place::Local(resolve(path).map_err(|error| Error::Plan(format!("{target}: {error}")))?)
    };
    let path = place.path();
    let protected = session.protected.lock().unwrap_or_else(PoisonError::into_inner);
    if protected.iter().any(|source| path.starts_with(source) || source.starts_with(&path)) {
        return Err(Error::Refused(format!(
            "{target}: the output would lie inside a source or replace one, or a key file"
        )));
    }
    if let Place::Local(path) = &place
        && path.exists()
        && !path.is_file()
        && !path.is_dir()
    {
        return Err(Error::Refused(format!("{target}: is neither a file nor a folder")));
    }
    Ok(place)
}

/// Starts what will take a place that is claimed: one file or object, or several below it.
pub(super) async fn stage(session: &Session, name: &str, place: &Place, is_file: bool, owner: &str) -> Result<Staged> {
    Ok(match place {
        Place::Local(path) if is_file => Staged::File(StagedFile::create(path, owner)?),
        Place::Local(path) => Staged::Folder(StagedFolder::create(path, owner)?),
        Place::Remote(location) => {
            if is_file && name.ends_with('/') {
                return Err(Error::Plan(format!("{name}: ends as a prefix does; name an object")));
            }
            let store = session.context.runtime_env().object_store(location.store())?;
            let objects = StagedObjects::new(store, location.clone(), is_file, owner)?;
            objects.check().await?;
            session.note(objects.leftovers())?;
            Staged::Objects(Box::new(objects))
        }
    })
}
