//! The schema `loup`: tables, columns, keys, labels, the key ring and functions as the session knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray, UInt64Array};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result as DataFusionResult;
use loup_crypto::KeyRing;
use loup_functions::{Alias, FunctionSpec};
use loup_sources::dump::field_keys;

use super::{Database, Labels, Target};

const TABLES: [&str; 6] = ["columns", "functions", "key_ring", "keys", "labels", "tables"];

/// What a database declares of its columns: the names here, and the keys in a field's metadata.
const DECLARED: [(&str, &str); 5] = [
    ("sql_type", field_keys::SQL_TYPE),
    ("max_chars", field_keys::MAX_CHARS),
    ("not_null", field_keys::NOT_NULL),
    ("default", field_keys::DEFAULT),
    ("collation", field_keys::COLLATION),
];

/// Shows the session's state as tables, computed when a query names them.
#[derive(Debug)]
pub(crate) struct SystemSchema {
    pub(crate) databases: Arc<RwLock<BTreeMap<String, Arc<Database>>>>,
    pub(crate) labels: Arc<RwLock<Labels>>,
    pub(crate) keys: Arc<KeyRing>,
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        TABLES.map(str::to_owned).to_vec()
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let batch = match name {
            "tables" => self.tables(),
            "columns" => self.columns(),
            "key_ring" => self.key_ring(),
            "keys" => self.keys(),
            "labels" => self.labels(),
            "functions" => functions(),
            _ => return Ok(None),
        }?;
        Ok(Some(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        TABLES.contains(&name)
    }
}

fn text<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringViewArray>())
}

fn numbers(values: impl IntoIterator<Item = u64>) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(values))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> DataFusionResult<RecordBatch> {
    Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))?)
}

