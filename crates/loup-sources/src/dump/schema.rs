//! The tables of a dump as its definitions describe them, whatever the order in which they came.

use std::collections::BTreeMap;

use loup_text::ddl::{Alteration, Column, Definition, Key, KeyKind, TableName};

/// Resolves a name without a schema.
const DEFAULT: &str = "";

/// A table by its schema (in MySQL its database; empty where the file names none) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// Schema or database.
    pub schema: String,
    /// Table.
    pub name: String,
}

impl QualifiedName {
    /// Takes a name as a statement writes it, in the schema that holds there.
    pub(crate) fn of(name: &TableName, current: &str) -> Self {
        Self { schema: name.schema.clone().unwrap_or_else(|| current.to_owned()), name: name.name.clone() }
    }
}

impl std::fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.schema.is_empty() { f.write_str(&self.name) } else { write!(f, "{}.{}", self.schema, self.name) }
    }
}

/// A foreign key, resolved to the columns it points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Columns of the table that has it.
    pub columns: Vec<String>,
    /// The table it points at.
    pub parent: QualifiedName,
    /// Columns there.
    pub parent_columns: Vec<String>,
}

/// What the definitions say of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableDefinition {
    /// Columns, those of parents first.
    pub columns: Vec<Column>,
    /// Tables that have its rows too, their own parents among them: partitioned and inherited ones.
    pub ancestors: Vec<QualifiedName>,
    /// Primary and unique keys of whole columns, the primary key first.
    pub unique: Vec<(KeyKind, Vec<String>)>,
    /// Foreign keys.
    pub foreign: Vec<ForeignKey>,
    /// Comment on the table.
    pub comment: Option<String>,
    /// Security labels: provider, column or none for the table, label.
    pub labels: Vec<(String, Option<String>, String)>,
    /// Character set of its texts, where it is said.
    pub charset: Option<String>,
    /// Collation of its texts, where it is said.
    pub collation: Option<String>,
}

/// Collects definitions in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    tables: BTreeMap<QualifiedName, Collected>,
    types: BTreeMap<QualifiedName, String>,
    schema: String,
    /// Tables that were created twice.
    repeated: Vec<QualifiedName>,
}

#[derive(Debug, Default)]
struct Collected {
    definition: TableDefinition,
    keys: Vec<(String, Key)>,
    /// Tables whose columns it has too.
    templates: Vec<QualifiedName>,
    /// Tables that have its rows too.
    parents: Vec<QualifiedName>,
    is_created: bool,
}

impl Definitions {
    /// Returns the schema or database that names without one are in.
    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns tables that the file creates twice.
    pub(crate) fn repeated(&self) -> &[QualifiedName] {
        &self.repeated
    }

    /// Takes the next definition of the file.
    pub(crate) fn add(&mut self, definition: Definition) {
        match definition {
            Definition::Table(table) => {
                let name = QualifiedName::of(&table.name, &self.schema);
                let schema = self.schema.clone();
                if self.tables.get(&name).is_some_and(|known| known.is_created) {
                    self.repeated.push(name);
                    return;
                }
                let entry = self.tables.entry(name).or_default();
                entry.is_created = true;
                let of = |name: &TableName| QualifiedName::of(name, &schema);
                entry.templates.extend(table.parents.iter().chain(&table.liked).map(of));
                entry.parents.extend(table.parents.iter().map(of));
                entry.keys.extend(table.keys.into_iter().map(|key| (schema.clone(), key)));
                entry.definition.columns = table.columns;
                entry.definition.charset = table.charset;
                entry.definition.collation = table.collation;
                entry.definition.comment = entry.definition.comment.take().or(table.comment);
            }
            Definition::Key(table, key) => {
                let schema = self.schema.clone();
                self.entry(&table).keys.push((schema, key));
            }
            Definition::Alter(table, column, alteration) => {
                let columns = &mut self.entry(&table).definition.columns;
                let Some(column) = columns.iter_mut().find(|known| known.name == column) else { return };
                match alteration {
                    Alteration::Default(default) => column.default = Some(default),
                    Alteration::Identity => column.auto_increment = true,
                    Alteration::NotNull => column.not_null = true,
                }
            }
            // A table that is attached keeps its own columns in their own order.
            Definition::Partition(parent, partition) => {
                let parent = QualifiedName::of(&parent, &self.schema);
                self.entry(&partition).parents.push(parent);
            }
            Definition::Comment(table, None, comment) => self.entry(&table).definition.comment = comment,
            Definition::Comment(table, Some(column), comment) => {
                let columns = &mut self.entry(&table).definition.columns;
                if let Some(column) = columns.iter_mut().find(|known| known.name == column) {
                    column.comment = comment;
                }
            }
            Definition::SecurityLabel(provider, table, column, label) => {
                let labels = &mut self.entry(&table).definition.labels;
                labels.extend(label.map(|label| (provider, column, label)));
            }
            Definition::Type(name, sql_type) => {
                let name = QualifiedName::of(&name, &self.schema);
                self.types.insert(name, sql_type);
            }
            // An empty search path asks for full names, which then stand everywhere.
            Definition::SearchPath(schema) | Definition::Database(schema) => self.schema = schema,
            Definition::Other => {}
        }
    }

