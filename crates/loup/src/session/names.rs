//! Finds what the names of a statement mean, and readies statements for planning.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Visit, VisitMut};
use futures::FutureExt;

use super::Session;
use crate::catalog::{Database, Table};
use crate::rewrite::{Names, WildcardUse, expand_arguments, expand_checks, find_ident, find_lists, find_wildcards};
use crate::{Error, Result};

const CATALOG: &str = "datafusion";
const SCHEMA: &str = "public";
/// Suffix of the schema that shows a database as it was attached.
pub(crate) const ORIGINAL: &str = "_source";

/// A table that a name found.
pub(crate) struct Found {
    /// The name in the spelling of what it found.
    pub(crate) path: Vec<String>,
    pub(crate) provider: Arc<dyn TableProvider>,
}

impl Found {
    pub(crate) fn columns(&self) -> Vec<String> {
        self.provider.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Returns the name as a statement would write it.
    pub(crate) fn name(&self) -> ObjectName {
        ObjectName::from(self.path.iter().map(|part| Ident::with_quote('"', part)).collect::<Vec<_>>())
    }
}

impl Session {
    pub(crate) fn default_catalog(&self) -> Result<Arc<dyn CatalogProvider>> {
        self.context.catalog(CATALOG).ok_or_else(|| Error::Plan("the session has no default catalog".to_owned()))
    }

    /// Readies a statement: check functions, named arguments, names, and the lists of `* REPLACE` and `* EXCLUDE`.
    pub(crate) async fn prepare<N: Visit + VisitMut>(&self, node: &mut N) -> Result<()> {
        expand_checks(node, &|path| self.columns_of(path))?;
        expand_arguments(node)?;
        self.bind_lists(find_lists(node)).await?;
        let mut names = Names::of(node);
        for table in names.tables.clone() {
            if let Some(found) = self.find_table(&table)? {
                names.resolve(&table, found.path.clone(), found.columns());
            } else if let Some(path) = information_schema(&table) {
                names.resolve(&table, path, Vec::new());
            } else if table.0.len() > 1 {
                return Err(self.no_such_table(&table));
            }
        }
        names.apply(node)?;
        for wildcard in find_wildcards(node)? {
            self.check_wildcard(wildcard).await?;
        }
        Ok(())
    }

    async fn check_wildcard(&self, wildcard: WildcardUse) -> Result<()> {
        let plan = self.plan_prepared(wildcard.query).await?;
        let columns: Vec<&str> = plan.schema().fields().iter().map(|field| field.name().as_str()).collect();
        for name in wildcard.names {
            // Two columns that differ by case alone: the one that is not named would stay.
            find_ident(&name, columns.iter().copied())?;
            if !columns.contains(&name.value.as_str()) {
                return Err(Error::Plan(format!(
                    "EXCLUDE or REPLACE: there is no column {name}{}",
                    suggestion(&name.value, columns.iter().copied())
                )));
            }
        }
        Ok(())
    }

    fn columns_of(&self, path: &[String]) -> Option<Vec<String>> {
        let name = ObjectName::from(path.iter().map(Ident::new).collect::<Vec<_>>());
        Some(self.find_table(&name).ok()??.columns())
    }

