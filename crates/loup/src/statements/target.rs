//! Where outputs may go.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use loup_sources::{is_url, resolve};

use crate::{Error, Result, Session};

/// Returns the path of an output.
///
/// # Errors
/// Refuses a path inside a source or around one, since no run may change what it reads, and URLs.
pub(super) fn check_target(session: &Session, target: &str) -> Result<PathBuf> {
    if is_url(target) {
        return Err(Error::Plan(format!(
            "{target}: outputs go to files and folders; object stores are not supported yet"
        )));
    }
    let path = Path::new(target.strip_prefix("file://").unwrap_or(target));
    if path.as_os_str().is_empty() || path.as_os_str() == "-" {
        return Err(Error::Plan("an output needs the name of a file or folder".to_owned()));
    }
    let resolved = resolve(path).map_err(|error| Error::Plan(format!("{target}: {error}")))?;
    let protected = session.protected.lock().unwrap_or_else(PoisonError::into_inner);
    if protected.iter().any(|source| resolved.starts_with(source) || source.starts_with(&resolved)) {
        return Err(Error::Refused(format!(
            "{target}: the output would lie inside a source or replace one, or a key file"
        )));
    }
    if resolved.exists() && !resolved.is_file() && !resolved.is_dir() {
        return Err(Error::Refused(format!("{target}: is neither a file nor a folder")));
    }
    // Behind a link lies what is meant.
    Ok(resolved)
}
