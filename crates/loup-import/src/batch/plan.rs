//! The plan of a batch: Loup SQL that attaches, masks, checks and writes its files.

use std::fmt::Write as _;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use loup_sources::attach::FileKind;

use super::columns;
use super::config::BatchConfig;
use super::integrity::{self, IdColumn};
use super::place;
use super::report::BatchReport;
use super::tables::{self, Table, attach};
use super::treatment::{Treatment, decide};
use super::update::updates;
use crate::{Error, Result, sql};

/// What a run does where two ids got one pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnCollision {
    /// It tells of it.
    #[default]
    Warn,
    /// It fails, and nothing is published.
    Fail,
}

/// What the command line says of a batch.
#[derive(Debug, Clone, Default)]
pub struct BatchOptions {
    /// Where the plan comes from, for the comment at its head.
    pub origin: String,
    /// Further columns that hold job ids, in any of the files.
    pub id_columns: Vec<String>,
    /// Rows taken from the start of each file; all without it.
    pub sample: Option<u64>,
    /// What a collision does.
    pub on_collision: OnCollision,
    /// The folder of the mapping that keeps ids and pseudonyms.
    pub mapping: Option<String>,
    /// UPDATE statements over the only file, as `t`, in the place of the rules.
    pub updates: Option<String>,
}

/// A plan written from a configuration.
///
/// # Example
/// ```
/// use loup_import::{BatchConfig, BatchOptions, BatchPlan};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let (input, output) = (folder.path().join("jobs.csv"), folder.path().join("masked.csv"));
/// std::fs::write(&input, "job_id,status\n12345,open\n")?;
/// let config = BatchConfig::single(input.to_string_lossy(), output.to_string_lossy());
/// let plan = BatchPlan::write(&config, &BatchOptions::default()).await?;
/// assert!(plan.sql().contains("hash_keyed("));
///
/// loup::Session::builder().run_folder(folder.path().join("runs")).build()?.run(plan.sql()).await?;
/// assert!(!std::fs::read_to_string(output)?.contains("12345"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BatchPlan {
    sql: String,
    notices: Vec<String>,
    checks: Vec<Check>,
    has_ids: bool,
}

/// A check on the ids of a column, which a cell can fail.
#[derive(Debug)]
struct Check {
    message: String,
    input: String,
    column: usize,
}

/// One file of the batch while its statements are written.
struct File<'a> {
    input: &'a str,
    output: &'a str,
    /// What messages call it.
    title: String,
    table: &'a Table,
    treatments: &'a [Treatment],
}

impl BatchPlan {
    /// Reads the headers of the inputs and writes the plan that masks them.
    ///
    /// # Errors
    /// Returns an error for an input that is no single file with a header, for columns that are named and not there, for
    /// functions that do not exist, and where nothing at all would be masked.
    pub async fn write(config: &BatchConfig, options: &BatchOptions) -> Result<Self> {
        let tables = tables::find(&config.files).await?;
        let treatments = decide(config, &options.id_columns, options.updates.is_none(), &tables)?;
        let files: Vec<File<'_>> = (0..tables.len()).map(|number| file(config, &tables, &treatments, number)).collect();
        let updates = match (&options.updates, tables.as_slice()) {
            (None, _) => Vec::new(),
            (Some(sql), [table]) => updates(sql, table)?,
            (Some(_), _) => return Err(Error::Config("--sql is for a single file".to_owned())),
        };
        let is_masked = |treatment: &Treatment| treatment.value().is_some();
        if updates.is_empty() && !treatments.iter().flatten().any(is_masked) {
            return Err(Error::Session(loup::Error::Refused(
                "no column of these files is known, so none would be masked; name ids with --id-column, or columns and \
                 their functions (see --help)"
                    .to_owned(),
            )));
        }
        let mut writer = Writer { options, plan: String::new(), notices: Vec::new(), checks: Vec::new() };
        writer.head(config);
        writer.attach(&files)?;
        for file in &files {
            writer.mask(file, &updates);
        }
        writer.copy(&files)?;
        let has_ids = writer.check_ids(&files);
        if options.mapping.is_some() && !has_ids {
            return Err(Error::Config("--save-mappings: no file has an id column".to_owned()));
        }
        Ok(Self { sql: writer.plan, notices: writer.notices, checks: writer.checks, has_ids })
    }

