//! The key file: JSON, version 1, with the secrets in base64 or, under a passphrase, encrypted.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::aead::{self, NONCE};
use crate::error::Error;
use crate::frame::frame;
use crate::key::RootKey;
use crate::passphrase::Passphrase;
use crate::private_file;
use crate::secret::{Secret, fill_random};
use crate::timestamp;

const VERSION: u64 = 1;
const FILE_LIMIT: u64 = 1 << 20;
const SALT: usize = 16;

/// What new files are made with: 64 MiB, three passes, one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// What a file may ask for. A planted file shall not be able to stop the machine before it turns out to be wrong.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

#[derive(Deserialize)]
struct VersionForm {
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm<'a> {
    version: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    passphrase: Option<KdfForm<'a>>,
    #[serde(borrow)]
    keys: Vec<KeyForm<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KdfForm<'a> {
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    #[serde(borrow)]
    salt: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyForm<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    created: Cow<'a, str>,
    #[serde(borrow)]
    secret: Cow<'a, str>,
}

impl Drop for KeyForm<'_> {
    fn drop(&mut self) {
        // A borrowed secret is wiped with the buffer it lies in; an owned one (escapes in the JSON) has only us.
        if let Cow::Owned(secret) = &mut self.secret {
            secret.zeroize();
        }
    }
}

/// Whether `id` can name a key: 1 to 64 of `A-Z a-z 0-9 . _ -`.
pub(crate) fn is_key_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Reads the keys of a file, in its order; there is at least one.
pub(crate) fn read(path: &Path, passphrase: Option<&Passphrase>) -> Result<Vec<Arc<RootKey>>, Error> {
    let bytes = private_file::read(path, FILE_LIMIT)?;
    // serde_json's own messages quote the text they stop at; only the place is passed on.
    let syntax =
        |e: serde_json::Error| Error::KeyFileSyntax { path: path.to_owned(), line: e.line(), column: e.column() };
    let version = serde_json::from_slice::<VersionForm>(&bytes).map_err(syntax)?.version;
    if version != VERSION {
        return Err(Error::KeyFileVersion { path: path.to_owned(), version });
    }
    let form: FileForm<'_> = serde_json::from_slice(&bytes).map_err(syntax)?;
    let content =
        |place: &str, expected| Error::KeyFileContent { path: path.to_owned(), place: place.to_owned(), expected };
    if form.keys.is_empty() {
        return Err(content("keys", "at least one key"));
    }
    let lock = match (&form.passphrase, passphrase) {
        (None, None) => None,
        (Some(_), None) => return Err(Error::PassphraseNeeded { path: path.to_owned() }),
        (None, Some(_)) => return Err(Error::PassphraseUnused { path: path.to_owned() }),
        (Some(kdf), Some(passphrase)) => {
            Some(Lock::from_form(kdf, passphrase).map_err(|expected| content("passphrase", expected))?)
        }
    };
    let mut seen = HashSet::new();
    let mut keys = Vec::with_capacity(form.keys.len());
    for (index, key) in form.keys.iter().enumerate() {
        let fault = |expected| content(&format!("key {}", index + 1), expected);
        if !is_key_id(&key.id) {
            return Err(fault("an id of 1 to 64 of A-Z a-z 0-9 . _ -"));
        }
        if !seen.insert(&*key.id) {
            return Err(fault("an id that no other key of the file has"));
        }
        if !timestamp::is_valid(&key.created) {
            return Err(fault("'created' as 2026-01-31T23:59:59Z"));
        }
        let stored = STANDARD.decode(&*key.secret).map(Zeroizing::new).map_err(|_| fault("a secret in base64"))?;
        let secret = match &lock {
            None => Secret::from_slice(&stored).ok_or_else(|| fault("a secret of exactly 32 bytes"))?,
            Some(lock) => {
                let (nonce, body) = stored.split_first_chunk::<NONCE>().ok_or_else(|| fault("an encrypted secret"))?;
                let opened = aead::open(&aead::gcm(&lock.key), nonce, &lock.aad(&key.id, &key.created), body)
                    .map_err(|_| Error::WrongPassphrase { path: path.to_owned() })?;
                let opened = Zeroizing::new(opened);
                Secret::from_slice(&opened).ok_or_else(|| fault("a secret of exactly 32 bytes"))?
            }
        };
        keys.push(Arc::new(RootKey::new(key.id.clone().into_owned(), key.created.clone().into_owned(), false, secret)));
    }
    Ok(keys)
}

