//! `ATTACH` and `DETACH`.

use std::sync::{Arc, PoisonError};

use loup_sources::attach::{AttachedTable, FileKind, attach as find_tables, attach_object};
use loup_sources::dump::{DumpColumn, DumpIndex, Server};
use loup_sources::{CsvTable, is_url};

use crate::catalog::{COMMENT, Database, DatabaseCatalog, DatabaseSchema, Target};
use crate::run::{Spool, SpoolStore};
use crate::script::Attach;
use crate::session::names::ORIGINAL;
use crate::{Error, Outcome, Result, Session};

/// Names that are schemas of every session.
const RESERVED: [&str; 4] = ["public", "information_schema", "loup", "datafusion"];

/// Attaches a folder, glob or file under a name, and its original as `name_source`.
pub(crate) async fn attach(session: &Session, attach: &Attach) -> Result<Outcome> {
    let Attach { location, name, options } = attach;
    refuse_password(location)?;
    check_free(session, name)?;
    // What this run has written already is read where it is staged.
    let staged = session.staged_path(location).and_then(|path| path.to_str().map(str::to_owned));
    let is_staged = staged.is_some();
    let found = staged.as_ref().unwrap_or(location);
    let attachment = find_tables(&session.context.state(), found, options).await?;
    let mut notices: Vec<String> =
        attachment.ignored.iter().map(|file| format!("{file} is no table and will not be exported")).collect();
    let rest = notices.len().saturating_sub(10);
    if rest > 0 {
        notices.truncate(10);
        notices.push(format!("{rest} more files are no tables"));
    }
    notices.extend(attachment.tables.iter().flat_map(warnings));
    notices.extend(attachment.dump.as_deref().map(told_of_dump));
    let is_remote = attachment.root.to_str().is_some_and(is_url);
    session.reads((!is_remote).then_some(attachment.paths.as_slice()));
    let mut protected = session.protected.lock().unwrap_or_else(PoisonError::into_inner);
    protected.extend(attachment.paths.iter().cloned());
    protected.push(attachment.root.clone());
    drop(protected);
    register(session, name, Database::new(name, attachment))?;
    if is_staged {
        session.attached_staged(name);
    }
    Ok(Outcome::Done { tag: "ATTACH".to_owned(), rows: None, notices })
}

/// Attaches a dump that was kept from a stream, until the run ends; returns what its author should know.
pub(crate) async fn attach_spool(session: &Session, name: &str, told: &str, spool: Spool) -> Result<Vec<String>> {
    let meta = spool.meta(told);
    let attachment = attach_object(Arc::new(SpoolStore(Arc::new(spool))), meta, told).await?;
    let notices = attachment.dump.as_deref().map(told_of_dump).into_iter().collect();
    session.reads(None);
    register(session, name, Database::new(name, attachment))?;
    session.attached_staged(name);
    Ok(notices)
}

/// Returns an error where a name is no name for a database.
pub(crate) fn check_free(session: &Session, name: &str) -> Result<()> {
    let taken = session.default_catalog()?.schema_names();
    let taken: Vec<_> = taken.iter().map(|name| name.to_lowercase()).collect();
    for wanted in [name, &format!("{name}{ORIGINAL}")] {
        if RESERVED.contains(&wanted.to_lowercase().as_str()) || taken.contains(&wanted.to_lowercase()) {
            return Err(Error::Plan(format!("ATTACH: the name {wanted} is taken; choose another or DETACH it first")));
        }
    }
    Ok(())
}

/// Makes a database known under its name, and its original as `name_source`.
pub(super) fn register(session: &Session, name: &str, database: Database) -> Result<Arc<Database>> {
    let (catalog, original) = (session.default_catalog()?, format!("{name}{ORIGINAL}"));
    let database = Arc::new(database);
    let schema = |is_original| Arc::new(DatabaseSchema { database: Arc::clone(&database), schema: None, is_original });
    catalog.register_schema(name, schema(false))?;
    catalog.register_schema(&original, schema(true))?;
    for (name, is_original) in [(name, false), (&original, true)] {
        session.context.register_catalog(name, Arc::new(DatabaseCatalog { schema: schema(is_original) }));
    }
    take_labels(session, &database);
    let mut databases = session.databases.write().unwrap_or_else(PoisonError::into_inner);
    databases.insert(name.to_owned(), Arc::clone(&database));
    Ok(database)
}