impl SystemSchema {
    fn databases(&self) -> Vec<Arc<Database>> {
        self.databases.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn tables(&self) -> DataFusionResult<RecordBatch> {
        let databases = self.databases();
        let rows: Vec<_> = databases
            .iter()
            .flat_map(|database| database.tables.values().map(move |table| (database, table)))
            .collect();
        batch(vec![
            ("database", text(rows.iter().map(|(database, _)| Some(&database.name)))),
            ("table", text(rows.iter().map(|(_, table)| Some(&table.source.name)))),
            ("kind", text(rows.iter().map(|(_, table)| Some(table.source.kind.name())))),
            ("files", numbers(rows.iter().map(|(_, table)| table.source.files.len() as u64))),
            ("bytes", numbers(rows.iter().map(|(_, table)| table.source.bytes))),
            ("rows", Arc::new(rows.iter().map(|(_, table)| table.source.known_rows()).collect::<UInt64Array>())),
            ("changed", Arc::new(rows.iter().map(|(_, table)| Some(table.is_changed())).collect::<BooleanArray>())),
        ])
    }

    fn columns(&self) -> DataFusionResult<RecordBatch> {
        let labels = self.labels.read().unwrap_or_else(PoisonError::into_inner);
        let databases = self.databases();
        let mut rows = Vec::new();
        let mut declared: [Vec<Option<String>>; 5] = Default::default();
        for database in &databases {
            for table in database.tables.values() {
                let source = table.source.provider.schema();
                for (number, field) in table.view().schema().fields().iter().enumerate() {
                    let target = Target {
                        database: database.name.clone(),
                        table: table.source.name.clone(),
                        column: Some(field.name().clone()),
                    };
                    let label = labels.comment(&target).map(str::to_owned);
                    // What the database says of the column stays with it, whatever statements make of its values.
                    let said = source.field_with_name(field.name()).map(|field| field.metadata().clone());
                    let said = said.unwrap_or_default();
                    for (column, key) in declared.iter_mut().zip(DECLARED) {
                        column.push(said.get(key.1).cloned());
                    }
                    rows.push((target, number as u64 + 1, field.data_type().to_string(), field.is_nullable(), label));
                }
            }
        }
        let mut columns = vec![
            ("database", text(rows.iter().map(|row| Some(&row.0.database)))),
            ("table", text(rows.iter().map(|row| Some(&row.0.table)))),
            ("column", text(rows.iter().map(|row| row.0.column.as_ref()))),
            ("position", numbers(rows.iter().map(|row| row.1))),
            ("type", text(rows.iter().map(|row| Some(&row.2)))),
            ("nullable", Arc::new(rows.iter().map(|row| Some(row.3)).collect::<BooleanArray>())),
            ("label", text(rows.iter().map(|row| row.4.as_ref()))),
        ];
        columns.extend(DECLARED.into_iter().zip(declared).map(|((name, _), values)| (name, text(values))));
        batch(columns)
    }

    /// The keys that databases declare.
    fn keys(&self) -> DataFusionResult<RecordBatch> {
        let databases = self.databases();
        let keys: Vec<_> = databases.iter().flat_map(|database| database.keys()).collect();
        let list = |columns: &[String]| columns.join(", ");
        batch(vec![
            ("database", text(keys.iter().map(|key| Some(&key.database)))),
            ("table", text(keys.iter().map(|key| Some(&key.table)))),
            ("kind", text(keys.iter().map(|key| Some(key.kind())))),
            ("name", text(keys.iter().map(|key| key.name.as_ref()))),
            ("columns", text(keys.iter().map(|key| Some(list(&key.columns))))),
            ("parent", text(keys.iter().map(|key| key.parent.as_ref().map(|(table, _)| table)))),
            ("parent_columns", text(keys.iter().map(|key| key.parent.as_ref().map(|(_, columns)| list(columns))))),
        ])
    }

    /// Keys to mask with, by id and fingerprint; a secret has no way here.
    fn key_ring(&self) -> DataFusionResult<RecordBatch> {
        let keys: Vec<_> = self.keys.keys().collect();
        let active = self.keys.active();
        batch(vec![
            ("id", text(keys.iter().map(|key| Some(key.id())))),
            ("created", text(keys.iter().map(|key| Some(key.created()).filter(|created| !created.is_empty())))),
            ("fingerprint", text(keys.iter().map(|key| Some(key.fingerprint().to_string())))),
            ("active", Arc::new(keys.iter().map(|key| Some(key.id() == active.id())).collect::<BooleanArray>())),
            ("ephemeral", Arc::new(keys.iter().map(|key| Some(key.is_ephemeral())).collect::<BooleanArray>())),
        ])
    }

    fn labels(&self) -> DataFusionResult<RecordBatch> {
        let labels = self.labels.read().unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<_> = labels.iter().collect();
        batch(vec![
            ("database", text(rows.iter().map(|(target, ..)| Some(&target.database)))),
            ("table", text(rows.iter().map(|(target, ..)| Some(&target.table)))),
            ("column", text(rows.iter().map(|(target, ..)| target.column.as_ref()))),
            ("provider", text(rows.iter().map(|(_, provider, _)| Some(*provider)))),
            ("label", text(rows.iter().map(|(.., label)| Some(*label)))),
        ])
    }
}

/// Functions, and after them the calls of other tools with the call that each stands for.
fn functions() -> DataFusionResult<RecordBatch> {
    let (specs, aliases) = (loup_functions::catalog(), loup_functions::aliases());
    // Of each column what it is for a function, and what it is for an alias.
    let column = |of_spec: fn(&FunctionSpec) -> Option<String>, of_alias: fn(&Alias) -> Option<String>| {
        text(specs.iter().map(|spec| of_spec(spec)).chain(aliases.iter().map(of_alias)))
    };
    batch(vec![
        ("name", column(|spec| Some(spec.name.to_owned()), |alias| Some(alias.name().to_owned()))),
        ("section", column(|spec| Some(spec.section.title().to_owned()), |alias| Some(alias.section()))),
        ("syntax", column(|spec| Some(spec.syntax()), |alias| Some(alias.form.to_owned()))),
        ("summary", column(|spec| Some(spec.summary.to_owned()), |alias| Some(alias.spec().summary.to_owned()))),
        ("result", column(|spec| Some(spec.result.to_owned()), |alias| Some(alias.spec().result.to_owned()))),
        ("stands_for", column(|_| None, |alias| Some(alias.call.to_owned()))),
    ])
}
