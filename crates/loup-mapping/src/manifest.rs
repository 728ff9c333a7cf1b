//! The manifest: JSON that says what a mapping is and which files belong to it, with a keyed check value at its end.

use loup_crypto::{KeyRing, hex};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::keys::{ID, Keys};
use crate::lock;
use crate::options::MappingOptions;
use crate::table::Class;

/// The manifest in force.
pub(crate) const MANIFEST: &str = "manifest.json";

/// A manifest that waits for its commit.
pub(crate) const STAGED: &str = "manifest.new";

const VERSION: u64 = 1;

/// What stands before and behind the check value; everything before it is what is checked.
const MAC_BEFORE: &str = ",\n  \"mac\": \"";
const MAC_BEHIND: &str = "\"\n}\n";
const MAC_DIGITS: usize = 64;

/// One version of a mapping.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    version: u64,
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) key: KeyName,
    pub(crate) options: MappingOptions,
    /// Microseconds since 1970 at which the mapping and this version of it were made.
    pub(crate) created: i64,
    pub(crate) written: i64,
    /// How many pseudonyms were drawn by number.
    pub(crate) drawn: u64,
    /// Entries whose pseudonyms came from elsewhere.
    pub(crate) imported: u64,
    pub(crate) integers: u64,
    pub(crate) texts: u64,
    pub(crate) files: Vec<FileEntry>,
}

/// The name of the key that a mapping was made with.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyName {
    pub(crate) id: String,
    pub(crate) fingerprint: String,
}

/// One data file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub(crate) name: String,
    pub(crate) originals: Class,
    /// The sequence that the file was written for; part of what its encryption authenticates.
    pub(crate) sequence: u64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) hash: String,
}

/// What must be known before anything can be checked.
#[derive(Deserialize)]
struct Head {
    id: String,
    key: KeyName,
    options: MappingOptions,
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u64,
}

impl Manifest {
    /// The manifest of a new and empty mapping.
    pub(crate) fn first(id: String, keys: &Keys, options: MappingOptions, now: i64) -> Self {
        Self {
            version: VERSION,
            id,
            sequence: 1,
            key: KeyName { id: keys.key_id.clone(), fingerprint: keys.fingerprint.to_string() },
            options,
            created: now,
            written: now,
            drawn: 0,
            imported: 0,
            integers: 0,
            texts: 0,
            files: Vec::new(),
        }
    }

    /// Rows of a class.
    pub(crate) fn rows(&self, class: Class) -> u64 {
        match class {
            Class::Integers => self.integers,
            Class::Texts => self.texts,
        }
    }

    /// Returns the manifest as it is written to disk, and its check value.
    pub(crate) fn encode(&self, keys: &Keys) -> (Vec<u8>, String) {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is plain data");
        text.truncate(text.trim_end_matches(['\n', '}']).len());
        let mac = hex(&keys.manifest().digest(text.as_bytes()));
        text.extend([MAC_BEFORE, &mac, MAC_BEHIND]);
        (text.into_bytes(), mac)
    }

    /// Reads and checks a manifest, and finds its key.
    pub(crate) fn read(folder: &Folder, name: &str, ring: &KeyRing) -> Result<(Self, Keys, String)> {
        let bytes = read(folder, name)?;
        let head: Head = parse(folder, name, &bytes)?;
        let keys = find_keys(folder, name, &head, ring)?;
        let checked = Self::check(folder, name, &bytes, &keys);
        if let Err(Error::ManifestChanged { .. }) = &checked {
            let (expected, given) = (head.key.fingerprint, keys.fingerprint.to_string());
            let shape = expected.len() == given.len() && expected.bytes().all(|byte| byte.is_ascii_hexdigit());
            if shape && expected != given {
                let folder = folder.path().to_owned();
                return Err(Error::WrongKey { folder, key_id: keys.key_id, expected, given });
            }
        }
        checked.map(|(manifest, mac)| (manifest, keys, mac))
    }

    /// Reads and checks another manifest of a mapping whose keys are known; returns it with its check value.
    pub(crate) fn read_known(folder: &Folder, name: &str, keys: &Keys) -> Result<(Self, String)> {
        Self::check(folder, name, &read(folder, name)?, keys)
    }

