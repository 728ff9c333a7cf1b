//! Keys that a database declares of its tables.

use loup_sources::dump::{DumpIndex, KeyKind, QualifiedName};

use super::Database;

/// A primary, unique or foreign key of a table, by the names that the session has for tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeclaredKey {
    pub(crate) database: String,
    pub(crate) table: String,
    kind: KeyKind,
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<String>,
    /// Of a foreign key: the table it points at, and the columns there.
    pub(crate) parent: Option<(String, Vec<String>)>,
}

impl DeclaredKey {
    /// Returns the word for what it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self.kind {
            KeyKind::Primary => "primary",
            KeyKind::Unique => "unique",
            KeyKind::Foreign => "foreign",
        }
    }

    /// Returns whether its values are to be distinct.
    pub(crate) fn is_unique(&self) -> bool {
        self.kind != KeyKind::Foreign
    }
}

impl Database {
    /// Returns the keys that it declares, table by table.
    pub(crate) fn keys(&self) -> Vec<DeclaredKey> {
        self.dump.as_deref().map(|dump| self.keys_of(dump)).unwrap_or_default()
    }

    fn keys_of(&self, dump: &DumpIndex) -> Vec<DeclaredKey> {
        let named = |name: &QualifiedName| self.key(Some(&name.schema), &name.name);
        let mut keys = Vec::new();
        for table in dump.tables() {
            let Some(definition) = &table.definition else { continue };
            let key = |kind, columns: &Vec<String>| DeclaredKey {
                database: self.name.clone(),
                table: named(&table.name),
                kind,
                name: None,
                columns: columns.clone(),
                parent: None,
            };
            keys.extend(definition.unique.iter().map(|(kind, columns)| key(*kind, columns)));
            keys.extend(definition.foreign.iter().map(|foreign| DeclaredKey {
                name: foreign.name.clone(),
                parent: Some((named(&foreign.parent), foreign.parent_columns.clone())),
                ..key(KeyKind::Foreign, &foreign.columns)
            }));
        }
        keys
    }
}