    fn entry(&mut self, table: &TableName) -> &mut Collected {
        self.tables.entry(QualifiedName::of(table, &self.schema)).or_default()
    }

    /// Returns the definition of a table as far as the file was read; `None` where it was not created.
    pub(crate) fn table(&self, name: &QualifiedName) -> Option<TableDefinition> {
        let collected = self.tables.get(name).filter(|collected| collected.is_created)?;
        let mut definition = collected.definition.clone();
        definition.columns = self.columns(name, 0);
        definition.ancestors = self.ancestors(name);
        let base = |column: &mut Column| {
            if let Some(base) = self.base_type(&column.sql_type, name, 0) {
                column.sql_type = base;
            }
        };
        definition.columns.iter_mut().for_each(base);
        for (schema, key) in &collected.keys {
            match (&key.references, key.kind) {
                (Some((parent, columns)), _) => {
                    let parent = QualifiedName::of(parent, schema);
                    let parent_columns =
                        if columns.is_empty() { self.primary(&parent).unwrap_or_default() } else { columns.clone() };
                    let (name, columns) = (key.name.clone(), key.columns.clone());
                    definition.foreign.push(ForeignKey { name, columns, parent, parent_columns });
                }
                (None, kind) if key.is_plain => definition.unique.push((kind, key.columns.clone())),
                (None, _) => {}
            }
        }
        definition.unique.sort_by_key(|(kind, _)| *kind != KeyKind::Primary);
        if let Some((KeyKind::Primary, columns)) = definition.unique.first().cloned() {
            for column in definition.columns.iter_mut().filter(|column| columns.contains(&column.name)) {
                column.not_null = true;
            }
        }
        Some(definition)
    }

    /// Returns the tables that were created.
    pub(crate) fn names(&self) -> impl Iterator<Item = &QualifiedName> {
        self.tables.iter().filter(|(_, collected)| collected.is_created).map(|(name, _)| name)
    }

    fn primary(&self, table: &QualifiedName) -> Option<Vec<String>> {
        let keys = &self.tables.get(table)?.keys;
        keys.iter().find(|(_, key)| key.kind == KeyKind::Primary).map(|(_, key)| key.columns.clone())
    }

    fn ancestors(&self, name: &QualifiedName) -> Vec<QualifiedName> {
        let (mut found, mut next) = (Vec::new(), Some(name.clone()));
        let mut at = 0;
        while let Some(name) = next {
            for parent in self.tables.get(&name).map_or(&[][..], |table| &table.parents) {
                if !found.contains(parent) {
                    found.push(parent.clone());
                }
            }
            next = found.get(at).cloned();
            at += 1;
        }
        found
    }

    /// Returns a table's own columns behind those of its parents that it does not name itself.
    fn columns(&self, name: &QualifiedName, depth: usize) -> Vec<Column> {
        let Some(table) = self.tables.get(name).filter(|_| depth < 16) else { return Vec::new() };
        let mut columns: Vec<Column> = Vec::new();
        for inherited in table.templates.iter().flat_map(|parent| self.columns(parent, depth + 1)) {
            if !columns.iter().any(|known| known.name == inherited.name) {
                columns.push(inherited);
            }
        }
        for own in &table.definition.columns {
            match columns.iter_mut().find(|known| known.name == own.name) {
                Some(known) => *known = own.clone(),
                None => columns.push(own.clone()),
            }
        }
        columns
    }

