//! What can go wrong in this crate; no message holds a key, a passphrase or a value.

use std::io;
use std::path::PathBuf;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// When the operating system refuses to open, read, write or rename a key file, salts file, passphrase file or sealed
    /// file.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// When a new key file would take the place of an existing file.
    #[error("{} exists already; to add a key to it, rotate it", path.display())]
    Exists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// When a file of secrets may be read or written by others than its owner.
    #[error("{} holds secrets but others may open it (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// When a file of secrets is a folder or device, or far larger than such a file can be.
    #[error("{}: expected a regular file of at most {limit} bytes", path.display())]
    NotASecretFile {
        /// The file.
        path: PathBuf,
        /// The largest size that is read.
        limit: u64,
    },
    /// When a key file is not the JSON object expected, for example because it was cut off.
    #[error("{}: expected a JSON key file, stopped at line {line} column {column}", path.display())]
    KeyFileSyntax {
        /// The key file.
        path: PathBuf,
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// When a key file was written by a later version, or its version number is wrong.
    #[error("{}: expected key file version 1, got {version}", path.display())]
    KeyFileVersion {
        /// The key file.
        path: PathBuf,
        /// The version it states.
        version: u64,
    },
    /// When one key of a key file is malformed, or a part of the file that stands for all of them is.
    #[error("{}: {place}: expected {expected}", path.display())]
    KeyFileContent {
        /// The key file.
        path: PathBuf,
        /// Which part: `key 2` (from 1), `keys` or `passphrase`.
        place: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// When a key file is protected and no passphrase was given.
    #[error("{} is protected by a passphrase; set LOUP_PASSPHRASE or name a passphrase file", path.display())]
    PassphraseNeeded {
        /// The key file.
        path: PathBuf,
    },
    /// When a passphrase was given for a key file that has none: its owner believes it protected, and it is not.
    #[error("{} is not protected by a passphrase, but one was given; unset it, or make a protected key file", path.display())]
    PassphraseUnused {
        /// The key file.
        path: PathBuf,
    },
    /// When a passphrase is the empty string.
    #[error("the passphrase is empty")]
    PassphraseEmpty,
    /// When a passphrase file does not hold UTF-8 text.
    #[error("{}: expected a passphrase in UTF-8", path.display())]
    PassphraseNotText {
        /// The passphrase file.
        path: PathBuf,
    },
    /// When the keys do not open: the passphrase is another one, or the file was changed.
    #[error("{}: wrong passphrase, or the file was changed", path.display())]
    WrongPassphrase {
        /// The key file.
        path: PathBuf,
    },
    /// When a key id is not 1 to 64 letters, digits, dots, dashes or underscores, or is the reserved `ephemeral`.
    #[error("key id: expected 1 to 64 of A-Z a-z 0-9 . _ - and not 'ephemeral', got {length} characters")]
    KeyId {
        /// The length of what was given.
        length: usize,
    },
    /// When a salts file is not JSON in one of the forms expected, for example because it was cut off.
    #[error("{}: expected a JSON salts file, stopped at line {line} column {column}", path.display())]
    SaltsFileSyntax {
        /// The salts file.
        path: PathBuf,
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// When a part of a salts file is malformed.
    #[error("{}: {place}: expected {expected}", path.display())]
    SaltsFileContent {
        /// The salts file.
        path: PathBuf,
        /// Which part: `salt 2` (from 1), `salts`, `_version`, `a salt` or `the file`.
        place: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// When a salt, pepper or MAC key is asked for by a name that the salts file does not have.
    #[error("the salts file has no entry of the name asked for; it has: {held}")]
    UnknownSalt {
        /// The names it has.
        held: String,
    },
    /// When the session's pepper is asked for and the salts file has an entry of that name too.
    #[error("'session' means a pepper of random bytes, but the salts file has an entry of that name; rename it there")]
    SaltNamedSession,
    /// When a key is added under an id the key file has already.
    #[error("{}: a key of that id exists already; it holds: {held}", path.display())]
    DuplicateKeyId {
        /// The key file.
        path: PathBuf,
        /// The ids it holds.
        held: String,
    },
    /// When a value was made with a key that the ring does not hold.
    #[error("the key ring has no key of the id asked for; it holds: {held}")]
    UnknownKeyId {
        /// The ids the ring holds.
        held: String,
    },
    /// When a key given as text is not base64 of exactly 32 bytes.
    #[error("key: expected base64 of exactly 32 bytes, got {got}")]
    KeyText {
        /// The shape of what was given, never the text.
        got: String,
    },
    /// When another process is writing the same file, or one stopped half-way and left its temporary file.
    #[error("{} is in the way: another process is writing, or one was interrupted (then remove that file)", path.display())]
    Busy {
        /// The temporary file.
        path: PathBuf,
    },
    /// When the operating system has no random bytes to give.
    #[error("the operating system gave no random bytes")]
    Random,
    /// When an AES key is not 16, 24 or 32 bytes.
    #[error("ff1: expected a key of 16, 24 or 32 bytes, got {length}")]
    Ff1Key {
        /// The key's length.
        length: usize,
    },
    /// When a radix lies outside 2 to 65536.
    #[error("ff1: expected a radix of 2 to 65536, got {radix}")]
    Ff1Radix {
        /// The radix.
        radix: u32,
    },
    /// When a row is shorter than two digits, too long to count, or the rows do not fill the buffer.
    #[error("ff1: expected whole rows of at least 2 digits, got rows of {row_len} in {total} digits")]
    Ff1Length {
        /// Digits a row.
        row_len: usize,
        /// Digits in all.
        total: usize,
    },
    /// When a digit is not below the radix. Nothing was changed.
    #[error("ff1: expected digits below {radix}, got a larger one")]
    Ff1Digit {
        /// The radix.
        radix: u32,
    },
    /// When a tweak is too long to count in 32 bits.
    #[error("ff1: expected a tweak of less than 4 GiB, got {length} bytes")]
    Ff1Tweak {
        /// The tweak's length.
        length: usize,
    },
    /// When a range to permute has fewer than two values or more than 2^64.
    #[error("range: expected 2 to 2^64 values, lowest first")]
    RangeWidth,
    /// When an offset lies outside the range. Nothing was changed.
    #[error("range: expected offsets within the range, got one beyond it")]
    RangeOffset,
    /// When bytes to open are too short or do not begin as sealed bytes do.
    #[error("expected sealed bytes, got {length} bytes of something else")]
    NotSealed {
        /// How many bytes were given.
        length: usize,
    },
    /// When sealed bytes were written by a later version.
    #[error("expected sealed bytes of version 1, got version {version}")]
    SealedVersion {
        /// The version they state.
        version: u8,
    },
    /// When encrypted bytes do not open: another key, another place (associated data), or they were changed.
    #[error("cannot decrypt: the key or the place differs, or the bytes were changed")]
    Rejected,
    /// When a plaintext is larger than the cipher may encrypt (64 GiB).
    #[error("cannot encrypt {length} bytes at once")]
    TooLarge {
        /// The plaintext's length.
        length: usize,
    },
}
