//! The right to change a mapping: inserts and imports in memory, then a new version staged on disk.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::Array;
use datafusion::arrow::array::ArrayRef;
use loup_crypto::KeyRing;

use crate::data_file::{self, FULL};
use crate::error::Result;
use crate::folder::Folder;
use crate::import::{self, Pairs};
use crate::insert::{self, Inserted};
use crate::keys::Keys;
use crate::lock::{LOCK, Lock};
use crate::manifest::{FileEntry, MANIFEST, Manifest, STAGED, kept_name};
use crate::mapping::{Mapping, now};
use crate::originals::Originals;
use crate::staged::Staged;
use crate::table::Class;

/// Files that are not full before they are put together: each costs an opening and a key. Fewer in tests.
pub(crate) const MOST_SMALL_FILES: usize = if cfg!(test) { 4 } else { 64 };

/// A mapping being changed. Nobody else writes it meanwhile; readers see the last commit.
///
/// Dropped without [`MappingWriter::stage`], its changes are forgotten.
pub struct MappingWriter {
    /// What the mapping is to become; its manifest is still that of the version it is made from.
    pub(crate) mapping: Mapping,
    /// The version in force.
    pub(crate) current: Arc<Manifest>,
    /// Whether an earlier version was taken up, so that there is something to commit without a new entry.
    restored: bool,
    /// Held for as long as the writer, and what it staged, lives.
    _lock: Lock,
}

impl MappingWriter {
    /// Opens a mapping for writing; [`Mapping::writer`] does the same without reading again what is in memory.
    ///
    /// # Errors
    /// If another process or thread is still writing after `wait`, or the mapping cannot be opened.
    pub fn open(folder: impl AsRef<Path>, ring: &KeyRing, wait: Duration) -> Result<Self> {
        let folder = Folder::new(folder.as_ref());
        // First that it is a mapping and the key is there, so that a wrong folder is not waited for.
        Manifest::read(&folder, MANIFEST, ring)?;
        let lock = Lock::acquire(&folder, wait)?;
        Self::of_locked(Mapping::open(folder.path(), ring)?, lock)
    }

    pub(crate) fn of(known: &Mapping, wait: Duration) -> Result<Self> {
        let lock = Lock::acquire(&known.folder, wait)?;
        Self::of_locked(known.newest()?, lock)
    }

    /// As [`Mapping::writer`], but None where a process died that had staged a version: whoever keeps records of what is
    /// committed ends that first.
    ///
    /// # Errors
    /// As [`Mapping::writer`].
    pub fn open_unless_staged(known: &Mapping, wait: Duration) -> Result<Option<Self>> {
        let lock = Lock::acquire(&known.folder, wait)?;
        if known.folder.file(STAGED).exists() {
            return Ok(None);
        }
        Self::of_locked(known.newest()?, lock).map(Some)
    }

    fn of_locked(mapping: Mapping, lock: Lock) -> Result<Self> {
        let current = Arc::clone(&mapping.manifest);
        clean(&mapping)?;
        Ok(Self { mapping, current, restored: false, _lock: lock })
    }

    /// Returns the mapping as it is now, changes with it, for look-ups within the run. While it or a clone of it lives, the
    /// next change copies the table.
    pub fn mapping(&self) -> Mapping {
        self.mapping.clone()
    }

    /// Gives every original that has none a pseudonym; the others keep theirs.
    ///
    /// # Errors
    /// If originals lie among the pseudonyms, or there are too few pseudonyms; then nothing is changed.
    pub fn insert(&mut self, originals: &Originals) -> Result<Inserted> {
        let mapping = &mut self.mapping;
        insert::insert(&mut mapping.contents, &mapping.scheme, &mapping.keys, originals, now())
    }

    /// Inserts the values of one array and returns their pseudonyms.
    ///
    /// # Errors
    /// As [`Originals::add`], [`MappingWriter::insert`] and [`Mapping::map`].
    pub fn get_or_create(&mut self, originals: &dyn Array) -> Result<ArrayRef> {
        let mut collected = Originals::new();
        collected.add(originals)?;
        self.insert(&collected)?;
        self.mapping.map(originals)
    }

    /// Takes over pairs from another mapping, all or none. Pairs that are there already are no error.
    ///
    /// # Errors
    /// If the mapping is of the keyed kind; if a pseudonym is not of its kind or range, belongs to another original, or
    /// an original has another pseudonym; if originals lie among the pseudonyms. Then nothing is changed.
    pub fn import(&mut self, pairs: &Pairs) -> Result<Inserted> {
        import::import(&mut self.mapping.contents, &self.mapping.scheme, pairs, now())
    }

    /// Goes back to the version before the one in force, and forgets all changes since. The commit that follows makes it
    /// the newest; the version left is then the previous one, so that doing it again undoes it.
    ///
    /// Pseudonyms that only the version left had are given out again: outputs made with them no longer agree.
    ///
    /// # Errors
    /// If there is no earlier version, or it cannot be opened.
    pub fn restore_previous(&mut self, ring: &KeyRing) -> Result<()> {
        self.mapping = Mapping::open_previous(self.mapping.folder.path(), ring)?;
        self.restored = true;
        Ok(())
    }