    /// Reads a manifest and the check value it states without checking that: for naming files, not for trusting them.
    pub(crate) fn read_unchecked(folder: &Folder, name: &str) -> Result<(Self, String)> {
        let bytes = read(folder, name)?;
        let (content, mac) = split(&bytes).ok_or_else(|| Error::ManifestChanged { path: folder.file(name) })?;
        let manifest = parse(folder, name, &[content, b"\n}"].concat())?;
        Ok((manifest, String::from_utf8_lossy(mac).into_owned()))
    }

    fn check(folder: &Folder, name: &str, bytes: &[u8], keys: &Keys) -> Result<(Self, String)> {
        let changed = || Error::ManifestChanged { path: folder.file(name) };
        let (checked, mac) = split(bytes).ok_or_else(changed)?;
        let expected = hex(&keys.manifest().digest(checked));
        if !same(expected.as_bytes(), mac) {
            return Err(changed());
        }
        let manifest: Self = parse(folder, name, &[checked, b"\n}"].concat())?;
        if !lock::is_folder_of(folder, &manifest.id)? {
            return Err(Error::ForeignManifest { path: folder.file(name) });
        }
        Ok((manifest, expected))
    }
}

/// Reads the bytes of a manifest whose version is ours; a later one may look different in everything but that.
fn read(folder: &Folder, name: &str) -> Result<Vec<u8>> {
    let bytes = folder.read(name)?.ok_or_else(|| Error::NotAMapping { folder: folder.path().to_owned() })?;
    match parse::<VersionOnly>(folder, name, &bytes)?.version {
        VERSION => Ok(bytes),
        version => Err(Error::ManifestVersion { path: folder.file(name), version }),
    }
}

/// Parses JSON; the error says where, and not what.
fn parse<'a, T: Deserialize<'a>>(folder: &Folder, name: &str, bytes: &'a [u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::ManifestSyntax {
        path: folder.file(name),
        line: error.line(),
        column: error.column(),
    })
}

/// The name under which the version with that sequence stays when it is no longer in force.
pub(crate) fn kept_name(sequence: u64) -> String {
    format!("manifest-{sequence:08}.json")
}

/// Divides a manifest into what is checked and the check value.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_suffix(MAC_BEHIND.as_bytes())?;
    let (rest, mac) = rest.split_at_checked(rest.len().checked_sub(MAC_DIGITS)?)?;
    Some((rest.strip_suffix(MAC_BEFORE.as_bytes())?, mac))
}

fn find_keys(folder: &Folder, name: &str, head: &Head, ring: &KeyRing) -> Result<Keys> {
    let key_id = &head.key.id;
    match ring.get(key_id) {
        Ok(root) if root.is_ephemeral() => Err(Error::EphemeralKey),
        Ok(root) if head.id.len() == 2 * ID => Ok(Keys::new(&root, &head.id, head.options.domain.as_deref())),
        Ok(_) => Err(Error::ManifestChanged { path: folder.file(name) }),
        Err(_) if ring.keys().all(|key| key.is_ephemeral()) => Err(Error::EphemeralKey),
        Err(_) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            // Not checked yet: what is no key id is not repeated.
            let shown = if key_id.len() <= 64 && key_id.bytes().all(plain) { key_id.as_str() } else { "?" };
            let held = ring.keys().map(|key| key.id()).collect::<Vec<_>>().join(", ");
            Err(Error::KeyMissing { folder: folder.path().to_owned(), key_id: shown.to_owned(), held })
        }
    }
}

/// Compares without telling by the time taken where the first difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Kind;

    #[test]
    fn manifest_is_json_with_its_check_value_last() {
        let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let id = "00112233445566778899aabbccddeeff".to_owned();
        let keys = Keys::new(&ring.active(), &id, None);
        for files in [0, 1] {
            let mut manifest = Manifest::first(id.clone(), &keys, MappingOptions::new(Kind::Uuid), 7);
            manifest.files = vec![
                FileEntry {
                    name: "data".to_owned(),
                    originals: Class::Texts,
                    sequence: 1,
                    rows: 2,
                    bytes: 3,
                    hash: "ff".to_owned()
                };
                files
            ];
            let (bytes, mac) = manifest.encode(&keys);
            let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(json["mac"], mac.as_str());
            assert_eq!((&json["sequence"], &json["key"]["fingerprint"]), (&1.into(), &"5e3ef2bb".into()));
            assert_eq!(json["files"].as_array().unwrap().len(), files);
            let (checked, found) = split(&bytes).unwrap();
            assert_eq!(found, mac.as_bytes());
            assert_eq!(keys.manifest().digest(checked).map(|byte| format!("{byte:02x}")).concat(), mac);
        }
    }
}
