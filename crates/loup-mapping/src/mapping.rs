//! One version of a mapping, open for reading: made, opened, asked for pseudonyms and originals.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use loup_crypto::{Fingerprint, KeyRing, RootKey};

use crate::contents::Contents;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::keys::{ID, Keys, random_hex};
use crate::lock::{LOCK, Lock};
use crate::manifest::{MANIFEST, Manifest, STAGED, kept_name};
use crate::options::MappingOptions;
use crate::scheme::Scheme;
use crate::writer::MappingWriter;

/// How often a mapping is read anew that is being written while it is read.
const ATTEMPTS: usize = 5;

/// An encrypted table original -> pseudonym, as it was when it was opened. Clones share its memory.
///
/// Rolling back the whole folder to an older state cannot be noticed: nothing outside it says which state is the newest.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use datafusion::arrow::array::{ArrayRef, Int64Array};
/// use loup_crypto::KeyRing;
/// use loup_mapping::{Kind, Mapping, MappingOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path().join("customers");
/// let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// let options = MappingOptions { start: Some(1_000_000_000), ..MappingOptions::new(Kind::Sequential) };
/// let mapping = Mapping::create(&folder, options, &ring.active())?;
///
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(7)]));
/// let mut writer = mapping.writer(Duration::from_secs(10))?;
/// let pseudonyms = writer.get_or_create(&ids)?;
/// writer.stage()?.commit()?;
///
/// assert_eq!(&*pseudonyms, &Int64Array::from(vec![Some(1_000_000_000), None, Some(1_000_000_000)]));
/// let mapping = Mapping::open(&folder, &ring)?;
/// assert_eq!(mapping.map(&ids)?.as_ref(), pseudonyms.as_ref());
/// assert_eq!(mapping.unmap(&pseudonyms)?.as_ref(), ids.as_ref());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Mapping {
    pub(crate) folder: Folder,
    pub(crate) keys: Arc<Keys>,
    pub(crate) scheme: Arc<Scheme>,
    pub(crate) manifest: Arc<Manifest>,
    /// The manifest's check value: two versions are the same where it is.
    pub(crate) mac: Arc<str>,
    pub(crate) contents: Arc<Contents>,
}

impl Mapping {
    /// Makes a new and empty mapping in a new or empty folder (mode 0700).
    ///
    /// # Errors
    /// If the key is ephemeral, the options do not fit one another, the folder holds anything, or cannot be written.
    pub fn create(folder: impl AsRef<Path>, options: MappingOptions, key: &RootKey) -> Result<Self> {
        if key.is_ephemeral() {
            return Err(Error::EphemeralKey);
        }
        let scheme = Scheme::new(&options)?;
        let folder = Folder::make(folder.as_ref())?;
        check_vacant(&folder)?;
        folder.close_to_others()?;
        let lock = Lock::make(&folder)?;
        // Another one may have been made until the lock was ours.
        check_vacant(&folder)?;
        let id = random_hex(ID)?;
        lock.name(&folder, &id)?;
        let keys = Keys::new(key, &id, options.domain.as_deref());
        let manifest = Manifest::first(id, &keys, options, now());
        let (bytes, mac) = manifest.encode(&keys);
        folder.remove(STAGED)?;
        folder.write_new(STAGED, &bytes)?;
        folder.rename(STAGED, MANIFEST)?;
        folder.sync()?;
        folder.sync_parent()?;
        let contents = Arc::new(Contents::empty(&scheme));
        Ok(Self {
            folder,
            keys: Arc::new(keys),
            scheme: Arc::new(scheme),
            manifest: Arc::new(manifest),
            mac: mac.into(),
            contents,
        })
    }