    /// Writes all changes to disk under names that nobody reads yet. What follows is one rename, or nothing.
    ///
    /// # Errors
    /// If files cannot be written; then those that were are removed and the changes are forgotten.
    pub fn stage(self) -> Result<Staged> {
        let mapping = &self.mapping;
        if mapping.is_saved() && !self.restored {
            return Ok(Staged::unchanged(self));
        }
        let (kept, writes) = plan(mapping);
        let mut manifest = Manifest::clone(&mapping.manifest);
        manifest.sequence = self.current.sequence + 1;
        manifest.written = now();
        manifest.drawn = mapping.contents.drawn;
        manifest.imported = mapping.contents.imported;
        manifest.integers = mapping.contents.table.part(Class::Integers).rows().into();
        manifest.texts = mapping.contents.table.part(Class::Texts).rows().into();
        manifest.files = kept;
        let mut staged = Staged::new(self);
        staged.write(manifest, writes)?;
        Ok(staged)
    }
}

impl fmt::Debug for MappingWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappingWriter").field("mapping", &self.mapping).finish_non_exhaustive()
    }
}

/// Rows of a class that make a file.
pub(crate) type Write = (Class, std::ops::Range<u32>);

/// Says which files stay and which rows are written to new ones: the new rows, or all rows behind the full files where
/// small files have become many.
fn plan(mapping: &Mapping) -> (Vec<FileEntry>, Vec<Write>) {
    let files = &mapping.manifest.files;
    let small = files.iter().filter(|entry| entry.rows < u64::from(FULL)).count();
    let compact = small >= MOST_SMALL_FILES;
    let (mut kept, mut writes) = (Vec::new(), Vec::new());
    let mut starts = Vec::new();
    for class in Class::ALL {
        let of_class = files.iter().filter(|entry| entry.originals == class);
        let stay: Vec<_> = of_class.take_while(|entry| !compact || entry.rows == u64::from(FULL)).collect();
        starts.push((class, stay.iter().map(|entry| entry.rows).sum::<u64>() as u32));
        kept.extend(stay.into_iter().map(|entry| entry.name.as_str()));
    }
    for (class, start) in starts {
        let end = mapping.contents.table.part(class).rows();
        writes
            .extend((start..end).step_by(FULL as usize).map(|from| (class, from..end.min(from.saturating_add(FULL)))));
    }
    // In the order of the manifest, so that the next reader who knows it needs the new files only.
    (files.iter().filter(|entry| kept.contains(&entry.name.as_str())).cloned().collect(), writes)
}

/// Removes what a crash left: files that neither the version in force nor the one before it names.
fn clean(mapping: &Mapping) -> Result<()> {
    let folder = &mapping.folder;
    let previous = kept_name(mapping.manifest.sequence - 1);
    let mut keep = names_of(&mapping.manifest);
    if folder.read(&previous)?.is_some() {
        let (manifest, _) = Manifest::read_known(folder, &previous, &mapping.keys)?;
        keep.extend(names_of(&manifest));
        keep.insert(previous);
    }
    remove_all_but(folder, &keep)
}

/// The names of a version's files.
pub(crate) fn names_of(manifest: &Manifest) -> HashSet<String> {
    let fixed = [MANIFEST, LOCK].map(str::to_owned);
    fixed.into_iter().chain(manifest.files.iter().map(|entry| entry.name.clone())).collect()
}

/// Removes the files of this crate that are not among those named. Files of others are left alone.
pub(crate) fn remove_all_but(folder: &Folder, keep: &HashSet<String>) -> Result<()> {
    let is_kind = |name: &str, before: &str, behind: &str| name.starts_with(before) && name.ends_with(behind);
    for name in folder.names()? {
        let ours = name == STAGED || is_kind(&name, "data-", ".parquet") || is_kind(&name, "manifest-", ".json");
        if ours && !keep.contains(&name) {
            folder.remove(&name)?;
        }
    }
    Ok(())
}

impl Mapping {
    /// Whether all entries are on disk.
    fn is_saved(&self) -> bool {
        Class::ALL
            .into_iter()
            .all(|class| u64::from(self.contents.table.part(class).rows()) == self.manifest.rows(class))
    }

    /// Returns the newest version; what is in memory is not read again. The caller holds the lock.
    fn newest(&self) -> Result<Self> {
        let (manifest, mac) = Manifest::read_known(&self.folder, MANIFEST, &self.keys)?;
        // Entries that were never committed are no part of the mapping.
        if !self.is_saved() || !manifest.files.starts_with(&self.manifest.files) {
            return Self::of_manifest(&self.folder, manifest, Keys::clone(&self.keys), &mac);
        }
        if mac == *self.mac {
            return Ok(self.clone());
        }
        let mut newest = self.clone();
        let contents = Arc::make_mut(&mut newest.contents);
        contents.read_files(&self.folder, &self.keys, &manifest, self.manifest.files.len())?;
        newest.manifest = Arc::new(manifest);
        newest.mac = mac.into();
        Ok(newest)
    }
}

/// Encodes the rows of one new file.
pub(crate) fn encode(mapping: &Mapping, sequence: u64, (class, rows): Write) -> Result<(FileEntry, Vec<u8>)> {
    let part = mapping.contents.table.part(class);
    data_file::encode(&mapping.keys, &mapping.manifest.id, sequence, class, part, rows)
}
