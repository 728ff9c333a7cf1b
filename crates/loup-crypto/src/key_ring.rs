//! The keys a session may use: opened from a file, given as text, or drawn for this run only.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::key::RootKey;
use crate::key_file;
use crate::passphrase::Passphrase;
use crate::private_file::{self, Replacement};
use crate::secret::Secret;
use crate::timestamp;

/// The id of a key given as text (`LOUP_KEY`).
const TEXT_KEY_ID: &str = "env";

/// The id of a key drawn for this run; no key file may use it.
const EPHEMERAL_ID: &str = "ephemeral";

/// One or more root keys. The newest makes new values; older ones stay to read what they made.
///
/// # Example
/// ```
/// use loup_crypto::KeyRing;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("loup.key");
/// KeyRing::create(&path, "2026", None)?;
/// KeyRing::rotate(&path, "2027", None)?;
/// let ring = KeyRing::open(&path, None)?;
/// assert_eq!(ring.active().id(), "2027");
/// assert_eq!(ring.get("2026")?.id(), "2026");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    /// Never empty; the newest is last.
    keys: Vec<Arc<RootKey>>,
}

impl KeyRing {
    /// Opens a key file that only its owner may read.
    ///
    /// # Errors
    /// If the file cannot be read, may be opened by others, is malformed, or the passphrase is missing, wrong or
    /// not asked for.
    pub fn open(path: impl AsRef<Path>, passphrase: Option<&Passphrase>) -> Result<Self, Error> {
        Ok(Self { keys: key_file::read(path.as_ref(), passphrase)? })
    }

    /// Makes a ring of one key, with the id `env`, from base64 of exactly 32 bytes. Blanks around it do not count.
    ///
    /// # Errors
    /// If the text is anything else; it is not repeated in the error.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let bytes = STANDARD
            .decode(text.trim_ascii())
            .map(Zeroizing::new)
            .map_err(|_| Error::KeyText { got: "text that is not base64".to_owned() })?;
        let secret = Secret::from_slice(&bytes)
            .ok_or_else(|| Error::KeyText { got: format!("base64 of {} bytes", bytes.len()) })?;
        Ok(Self::of_one(RootKey::new(TEXT_KEY_ID.to_owned(), String::new(), false, secret)))
    }

    /// Draws a key for this run only: nothing made with it can be repeated or read later.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub fn ephemeral() -> Result<Self, Error> {
        Ok(Self::of_one(RootKey::new(EPHEMERAL_ID.to_owned(), timestamp::now(), true, Secret::random()?)))
    }

    /// Makes a new key file (mode 0600) with one new key; with a passphrase the secret in it is encrypted.
    ///
    /// # Errors
    /// If the file exists already or cannot be written, or the id is not 1 to 64 letters, digits, `.`, `_` and `-`.
    pub fn create(path: impl AsRef<Path>, id: &str, passphrase: Option<&Passphrase>) -> Result<Self, Error> {
        let ring = Self::of_one(new_key(id)?);
        private_file::create(path.as_ref(), &key_file::encode(&ring.keys, passphrase)?)?;
        Ok(ring)
    }

    /// Adds a new key to a key file and makes it the active one; the others stay. The file is replaced in one step.
    ///
    /// # Errors
    /// As [`KeyRing::open`] and [`KeyRing::create`], and if the file has a key of that id already.
    pub fn rotate(path: impl AsRef<Path>, id: &str, passphrase: Option<&Passphrase>) -> Result<Self, Error> {
        let path = path.as_ref();
        let new = new_key(id)?;
        // Claimed before reading: of two rotations at once, one would lose the other's key.
        let replacement = Replacement::claim(path)?;
        let mut ring = Self::open(path, passphrase)?;
        if ring.get(id).is_ok() {
            return Err(Error::DuplicateKeyId { path: path.to_owned(), held: ring.ids() });
        }
        ring.keys.push(Arc::new(new));
        replacement.commit(&key_file::encode(&ring.keys, passphrase)?)?;
        Ok(ring)
    }

    /// Returns the newest key, with which new values are made.
    pub fn active(&self) -> Arc<RootKey> {
        Arc::clone(self.keys.last().expect("a ring is never empty"))
    }

    /// Returns the key of an id.
    ///
    /// # Errors
    /// If the ring has none. The error names the ids it holds and not the one asked for, which may come from a cell.
    pub fn get(&self, id: &str) -> Result<Arc<RootKey>, Error> {
        let found = self.keys.iter().find(|key| key.id() == id);
        found.map(Arc::clone).ok_or_else(|| Error::UnknownKeyId { held: self.ids() })
    }

    /// Returns all keys, oldest first.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Arc<RootKey>> {
        self.keys.iter()
    }

    fn of_one(key: RootKey) -> Self {
        Self { keys: vec![Arc::new(key)] }
    }

    fn ids(&self) -> String {
        self.keys.iter().map(|key| key.id()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.keys).finish()
    }
}

fn new_key(id: &str) -> Result<RootKey, Error> {
    if !key_file::is_key_id(id) || id == EPHEMERAL_ID {
        return Err(Error::KeyId { length: id.chars().count() });
    }
    Ok(RootKey::new(id.to_owned(), timestamp::now(), false, Secret::random()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_key_must_be_base64_of_32_bytes() {
        let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
        assert_eq!(ring.active().id(), "env");
        assert_eq!(ring.active().fingerprint().to_string(), "5e3ef2bb");
        assert!(!ring.active().is_ephemeral());
        for other in ["", "AAEC", "not base64 at all!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ=="] {
            let message = KeyRing::from_base64(other).unwrap_err().to_string();
            assert!(message.contains("exactly 32 bytes"), "{message}");
            assert!(other.is_empty() || !message.contains(other), "{message}");
        }
    }

    #[test]
    fn ephemeral_keys_differ() {
        let (one, two) = (KeyRing::ephemeral().unwrap(), KeyRing::ephemeral().unwrap());
        assert!(one.active().is_ephemeral());
        assert_ne!(one.active().fingerprint(), two.active().fingerprint());
    }

    #[test]
    fn unknown_id_is_not_repeated() {
        let message = KeyRing::ephemeral().unwrap().get("canary-from-a-cell").unwrap_err().to_string();
        assert!(message.contains("ephemeral") && !message.contains("canary"), "{message}");
    }

    #[test]
    fn malformed_ids_are_refused() {
        for id in ["", "ephemeral", "a b", "é", "a/b", "a,b", &"x".repeat(65)] {
            assert!(matches!(new_key(id), Err(Error::KeyId { .. })), "{id}");
        }
        for id in ["a", "2026-01", "prod_key.2", &"x".repeat(64)] {
            assert!(new_key(id).is_ok(), "{id}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap());
        assert!(shown.contains("env") && shown.contains("***"));
        assert!(!shown.contains("AAEC") && !shown.contains("1, 2, 3"));
    }
}