/// Forgets a database, if it is known.
pub(super) fn forget(session: &Session, name: &str) -> Result<()> {
    let is_known = session.databases.read().unwrap_or_else(PoisonError::into_inner).contains_key(name);
    if is_known { detach(session, name).map(drop) } else { Ok(()) }
}

/// Takes over the comments and security labels that a dump carries.
fn take_labels(session: &Session, database: &Database) {
    let Some(dump) = &database.dump else { return };
    let mut labels = session.labels.write().unwrap_or_else(PoisonError::into_inner);
    for found in dump.tables() {
        let table = database.key(Some(&found.name.schema), &found.name.name);
        let on = |column: Option<String>| Target { database: database.name.clone(), table: table.clone(), column };
        for DumpColumn { name, column, .. } in &found.columns {
            labels.set(on(Some(name.clone())), COMMENT, column.comment.clone());
        }
        let Some(definition) = &found.definition else { continue };
        labels.set(on(None), COMMENT, definition.comment.clone());
        for (provider, column, label) in &definition.labels {
            labels.set(on(column.clone()), provider, Some(label.clone()));
        }
    }
}

/// Forgets an attached database, its changes and its labels.
///
/// Its files stay protected from outputs, since views may still read them.
pub(crate) fn detach(session: &Session, name: &str) -> Result<Outcome> {
    let known: Vec<String> = session.databases.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
    let found = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    let Some(found) = found else {
        return Err(Error::Plan(format!("DETACH: nothing is attached as {name}")));
    };
    let catalog = session.default_catalog()?;
    for schema in [found.clone(), format!("{found}{ORIGINAL}")] {
        catalog.deregister_schema(&schema, true)?;
        // A context keeps its catalogs; an empty one takes the place.
        let empty = datafusion::catalog::MemoryCatalogProvider::new();
        session.context.register_catalog(schema, Arc::new(empty));
    }
    session.databases.write().unwrap_or_else(PoisonError::into_inner).remove(found);
    session.labels.write().unwrap_or_else(PoisonError::into_inner).forget(found);
    Ok(Outcome::done("DETACH"))
}

/// Says what was found in a dump, and what of it is passed on as it stands.
fn told_of_dump(dump: &DumpIndex) -> String {
    let rows: u64 = dump.tables().iter().map(|table| table.rows).sum();
    let server = match dump.server() {
        Server::MySql => "MySQL",
        Server::Postgres => "PostgreSQL",
    };
    let others: Vec<String> = dump.others().iter().map(|(word, count)| format!("{word} ({count})")).collect();
    let passed =
        if others.is_empty() { String::new() } else { format!("; passed on as they are: {}", others.join(", ")) };
    format!("{server} dump: {} tables, {rows} rows{passed}", dump.tables().len())
}

/// Says what a plan's author should know of a table before masking it.
fn warnings(table: &AttachedTable) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(header) = table.csv.as_ref().and_then(CsvTable::header) {
        for (name, original) in &header.repeated {
            warnings.push(format!("{}: the header names {original} twice; the second column is {name}", table.name));
        }
    }
    if table.kind == FileKind::Ndjson {
        for field in table.provider.schema().fields().iter().filter(|field| field.data_type().is_floating()) {
            let (table, column) = (&table.name, field.name());
            warnings.push(format!("{table}: the numbers of {column} are read as floating point; digits may change"));
        }
    }
    warnings
}

/// A password in a plan would be kept with it; it comes from the environment or the client's own file.
fn refuse_password(location: &str) -> Result<()> {
    let authority = location.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    let has_password =
        authority.and_then(|authority| authority.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'));
    if has_password {
        return Err(Error::Plan(
            "ATTACH: a password does not belong in a plan; it comes from the environment".to_owned(),
        ));
    }
    Ok(())
}