    /// Returns the plan.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns what the user should know before it runs: columns that nobody says anything of.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Returns the query of all ids with their pseudonyms, which holds when the plan has run; `None` where there are no ids.
    pub fn pairs(&self) -> Option<String> {
        self.has_ids.then(|| format!("{} ORDER BY \"original\"", integrity::pairs()))
    }

    /// Finds the cell for which an assertion of the plan failed, by its message: file, line and column.
    pub fn place_of(&self, message: &str) -> Option<String> {
        let check = self.checks.iter().find(|check| check.message == message)?;
        let path = Path::new(check.input.strip_prefix("file://").unwrap_or(&check.input));
        let found = place::find(path, check.column, columns::lost_digits)?;
        Some(format!("{}, line {}, column {}", check.input, found.line, found.column))
    }

    /// Reads what the plan's queries gave, in their order.
    ///
    /// # Errors
    /// Returns an error where they are not the plan's.
    pub fn report(&self, results: &[Vec<RecordBatch>]) -> Result<BatchReport> {
        BatchReport::read(results)
    }
}

fn file<'a>(config: &'a BatchConfig, tables: &'a [Table], treatments: &'a [Vec<Treatment>], number: usize) -> File<'a> {
    let name = |input: &str| Path::new(input).file_name().map(|name| name.to_string_lossy().into_owned());
    let input = &config.files[number].input;
    let is_alone = config.files.iter().filter(|other| name(&other.input) == name(input)).count() == 1;
    File {
        input,
        output: &config.files[number].output,
        title: name(input).filter(|_| is_alone).unwrap_or_else(|| input.clone()),
        table: &tables[number],
        treatments: &treatments[number],
    }
}