    /// Finds a table by a name of one to three parts, in any case.
    pub(crate) fn find_table(&self, name: &ObjectName) -> Result<Option<Found>> {
        let parts: Option<Vec<Ident>> = name.0.iter().map(|part| part.as_ident().cloned()).collect();
        let Some(parts) = parts else { return Ok(None) };
        let Some((table, prefix)) = parts.split_last() else {
            return Ok(None);
        };
        let (mut path, schema) = match prefix {
            [] => (Vec::new(), self.default_catalog()?.schema(SCHEMA)),
            [schema] => match find_schema(self.default_catalog()?.as_ref(), schema)? {
                Some((name, schema)) => (vec![name], Some(schema)),
                None => return Ok(None),
            },
            [catalog, schema] => {
                let names = self.context.catalog_names();
                let Some(name) = find_ident(catalog, names.iter().map(String::as_str))?.map(str::to_owned) else {
                    return Ok(None);
                };
                let Some(catalog) = self.context.catalog(&name) else {
                    return Ok(None);
                };
                match find_schema(catalog.as_ref(), schema)? {
                    Some((schema_name, schema)) => (vec![name, schema_name], Some(schema)),
                    None => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        let Some(schema) = schema else { return Ok(None) };
        let names = schema.table_names();
        let Some(table) = find_ident(table, names.iter().map(String::as_str))?.map(str::to_owned) else {
            return Ok(None);
        };
        // Every schema of a session answers at once; one that would wait is left to planning.
        let Some(Ok(Some(provider))) = schema.table(&table).now_or_never() else {
            return Ok(None);
        };
        path.push(table);
        Ok(Some(Found { path, provider }))
    }

    fn no_such_table(&self, name: &ObjectName) -> Error {
        let schema = name.0.first().and_then(|part| part.as_ident()).map(|part| part.value.clone());
        let known = schema.and_then(|schema| {
            let catalog = self.default_catalog().ok()?;
            let (name, schema) = find_schema(catalog.as_ref(), &Ident::new(schema)).ok()??;
            Some(schema.table_names().into_iter().map(|table| format!("{name}.{table}")).collect::<Vec<_>>())
        });
        let known = known.unwrap_or_default();
        let written = name.to_string();
        let hint = match suggestion(&written, known.iter().map(String::as_str)) {
            hint if !hint.is_empty() => hint,
            _ if known.is_empty() => "; nothing is attached under that name".to_owned(),
            _ => format!("; there are {}", known.join(", ")),
        };
        Error::Plan(format!("there is no table {written}{hint}"))
    }

    /// Finds a table of an attached database.
    pub(crate) fn attached(&self, name: &ObjectName) -> Result<(Arc<Database>, Found)> {
        let found = self.find_table(name)?.ok_or_else(|| self.no_such_table(name))?;
        let database = found.path.first().and_then(|database| self.database(database));
        match database {
            Some(database) if database.table(&found).is_ok() => Ok((database, found)),
            _ => Err(Error::Plan(format!("{name} is no table of an attached database"))),
        }
    }

    /// Finds a table of an attached database that a statement is about to change.
    pub(crate) fn changeable(&self, name: &ObjectName) -> Result<(Arc<Database>, Found)> {
        let (database, found) = self.attached(name)?;
        self.check_unviewed(&found.path)?;
        Ok((database, found))
    }

    /// Returns whether a name is a table of an attached database.
    ///
    /// # Errors
    /// Returns an error for the original of a database, which nothing changes, and for a table that is not there.
    pub(crate) fn is_attached(&self, name: &ObjectName) -> Result<bool> {
        let Some(found) = self.find_table(name)? else {
            return Err(self.no_such_table(name));
        };
        let Some(first) = found.path.first().filter(|_| found.path.len() > 1) else {
            return Ok(false);
        };
        if self.database(first).is_some() {
            return Ok(true);
        }
        match first.strip_suffix(ORIGINAL).and_then(|database| self.database(database)) {
            Some(database) => Err(Error::Plan(format!(
                "{first} is the original and never changes; name {}.{}",
                database.name,
                found.path.last().expect("a name has a part")
            ))),
            None => Ok(false),
        }
    }
}

impl Database {
    /// Returns a table by its exact name.
    pub(crate) fn table(&self, found: &Found) -> Result<&Table> {
        let name = found.path.last().expect("a name has a part");
        let schema = (found.path.len() == 3).then(|| found.path[1].as_str());
        let key = self.key(schema, name);
        self.tables.get(&key).ok_or_else(|| Error::Plan(format!("there is no table {}.{key}", self.name)))
    }
}

fn find_schema(catalog: &dyn CatalogProvider, name: &Ident) -> Result<Option<(String, Arc<dyn SchemaProvider>)>> {
    let names = catalog.schema_names();
    let found = find_ident(name, names.iter().map(String::as_str))?.map(str::to_owned);
    Ok(found.and_then(|name| catalog.schema(&name).map(|schema| (name, schema))))
}

/// Returns the path of a table of the information schema, which no catalog lists.
fn information_schema(name: &ObjectName) -> Option<Vec<String>> {
    let path: Vec<String> =
        name.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.to_lowercase()).collect();
    (path.len() > 1 && path[path.len() - 2] == "information_schema").then_some(path)
}

/// Returns `; did you mean x?` for a near name, or nothing.
pub(crate) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let name = name.to_lowercase();
    let near = known
        .map(|known| (strsim::damerau_levenshtein(&name, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min();
    near.map_or_else(String::new, |(_, known)| format!("; did you mean {known}?"))
}