    /// Returns what a type that the dump itself defines is made of.
    fn base_type(&self, sql_type: &str, table: &QualifiedName, depth: usize) -> Option<String> {
        let name = loup_text::ddl::table_name(sql_type, loup_text::ddl::Dialect::Postgres)?;
        let schema = if name.schema.is_some() { DEFAULT } else { &table.schema };
        let found = self.types.get(&QualifiedName::of(&name, schema)).filter(|_| depth < 16)?;
        Some(self.base_type(found, table, depth + 1).unwrap_or_else(|| found.clone()))
    }
}

#[cfg(test)]
mod tests {
    use loup_text::ddl::{Dialect, define};

    use super::*;

    fn collected(statements: &[&str], dialect: Dialect) -> Definitions {
        let mut definitions = Definitions::default();
        for statement in statements {
            for definition in define(statement, dialect) {
                definitions.add(definition);
            }
        }
        definitions
    }

    fn name(schema: &str, name: &str) -> QualifiedName {
        QualifiedName { schema: schema.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn keys_that_come_later_and_domains_are_resolved() {
        let definitions = collected(
            &[
                "CREATE DOMAIN public.year AS integer CONSTRAINT c CHECK ((VALUE >= 1901))",
                "CREATE TABLE public.a (id integer NOT NULL, y public.year)",
                "CREATE TABLE public.b (a_id integer) INHERITS (public.a)",
                "ALTER TABLE ONLY public.b ADD CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES public.a",
                "ALTER TABLE ONLY public.a ADD CONSTRAINT pk PRIMARY KEY (id)",
                "ALTER TABLE ONLY public.a ADD CONSTRAINT u UNIQUE (y, id)",
                "COMMENT ON COLUMN public.a.y IS 'pii:none'",
            ],
            Dialect::Postgres,
        );
        assert_eq!(definitions.table(&name("public", "b")).unwrap().ancestors, [name("public", "a")]);
        let a = definitions.table(&name("public", "a")).unwrap();
        assert_eq!(a.unique[0], (KeyKind::Primary, vec!["id".to_owned()]));
        assert_eq!((a.columns[1].sql_type.as_str(), a.columns[1].comment.as_deref()), ("integer", Some("pii:none")));
        let b = definitions.table(&name("public", "b")).unwrap();
        let columns: Vec<_> = b.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["id", "y", "a_id"]);
        assert_eq!(
            (b.foreign[0].parent.clone(), b.foreign[0].parent_columns.as_slice()),
            (name("public", "a"), ["id".to_owned()].as_slice())
        );
    }

    #[test]
    fn attached_partitions_keep_the_order_of_their_own_columns() {
        let definitions = collected(
            &[
                "CREATE TABLE public.t (id int, name text, email text) PARTITION BY RANGE (id)",
                "CREATE TABLE public.t_1 (id int, email text, name text) PARTITION BY RANGE (id)",
                "CREATE TABLE public.t_2 PARTITION OF public.t_1 FOR VALUES FROM (0) TO (9)",
                "ALTER TABLE ONLY public.t ATTACH PARTITION public.t_1 FOR VALUES FROM (0) TO (100)",
            ],
            Dialect::Postgres,
        );
        let table = definitions.table(&name("public", "t_2")).unwrap();
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["id", "email", "name"]);
        assert_eq!(table.ancestors, [name("public", "t_1"), name("public", "t")]);
    }

    #[test]
    fn databases_of_one_file_are_told_apart() {
        let definitions = collected(
            &["USE `one`", "CREATE TABLE `t` (`a` int)", "USE `two`", "CREATE TABLE `t` (`b` int)"],
            Dialect::MySql,
        );
        assert_eq!(definitions.table(&name("one", "t")).unwrap().columns[0].name, "a");
        assert_eq!(definitions.table(&name("two", "t")).unwrap().columns[0].name, "b");
        assert!(definitions.repeated().is_empty());
    }

    #[test]
    fn a_table_that_is_created_twice_is_told() {
        let definitions = collected(&["CREATE TABLE `t` (`a` int)", "CREATE TABLE `t` (`b` int)"], Dialect::MySql);
        assert_eq!(definitions.repeated(), [name("", "t")]);
    }
}
