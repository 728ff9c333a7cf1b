//! Where a dump's tables and rows are.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use futures::TryStreamExt;
use loup_text::ddl::Column;
use loup_text::dump::{Server, Syntax};

use super::charset::Charset;
use super::file::DumpFile;
use super::schema::{QualifiedName, TableDefinition};
use super::types::{Class, max_chars};
use crate::error::Result;

/// Keys of what a column's field says beside its type.
pub mod field_keys {
    /// The SQL type, as the dump writes it.
    pub const SQL_TYPE: &str = "loup.sql_type";
    /// Most characters of a text.
    pub const MAX_CHARS: &str = "loup.max_chars";
    /// `true` where the column refuses NULL.
    pub const NOT_NULL: &str = "loup.not_null";
    /// The default, as the dump writes it.
    pub const DEFAULT: &str = "loup.default";
    /// The collation, of the column or its table.
    pub const COLLATION: &str = "loup.collation";
    /// The comment on the column.
    pub const COMMENT: &str = "loup.comment";
}

/// How the bytes of a segment hold rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SegmentKind {
    /// Rows of one INSERT.
    Rows,
    /// Whole INSERT statements.
    Statements,
    /// Lines of a COPY.
    Copy,
}

/// Bytes of the file with whole rows of one table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) rows: u32,
    /// Number of the list of columns that the rows have values for.
    pub(crate) list: u32,
    pub(crate) kind: SegmentKind,
    pub(crate) syntax: Syntax,
    pub(crate) charset: Charset,
}

/// A statement with rows, or several small ones; a COPY with its rows and its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) start: u64,
    /// Where the first row starts.
    pub(crate) rows_start: u64,
    /// Where what ends the rows starts.
    pub(crate) rows_end: u64,
    pub(crate) end: u64,
}

/// The columns that rows have values for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnList {
    /// Values of a row.
    pub(crate) width: usize,
    /// For each column of the table the number of its value; `None` where the server fills in a default.
    pub(crate) places: Vec<Option<usize>>,
}

/// Bytes of the file that others take the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// A column of a table's rows.
#[derive(Debug, Clone)]
pub struct DumpColumn {
    /// Its name.
    pub name: String,
    /// What the definition says of it; only its name where there is none.
    pub column: Column,
    pub(crate) class: Class,
}

/// One table of a dump.
#[derive(Debug)]
pub struct TableIndex {
    /// Schema of the first table that the file names.
    pub first_schema: String,
    /// Its name.
    pub name: QualifiedName,
    /// The columns of its rows.
    pub columns: Vec<DumpColumn>,
    /// The columns' Arrow types, with what the dump says of them in the fields' metadata.
    pub schema: SchemaRef,
    /// What the dump says of it; `None` where it holds rows only.
    pub definition: Option<TableDefinition>,
    /// Number of its rows.
    pub rows: u64,
    /// Bytes of its rows.
    pub bytes: u64,
    /// For each list of columns that its rows come with: how many values a row has, and for each column of the table which of
    /// them is its value.
    pub(crate) lists: Vec<ColumnList>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) blocks: Vec<Block>,
    /// Behind the statement that creates it.
    pub(crate) created_at: Option<u64>,
}

impl TableIndex {
    /// Returns a segment by its number.
    pub(crate) fn segment(&self, number: u64) -> Option<&Segment> {
        self.segments.get(number as usize)
    }

    /// Returns which values the rows of a segment have.
    pub(crate) fn list(&self, segment: &Segment) -> &ColumnList {
        &self.lists[segment.list as usize]
    }

    /// Returns where each segment starts and ends, and how many rows it has.
    pub(crate) fn segment_ranges(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.segments.iter().map(|segment| (segment.start, segment.end, u64::from(segment.rows)))
    }

