//! Where files are, and how messages name them.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path as StorePath;
use url::Url;

use crate::error::{Result, SourceError};

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

/// A place in an object store: an object, or what the keys of several begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteLocation {
    store: ObjectStoreUrl,
    path: StorePath,
}

impl RemoteLocation {
    /// Reads a URL.
    ///
    /// # Errors
    /// Refuses credentials and queries, which do not belong in a plan, without quoting them.
    pub fn parse(location: &str) -> Result<Self> {
        let (scheme, rest) = location.split_once("://").unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            let text = "a URL with credentials: they do not belong in a plan and come from the environment";
            return Err(SourceError::Location(text.to_owned()));
        }
        if rest.contains(['?', '#']) {
            let text =
                "a URL with a query or fragment: what it asks for does not belong in a plan; write %3F or %23 in keys";
            return Err(SourceError::Location(text.to_owned()));
        }
        // The older name of the same store: one place must have one name.
        let scheme = if scheme.eq_ignore_ascii_case("s3a") { "s3" } else { scheme };
        let wrong = |_| SourceError::Location(format!("{location}: not a valid URL of an object store"));
        let store = ObjectStoreUrl::parse(format!("{scheme}://{authority}")).map_err(wrong)?;
        let wrong = |_| SourceError::Location(format!("{location}: a key without empty parts, . and .. is expected"));
        let path = StorePath::from_url_path(path).map_err(wrong)?;
        Ok(Self { store, path })
    }

    /// Makes the place of a path in a store.
    pub(crate) fn new(store: ObjectStoreUrl, path: StorePath) -> Self {
        Self { store, path }
    }

    /// Returns the store.
    pub fn store(&self) -> &ObjectStoreUrl {
        &self.store
    }

    /// Returns the key, or what keys begin with.
    pub fn path(&self) -> &StorePath {
        &self.path
    }

    /// Returns the same store's place with another path.
    pub(crate) fn at(&self, path: StorePath) -> Self {
        Self { store: self.store.clone(), path }
    }

    /// Returns the URL, which [`parse`](Self::parse) reads as the same place.
    pub fn url(&self) -> Url {
        let mut url = AsRef::<Url>::as_ref(&self.store).clone();
        url.set_path(&format!("/{}", self.path.as_ref().replace('%', "%25")));
        url
    }

    /// Returns the URL as a path: two of them lie in each other where those of local files would.
    pub fn as_path(&self) -> PathBuf {
        PathBuf::from(self.to_string())
    }
}

impl fmt::Display for RemoteLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url().as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_store_is_read_back_from_its_url() {
        for (text, key) in [
            ("s3://bucket/a/b.csv", "a/b.csv"),
            ("s3://bucket/a/", "a"),
            ("s3://bucket", ""),
            ("memory:///a b.csv", "a b.csv"),
            ("s3://bucket/50%25/%23%3F.csv", "50%/#?.csv"),
        ] {
            let place = RemoteLocation::parse(text).unwrap();
            assert_eq!(place.path().as_ref(), key, "{text}");
            assert_eq!(RemoteLocation::parse(&place.to_string()).unwrap(), place, "{text}");
        }
        let [old, new] = ["s3a://bucket/x", "s3://bucket/x"].map(|text| RemoteLocation::parse(text).unwrap());
        assert_eq!((old.to_string().as_str(), &old), ("s3://bucket/x", &new));
        assert!(new.as_path().starts_with(RemoteLocation::parse("s3://bucket").unwrap().as_path()));
        assert!(!new.as_path().starts_with(RemoteLocation::parse("s3://bucket2").unwrap().as_path()));
    }

    #[test]
    fn secrets_in_a_url_are_refused_and_not_repeated() {
        for text in
            ["s3://AKIAHUNTER2@b/k", "s3://a:hunter2@b/k", "s3://b/k?X-Amz-Signature=hunter2", "s3://b/k#hunter2"]
        {
            let message = RemoteLocation::parse(text).unwrap_err().to_string();
            assert!(!message.to_lowercase().contains("hunter2"), "{message}");
        }
        for text in ["s3://b//k", "s3://b/../k", "s3://b:port/k"] {
            assert!(RemoteLocation::parse(text).is_err(), "{text}");
        }
    }

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
