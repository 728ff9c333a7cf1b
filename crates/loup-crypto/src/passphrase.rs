//! The passphrase that protects a key file.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::private_file;

/// More than anyone types; a larger file is something else.
const FILE_LIMIT: u64 = 4096;

/// A passphrase. Wiped when dropped; its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase over as it stands: blanks count.
    ///
    /// # Errors
    /// If it is empty: that is a variable set by mistake, not protection.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() { Err(Error::PassphraseEmpty) } else { Ok(Self(text)) }
    }

    /// Reads a passphrase from a file that only its owner may open; one line end at the end does not count.
    ///
    /// # Errors
    /// If the file cannot be read, may be opened by others, is not UTF-8, or is empty.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = private_file::read(path, FILE_LIMIT)?;
        let text = str::from_utf8(&bytes).map_err(|_| Error::PassphraseNotText { path: path.to_owned() })?;
        let line = text.strip_suffix('\n').unwrap_or(text);
        Self::new(line.strip_suffix('\r').unwrap_or(line))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(***)")
    }
}
