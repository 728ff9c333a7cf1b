//! The options of `loup mapping`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Plans make and extend mappings (CREATE EXTERNAL TABLE .. STORED AS MAPPING, INSERT) and use them (map_id, unmap_id). These
commands look after the folders.

Examples:
  loup mapping show mappings/patients
  loup mapping import id_mapping.csv.enc --into mappings/patients --file-key old.hex
  loup mapping export mappings/patients --to patients.json.enc --file-key old.hex
  loup mapping export mappings/patients --to audit.csv --clear-text
  loup mapping restore mappings/patients";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum MappingCommand {
    /// Check a mapping's files and tell its options, entries and key
    Show(ShowArgs),
    /// Take over the pairs of an encrypted mapping file of another system (AES-256-GCM over CSV or JSON)
    Import(ImportArgs),
    /// Write the pairs to such a file, or as clear text
    Export(ExportArgs),
    /// Go back to the version before the last commit; a second time undoes it
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The mapping's folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The encrypted file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The mapping's folder, made where it is missing
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: PathBuf,

    /// File with the encrypted file's key, 64 hexadecimal digits
    #[arg(long, value_name = "FILE")]
    pub(crate) file_key: PathBuf,

    /// What is encrypted [default: by the name, .json.enc or .csv.enc]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) content: Option<Content>,

    /// An option of a new mapping, such as kind=sequential; may be repeated [default: kind=random_string]
    #[arg(long = "option", value_name = "NAME=VALUE")]
    pub(crate) options: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The mapping's folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,

    /// The file to write (mode 0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,

    /// File with the key to encrypt with, 64 hexadecimal digits
    #[arg(long, value_name = "FILE", required_unless_present = "clear_text", conflicts_with = "clear_text")]
    pub(crate) file_key: Option<PathBuf>,

    /// What is encrypted [default: by the name, .json.enc or .csv.enc]
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with = "clear_text")]
    pub(crate) content: Option<Content>,

    /// Write CSV that anyone can read, for an audit: it undoes every pseudonym
    #[arg(long)]
    pub(crate) clear_text: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The mapping's folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

/// What an encrypted file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Content {
    /// `original,pseudonym` records
    Csv,
    /// An object of originals and pseudonyms
    Json,
}
