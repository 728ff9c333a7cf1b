//! The inputs of a batch as the session finds them: a table each, with its columns.

use std::path::Path;

use loup::Session;
use loup_sources::{CsvTable, is_url};

use super::config::BatchFile;
use crate::{Error, Result, sql};

/// The table of an input.
#[derive(Debug)]
pub(super) struct Table {
    /// The name under which the plan attaches the input.
    pub(super) database: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column of an input.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// What the file calls it: of two columns with one name, the second bears another.
    pub(super) header: String,
    pub(super) is_text: bool,
}

impl Table {
    /// Writes its name.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.database, sql::ident(&self.name))
    }

    /// Writes the name of the original, which no statement changes.
    pub(super) fn source(&self) -> String {
        format!("{}_source.{}", self.database, sql::ident(&self.name))
    }
}

/// Writes the statement that attaches a file.
pub(super) fn attach(location: &str, database: &str) -> String {
    format!("ATTACH {} AS {database};", sql::text(location))
}

/// Finds the tables of the inputs, in their order.
///
/// # Errors
/// Returns an error where an input is no single file with a header.
pub(super) async fn find(files: &[BatchFile]) -> Result<Vec<Table>> {
    let session = Session::builder().threads(1).build()?;
    let mut tables = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        tables.push(table(&session, &file.input, format!("f{}", number + 1)).await?);
    }
    Ok(tables)
}

async fn table(session: &Session, input: &str, database: String) -> Result<Table> {
    let problem = |problem: &str| Error::Session(loup::Error::Plan(format!("{input}: {problem}")));
    sql::check(input, input)?;
    let path = Path::new(input.strip_prefix("file://").unwrap_or(input));
    if !is_url(input) && !path.is_file() {
        return Err(problem(if path.exists() { "not a file; a batch lists single files" } else { "no such file" }));
    }
    session.run(&attach(input, &database)).await.map_err(of_statement)?;
    let schema = session.context().catalog(&database).and_then(|catalog| catalog.schema("main"));
    let schema = schema.ok_or_else(|| problem("no table was found in it"))?;
    let [name] = <[String; 1]>::try_from(schema.table_names()).map_err(|_| problem("not a single file"))?;
    let provider = schema.table(&name).await.map_err(loup::Error::from)?.ok_or_else(|| problem("it has gone"))?;
    let csv = CsvTable::of(provider.as_ref());
    let repeated = csv.as_ref().and_then(CsvTable::header).map(|header| header.repeated.as_slice()).unwrap_or_default();
    let schema = provider.schema();
    let columns = schema.fields().iter().map(|field| {
        sql::check(&format!("{input}: a column"), field.name())?;
        let original = repeated.iter().find(|(name, _)| name == field.name()).map(|(_, original)| original);
        Ok(Column {
            name: field.name().clone(),
            header: original.unwrap_or(field.name()).clone(),
            is_text: field.data_type().is_string(),
        })
    });
    let columns = columns.collect::<Result<_>>()?;
    Ok(Table { database, name, columns })
}

/// The line of a statement of ours says nothing to anyone.
fn of_statement(error: loup::Error) -> loup::Error {
    match error {
        loup::Error::Statement { source, .. } => *source,
        other => other,
    }
}
