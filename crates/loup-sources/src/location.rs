//! Where files are, and how messages name them.

use std::path::{Component, Path, PathBuf};

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
    let mut resolved = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::CurDir => {}
            // What stands before it is resolved already, so this is the real parent also behind a link.
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => {
                let next = resolved.join(name);
                resolved = match next.canonicalize() {
                    Ok(real) => real,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => next,
                    Err(error) => return Err(error),
                };
            }
            Component::RootDir | Component::Prefix(_) => resolved.push(part),
        }
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_parents_are_resolved_where_parts_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("a")).unwrap();
        std::os::unix::fs::symlink(real.join("a"), real.join("link")).unwrap();
        assert_eq!(resolve(&real.join("link/new/x.csv")).unwrap(), real.join("a/new/x.csv"));
        assert_eq!(resolve(&real.join("missing/../a/x")).unwrap(), real.join("a/x"));
        assert_eq!(resolve(&real.join("link/../b")).unwrap(), real.join("b"));
    }
}
