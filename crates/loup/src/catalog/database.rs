//! An attached database: its tables as they were, and as the session's statements have changed them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::LogicalPlan;
use loup_sources::attach::{AttachedTable, Attachment};
use loup_sources::dump::DumpIndex;

/// The schema's name inside the catalog that bears the database's name.
const MAIN: &str = "main";

/// An attached database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    /// The dump that its tables are in, where it is one.
    pub(crate) dump: Option<Arc<DumpIndex>>,
    /// The schema whose tables need no schema in front of them; `None` where there are no schemas.
    main_schema: Option<String>,
    pub(crate) tables: BTreeMap<String, Table>,
}

/// One table: the source, never changed, and the plan of what it looks like now.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) source: AttachedTable,
    changed: RwLock<Option<Arc<LogicalPlan>>>,
}

impl Database {
    pub(crate) fn new(name: &str, attachment: Attachment) -> Self {
        let mut attachment = attachment;
        let tables = std::mem::take(&mut attachment.tables).into_iter().map(|source| {
            let table = Table { changed: RwLock::new(None), source };
            (table.source.name.clone(), table)
        });
        let Attachment { dump, main_schema, .. } = attachment;
        Self { name: name.to_owned(), tables: tables.collect(), dump, main_schema }
    }

    /// Returns the schemas of its tables, the main one under its own name too.
    fn schemas(&self) -> Vec<String> {
        let own = self.tables.values().filter_map(|table| table.source.schema.clone());
        let mut schemas: Vec<String> = own.filter(|schema| !schema.is_empty()).chain([MAIN.to_owned()]).collect();
        schemas.sort();
        schemas.dedup();
        schemas
    }

    /// Returns the name that a table of a schema has among all tables.
    pub(crate) fn key(&self, schema: Option<&str>, table: &str) -> String {
        match schema {
            Some(schema) if schema != MAIN && self.main_schema.as_deref() != Some(schema) => {
                format!("{schema}.{table}")
            }
            _ => table.to_owned(),
        }
    }
}

impl Table {
    /// Returns the table as the session sees it.
    pub(crate) fn view(&self) -> Arc<dyn TableProvider> {
        match &*self.changed.read().unwrap_or_else(PoisonError::into_inner) {
            Some(plan) => Arc::new(ViewTable::new(LogicalPlan::clone(plan), None)),
            None => Arc::clone(&self.source.provider),
        }
    }

    /// Returns whether a statement has changed it.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Returns the plan of a table that statements have changed.
    pub(crate) fn plan(&self) -> Option<Arc<LogicalPlan>> {
        self.changed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes `plan` what the session sees.
    pub(crate) fn change(&self, plan: LogicalPlan) {
        *self.changed.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(plan));
    }
}

/// A database's tables as a schema: as they look now, or as they were attached.
#[derive(Debug)]
pub(crate) struct DatabaseSchema {
    pub(crate) database: Arc<Database>,
    /// The schema whose tables they are; `None` for all tables of the database.
    pub(crate) schema: Option<String>,
    pub(crate) is_original: bool,
}

#[async_trait]
impl SchemaProvider for DatabaseSchema {
    fn table_names(&self) -> Vec<String> {
        let Some(schema) = &self.schema else { return self.database.tables.keys().cloned().collect() };
        let prefix = format!("{schema}.");
        let own = self.database.tables.iter().filter(|(_, table)| table.source.schema.as_ref() == Some(schema));
        own.map(|(name, _)| name.strip_prefix(&prefix).unwrap_or(name).to_owned()).collect()
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        Ok(self
            .database
            .tables
            .get(&self.database.key(self.schema.as_deref(), name))
            .map(|table| if self.is_original { Arc::clone(&table.source.provider) } else { table.view() }))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.database.tables.contains_key(&self.database.key(self.schema.as_deref(), name))
    }
}

/// A database as a catalog, so that `name.main.table` works, and `name.schema.table` where its tables have schemas.
#[derive(Debug)]
pub(crate) struct DatabaseCatalog {
    pub(crate) schema: Arc<DatabaseSchema>,
}

impl CatalogProvider for DatabaseCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.schema.database.schemas()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == MAIN {
            return Some(Arc::clone(&self.schema) as Arc<dyn SchemaProvider>);
        }
        let DatabaseSchema { database, is_original, .. } = self.schema.as_ref();
        database.schemas().iter().any(|known| known == name).then(|| {
            let (database, schema) = (Arc::clone(database), Some(name.to_owned()));
            Arc::new(DatabaseSchema { database, schema, is_original: *is_original }) as Arc<dyn SchemaProvider>
        })
    }
}
