//! Which key ring and which salts a session masks with, and the passphrase that opens the ring.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use loup_crypto::{Error, KeyRing, Passphrase, Salts};
use zeroize::Zeroizing;

use crate::failure::Usage;
use crate::secret_prompt;

/// Finds the key ring: `key_file`, else `LOUP_KEY_FILE`, else `LOUP_KEY`, else a key for this run only.
pub(crate) fn load(key_file: Option<&Path>, passphrase_file: Option<&Path>) -> Result<KeyRing> {
    if let Some(path) = named_file(key_file)? {
        return open(&path, passphrase_file);
    }
    let Some(text) = variable("LOUP_KEY")? else {
        return Ok(KeyRing::ephemeral().map_err(loup::Error::from)?);
    };
    let text = Zeroizing::new(text.into_string().map_err(|_| Usage::new("LOUP_KEY: expected base64 of 32 bytes"))?);
    KeyRing::from_base64(&text).map_err(loup::Error::from).context("LOUP_KEY")
}

/// Returns the key file that an option or `LOUP_KEY_FILE` names.
pub(crate) fn named_file(key_file: Option<&Path>) -> Result<Option<PathBuf>> {
    match key_file {
        Some(path) => Ok(Some(path.to_owned())),
        None => Ok(variable("LOUP_KEY_FILE")?.map(PathBuf::from)),
    }
}

/// Opens the salts file, if there is one.
pub(crate) fn salts(file: Option<&Path>) -> Result<Option<Salts>> {
    Ok(file.map(Salts::open).transpose().map_err(loup::Error::from)?)
}

/// Returns the salts file that an option or `LOUP_SALTS_FILE` names.
pub(crate) fn named_salts_file(salts_file: Option<&Path>) -> Result<Option<PathBuf>> {
    match salts_file {
        Some(path) => Ok(Some(path.to_owned())),
        None => Ok(variable("LOUP_SALTS_FILE")?.map(PathBuf::from)),
    }
}

/// Opens a key file.
fn open(path: &Path, passphrase_file: Option<&Path>) -> Result<KeyRing> {
    Ok(unlock(path, passphrase_file)?.0)
}

/// Opens a key file and returns its passphrase too; asks for one that is needed and not set, if there is a terminal.
pub(crate) fn unlock(path: &Path, passphrase_file: Option<&Path>) -> Result<(KeyRing, Option<Passphrase>)> {
    let mut passphrase = passphrase(passphrase_file)?;
    let mut ring = KeyRing::open(path, passphrase.as_ref());
    if matches!(ring, Err(Error::PassphraseNeeded { .. })) && on_terminal() {
        passphrase = Some(ask(path)?);
        ring = KeyRing::open(path, passphrase.as_ref());
    }
    Ok((ring.map_err(loup::Error::from)?, passphrase))
}

/// Returns the passphrase that a file or `LOUP_PASSPHRASE` gives.
pub(crate) fn passphrase(file: Option<&Path>) -> Result<Option<Passphrase>> {
    if let Some(file) = file {
        return Ok(Some(Passphrase::from_file(file).map_err(loup::Error::from)?));
    }
    let Some(text) = variable("LOUP_PASSPHRASE")? else {
        return Ok(None);
    };
    let text = text.into_string().map_err(|_| Usage::new("LOUP_PASSPHRASE: expected text in UTF-8"))?;
    Ok(Some(Passphrase::new(text).map_err(loup::Error::from)?))
}

/// Asks twice for the passphrase of a new key file.
pub(crate) fn ask_new() -> Result<Passphrase> {
    let first = secret_prompt::read("New passphrase: ")?;
    let second = secret_prompt::read("The same again: ")?;
    if *first != *second {
        return Err(Usage::new("the two passphrases differ; nothing was written").into());
    }
    Ok(Passphrase::new(first.as_str()).map_err(loup::Error::from)?)
}

fn ask(path: &Path) -> Result<Passphrase> {
    let text = secret_prompt::read(&format!("Passphrase of {}: ", path.display()))?;
    Ok(Passphrase::new(text.as_str()).map_err(loup::Error::from)?)
}

fn on_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Reads a variable; one that is set but empty is an error: a secret that is missing in CI looks just so.
fn variable(name: &str) -> Result<Option<OsString>> {
    match env::var_os(name) {
        Some(value) if value.is_empty() => {
            Err(Usage::new(format!("{name} is set but empty; set it or unset it")).into())
        }
        other => Ok(other),
    }
}
