//! An attached database: its tables as they were, and as the session's statements have changed them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::LogicalPlan;
use loup_sources::attach::{AttachedTable, Attachment};

/// The schema's name inside the catalog that bears the database's name.
const MAIN: &str = "main";

/// An attached database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
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
        let tables = attachment.tables.into_iter().map(|source| {
            let table = Table { changed: RwLock::new(None), source };
            (table.source.name.clone(), table)
        });
        Self { name: name.to_owned(), tables: tables.collect() }
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
    pub(crate) is_original: bool,
}

#[async_trait]
impl SchemaProvider for DatabaseSchema {
    fn table_names(&self) -> Vec<String> {
        self.database.tables.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        Ok(self
            .database
            .tables
            .get(name)
            .map(|table| if self.is_original { Arc::clone(&table.source.provider) } else { table.view() }))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.database.tables.contains_key(name)
    }
}

/// A database as a catalog with one schema, so that `name.main.table` works.
#[derive(Debug)]
pub(crate) struct DatabaseCatalog {
    pub(crate) schema: Arc<DatabaseSchema>,
}

impl CatalogProvider for DatabaseCatalog {
    fn schema_names(&self) -> Vec<String> {
        vec![MAIN.to_owned()]
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        (name == MAIN).then(|| Arc::clone(&self.schema) as Arc<dyn SchemaProvider>)
    }
}
