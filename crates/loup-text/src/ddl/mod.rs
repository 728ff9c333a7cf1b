//! What a dump's definitions say of its tables: columns, keys and comments.
//!
//! A dump's own writer made the definitions, so they have few forms; what is not understood inside a definition is passed
//! over up to the next comma, and an unknown statement is [`Definition::Other`]. Nothing is evaluated.
//!
//! ```
//! use loup_text::ddl::{Definition, Dialect, define};
//!
//! let text = "CREATE TABLE `t` (`id` int NOT NULL, `name` varchar(20) DEFAULT NULL, PRIMARY KEY (`id`))";
//! let definitions = define(text, Dialect::MySql);
//! let [Definition::Table(table)] = definitions.as_slice() else { panic!("one table") };
//! assert_eq!(table.columns[1].sql_type, "varchar(20)");
//! assert_eq!(table.keys[0].columns, ["id"]);
//! ```

mod column;
mod cursor;
mod statement;
mod token;

pub use statement::{define, table_name};

/// Whose SQL a dump holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// MySQL and MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
}

/// A table's name, with the schema or database before it where it is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TableName {
    /// Schema, in MySQL the database.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

/// One statement that says something of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// `CREATE TABLE`.
    Table(Table),
    /// A key that is added to a table: `ALTER TABLE .. ADD CONSTRAINT`, `CREATE UNIQUE INDEX`.
    Key(TableName, Key),
    /// A column that a later statement makes an identity, gives a default, or makes NOT NULL.
    Alter(TableName, String, Alteration),
    /// A table that is made a partition of another: parent and partition.
    Partition(TableName, TableName),
    /// `COMMENT ON TABLE` or `COLUMN`, with the column; `None` for the comment removes it.
    Comment(TableName, Option<String>, Option<String>),
    /// `SECURITY LABEL FOR provider ON TABLE` or `COLUMN`: provider, table, column, label.
    SecurityLabel(String, TableName, Option<String>, Option<String>),
    /// `CREATE DOMAIN name AS type`, or `CREATE TYPE name AS ENUM`, which is a text.
    Type(TableName, String),
    /// `SET search_path`: the first schema.
    SearchPath(String),
    /// `USE database`, or `CREATE DATABASE`.
    Database(String),
    /// Anything else.
    Other,
}

/// What a later statement says of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alteration {
    /// `SET DEFAULT expression`.
    Default(String),
    /// `ADD GENERATED .. AS IDENTITY`.
    Identity,
    /// `SET NOT NULL`.
    NotNull,
}

/// A table as it is created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Its columns in order; of a partition or an heir those it adds.
    pub columns: Vec<Column>,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Tables whose columns it has too, and that have its rows: `INHERITS`, `PARTITION OF`.
    pub parents: Vec<TableName>,
    /// Tables whose columns it has too: `LIKE`.
    pub liked: Vec<TableName>,
    /// Character set of its texts.
    pub charset: Option<String>,
    /// Collation of its texts.
    pub collation: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A column as it is created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as it is written, without character set and collation.
    pub sql_type: String,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// Its default, as it is written.
    pub default: Option<String>,
    /// Whether the server computes it from other columns, so that dumps hold no value or one that is not loaded.
    pub generated: bool,
    /// Whether the server numbers it.
    pub auto_increment: bool,
    /// Character set.
    pub charset: Option<String>,
    /// Collation.
    pub collation: Option<String>,
    /// Comment.
    pub comment: Option<String>,
}

impl Column {
    /// Returns the word of the type in lower case, without length and attributes: `varchar` of `VARCHAR(20)`.
    ///
    /// Types of two words keep both: `double precision`, `character varying`, `timestamp with time zone`.
    pub fn base_type(&self) -> String {
        let mut base = String::new();
        let mut depth = 0;
        for c in self.sql_type.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ if depth > 0 => {}
                c => base.extend(c.to_lowercase()),
            }
        }
        let attributes = ["unsigned", "zerofill", "signed"];
        let words: Vec<&str> = base.split_whitespace().filter(|word| !attributes.contains(word)).collect();
        words.join(" ")
    }

    /// Returns the numbers in the type's brackets: `[20]` of `varchar(20)`, `[10, 2]` of `decimal(10,2)`.
    pub fn type_arguments(&self) -> Vec<u64> {
        let inside = self.sql_type.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        let numbers = inside.map(|(inside, _)| inside.split(',').map(|number| number.trim().parse()).collect());
        numbers.and_then(Result::ok).unwrap_or_default()
    }

    /// Returns whether the type has an attribute such as `unsigned`.
    pub fn has_attribute(&self, attribute: &str) -> bool {
        let outside = self.sql_type.rsplit(')').next().unwrap_or_default();
        outside.split_whitespace().any(|word| word.eq_ignore_ascii_case(attribute))
    }
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Primary key.
    Primary,
    /// Unique key or unique index.
    Unique,
    /// Foreign key.
    Foreign,
}

/// A key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is.
    pub kind: KeyKind,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Of a foreign key: the table and columns it points at; no columns stand for the primary key.
    pub references: Option<(TableName, Vec<String>)>,
    /// Whether the key is of the whole columns for all rows: no prefix, expression or condition.
    pub is_plain: bool,
}