/// The bytes of a key file that holds `keys`. Under a passphrase the salt and all nonces are new each time.
pub(crate) fn encode(keys: &[Arc<RootKey>], passphrase: Option<&Passphrase>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let lock = passphrase.map(Lock::new).transpose()?;
    let mut form = FileForm { version: VERSION, passphrase: lock.as_ref().map(Lock::to_form), keys: Vec::new() };
    for key in keys {
        let secret = match &lock {
            None => STANDARD.encode(key.secret().expose()),
            Some(lock) => {
                let mut nonce = [0; NONCE];
                fill_random(&mut nonce)?;
                let aad = lock.aad(key.id(), key.created());
                let body = aead::seal(&aead::gcm(&lock.key), &nonce, &aad, key.secret().expose())?;
                STANDARD.encode([nonce.as_slice(), &body].concat())
            }
        };
        form.keys.push(KeyForm { id: key.id().into(), created: key.created().into(), secret: secret.into() });
    }
    // Room enough beforehand: a buffer that grows leaves copies of the secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(512 + 512 * keys.len()));
    serde_json::to_writer_pretty(&mut *bytes, &form).expect("text and numbers always serialise");
    bytes.push(b'\n');
    Ok(bytes)
}

/// A key made from a passphrase, with the parameters it was made by.
struct Lock {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT],
    key: Zeroizing<[u8; 32]>,
}

impl Lock {
    fn new(passphrase: &Passphrase) -> Result<Self, Error> {
        let mut salt = [0; SALT];
        fill_random(&mut salt)?;
        let lock = Self::derive(MEMORY_KIB, PASSES, LANES, salt, passphrase);
        Ok(lock.expect("the parameters of new files are valid"))
    }

    fn from_form(form: &KdfForm<'_>, passphrase: &Passphrase) -> Result<Self, &'static str> {
        if form.algorithm != "argon2id" {
            return Err("algorithm 'argon2id'");
        }
        if form.memory_kib > MEMORY_KIB_MAX || form.passes > PASSES_MAX || form.lanes > LANES_MAX {
            return Err("at most 1 GiB of memory, 16 passes and 16 lanes");
        }
        let salt = STANDARD.decode(&*form.salt).ok().and_then(|salt| salt.try_into().ok());
        let salt = salt.ok_or("a salt of 16 bytes in base64")?;
        Self::derive(form.memory_kib, form.passes, form.lanes, salt, passphrase)
    }

    fn derive(
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        salt: [u8; SALT],
        passphrase: &Passphrase,
    ) -> Result<Self, &'static str> {
        let mut key = Zeroizing::new([0; 32]);
        let params =
            Params::new(memory_kib, passes, lanes, Some(key.len())).map_err(|_| "parameters argon2id knows")?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose(), &salt, &mut *key)
            .map_err(|_| "parameters argon2id knows")?;
        Ok(Self { memory_kib, passes, lanes, salt, key })
    }

    fn to_form(&self) -> KdfForm<'static> {
        KdfForm {
            algorithm: "argon2id".into(),
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
            salt: STANDARD.encode(self.salt).into(),
        }
    }

    /// Binds a secret to its id, its date and the parameters: none can be changed or swapped unnoticed.
    fn aad(&self, id: &str, created: &str) -> Vec<u8> {
        let mut aad = Vec::new();
        frame(&mut aad, b"loup/key-file/v1");
        frame(&mut aad, b"argon2id");
        for number in [self.memory_kib, self.passes, self.lanes] {
            frame(&mut aad, &number.to_le_bytes());
        }
        frame(&mut aad, &self.salt);
        frame(&mut aad, id.as_bytes());
        frame(&mut aad, created.as_bytes());
        aad
    }
}
