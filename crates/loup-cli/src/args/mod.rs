//! The command line: every option, with its help.

mod batch;
mod mapping;

use std::path::PathBuf;

use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand};

pub(crate) use self::batch::{BatchArgs, MaskArgs, MaskingArgs};
pub(crate) use self::mapping::{Content, ExportArgs, ImportArgs, MappingCommand, RestoreArgs, ShowArgs};
use crate::settings::{self, Format, Variable, Verify};

const EXAMPLES: &str = "\
Examples:
  loup run plan.sql                           run a plan
  loup run plan.sql --var out=masked          with ${out} in the plan standing for 'masked'
  loup run plan.sql --verify full --strict    compare every row with its original; fail where a statement met no row
  loup run plan.sql --resume                  go on where a killed run stopped
  mysqldump shop | loup run plan.sql --stdin shop > masked.sql
                                              mask a dump while it passes by
  loup -c \"ATTACH 'people.csv' AS d; SELECT * FROM d.people\" --format csv
  loup < plan.sql                             read SQL from standard input
  loup                                        open a session on this terminal
  loup batch --batch-config batch.json        mask related files by a JSON list
  loup mask --input a.csv --output b.csv      mask one file
  loup key new                                make a key file
  loup functions pseudo_int                   read about a function";

const ENVIRONMENT: &str = "\
Environment:
  LOUP_KEY_FILE    key file, where --key-file is not given
  LOUP_KEY         a key as base64 of 32 bytes, where no key file is given
  LOUP_PASSPHRASE  passphrase of the key file, where --passphrase-file is not given
  LOUP_SALTS_FILE  salts file, where --salts-file is not given
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT, AWS_ALLOW_HTTP
                   for s3:// URLs
  LOUP_LOG         log level or filters for standard error (default: warn)
  NO_COLOR         no colours

Exit codes:
  0  done
  1  failed: SQL, data, files or keys
  2  usage: options, or a plan that cannot be read
  3  refused: the plan could harm data or release it
  4  an assertion, a check or the verification failed";

/// Masks data with SQL: files in, the same files out with what identifies people covered.
#[derive(Debug, Parser)]
#[command(name = "loup", version, max_term_width = 100, after_help = EXAMPLES)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{ENVIRONMENT}"), disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Run these statements instead of a file or a terminal session
    #[arg(short = 'c', long = "command", value_name = "SQL")]
    pub(crate) sql: Option<String>,

    #[command(flatten)]
    pub(crate) options: Options,
}

/// Options that every command takes, before it or after it.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Session options")]
pub(crate) struct Options {
    /// Threads to work with [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = settings::threads)]
    pub(crate) threads: Option<usize>,

    /// Memory for sorting, grouping and joining, such as 500MB or 2GiB
    #[arg(long, global = true, value_name = "SIZE", value_parser = settings::memory_limit)]
    pub(crate) memory_limit: Option<usize>,

    /// Define ${NAME} for the statements; may be repeated
    #[arg(long = "var", global = true, value_name = "NAME=VALUE", value_parser = settings::variable)]
    pub(crate) variables: Vec<Variable>,

    /// How rows are printed
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,

    /// Key file to mask with [default: LOUP_KEY_FILE, LOUP_KEY, or a new key each run]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,

    /// File with the passphrase of the key file [default: LOUP_PASSPHRASE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// File with the salts, peppers and MAC keys that functions name [default: LOUP_SALTS_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) salts_file: Option<PathBuf>,

    /// How much of what is written is compared with its originals, in the pass that writes it
    #[arg(long, global = true, value_name = "MODE", value_enum, default_value_t)]
    pub(crate) verify: Verify,

    /// Fail where an UPDATE or DELETE matches no row of a table that has rows
    #[arg(long, global = true)]
    pub(crate) strict: bool,

    /// Print results and errors only: no progress, no notes
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a plan: a file of SQL statements, in order, up to the first error
    Run(RunArgs),
    /// Mask related files together, as a JSON file lists them: their job ids still join
    Batch(BatchArgs),
    /// Mask one file by the rules of `loup batch`, or by UPDATE statements
    Mask(MaskArgs),
    /// Bring runs that were killed to an end: publish those that were committed, clean up after the others
    #[command(
        after_help = "Every command that runs statements does this first; use it to have it done now. Runs under way are \
                      left alone. What a run wrote to an object store takes that store's credentials; until then the run \
                      waits. Reports of runs are in $XDG_STATE_HOME/loup/runs, else ~/.local/state/loup/runs."
    )]
    Recover,
    /// Make, list and rotate keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look after mapping tables: check, import, export, go back
    #[command(subcommand)]
    Mapping(MappingCommand),
    /// List the masking functions, or describe one
    Functions(FunctionsArgs),
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Results go to standard output, one line per statement to standard error. An error names the file \
                  and the line of its statement. With --resume, statements whose target a killed run had completed are \
                  not run again, where their text, all before it, the variables, the key and the files read are as \
                  they were. An empty line stands between results (table, csv)."
)]
pub(crate) struct RunArgs {
    /// The plan; - reads standard input
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,

    /// Go on where a killed run of the plan stopped: what it had finished from the same files is used again
    #[arg(long, conflicts_with = "stdin")]
    pub(crate) resume: bool,

    /// Attach the dump on standard input under this name; with EXPORT DATABASE .. TO '-' it is masked while it passes by
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key file with one new key
    New(NewKeyArgs),
    /// List the keys of a key file: id, date of creation, fingerprint
    List(KeyFileArgs),
    /// Add a new key to a key file and mask with it from now on; older keys stay for reading
    Rotate(RotateKeyArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct KeyFileArgs {
    /// The key file [default: --key-file, LOUP_KEY_FILE, or ~/.config/loup/keys.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NewKeyArgs {
    #[command(flatten)]
    pub(crate) at: KeyFileArgs,

    /// Name of the key
    #[arg(long, value_name = "ID", default_value = "k1")]
    pub(crate) id: String,

    /// Ask for a passphrase to encrypt the file, unless LOUP_PASSPHRASE or --passphrase-file gives one
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) passphrase: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RotateKeyArgs {
    #[command(flatten)]
    pub(crate) at: KeyFileArgs,

    /// Name of the new key [default: k2, k3, ..]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct FunctionsArgs {
    /// The function to describe
    #[arg(value_name = "NAME", conflicts_with = "markdown")]
    pub(crate) name: Option<String>,

    /// Print the reference of all functions as Markdown
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        for line in [["loup", "--threads", "2", "run", "p.sql"], ["loup", "run", "p.sql", "--threads", "2"]] {
            let args = Args::try_parse_from(line).unwrap();
            assert_eq!(args.options.threads, Some(2));
        }
    }

    #[test]
    fn a_bad_value_is_refused_by_the_parser() {
        for line in [
            &["loup", "--threads", "0"][..],
            &["loup", "--memory-limit", "500"],
            &["loup", "--var", "x"],
            &["loup", "--format", "xml"],
            &["loup", "run"],
            &["loup", "batch"],
            &["loup", "batch", "--batch-config", "b.json", "--sample", "0"],
            &["loup", "batch", "--batch-config", "b.json", "--on-collision", "ignore"],
            &["loup", "mask", "--input", "a.csv"],
            &["loup", "mask", "--input", "a.csv", "--output", "b.csv", "--sql", "", "--id-column", "x"],
            &["loup", "--resume"],
            &["loup", "--verify", "some"],
            &["loup", "functions", "redact", "--markdown"],
        ] {
            assert!(Args::try_parse_from(line).is_err(), "{line:?}");
        }
    }
}
