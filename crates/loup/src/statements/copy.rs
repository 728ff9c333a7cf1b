//! `COPY (query) TO 'file'`.

use std::collections::HashMap;

use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{CopyToSource, CopyToStatement};
use datafusion::sql::sqlparser::ast::{Query, SetExpr, TableFactor};
use loup_sources::attach::FileKind;
use loup_sources::{Compression, CsvOptions};

use super::chunks::{Chunks, chunks};
use super::sink::{Format, Written, run};
use super::target::{check_target, stage};
use crate::run::{Staged, Target};
use crate::script::{option_text, parse_query};
use crate::verify::WatchedTable;
use crate::{Error, Outcome, Result, Session};

/// Writes one result to a file, which takes its place only when it is complete.
pub(crate) async fn copy(session: &Session, copy: CopyToStatement) -> Result<Outcome> {
    if !copy.partitioned_by.is_empty() {
        return Err(Error::Plan(
            "COPY: PARTITIONED BY is not supported: its values would stand in folder names".to_owned(),
        ));
    }
    let place = check_target(session, &copy.target)?;
    let format = format(&copy.target, copy.stored_as.as_deref(), &option_text(&copy.options))?;
    let plan = session.plan_query(query(copy.source)?).await?;
    let target = &copy.target;
    let watched = session.watch(target, target, &plan)?;
    let key = session.statement_key(&[&plan])?;
    let owner = session.claim(target, &place.path()).await?;
    if let Some(outcome) = session.resumed("COPY", key.as_deref(), &place.path())? {
        session.keep_keys(&watched);
        return Ok(outcome);
    }
    let chunks = chunks(session, &plan, &format, &watched).await?.filter(|chunks| chunks.files() == 1);
    let mut staged = stage(session, target, &place, true, &owner).await?;
    let Written { rows, notices } = match write(session, target, &plan, &format, &watched, chunks, &mut staged).await {
        Ok(written) => written,
        Err(error) => return Err(staged.discard(error).await),
    };
    session.keep(staged, Target { path: place.path(), rows }, key).await?;
    Ok(Outcome::Done { tag: "COPY".to_owned(), rows: Some(rows), notices })
}

/// Writes the file and reads it back.
async fn write(
    session: &Session,
    target: &str,
    plan: &LogicalPlan,
    format: &Format,
    watched: &WatchedTable,
    chunks: Option<Chunks>,
    staged: &mut Staged,
) -> Result<Written> {
    let files = vec![(staged.create_file(target)?, target.to_owned())];
    let written = match chunks {
        Some(chunks) => chunks.run(session, files, watched).await?,
        None => run(session, plan, format, files, watched).await?,
    };
    session.read_back(target, &[staged.path_of(target)?], format.kind, &format.csv, written.rows).await?;
    Ok(written)
}

fn query(source: CopyToSource) -> Result<Box<Query>> {
    match source {
        CopyToSource::Query(query) => Ok(query),
        CopyToSource::Relation(name) => {
            let mut query = parse_query("SELECT * FROM t")?;
            if let SetExpr::Select(select) = query.body.as_mut()
                && let Some(TableFactor::Table { name: table, .. }) =
                    select.from.first_mut().map(|from| &mut from.relation)
            {
                *table = name;
            }
            Ok(query)
        }
    }
}

/// Finds the format by STORED AS, else by the file's name.
fn format(target: &str, stored_as: Option<&str>, options: &HashMap<String, String>) -> Result<Format> {
    let name = target.rsplit('/').next().unwrap_or(target);
    let by_name = FileKind::of(name);
    let compression = by_name.map_or_else(|| Compression::of(name).1, |(_, _, compression)| compression);
    let kind = match stored_as.map(str::to_ascii_uppercase).as_deref() {
        None => by_name.map(|(_, kind, _)| kind).ok_or_else(|| {
            Error::Plan(format!(
                "{target}: name the format with STORED AS, or by .csv, .tsv, .parquet, .ndjson or .jsonl"
            ))
        })?,
        Some("CSV") => FileKind::Csv,
        Some("TSV") => FileKind::Tsv,
        Some("PARQUET") => FileKind::Parquet,
        Some("NDJSON" | "JSON" | "JSONL") => FileKind::Ndjson,
        Some(unknown) => {
            let known = "CSV, TSV, PARQUET, NDJSON, JSON, JSONL";
            return Err(Error::Plan(format!("STORED AS {unknown}: there is no such format; there are {known}")));
        }
    };
    Format::new(kind, compression, options)
}

impl Format {
    /// Makes a format from a statement's options, which only CSV has.
    pub(super) fn new(kind: FileKind, compression: Compression, options: &HashMap<String, String>) -> Result<Self> {
        let csv = match kind {
            FileKind::Csv => CsvOptions::default().with_options(options)?,
            FileKind::Tsv => CsvOptions::tsv().with_options(options)?,
            FileKind::Parquet | FileKind::Ndjson | FileKind::Dump => match options.keys().next() {
                Some(option) => return Err(Error::Plan(format!("option {option}: {} has no options", kind.name()))),
                None => CsvOptions::default(),
            },
        };
        Ok(Self { kind, compression, csv })
    }
}
