//! The commit record: which staged files and folders take which places.

use std::io;
use std::path::PathBuf;

use loup_sources::sink::Prepared;
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    targets: Vec<Entry>,
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
pub(super) fn to_json(prepared: &[Prepared]) -> io::Result<String> {
    let entry = |one: &Prepared| Entry {
        staged: one.staged.clone(),
        target: one.target.clone(),
        is_file: one.is_file,
        device: one.identity.0,
        inode: one.identity.1,
    };
    let record = Record { version: VERSION, targets: prepared.iter().map(entry).collect() };
    Ok(serde_json::to_string_pretty(&record)?)
}

/// Reads a record.
///
/// # Errors
/// Returns an error where it is not one of this version.
pub(super) fn from_json(text: &str) -> io::Result<Vec<Prepared>> {
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
    Ok(record.targets.into_iter().map(prepared).collect())
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
        assert_eq!(from_json(&to_json(&prepared).unwrap()).unwrap(), prepared);
        assert!(from_json("{\"version\":2,\"targets\":[]}").unwrap_err().to_string().contains("version 2"));
        assert!(from_json("{").is_err());
    }
}
