//! A new version on disk that is not in force yet: committed by one rename, or removed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::manifest::{MANIFEST, Manifest, STAGED, kept_name};
use crate::mapping::Mapping;
use crate::writer::{MappingWriter, Write, encode, names_of, remove_all_but};

/// A version that waits for [`Staged::commit`]; nobody else writes meanwhile. Dropped without it, its files are removed.
pub struct Staged {
    writer: MappingWriter,
    /// The files of the new version, in the order in which they were made.
    made: Vec<String>,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    /// There was nothing to write.
    Unchanged,
    Waiting,
    Committed,
}

impl Staged {
    pub(crate) fn unchanged(writer: MappingWriter) -> Self {
        Self { writer, made: Vec::new(), state: State::Unchanged }
    }

    pub(crate) fn new(writer: MappingWriter) -> Self {
        Self { writer, made: Vec::new(), state: State::Waiting }
    }

    /// Writes the files of a version. On an error the drop removes those that were written.
    pub(crate) fn write(&mut self, mut manifest: Manifest, writes: Vec<Write>) -> Result<()> {
        for write in writes {
            let (entry, bytes) = encode(&self.writer.mapping, manifest.sequence, write)?;
            self.make(&entry.name, &bytes)?;
            manifest.files.push(entry);
        }
        // The version in force under the name that it keeps when it no longer is.
        let current = &self.writer.current;
        let (bytes, _) = current.encode(&self.writer.mapping.keys);
        self.make(&kept_name(current.sequence), &bytes)?;
        let (bytes, mac) = manifest.encode(&self.writer.mapping.keys);
        self.make(STAGED, &bytes)?;
        // Names must last before the one is renamed that speaks of them.
        self.folder().sync()?;
        self.writer.mapping.manifest = Arc::new(manifest);
        self.writer.mapping.mac = mac.into();
        Ok(())
    }

    /// Returns the mapping as it will be.
    pub fn mapping(&self) -> Mapping {
        self.writer.mapping()
    }

    /// Returns what [`commit_staged`](crate::commit_staged) needs to commit this version where the process dies before it does.
    pub fn ticket(&self) -> Ticket {
        let Mapping { manifest, mac, .. } = &self.writer.mapping;
        Ticket { id: manifest.id.clone(), mac: mac.to_string() }
    }

    /// Puts the new version in force by one rename. The one before stays readable until the next commit.
    ///
    /// # Errors
    /// If the manifest cannot be renamed; then the mapping is as it was. If the folder cannot be synced after it, the new
    /// version is in force but a power failure may still undo it.
    pub fn commit(mut self) -> Result<Mapping> {
        if self.state == State::Waiting {
            self.folder().rename(STAGED, MANIFEST)?;
            self.state = State::Committed;
            self.folder().sync()?;
            let current = &self.writer.current;
            let mut keep = names_of(&self.writer.mapping.manifest);
            keep.extend(names_of(current));
            keep.insert(kept_name(current.sequence));
            // What is left over now is harmless, and the next writer tries again.
            let _ = remove_all_but(self.folder(), &keep);
        }
        Ok(self.writer.mapping())
    }

    /// Removes the new version; the mapping is as it was.
    ///
    /// # Errors
    /// If a file cannot be removed; it stays without being part of the mapping, and the next writer tries again.
    pub fn discard(mut self) -> Result<()> {
        self.remove()
    }

    fn make(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.made.push(name.to_owned());
        self.folder().write_new(name, bytes)
    }

    /// Removes what was made, the manifest first: without it the rest is nobody's.
    fn remove(&mut self) -> Result<()> {
        let mut result = Ok(());
        if self.state == State::Waiting {
            for name in std::mem::take(&mut self.made).iter().rev() {
                result = result.and(self.folder().remove(name));
            }
        }
        result
    }

    fn folder(&self) -> &Folder {
        &self.writer.mapping.folder
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = self.remove();
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").field("mapping", &self.writer.mapping).finish_non_exhaustive()
    }
}

/// Names one staged version of one mapping, for the record of a run: text that holds no secret.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Ticket {
    pub(crate) id: String,
    pub(crate) mac: String,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.id, self.mac)
    }
}

impl FromStr for Ticket {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_hex = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        match text.split_once(':') {
            Some((id, mac)) if is_hex(id, 32) && is_hex(mac, 64) => Ok(Self { id: id.to_owned(), mac: mac.to_owned() }),
            _ => Err(Error::Ticket),
        }
    }
}
