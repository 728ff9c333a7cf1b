//! The options of `loup batch` and `loup mask`.

use std::path::PathBuf;

use clap::Args;

use crate::settings::Collision;

const BATCH: &str = "\
The JSON file:
  {
    \"files\": [
      {\"input\": \"jobs.csv\", \"output\": \"masked/jobs.csv\"},
      {\"input\": \"visits.csv\", \"output\": \"masked/visits.csv\",
       \"id_columns\": [\"visit_job\"], \"columns\": {\"email\": \"mask_email\", \"note\": \"redact\"}}
    ]
  }
\"id_columns\" and \"columns\" also stand beside \"files\", for all of them. A function is a name or a
call, such as \"pseudo_email(email, 'person')\"; \"description\" and \"note\" are comments.

Job ids (jobNumber, Job Number, job_id, job_c) and the valuers, accounts and addresses of valuation
exports are known by name. Other columns are written as they are, and a note names them.

Examples:
  loup batch --batch-config batch.json
  loup batch --batch-config batch.json --save-mappings job_mapping --on-collision fail
  loup batch --batch-config batch.json --sample 1000 --dry-run
  loup batch --batch-config batch.json --print-sql > plan.sql";

#[derive(Debug, Args)]
#[command(after_help = BATCH)]
pub(crate) struct BatchArgs {
    /// The JSON file that lists inputs and outputs
    #[arg(long, value_name = "FILE")]
    pub(crate) batch_config: PathBuf,

    #[command(flatten)]
    pub(crate) masking: MaskingArgs,
}

const MASK: &str = "\
Without --sql the columns that `loup batch` knows are masked; with it, those that the statements set.

Examples:
  loup mask --input Extract.csv --output masked/Extract.csv
  loup mask --input people.csv --output masked.csv --sql \"UPDATE t SET email = pseudo_email(email, 'person')\"
  loup mask --input visits.csv --output masked.csv --id-column visit_job --dry-run";

#[derive(Debug, Args)]
#[command(after_help = MASK)]
pub(crate) struct MaskArgs {
    /// The file to mask
    #[arg(long, value_name = "FILE")]
    pub(crate) input: String,

    /// The masked file
    #[arg(long, value_name = "FILE")]
    pub(crate) output: String,

    /// UPDATE statements over the file, whose table is t; the rules by column name are then off
    #[arg(long, value_name = "SQL", conflicts_with = "id_columns")]
    pub(crate) sql: Option<String>,

    #[command(flatten)]
    pub(crate) masking: MaskingArgs,
}

/// What `batch` and `mask` share.
#[derive(Debug, Args)]
pub(crate) struct MaskingArgs {
    /// A further column with job ids; may be repeated
    #[arg(long = "id-column", value_name = "COLUMN")]
    pub(crate) id_columns: Vec<String>,

    /// Keep ids and pseudonyms in an encrypted mapping, made or extended in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) save_mappings: Option<String>,

    /// Write ids and pseudonyms in clear text to a new JSON file that only you may read
    #[arg(long, value_name = "FILE")]
    pub(crate) plain_mappings: Option<PathBuf>,

    /// What happens where two ids get one pseudonym (48 bits)
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub(crate) on_collision: Collision,

    /// Mask the first N rows of each file only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,

    /// Run everything, checks too, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print the plan instead of running it; loup run does the same with it
    #[arg(long)]
    pub(crate) print_sql: bool,
}