struct Writer<'a> {
    options: &'a BatchOptions,
    plan: String,
    notices: Vec<String>,
    checks: Vec<Check>,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.plan.push_str(line);
        self.plan.push('\n');
    }

    fn head(&mut self, config: &BatchConfig) {
        self.line(&sql::comment(&format!("Written by {}; loup run does the same with it.", self.options.origin)));
        for text in config.note.iter().chain(config.files.iter().filter_map(|file| file.description.as_ref())) {
            self.line(&sql::comment(text));
        }
        self.line("-- Ids are taken without blanks around them and whole numbers without .0, so that they join in every file.");
        self.line("");
    }

    fn attach(&mut self, files: &[File<'_>]) -> Result<()> {
        for file in files {
            self.line(&attach(file.input, &file.table.database));
        }
        if self.options.sample.is_some() {
            self.line("-- The first rows are the first ones only where one thread reads.");
            self.line("SET datafusion.execution.target_partitions = 1;");
        }
        if let Some(folder) = &self.options.mapping {
            sql::check("--save-mappings", folder)?;
            // Before anything is masked: a key that does not fit is told at once.
            self.line(&integrity::create_mapping(folder));
        }
        Ok(())
    }

    /// Writes what a file's columns become.
    fn mask(&mut self, file: &File<'_>, updates: &[String]) {
        let columns = || file.table.columns.iter().zip(file.treatments);
        let (path, source) = (file.table.path(), self.rows(&file.table.source()));
        self.line("");
        self.line(&sql::comment(&format!("{} to {}", file.input, file.output)));
        for (number, (column, treatment)) in columns().enumerate() {
            if matches!(treatment, Treatment::Id { .. }) {
                let message = format!(
                    "{}[{}]: no id is in scientific notation, which loses digits (export the column as text)",
                    file.title, column.name
                );
                let condition = columns::has_lost_digits(&column.name);
                self.line(&format!("ASSERT (SELECT count(*) FROM {source} WHERE {condition}) = 0"));
                self.line(&format!("    AS {};", sql::text(&message)));
                self.checks.push(Check { message, input: file.input.to_owned(), column: number });
            }
        }
        let values: Vec<_> = columns()
            .filter_map(|(column, treatment)| {
                Some(format!("    {} = {}", sql::ident(&column.name), treatment.value()?))
            })
            .collect();
        if !values.is_empty() {
            self.line(&format!("UPDATE {path} SET\n{};", values.join(",\n")));
        }
        for update in updates {
            self.line(update);
        }
        for (column, treatment) in columns() {
            if let Some(label) = treatment.label() {
                let column = sql::ident(&column.name);
                self.line(&format!("COMMENT ON COLUMN {path}.{column} IS {};", sql::text(label)));
            }
        }
        // What an UPDATE of the user's sets is the user's to know.
        let unknown = columns().filter(|(_, treatment)| updates.is_empty() && **treatment == Treatment::Unknown);
        let unknown: Vec<_> = unknown.map(|(column, _)| column.name.as_str()).collect();
        if !unknown.is_empty() {
            let unknown = unknown.join(", ");
            self.line(&sql::comment(&format!("As they are: {unknown}")));
            let notice = format!("{}: no rule for these columns, written as they are: {unknown}", file.title);
            self.notices.push(sql::comment(&notice).trim_start_matches("-- ").to_owned());
        }
    }

    /// Writes the statements that write the files: they appear together when the run has ended well.
    fn copy(&mut self, files: &[File<'_>]) -> Result<()> {
        self.line("");
        for file in files {
            sql::check(file.output, file.output)?;
            stem(file.output)?;
            let path = file.table.path();
            let rows = match self.options.sample {
                None => path,
                Some(rows) => format!("(SELECT * FROM {path} LIMIT {rows})"),
            };
            self.line(&format!("COPY {rows} TO {};", sql::text(file.output)));
        }
        Ok(())
    }

    /// Writes the checks on ids, over what was written; returns whether there are any.
    fn check_ids(&mut self, files: &[File<'_>]) -> bool {
        let mut ids = Vec::new();
        let mut outputs = String::new();
        for (number, file) in files.iter().enumerate() {
            let columns = file.table.columns.iter().zip(file.treatments);
            let columns: Vec<_> = columns.filter(|(_, treatment)| matches!(treatment, Treatment::Id { .. })).collect();
            if columns.is_empty() {
                continue;
            }
            let database = format!("m{}", number + 1);
            let output = stem(file.output).expect("checked where it is written");
            writeln!(outputs, "{}", attach(file.output, &database)).expect("a String takes every character");
            for (column, _) in columns {
                ids.push(IdColumn {
                    title: format!("{}[{}]", file.title, column.name),
                    column: &column.name,
                    before: self.rows(&file.table.source()),
                    after: format!("{database}.{}", sql::ident(output)),
                });
            }
        }
        if ids.is_empty() {
            return false;
        }
        self.line("\n-- What was written, read again before it is published.");
        self.plan.push_str(&outputs);
        self.plan.push_str(&integrity::statements(&ids, self.options.on_collision == OnCollision::Fail));
        if self.options.mapping.is_some() {
            self.line(&integrity::save_mapping());
        }
        true
    }

    /// Returns the rows of a table that the batch takes.
    fn rows(&self, table: &str) -> String {
        match self.options.sample {
            None => table.to_owned(),
            Some(rows) => format!("(SELECT * FROM {table} LIMIT {rows}) AS sample"),
        }
    }
}

/// Returns the name of the table that an output is when it is attached.
fn stem(output: &str) -> Result<&str> {
    let name = output.rsplit('/').next().unwrap_or(output);
    FileKind::of(name).map(|(stem, ..)| stem).ok_or_else(|| {
        Error::Config(format!(
            "{output}: name the format by .csv, .tsv, .parquet, .ndjson or .jsonl (or .gz, .zst behind)"
        ))
    })
}
