//! Salts, peppers and MAC keys by name: read from a salts file, used here, never shown.

use std::fmt;
use std::path::Path;

use crate::error::Error;
use crate::hash::HashAlgorithm;
use crate::private_file;
use crate::salted::{HmacSha256, SaltedDigest};
use crate::salts_file::{self, Entries};
use crate::secret::Secret;

const FILE_LIMIT: u64 = 1 << 20;

/// The name that stands for the random pepper of a session.
const SESSION: &str = "session";

/// The pepper of a salted digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pepper<'a> {
    /// None: one hash of value and salt.
    None,
    /// Random bytes that die with the [`Salts`]: other results in every session.
    Session,
    /// The one of a name in the salts file.
    Named(&'a str),
}

/// The secrets of a salts file by their names, and the random pepper of one session.
///
/// Two forms of the file are read, both JSON: `{"customer": "00ff.."}`, and
/// `{"_version": "1.0", "salts": {"customer": "00ff.."}}` with further members that begin with `_`. Secrets are hex of any
/// length. They cannot be read from outside; digests are made with them. They are wiped when dropped, and there is no
/// `Clone`: each session opens its own, so that no two share the random pepper.
///
/// # Example
/// ```
/// use loup_crypto::{HashAlgorithm, Pepper, Salts};
///
/// let salts = Salts::from_json(br#"{"customer": "0123456789abcdef"}"#)?;
/// let digest = salts.salted_digest(HashAlgorithm::Sha3_256, "customer", Pepper::None)?;
/// let mut out = [0; 64];
/// assert_eq!(digest.digest(b"12345", &mut out).len(), 32);
/// # Ok::<(), loup_crypto::Error>(())
/// ```
pub struct Salts {
    entries: Entries,
    session: Secret,
}

impl Salts {
    /// Opens a salts file that only its owner may read.
    ///
    /// # Errors
    /// If the file cannot be read, may be opened by others, or is malformed; or the system has no random bytes.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::read(path, &private_file::read(path, FILE_LIMIT)?)
    }

    /// Takes the content of a salts file that is kept elsewhere; errors call it `salts`.
    ///
    /// # Errors
    /// If it is malformed, or the system has no random bytes.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        Self::read(Path::new("salts"), json)
    }

    fn read(path: &Path, json: &[u8]) -> Result<Self, Error> {
        Ok(Self { entries: salts_file::read(path, json)?, session: Secret::random()? })
    }

    /// Returns the names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Makes the digest of a salt and a pepper.
    ///
    /// # Errors
    /// If the file lacks one of the names, or has one that means the session's pepper here. The error names those it has
    /// and not the one asked for, which may be a secret put in the wrong place.
    pub fn salted_digest(
        &self,
        algorithm: HashAlgorithm,
        salt: &str,
        pepper: Pepper<'_>,
    ) -> Result<SaltedDigest, Error> {
        let salt = self.get(salt)?;
        let pepper = match pepper {
            Pepper::None => None,
            Pepper::Named(name) => Some(self.get(name)?),
            // Which of the two was meant cannot be told, and one makes results that never repeat.
            Pepper::Session if self.entries.contains_key(SESSION) => return Err(Error::SaltNamedSession),
            Pepper::Session => Some(self.session.expose().as_slice()),
        };
        Ok(SaltedDigest::new(algorithm, salt, pepper))
    }

    /// Makes the HMAC of a key.
    ///
    /// # Errors
    /// If the file lacks the name; the error names those it has.
    pub fn hmac_sha256(&self, key: &str) -> Result<HmacSha256, Error> {
        self.get(key).map(HmacSha256::new)
    }

    fn get(&self, name: &str) -> Result<&[u8], Error> {
        let found = self.entries.get(name).map(|secret| secret.as_slice());
        found.ok_or_else(|| Error::UnknownSalt { held: self.names().collect::<Vec<_>>().join(", ") })
    }
}

impl fmt::Debug for Salts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salts").field("names", &self.entries.keys()).finish_non_exhaustive()
    }
}