    /// Returns the places of all rows, which others can take: of a COPY between its first and its last line, else the
    /// statements; where there are none, behind the statement that creates the table.
    pub(crate) fn places(&self) -> Vec<Place> {
        let is_copy = self.segments.first().is_some_and(|segment| segment.kind == SegmentKind::Copy)
            || self.segments.is_empty() && !self.blocks.is_empty();
        let place = |block: &Block| {
            let (start, end) = if is_copy { (block.rows_start, block.rows_end) } else { (block.start, block.end) };
            Place { start, end }
        };
        if self.blocks.is_empty() {
            return self.created_at.map(|at| Place { start: at, end: at }).into_iter().collect();
        }
        self.blocks.iter().map(place).collect()
    }

    /// Returns whether the dump has a statement for the table's rows, even where there are none.
    pub(crate) fn has_rows_place(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Returns the number of rows, exactly, for a scan with this schema.
    pub(crate) fn statistics(&self, schema: &Schema) -> Statistics {
        Statistics {
            num_rows: Precision::Exact(self.rows as usize),
            total_byte_size: Precision::Absent,
            column_statistics: vec![ColumnStatistics::new_unknown(); schema.fields().len()],
        }
    }

    /// Returns the Arrow schema of columns of a server's table.
    pub(crate) fn schema_of(columns: &[DumpColumn], definition: Option<&TableDefinition>, server: Server) -> SchemaRef {
        let fields = columns.iter().map(|DumpColumn { name, column, class }| {
            let mut metadata = std::collections::HashMap::new();
            let mut say = |key: &str, value: Option<String>| {
                metadata.extend(value.map(|value| (key.to_owned(), value)));
            };
            let collation = column.collation.clone().or_else(|| definition.and_then(|table| table.collation.clone()));
            say(field_keys::SQL_TYPE, (!column.sql_type.is_empty()).then(|| column.sql_type.clone()));
            say(field_keys::MAX_CHARS, max_chars(column, server).map(|chars| chars.to_string()));
            say(field_keys::NOT_NULL, column.not_null.then(|| true.to_string()));
            say(field_keys::DEFAULT, column.default.clone());
            say(field_keys::COLLATION, collation);
            say(field_keys::COMMENT, column.comment.clone());
            // The engine may not count on NOT NULL: a masked column keeps the type and need not keep that.
            Field::new(name, class.data_type(), true).with_metadata(metadata)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// A dump that was read through once: its tables, and where their rows are.
#[derive(Debug)]
pub struct DumpIndex {
    pub(crate) file: Arc<DumpFile>,
    pub(crate) server: Server,
    pub(crate) tables: Vec<Arc<TableIndex>>,
    /// Bytes of the file, decompressed.
    pub(crate) size: u64,
    /// Statements that are neither data nor understood, by their first word.
    pub(crate) others: Vec<(String, u64)>,
}

impl DumpIndex {
    /// Returns the family of servers that the dump is for.
    pub fn server(&self) -> Server {
        self.server
    }

    /// Returns the tables, in the order in which the file first names them.
    pub fn tables(&self) -> &[Arc<TableIndex>] {
        &self.tables
    }

    /// Returns the schema whose tables need no schema in front of them: `public`, else that of the first table.
    pub fn main_schema(&self) -> &str {
        let public = self.tables.iter().find(|table| self.server == Server::Postgres && table.name.schema == "public");
        public.or(self.tables.first()).map_or("", |table| &table.name.schema)
    }

    /// Returns statements that are passed on as they are, by their first words, and how many there are.
    pub fn others(&self) -> &[(String, u64)] {
        &self.others
    }

    /// Returns the bytes of the file, decompressed.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn file(&self) -> &Arc<DumpFile> {
        &self.file
    }

    /// Returns the line of an offset, from 1.
    pub(crate) async fn line_of(&self, offset: u64) -> Result<u64> {
        line_of(&self.file, offset).await
    }
}

/// Counts the lines before an offset of a file.
pub(crate) async fn line_of(file: &Arc<DumpFile>, offset: u64) -> Result<u64> {
    let mut input = file.stream(0).await?;
    let (mut lines, mut left) = (0, offset);
    while left > 0 {
        let Some(bytes) = input.try_next().await? else { break };
        let part = &bytes[..bytes.len().min(left as usize)];
        lines += loup_text::dump::line_ends(part);
        left -= part.len() as u64;
    }
    Ok(1 + lines)
}
