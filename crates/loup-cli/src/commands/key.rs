//! `loup key new|list|rotate`: key files, of which only names, dates and fingerprints are shown.

use std::fs::DirBuilder;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::record_batch::RecordBatch;
use loup_crypto::{KeyRing, RootKey};

use crate::args::{KeyCommand, KeyFileArgs, NewKeyArgs, Options, RotateKeyArgs};
use crate::output::Output;
use crate::{keys, user_dirs};

const DEFAULT_NAME: &str = "keys.json";

/// Runs one of the key commands.
pub(crate) fn run(command: &KeyCommand, options: &Options) -> Result<()> {
    match command {
        KeyCommand::New(arguments) => new(arguments, options),
        KeyCommand::List(arguments) => list(arguments, options),
        KeyCommand::Rotate(arguments) => rotate(arguments, options),
    }
}

fn new(arguments: &NewKeyArgs, options: &Options) -> Result<()> {
    let path = key_file(&arguments.at, options)?;
    if path.exists() {
        // Said before a passphrase is asked for.
        return Err(loup::Error::from(loup_crypto::Error::Exists { path }).into());
    }
    let passphrase = match keys::passphrase(options.passphrase_file.as_deref())? {
        None if arguments.passphrase => Some(keys::ask_new()?),
        other => other,
    };
    make_default_folder(&path)?;
    let ring = KeyRing::create(&path, &arguments.id, passphrase.as_ref()).map_err(loup::Error::from)?;
    let path = std::path::absolute(&path).unwrap_or(path);
    let mut out = io::stdout().lock();
    writeln!(out, "Made key {} in {}", name(&ring.active()), path.display())?;
    writeln!(out, "To mask with it:  export LOUP_KEY_FILE={}", shell_word(&path))?;
    if passphrase.is_some() {
        writeln!(out, "Its passphrase is read from LOUP_PASSPHRASE or --passphrase-file.")?;
    }
    writeln!(
        out,
        "Keep a copy apart from the data and out of version control: without it results cannot be repeated,"
    )?;
    writeln!(out, "and anyone who has it can test which pseudonym a guessed value has.")?;
    Ok(())
}

fn list(arguments: &KeyFileArgs, options: &Options) -> Result<()> {
    let path = key_file(arguments, options)?;
    let (ring, _) = keys::unlock(&path, options.passphrase_file.as_deref())?;
    let column = |text: fn(&Arc<RootKey>) -> String| -> ArrayRef {
        Arc::new(ring.keys().map(text).map(Some).collect::<StringArray>())
    };
    let keys = RecordBatch::try_from_iter([
        ("id", column(|key| key.id().to_owned())),
        ("created", column(|key| key.created().to_owned())),
        ("fingerprint", column(|key| key.fingerprint().to_string())),
    ])?;
    Output::stdout(options.format).print_batch(&keys)
}

fn rotate(arguments: &RotateKeyArgs, options: &Options) -> Result<()> {
    let path = key_file(&arguments.at, options)?;
    let (ring, passphrase) = keys::unlock(&path, options.passphrase_file.as_deref())?;
    let id = match &arguments.id {
        Some(id) => id.clone(),
        None => free_id(&ring),
    };
    let ring = KeyRing::rotate(&path, &id, passphrase.as_ref()).map_err(loup::Error::from)?;
    let mut out = io::stdout().lock();
    writeln!(out, "Made key {} in {}; masking uses it from now on", name(&ring.active()), path.display())?;
    writeln!(out, "{} for reading. New pseudonyms differ from those made before.", older(&ring))?;
    Ok(())
}

/// The key file of a key command: where a new one is made if nothing names it.
fn key_file(arguments: &KeyFileArgs, options: &Options) -> Result<PathBuf> {
    let named = arguments.file.as_deref().or(options.key_file.as_deref());
    match keys::named_file(named)? {
        Some(path) => Ok(path),
        None => Ok(user_dirs::config()?.join(DEFAULT_NAME)),
    }
}

/// Makes the user's own configuration folder; any other folder must be there already.
fn make_default_folder(path: &Path) -> Result<()> {
    let Ok(folder) = user_dirs::config() else { return Ok(()) };
    if path.parent() != Some(&folder) {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Numbers keys by their count, and goes on from there where a name is taken.
fn free_id(ring: &KeyRing) -> String {
    let mut number = ring.keys().len() + 1;
    loop {
        let id = format!("k{number}");
        if ring.keys().all(|key| key.id() != id) {
            return id;
        }
        number += 1;
    }
}

fn name(key: &RootKey) -> String {
    format!("{} (fingerprint {})", key.id(), key.fingerprint())
}

fn older(ring: &KeyRing) -> String {
    match ring.keys().len() - 1 {
        1 => "The older key stays".to_owned(),
        n => format!("The {n} older keys stay"),
    }
}

/// Quotes a path for a shell where it needs that.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+~,@%:".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_the_shell_where_needed() {
        assert_eq!(shell_word(Path::new("/home/a/.config/loup/keys.json")), "/home/a/.config/loup/keys.json");
        assert_eq!(shell_word(Path::new("/home/a b/it's.json")), "'/home/a b/it'\\''s.json'");
    }

    #[test]
    fn a_rotation_takes_the_next_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        assert_eq!(free_id(&KeyRing::create(&path, "k2", None).unwrap()), "k3");
        assert_eq!(free_id(&KeyRing::rotate(&path, "k3", None).unwrap()), "k4");
    }
}
