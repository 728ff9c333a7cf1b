//! Where files are, and how messages name them.

use std::path::{Path, PathBuf};

use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path as StorePath;

/// Returns the path of a file as its user would write it.
pub(crate) fn display_path(url: &ObjectStoreUrl, path: &StorePath) -> String {
    let store = url.as_str();
    if store.starts_with("file://") {
        // The store's paths are percent-encoded and lack the root.
        let plain = object_store::local::LocalFileSystem::new().path_to_filesystem(path);
        let plain = plain.unwrap_or_else(|_| PathBuf::from("/").join(path.as_ref()));
        relative(&plain).display().to_string()
    } else {
        format!("{}/{path}", store.trim_end_matches('/'))
    }
}

/// Returns a path relative to the working directory where it lies inside.
fn relative(path: &Path) -> PathBuf {
    let inside = std::env::current_dir().ok().and_then(|here| path.strip_prefix(&here).ok().map(Path::to_path_buf));
    inside.filter(|inside| !inside.as_os_str().is_empty()).unwrap_or_else(|| path.to_path_buf())
}

/// Returns whether a location is a URL and not a local path.
pub fn is_url(location: &str) -> bool {
    location.contains("://") && !location.starts_with("file://")
}

/// Returns the path without symbolic links and `..`, also where its last parts do not exist yet.
///
/// # Errors
/// Returns an error where the part that exists cannot be resolved.
pub fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        match existing.canonicalize() {
            Ok(resolved) => return Ok(missing.iter().rev().fold(resolved, |path, part| path.join(part))),
            Err(error) => match (existing.parent(), existing.file_name()) {
                (Some(parent), Some(name)) if error.kind() == std::io::ErrorKind::NotFound => {
                    missing.push(name.to_owned());
                    existing = parent;
                }
                _ => return Err(error),
            },
        }
    }
}
