//! `EXPORT DATABASE name TO 'folder'`.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use loup_sources::Compression;
use loup_sources::attach::FileKind;

use super::chunks::chunks;
use super::outlet::is_standard_output;
use super::sink::{Format, run};
use super::target::{check_target, stage};
use crate::catalog::{Database, Table};
use crate::fidelity::expose;
use crate::run::{Staged, Target};
use crate::script::Export;
use crate::verify::WatchedTable;
use crate::{Error, Outcome, Result, Session};

/// Writes every table as it now looks into a folder, which takes its place only when all are written.
pub(crate) async fn export(session: &Session, export: &Export) -> Result<Outcome> {
    let known = session.databases.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let database = known.values().find(|database| database.name.eq_ignore_ascii_case(&export.name));
    let Some(database) = database else {
        return Err(Error::Plan(format!("EXPORT DATABASE: nothing is attached as {}", export.name)));
    };
    if let Some(index) = &database.dump {
        super::dump::refuse_half_changed(database, index)?;
    }
    let kind = wanted_kind(&export.options)?;
    let is_sql = is_dump_name(&export.target) || is_standard_output(&export.target);
    match &database.dump {
        Some(_) if is_standard_output(&export.target) && kind.is_some() => {
            let text = "EXPORT DATABASE: '-' takes a dump; the files of a folder need a folder";
            return Err(Error::Plan(text.to_owned()));
        }
        Some(index) if is_sql && kind.is_none() => {
            return super::dump::export(session, export, Arc::clone(database), Arc::clone(index)).await;
        }
        Some(_) if kind.is_none() => {
            return Err(Error::Plan(format!(
                "EXPORT DATABASE: {} is a dump; name a .sql file, or say what the folder is to hold: (format 'csv'), (format 'parquet')",
                database.name
            )));
        }
        None if is_sql => {
            return Err(Error::Plan("EXPORT DATABASE: only a dump is written to a .sql file".to_owned()));
        }
        _ => {}
    }
    let place = check_target(session, &export.target)?;
    let mut tables = Vec::new();
    for table in database.tables.values() {
        let plan = view(database, table)?;
        let label = format!("{}.{}", database.name, table.source.name);
        tables.push(Planned { table, watched: session.watch(&label, &export.target, &plan)?, plan });
    }
    let key = session.statement_key(&tables.iter().map(|table| &table.plan).collect::<Vec<_>>())?;
    let owner = session.claim(&export.target, &place.path()).await?;
    if let Some(outcome) = session.resumed("EXPORT", key.as_deref(), &place.path())? {
        for table in &tables {
            session.keep_keys(&table.watched);
        }
        return Ok(outcome);
    }
    let mut staged = stage(session, &export.target, &place, false, &owner).await?;
    let mut notices = vec![format!("{} tables to {}", tables.len(), export.target)];
    let rows = match write_tables(session, export, tables, kind, &mut staged, &mut notices).await {
        Ok(rows) => rows,
        Err(error) => return Err(staged.discard(error).await),
    };
    session.keep(staged, Target { path: place.path(), rows }, key).await?;
    Ok(Outcome::Done { tag: "EXPORT".to_owned(), rows: Some(rows), notices })
}

/// Returns whether a file's name is that of a dump.
pub(crate) fn is_dump_name(name: &str) -> bool {
    Compression::of(name).0.to_ascii_lowercase().ends_with(".sql")
}

/// A table that is to be written.
struct Planned<'a> {
    table: &'a Table,
    plan: LogicalPlan,
    watched: WatchedTable,
}

/// Writes the tables and reads them back; returns their rows.
async fn write_tables(
    session: &Session,
    export: &Export,
    tables: Vec<Planned<'_>>,
    kind: Option<FileKind>,
    staged: &mut Staged,
    notices: &mut Vec<String>,
) -> Result<u64> {
    let target = export.target.trim_end_matches('/');
    let mut total = 0;
    for Planned { table, plan, watched } in tables {
        let format = format(table, kind)?;
        let chunks = chunks(session, &plan, &format, &watched).await?;
        let chunks = chunks.filter(|chunks| chunks.files() == table.source.files.len());
        let names = if chunks.is_some() { table.source.files.clone() } else { file_names(table, &format, &plan)? };
        if names.len() < table.source.files.len() {
            notices.push(format!("{}: {} files are written as one", table.source.name, table.source.files.len()));
        }
        let mut files = Vec::new();
        for name in &names {
            files.push((staged.create_file(name)?, format!("{target}/{name}")));
        }
        let written = match chunks {
            Some(chunks) => chunks.run(session, files, &watched).await?,
            None => run(session, &plan, &format, files, &watched).await?,
        };
        let paths = names.iter().map(|name| staged.path_of(name)).collect::<Result<Vec<_>>>()?;
        session.read_back(watched.name(), &paths, format.kind, &format.csv, written.rows).await?;
        notices.push(format!("{}: {} rows", table.source.name, written.rows));
        notices.extend(written.notices);
        total += written.rows;
    }
    Ok(total)
}

fn wanted_kind(options: &HashMap<String, String>) -> Result<Option<FileKind>> {
    let mut kind = None;
    for (option, value) in options {
        kind = match (option.as_str(), value.to_ascii_lowercase().as_str()) {
            ("format", "csv") => Some(FileKind::Csv),
            ("format", "tsv") => Some(FileKind::Tsv),
            ("format", "parquet") => Some(FileKind::Parquet),
            ("format", "ndjson" | "json" | "jsonl") => Some(FileKind::Ndjson),
            ("format", _) => {
                return Err(Error::Plan(format!(
                    "option format: '{value}' is unknown; there are csv, tsv, parquet, ndjson"
                )));
            }
            _ => return Err(Error::Plan(format!("option {option} is unknown; there is format"))),
        };
    }
    Ok(kind)
}

pub(super) fn view(database: &Database, table: &Table) -> Result<LogicalPlan> {
    let name = TableReference::partial(database.name.as_str(), table.source.name.as_str());
    Ok(LogicalPlanBuilder::scan(name, provider_as_source(table.view()), None)?.build()?)
}

/// Returns the table's own format, or the one asked for.
fn format(table: &Table, wanted: Option<FileKind>) -> Result<Format> {
    match wanted {
        Some(kind) if kind != table.source.kind => Format::new(kind, Compression::None, &HashMap::new()),
        _ => {
            let compression = table.source.files.first().map_or(Compression::None, |file| Compression::of(file).1);
            let mut format = Format::new(table.source.kind, compression, &HashMap::new())?;
            if let Some(csv) = &table.source.csv {
                format.csv = csv.options().clone();
            }
            Ok(format)
        }
    }
}

/// Returns the files that a table becomes: its own, where rows can be told apart by file, else one.
fn file_names(table: &Table, format: &Format, plan: &LogicalPlan) -> Result<Vec<String>> {
    if format.kind != table.source.kind {
        let name = format!("{}.{}{}", table.source.name, format.kind.name(), format.compression.suffix());
        return Ok(vec![name]);
    }
    let files = &table.source.files;
    let has_position = files.len() > 1 && expose(plan, None)?.position.is_some();
    Ok(if has_position { files.clone() } else { files[..1].to_vec() })
}
