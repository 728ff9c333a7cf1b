//! The commit record: which staged files and folders take which places.

use std::io;
use std::path::PathBuf;

use loup_sources::sink::Prepared;
use serde::{Deserialize, Serialize};

use super::mappings::StagedMapping;

const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    /// In force before any target is renamed.
    #[serde(default)]
    mappings: Vec<MappingEntry>,
    targets: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MappingEntry {
    folder: PathBuf,
    ticket: String,
}

/// What a committed run publishes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Committed {
    /// Mappings and the versions of them that come into force.
    pub(super) mappings: Vec<(PathBuf, String)>,
    pub(super) targets: Vec<Prepared>,
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
pub(super) fn to_json(prepared: &[Prepared], mappings: &[StagedMapping]) -> io::Result<String> {
    let entry = |one: &Prepared| Entry {
        staged: one.staged.clone(),
        target: one.target.clone(),
        is_file: one.is_file,
        device: one.identity.0,
        inode: one.identity.1,
    };
    let mapping = |one: &StagedMapping| MappingEntry { folder: one.folder().to_owned(), ticket: one.ticket() };
    let record = Record {
        version: VERSION,
        mappings: mappings.iter().map(mapping).collect(),
        targets: prepared.iter().map(entry).collect(),
    };
    Ok(serde_json::to_string_pretty(&record)?)
}

/// Reads a record.
///
/// # Errors
/// Returns an error where it is not one of this version.
pub(super) fn from_json(text: &str) -> io::Result<Committed> {
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
    Ok(Committed {
        mappings: record.mappings.into_iter().map(|entry| (entry.folder, entry.ticket)).collect(),
        targets: record.targets.into_iter().map(prepared).collect(),
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
        let committed = from_json(&to_json(&prepared, &[]).unwrap()).unwrap();
        assert_eq!(committed, Committed { mappings: Vec::new(), targets: prepared });
        assert!(from_json("{\"version\":2,\"targets\":[]}").unwrap_err().to_string().contains("version 2"));
        assert!(from_json("{").is_err());
        let mappings = r#"{"version":1,"mappings":[{"folder":"/m","ticket":"a:b"}],"targets":[]}"#;
        assert_eq!(from_json(mappings).unwrap().mappings, [("/m".into(), "a:b".to_owned())]);
    }
}