    /// Opens a mapping and reads all of it.
    ///
    /// # Errors
    /// If the folder is no mapping, the ring does not hold its key or holds another of that id, or a file is missing, cut
    /// off or changed.
    pub fn open(folder: impl AsRef<Path>, ring: &KeyRing) -> Result<Self> {
        let folder = Folder::new(folder.as_ref());
        let mut attempt = 1;
        loop {
            let (manifest, keys, mac) = Manifest::read(&folder, MANIFEST, ring)?;
            match Self::of_manifest(&folder, manifest, keys, &mac) {
                // Two commits later the files of a manifest may be gone: then there is a newer one.
                Err(Error::FileMissing { .. }) if attempt < ATTEMPTS => {
                    let (_, _, newer) = Manifest::read(&folder, MANIFEST, ring)?;
                    attempt = if newer == mac { ATTEMPTS } else { attempt + 1 };
                }
                other => return other,
            }
        }
    }

    /// Opens the version before the one in force. It stays until the next commit; [`MappingWriter::restore_previous`] goes
    /// back to it.
    ///
    /// # Errors
    /// As [`Mapping::open`], and if there is no earlier version.
    pub fn open_previous(folder: impl AsRef<Path>, ring: &KeyRing) -> Result<Self> {
        let folder = Folder::new(folder.as_ref());
        let (current, _, _) = Manifest::read(&folder, MANIFEST, ring)?;
        let name = kept_name(current.sequence - 1);
        if folder.read(&name)?.is_none() {
            return Err(Error::NoPrevious { folder: folder.path().to_owned() });
        }
        let (manifest, keys, mac) = Manifest::read(&folder, &name, ring)?;
        if manifest.id != current.id {
            return Err(Error::ForeignManifest { path: folder.file(&name) });
        }
        Self::of_manifest(&folder, manifest, keys, &mac)
    }

    /// Loads the version that a manifest describes.
    pub(crate) fn of_manifest(folder: &Folder, manifest: Manifest, keys: Keys, mac: &str) -> Result<Self> {
        let scheme = Scheme::new(&manifest.options)?;
        let contents = Contents::load(folder, &keys, &manifest, &scheme)?;
        Ok(Self {
            folder: folder.clone(),
            keys: Arc::new(keys),
            scheme: Arc::new(scheme),
            manifest: Arc::new(manifest),
            mac: mac.into(),
            contents: Arc::new(contents),
        })
    }

    /// Waits for the right to write, takes in what others committed meanwhile, and removes what a crash left behind.
    ///
    /// # Errors
    /// If another process or thread is still writing after `wait`, or the newest version cannot be opened.
    pub fn writer(&self, wait: Duration) -> Result<MappingWriter> {
        MappingWriter::of(self, wait)
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the options it was made with.
    pub fn options(&self) -> &MappingOptions {
        self.scheme.options()
    }

    /// Returns its id, drawn when it was made: 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Returns the number of the version: 1 when it was made, one more with each commit.
    pub fn sequence(&self) -> u64 {
        self.manifest.sequence
    }

    /// Returns the id of the key it is encrypted with.
    pub fn key_id(&self) -> &str {
        &self.keys.key_id
    }

    /// Returns the fingerprint of the key it is encrypted with.
    pub fn fingerprint(&self) -> Fingerprint {
        self.keys.fingerprint
    }

    /// Returns how many entries it has.
    pub fn len(&self) -> u64 {
        self.contents.table.len()
    }

    /// Returns whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes of memory that its entries and their indexes take. The index by pseudonym is made when first
    /// asked for.
    pub fn memory_size(&self) -> usize {
        self.contents.table.memory_size()
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping")
            .field("folder", &self.folder.path())
            .field("id", &self.id())
            .field("sequence", &self.sequence())
            .field("key_id", &self.key_id())
            .field("options", self.options())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The present in microseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_micros() as i64)
}

/// Refuses a folder that holds anything but what an interrupted making leaves.
fn check_vacant(folder: &Folder) -> Result<()> {
    let names = folder.names()?;
    let path = folder.path().to_owned();
    if names.iter().any(|name| name == MANIFEST) {
        return Err(Error::Exists { folder: path });
    }
    if names.iter().any(|name| name != LOCK && name != STAGED) {
        return Err(Error::NotEmpty { folder: path });
    }
    Ok(())
}
