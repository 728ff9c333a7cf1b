//! `CREATE EXTERNAL TABLE`.

use std::path::{Component, Path, PathBuf};
use std::sync::PoisonError;

use datafusion::sql::parser::{CreateExternalTable, Statement as SqlStatement};
use datafusion::sql::sqlparser::ast::Value;
use loup_sources::{RemoteLocation, is_url, resolve};

use super::mapping::{STORED_AS, create_mapping};
use crate::{Error, Outcome, Result, Session};

const FORMATS: [&str; 6] = ["CSV", "TSV", "PARQUET", "NDJSON", "JSON", "JSONL"];

/// Registers a table over files; an unknown format is an error and not a guess.
pub(crate) async fn create_external_table(session: &Session, mut table: CreateExternalTable) -> Result<Outcome> {
    // Its files are listed whenever it is read, and a mapping grows with the run.
    session.reads(None);
    if table.file_type.eq_ignore_ascii_case(STORED_AS) {
        return create_mapping(session, table).await;
    }
    table.file_type = match table.file_type.to_ascii_uppercase().as_str() {
        "JSONL" | "NDJSON" => "JSON".to_owned(),
        known if FORMATS.contains(&known) => known.to_owned(),
        unknown => {
            return Err(Error::Plan(format!(
                "STORED AS {unknown}: there is no such format; there are {} and {STORED_AS}",
                FORMATS.join(", ")
            )));
        }
    };
    if table.unbounded {
        return Err(Error::Plan("CREATE UNBOUNDED EXTERNAL TABLE is not supported".to_owned()));
    }
    if matches!(table.file_type.as_str(), "CSV" | "TSV") {
        // Names hold for all files, whether declared or read from the first: a mask must meet the column it names.
        table.options.push(("check_names".to_owned(), Value::SingleQuotedString("true".to_owned())));
    }
    for location in &table.locations {
        if is_url(location) {
            let path = RemoteLocation::parse(location)?.as_path();
            session.protected.lock().unwrap_or_else(PoisonError::into_inner).push(path);
            continue;
        }
        let path = Path::new(location);
        if !path.exists() && !location.contains(['*', '?', '[']) {
            return Err(Error::Plan(format!("{location}: no such file or folder")));
        }
        let plain: PathBuf = path.components().take_while(|part| !is_pattern(part)).collect();
        let path = resolve(&plain).map_err(|error| Error::Plan(format!("{location}: {error}")))?;
        session.protected.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }
    let plan = session.context.state().statement_to_plan(SqlStatement::CreateExternalTable(table)).await?;
    session.context.execute_logical_plan(plan).await?;
    Ok(Outcome::done("CREATE EXTERNAL TABLE"))
}

fn is_pattern(part: &Component<'_>) -> bool {
    part.as_os_str().to_string_lossy().contains(['*', '?', '['])
}
