//! SQL logic tests: every file under `tests/sql` is one test and gets one session of its own.
//!
//! `cargo test -p loup-cli --test sql` runs them all, a name after `--` selects some, and `UPDATE_EXPECT=1` writes what
//! the session answers into the files instead of comparing.

use std::fmt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::physical_plan::common::collect;
use libtest_mimic::{Arguments, Failed, Trial};
use loup::{Outcome, Session};
use loup_crypto::{KeyRing, Salts};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

/// The root key of the pinned answers: the 32 bytes 0, 1, .. 31.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The salts file of the pinned answers; other systems' vectors were made with these.
const SALTS: &str = r#"{
    "customer": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "site": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "zero": "0000000000000000000000000000000000000000000000000000000000000000",
    "jefe": "4a656665"
}"#;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::set_current_dir(&root).expect("the repository's root is a folder");
    let mut files = Vec::new();
    slt_files(Path::new("tests/sql"), &mut files);
    files.sort();
    let trials = files.into_iter().map(|file| {
        let name = file.with_extension("").strip_prefix("tests/sql").expect("listed there").display().to_string();
        Trial::test(name, move || run(&file))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn slt_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("tests/sql is readable") {
        let path = entry.expect("tests/sql is readable").path();
        if path.is_dir() {
            slt_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "slt") {
            found.push(path);
        }
    }
}

fn run(file: &Path) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut runner = Runner::new(|| async { Database::open() });
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let (validator, normalizer) = (sqllogictest::default_validator, sqllogictest::default_normalizer);
            let columns = sqllogictest::default_column_validator;
            return runner
                .update_test_file(file, " ", validator, normalizer, columns)
                .await
                .map_err(|e| e.to_string().into());
        }
        runner.run_file_async(file).await.map_err(|e| e.display(false).to_string().into())
    })
}

/// One session behind the interface of the test runner.
struct Database(Session);

/// What the runner compares with an expected error: the message a user reads.
#[derive(Debug)]
struct Message(String);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Message {}

fn message(error: impl fmt::Display) -> Message {
    Message(error.to_string())
}

impl Database {
    fn open() -> Result<Self, Message> {
        let ring = KeyRing::from_base64(KEY).map_err(message)?;
        let salts = Salts::from_json(SALTS.as_bytes()).map_err(message)?;
        Session::builder().key_ring(ring).salts(salts).threads(2).build().map(Self).map_err(message)
    }
}

#[async_trait]
impl AsyncDB for Database {
    type Error = Message;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Message> {
        let last = self.0.run(sql).await.map_err(message)?.pop();
        match last {
            Some(Outcome::Rows(stream)) => {
                let types = vec![DefaultColumnType::Any; stream.schema().fields().len()];
                let batches = collect(stream).await.map_err(message)?;
                let mut rows = Vec::new();
                for batch in &batches {
                    rows.extend(cells(batch)?);
                }
                Ok(DBOutput::Rows { types, rows })
            }
            Some(Outcome::Done { rows, .. }) => Ok(DBOutput::StatementComplete(rows.unwrap_or(0))),
            _ => Ok(DBOutput::StatementComplete(0)),
        }
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "loup"
    }
}

/// Cells as text: NULL as `NULL`, the empty string as `(empty)`, so that the two never look alike.
fn cells(batch: &RecordBatch) -> Result<Vec<Vec<String>>, Message> {
    let options = FormatOptions::default().with_null("NULL");
    let columns = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options));
    let columns = columns.collect::<Result<Vec<_>, _>>().map_err(message)?;
    let row = |i| {
        columns.iter().map(move |c| c.value(i).to_string()).map(|v| if v.is_empty() { "(empty)".to_owned() } else { v })
    };
    Ok((0..batch.num_rows()).map(|i| row(i).collect()).collect())
}
