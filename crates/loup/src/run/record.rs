//! The commit record: which staged files, folders and objects take which places.

use std::io;
use std::path::PathBuf;

use loup_sources::sink::{Prepared, PreparedObjects};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 2;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    /// In force before any target is renamed.
    #[serde(default)]
    mappings: Vec<MappingEntry>,
    targets: Vec<Entry>,
    objects: Vec<PreparedObjects>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MappingEntry {
    folder: PathBuf,
    ticket: String,
}

/// What a committed run publishes, in this order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    /// Mappings and the versions of them that come into force.
    pub(super) mappings: Vec<(PathBuf, String)>,
    /// Outputs in object stores.
    pub(super) objects: Vec<PreparedObjects>,
    /// Files and folders.
    pub(super) prepared: Vec<Prepared>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    staged: PathBuf,
    target: PathBuf,
    is_file: bool,
    device: u64,
    inode: u64,
}

/// Writes the record of what is to be published.
///
/// # Errors
/// Returns an error where a path is no UTF-8.
pub(super) fn to_json(commit: &Commit) -> io::Result<String> {
    let entry = |one: &Prepared| Entry {
        staged: one.staged.clone(),
        target: one.target.clone(),
        is_file: one.is_file,
        device: one.identity.0,
        inode: one.identity.1,
    };
    let mapping =
        |(folder, ticket): &(PathBuf, String)| MappingEntry { folder: folder.clone(), ticket: ticket.clone() };
    let record = Record {
        version: VERSION,
        mappings: commit.mappings.iter().map(mapping).collect(),
        targets: commit.prepared.iter().map(entry).collect(),
        objects: commit.objects.clone(),
    };
    Ok(serde_json::to_string_pretty(&record)?)
}

/// Reads a record.
///
/// # Errors
/// Returns an error where it is not one of this version.
pub(super) fn from_json(text: &str) -> io::Result<Commit> {
    let record: Record = serde_json::from_str(text)?;
    if record.version != VERSION {
        return Err(io::Error::other(format!("a commit record of version {}", record.version)));
    }
    let prepared = |entry: Entry| Prepared {
        staged: entry.staged,
        target: entry.target,
        is_file: entry.is_file,
        identity: (entry.device, entry.inode),
    };
    Ok(Commit {
        mappings: record.mappings.into_iter().map(|entry| (entry.folder, entry.ticket)).collect(),
        objects: record.objects,
        prepared: record.targets.into_iter().map(prepared).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let prepared = vec![Prepared {
            staged: "/data/.loup-staging-1-x/a.csv".into(),
            target: "/data/a.csv".into(),
            is_file: true,
            identity: (7, u64::MAX),
        }];
        let objects = r#"[{"target":"s3://b/x","is_file":false,"staging":"s3://b/.loup-staging-1-x","files":[
            {"staged":".loup-staging-1-x/x/a.csv","key":"x/a.csv","size":3,"sha3_256":"00"}],"removed":["x/b.csv"],"rows":1}]"#;
        let objects = serde_json::from_str(objects).unwrap();
        let commit = Commit { mappings: vec![("/m".into(), "a:b".to_owned())], objects, prepared };
        assert_eq!(from_json(&to_json(&commit).unwrap()).unwrap(), commit);
        let other = r#"{"version":3,"targets":[],"objects":[]}"#;
        assert!(from_json(other).unwrap_err().to_string().contains("version 3"));
        assert!(from_json("{").is_err());
    }
}
