//! What can go wrong with a mapping; no message holds a key, an original or a pseudonym.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The result of an operation on a mapping.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// When the operating system refuses to make, read, write, rename or sync a file.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// When a key cannot do what was asked of it.
    #[error(transparent)]
    Crypto(#[from] loup_crypto::Error),
    /// When a mapping would be made or opened with a key that dies with this process.
    #[error(
        "a mapping is read again later, so it needs a lasting key and not an ephemeral one; make one: loup key new"
    )]
    EphemeralKey,
    /// When the key ring does not hold the key that the mapping was made with.
    #[error("{}: needs the key '{key_id}'; the key ring holds: {held}", folder.display())]
    KeyMissing {
        /// The mapping's folder.
        folder: PathBuf,
        /// The id of the key it was made with.
        key_id: String,
        /// The ids that the ring holds.
        held: String,
    },
    /// When the key of that id is another one than the mapping was made with.
    #[error(
        "{}: made with another key '{key_id}' (fingerprint {expected}) than the one given (fingerprint {given}), or its \
         manifest was changed",
        folder.display()
    )]
    WrongKey {
        /// The mapping's folder.
        folder: PathBuf,
        /// The id of both keys.
        key_id: String,
        /// The fingerprint that the manifest states.
        expected: String,
        /// The fingerprint of the key given.
        given: String,
    },
    /// When a folder has no manifest: it is no mapping, or its making was interrupted.
    #[error("{} is not a mapping: it has no manifest", folder.display())]
    NotAMapping {
        /// The folder.
        folder: PathBuf,
    },
    /// When a new mapping would take the place of an existing one.
    #[error("{} is a mapping already", folder.display())]
    Exists {
        /// The mapping's folder.
        folder: PathBuf,
    },
    /// When a name of SQL stands for another mapping in this session.
    #[error("the name {name} stands for the mapping {} in this session; choose another name", folder.display())]
    NameTaken {
        /// The name.
        name: String,
        /// The folder it stands for.
        folder: PathBuf,
    },
    /// When a new mapping would be put among other files.
    #[error("{} holds other files; name a new or an empty folder", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// When going back was asked for and the mapping has no earlier version.
    #[error("{} has no earlier version to go back to", folder.display())]
    NoPrevious {
        /// The mapping's folder.
        folder: PathBuf,
    },
    /// When a manifest is not what this crate writes: cut off, or another file.
    #[error("{}: expected the manifest of a mapping, stopped at line {line} column {column}", path.display())]
    ManifestSyntax {
        /// The manifest.
        path: PathBuf,
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// When a manifest was written by a later version.
    #[error("{}: expected manifest version 1, got {version}", path.display())]
    ManifestVersion {
        /// The manifest.
        path: PathBuf,
        /// The version it states.
        version: u64,
    },
    /// When a manifest's check value is not that of its content.
    #[error("{}: was changed after it was written (its check value does not match)", path.display())]
    ManifestChanged {
        /// The manifest.
        path: PathBuf,
    },
    /// When a manifest is whole, but of another mapping than the folder was made for.
    #[error("{}: is of another mapping than the one this folder was made for", path.display())]
    ForeignManifest {
        /// The manifest.
        path: PathBuf,
    },
    /// When a file that belongs to the mapping is gone.
    #[error("{}: is missing and belongs to the mapping", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// When a file that belongs to the mapping is shorter than it was written.
    #[error("{}: was cut off: expected {expected} bytes, got {found}", path.display())]
    FileTruncated {
        /// The file.
        path: PathBuf,
        /// Its length when it was written.
        expected: u64,
        /// Its length now.
        found: u64,
    },
    /// When a file that belongs to the mapping is not the one that was written.
    #[error("{}: was changed after it was written (its hash does not match)", path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
    },
    /// When a file is the one that was written, and does not hold what the manifest says: a fault of this program.
    #[error("{}: expected {expected}", path.display())]
    FileContent {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        expected: &'static str,
    },
    /// When another process or thread is writing and did not finish in the time given.
    #[error("{}: another process is writing this mapping; waited {} s", folder.display(), waited.as_secs_f32())]
    Busy {
        /// The mapping's folder.
        folder: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// When a staged version that is to be committed is not there, or is another one.
    #[error("{}: the staged version asked for is not there", folder.display())]
    NotStaged {
        /// The mapping's folder.
        folder: PathBuf,
    },
    /// When a ticket's text is not one.
    #[error("expected the ticket of a staged mapping")]
    Ticket,
    /// When an option has an unknown name, an impossible value, or does not go with the kind.
    #[error("option '{name}': {problem}")]
    Option {
        /// The option.
        name: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// When a column is of a type that cannot be an original or a pseudonym.
    #[error("mapping: expected integers, DECIMAL(p, 0) or text, got {data_type}; {hint}")]
    Type {
        /// The column's type.
        data_type: String,
        /// What to do.
        hint: &'static str,
    },
    /// When originals lie in the range of the pseudonyms, or are pseudonyms: nobody could tell the two apart.
    #[error(
        "mapping: {count} original(s) lie among the pseudonyms; choose a start or range that no original reaches, and \
         insert originals only, never masked data"
    )]
    Overlap {
        /// How many.
        count: u64,
    },
    /// When the range or length leaves too few pseudonyms.
    #[error("mapping: too few pseudonyms: {needed} needed, the range or length has room for {room}")]
    RangeFull {
        /// Pseudonyms in use and asked for.
        needed: u64,
        /// Pseudonyms that may be in use.
        room: u64,
    },
    /// When a mapping would have more entries than it can number.
    #[error("mapping: more than {limit} originals")]
    TooMany {
        /// The most it can have.
        limit: u64,
    },
    /// When values looked up are not in the mapping and it was made with `on_missing` error.
    #[error(
        "mapping: {count} value(s) of this batch are not in the mapping; insert them first, or use on_missing => 'null'"
    )]
    Missing {
        /// How many of the batch.
        count: u64,
    },
    /// When a result does not fit the type of the column it replaces.
    #[error("mapping: {count} result(s) do not fit {data_type}; cast the column to a wider type or to text")]
    DoesNotFit {
        /// The column's type.
        data_type: String,
        /// How many of the batch.
        count: u64,
    },
    /// When pairs to import are not one to one, contradict the mapping, or are not of its kind.
    #[error("import: {count} pair(s) {problem}")]
    Import {
        /// How many.
        count: u64,
        /// What is wrong with them.
        problem: &'static str,
    },
    /// When a mapping of the keyed kind would take pseudonyms from elsewhere.
    #[error("import: a keyed mapping computes its pseudonyms; import into one of another kind")]
    ImportKeyed,
    /// When a mapping file of the older format cannot be decrypted.
    #[error("mapping file: expected at least 28 bytes encrypted with AES-256-GCM under this key; wrong key or changed")]
    LegacyRejected,
    /// When a mapping file of the older format does not hold what it should.
    #[error("mapping file, line {line}: {problem}")]
    LegacyContent {
        /// Line of the fault, from 1; 0 where it is not known.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Makes the map of an I/O error on a path.
pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { action, path, source }
}
