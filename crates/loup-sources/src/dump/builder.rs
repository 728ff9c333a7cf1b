//! Collects what the pieces of a dump say: definitions, and where rows are.

use std::collections::BTreeMap;
use std::sync::Arc;

use loup_text::ddl::{self, define};
use loup_text::dump::{
    Cells, Copy, CopyFormat, DumpError, Insert, ItemKind, Server, Span, Syntax, TableName, copy, folded_name_of, names,
    settings, tokenize,
};

use super::charset::Charset;
use super::file::DumpFile;
use super::index::{Block, ColumnList, DumpColumn, DumpIndex, Segment, SegmentKind, TableIndex};
use super::schema::{Definitions, QualifiedName};
use super::types::Class;
use super::window::WINDOW;

/// The statement whose rows are being read.
struct Open {
    table: usize,
    list: usize,
    start: u64,
    rows_start: u64,
    pieces: Vec<(u64, u64, u64)>,
    kind: SegmentKind,
}

/// What is wrong with a piece of a dump, and at which of its bytes.
pub(super) struct Problem {
    pub(super) at: u64,
    pub(super) text: String,
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self { at: 0, text }
    }
}

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A table under construction.
struct Found {
    name: QualifiedName,
    /// The lists of columns that statements have, in their order; `None` for a statement without one.
    lists: Vec<Option<Vec<String>>>,
    /// Values of a row, where nothing names them.
    width: Option<usize>,
    segments: Vec<Segment>,
    blocks: Vec<Block>,
    created_at: Option<u64>,
}

/// What was read of a dump so far.
pub(super) struct Builder {
    server: Server,
    definitions: Definitions,
    charset: Charset,
    /// The character set before the last that was set.
    before: Charset,
    tables: Vec<Found>,
    numbers: BTreeMap<QualifiedName, usize>,
    /// That of the first table.
    first_schema: Option<String>,
    open: Option<Open>,
    /// The table of the last small statement with rows, where nothing but space and comments came since.
    run_of: Option<usize>,
    others: BTreeMap<String, u64>,
}

impl Builder {
    pub(super) fn new(server: Server) -> Self {
        Self {
            server,
            definitions: Definitions::default(),
            charset: Charset::default(),
            before: Charset::default(),
            tables: Vec::new(),
            numbers: BTreeMap::new(),
            first_schema: None,
            open: None,
            run_of: None,
            others: BTreeMap::new(),
        }
    }

    /// Takes the next piece of the file; an error says what is wrong with it.
    pub(super) fn take(&mut self, kind: &ItemKind, piece: &[u8], start: u64, syntax: Syntax) -> Result<(), Problem> {
        match kind {
            ItemKind::Space | ItemKind::Comment => return Ok(()),
            ItemKind::Insert(Insert { table, columns, .. }) => {
                let (number, list) = self.table_of(piece, *table, *columns, syntax)?;
                let rows_start = start + piece.len() as u64;
                self.open =
                    Some(Open { table: number, list, start, rows_start, pieces: Vec::new(), kind: SegmentKind::Rows });
                return Ok(());
            }
            ItemKind::Copy(Copy { table, columns, format }) => {
                let (number, list) = self.table_of(piece, *table, *columns, syntax)?;
                if *format != CopyFormat::Text {
                    let name = &self.tables[number].name;
                    return Err(format!("the rows of {name} are not in COPY's text format, and cannot be read").into());
                }
                let rows_start = start + piece.len() as u64;
                self.open =
                    Some(Open { table: number, list, start, rows_start, pieces: Vec::new(), kind: SegmentKind::Copy });
                return Ok(());
            }
            ItemKind::Rows { rows } => {
                let open = self.open.as_mut().ok_or("rows without a statement")?;
                open.pieces.push((start, start + piece.len() as u64, *rows));
                let found = &mut self.tables[open.table];
                if found.width.is_none() && found.lists.get(open.list) == Some(&None) {
                    let counted = width(piece, open.kind, syntax);
                    let problem = |error: DumpError| {
                        let text = format!("table {}: {}", found.name, error.kind);
                        Problem { at: error.offset, text }
                    };
                    found.width = Some(counted.map_err(problem)?);
                }
                return Ok(());
            }
            ItemKind::InsertEnd | ItemKind::CopyEnd => {
                self.close(start, start + piece.len() as u64, syntax);
                return Ok(());
            }
            ItemKind::UnreadableData { table } => {
                let name = table.and_then(|table| self.name_of(piece, table, syntax));
                let of = name.map(|name| format!(" for {name}")).unwrap_or_default();
                return Err(format!(
                    "a statement with data{of} that cannot be read: expected INSERT .. VALUES with rows"
                )
                .into());
            }
            ItemKind::Set => {
                for setting in settings(piece, syntax) {
                    if setting.is("NAMES") || setting.is("character_set_client") || setting.is("client_encoding") {
                        let name = String::from_utf8_lossy(&setting.text()).into_owned();
                        if name.starts_with('@') {
                            // `SET character_set_client = @saved_cs_client`, behind each definition.
                            self.charset = self.before;
                        } else if !name.eq_ignore_ascii_case("default") && !name.eq_ignore_ascii_case("null") {
                            self.before = self.charset;
                            self.charset = Charset::of(&name).ok_or_else(|| {
                                format!("the character set {} cannot be read; make the dump in UTF-8", word(&name))
                            })?;
                        }
                    }
                }
                self.define(piece)?;
            }
            // A stand-in for a view, made by old dump programs.
            ItemKind::CreateTable { .. } if piece.starts_with(b"/*!") => {}
            ItemKind::CreateTable { table } => {
                self.define(piece)?;
                if let Some(name) = self.name_of(piece, *table, syntax) {
                    let number = self.number(name);
                    let found = &self.tables[number];
                    if !found.lists.is_empty() {
                        return Err(format!("rows of {} come before its definition", found.name).into());
                    }
                    self.tables[number].created_at = Some(start + piece.len() as u64);
                }
            }
            ItemKind::Use { .. }
            | ItemKind::CreateIndex
            | ItemKind::AlterTable { .. }
            | ItemKind::CommentOn
            | ItemKind::SecurityLabel => self.define(piece)?,
            ItemKind::Other => {
                self.define(piece)?;
                *self.others.entry(first_words(piece)).or_default() += 1;
            }
            _ => {}
        }
        self.run_of = None;
        Ok(())
    }

    fn define(&mut self, piece: &[u8]) -> Result<(), String> {
        // A comment or a name may be in the table's own character set; nothing of it is written anew.
        let text = self.charset.decode(piece).unwrap_or_else(|| String::from_utf8_lossy(piece));
        let dialect = match self.server {
            Server::MySql => ddl::Dialect::MySql,
            Server::Postgres => ddl::Dialect::Postgres,
        };
        for definition in define(&text, dialect) {
            // CREATE DATABASE alone enters nothing.
            let enters = !matches!(definition, ddl::Definition::Database(_))
                || !text.trim_start().to_ascii_lowercase().starts_with("create");
            if enters {
                self.definitions.add(definition);
            }
        }
        match self.definitions.repeated().first() {
            Some(name) => Err(format!("the table {name} is created twice")),
            None => Ok(()),
        }
    }

    fn name_of(&self, piece: &[u8], table: TableName, syntax: Syntax) -> Option<QualifiedName> {
        let text =
            |span: Span| self.charset.decode(&folded_name_of(span.of(piece), syntax)).map(std::borrow::Cow::into_owned);
        let schema = match table.schema {
            Some(schema) => text(schema)?,
            None => self.definitions.schema().to_owned(),
        };
        Some(QualifiedName { schema, name: text(table.table)? })
    }

    fn number(&mut self, name: QualifiedName) -> usize {
        let next = self.tables.len();
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.first_schema.get_or_insert_with(|| name.schema.clone());
            self.tables.push(Found {
                name,
                lists: Vec::new(),
                width: None,
                segments: Vec::new(),
                blocks: Vec::new(),
                created_at: None,
            });
        }
        number
    }

    /// Returns the number of the table that a statement puts rows into, and that of its list of columns.
    fn table_of(
        &mut self,
        piece: &[u8],
        table: TableName,
        columns: Option<Span>,
        syntax: Syntax,
    ) -> Result<(usize, usize), String> {
        let name = self.name_of(piece, table, syntax).ok_or("a table's name is not in the dump's character set")?;
        let number = self.number(name);
        let listed = match columns {
            None => None,
            Some(span) => {
                let list = names(span.of(piece), syntax)
                    .map(|name| self.charset.decode(&name).map(std::borrow::Cow::into_owned));
                Some(list.collect::<Option<Vec<_>>>().ok_or("a column's name is not in the dump's character set")?)
            }
        };
        let lists = &mut self.tables[number].lists;
        let list = lists.iter().position(|known| *known == listed).unwrap_or_else(|| {
            lists.push(listed);
            lists.len() - 1
        });
        Ok((number, list))
    }

    fn close(&mut self, start: u64, end: u64, syntax: Syntax) {
        let Some(open) = self.open.take() else { return };
        let found = &mut self.tables[open.table];
        let charset = self.charset;
        let block = Block { start: open.start, rows_start: open.rows_start, rows_end: start, end };
        let segment = |(start, end, rows): (u64, u64, u64), kind| Segment {
            start,
            end,
            rows: rows as u32,
            list: open.list as u32,
            kind,
            syntax,
            charset,
        };
        // Small statements are read many at a time.
        let is_small = open.kind == SegmentKind::Rows && end - open.start < WINDOW as u64 / 2 && open.pieces.len() == 1;
        if !is_small {
            found.segments.extend(open.pieces.iter().map(|piece| segment(*piece, open.kind)));
            found.blocks.push(block);
            self.run_of = None;
            return;
        }
        let rows = open.pieces[0].2;
        let joins = |last: &Segment| {
            self.run_of == Some(open.table)
                && last.kind == SegmentKind::Statements
                && last.list as usize == open.list
                && last.syntax == syntax
                && last.charset == charset
                && end - last.start < WINDOW as u64
        };
        match found.segments.last_mut().filter(|last| joins(last)) {
            Some(last) => {
                last.end = end;
                last.rows += rows as u32;
                if let Some(last) = found.blocks.last_mut() {
                    (last.rows_end, last.end) = (start, end);
                }
            }
            None => {
                found.segments.push(segment((open.start, end, rows), SegmentKind::Statements));
                found.blocks.push(block);
            }
        }
        self.run_of = Some(open.table);
    }

    /// Ends reading.
    ///
    /// # Errors
    /// Returns what does not fit together.
    pub(super) fn finish(mut self, file: Arc<DumpFile>, size: u64) -> Result<DumpIndex, String> {
        self.number_all();
        let found = std::mem::take(&mut self.tables);
        let tables = found.into_iter().map(|found| self.table(found).map(Arc::new)).collect::<Result<_, _>>()?;
        let others = self.others.into_iter().collect();
        Ok(DumpIndex { file, server: self.server, tables, size, others })
    }

    /// Puts together what the definitions and the statements with rows say of a table.
    fn table(&self, found: Found) -> Result<TableIndex, String> {
        let definition = self.definitions.table(&found.name);
        let defined = definition.as_ref().map_or(&[][..], |table| &table.columns);
        let columns = columns(&found, defined, self.server)?;
        let list = |list: &Option<Vec<String>>| column_list(list.as_deref(), &columns, defined, self.server);
        Ok(TableIndex {
            schema: TableIndex::schema_of(&columns, definition.as_ref(), self.server),
            rows: found.segments.iter().map(|segment| u64::from(segment.rows)).sum(),
            bytes: found.segments.iter().map(|segment| segment.end - segment.start).sum(),
            lists: found.lists.iter().map(list).collect(),
            name: found.name,
            first_schema: self.first_schema.clone().unwrap_or_default(),
            columns,
            definition,
            segments: found.segments,
            blocks: found.blocks,
            created_at: found.created_at,
        })
    }

    /// Returns the statement whose rows come now: the number of its table, and that of its list of columns.
    pub(super) fn under_way(&self) -> Option<(usize, usize)> {
        self.open.as_ref().map(|open| (open.table, open.list))
    }

    /// Returns the character set of the text that comes now.
    pub(super) fn charset(&self) -> Charset {
        self.charset
    }

    /// Returns a table as far as the file was read, without its rows.
    pub(super) fn table_so_far(&self, number: usize) -> Result<TableIndex, String> {
        let Found { name, lists, width, created_at, .. } = &self.tables[number];
        let (name, lists) = (name.clone(), lists.clone());
        let (segments, blocks) = (Vec::new(), Vec::new());
        self.table(Found { name, lists, width: *width, segments, blocks, created_at: *created_at })
    }

    /// Forgets where rows of a table were, of a file that passes by.
    pub(super) fn forget_rows(&mut self, table: usize) {
        if let Some(table) = self.tables.get_mut(table) {
            table.segments.clear();
            table.blocks.clear();
        }
        if let Some(open) = &mut self.open {
            open.pieces.clear();
        }
    }

    /// Returns which values rows with this list of columns have for the columns of a table; `None` where the list has others.
    pub(super) fn list_of(&self, number: usize, list: usize, table: &TableIndex) -> Option<ColumnList> {
        let names = self.tables[number].lists.get(list)?;
        let known = |name: &String| table.columns.iter().any(|column| same_name(&column.name, name, self.server));
        let defined = table.definition.as_ref().map_or(&[][..], |table| &table.columns);
        let is_known = names.iter().flatten().all(known);
        is_known.then(|| column_list(names.as_deref(), &table.columns, defined, self.server))
    }

    /// Gives every table that is created a number; returns all numbers.
    pub(super) fn number_all(&mut self) -> std::ops::Range<usize> {
        for name in self.definitions.names().cloned().collect::<Vec<_>>() {
            self.number(name);
        }
        0..self.tables.len()
    }

    /// Returns statements that are neither data nor understood, by their first word.
    pub(super) fn others(&self) -> &BTreeMap<String, u64> {
        &self.others
    }
}

/// Returns the columns of a table's rows: those that statements list, else those of its definition.
fn columns(found: &Found, defined: &[ddl::Column], server: Server) -> Result<Vec<DumpColumn>, String> {
    let make =
        |column: ddl::Column| DumpColumn { name: column.name.clone(), class: Class::of(&column, server), column };
    let unknown = |name: &str| ddl::Column { name: name.to_owned(), ..ddl::Column::default() };
    let listed: Vec<&String> = found.lists.iter().flatten().flatten().collect();
    let is_mixed = !listed.is_empty() && found.lists.iter().any(Option::is_none);
    if is_mixed && defined.is_empty() {
        return Err(format!("some rows of {} name their columns and others do not, and it is not created", found.name));
    }
    let is_known = |name: &String| defined.iter().any(|known| same_name(&known.name, name, server));
    if !defined.is_empty() && !listed.iter().all(|name| is_known(name)) {
        return Err(format!("rows of {} have a column that its definition lacks", found.name));
    }
    if !listed.is_empty() && (defined.is_empty() || found.lists.iter().all(Option::is_some)) {
        let mut columns: Vec<DumpColumn> = Vec::new();
        for name in listed {
            if columns.iter().any(|known| same_name(&known.name, name, server)) {
                continue;
            }
            let column = defined.iter().find(|known| same_name(&known.name, name, server)).cloned();
            columns.push(match column {
                Some(column) => make(column),
                None => make(unknown(name)),
            });
        }
        return Ok(columns);
    }
    if !defined.is_empty() {
        return Ok(defined.iter().cloned().map(make).collect());
    }
    // Neither a definition nor a list: values are all text, and their names are made.
    let width = found.width.unwrap_or_default();
    Ok((1..=width).map(|number| make(unknown(&format!("column{number}")))).collect())
}

/// Returns which value of a row is whose; without a list, values stand in the order of the definition.
fn column_list(list: Option<&[String]>, columns: &[DumpColumn], defined: &[ddl::Column], server: Server) -> ColumnList {
    let Some(list) = list else {
        let place = |column: &DumpColumn| defined.iter().position(|known| known.name == column.name);
        let places = if defined.is_empty() {
            (0..columns.len()).map(Some).collect()
        } else {
            columns.iter().map(place).collect()
        };
        let width = if defined.is_empty() { columns.len() } else { defined.len() };
        return ColumnList { width, places };
    };
    let place = |column: &DumpColumn| list.iter().position(|name| same_name(name, &column.name, server));
    ColumnList { width: list.len(), places: columns.iter().map(place).collect() }
}

/// Returns whether two names are of one column. PostgreSQL tells `"A"` from `a`: taking one for the other would hide a column.
fn same_name(a: &str, b: &str, server: Server) -> bool {
    match server {
        Server::MySql => a.eq_ignore_ascii_case(b),
        Server::Postgres => a == b,
    }
}

/// Returns the number of values of the first row.
fn width(piece: &[u8], kind: SegmentKind, syntax: Syntax) -> Result<usize, DumpError> {
    let mut cells = Cells::default();
    if kind == SegmentKind::Copy {
        let line = memchr::memchr(b'\n', piece).map_or(piece, |end| &piece[..=end]);
        copy::tokenize(line, None, &mut cells)?;
    } else {
        tokenize(piece, syntax, None, &mut cells)?;
    }
    Ok(cells.columns())
}

/// Returns the first words of a statement, where they are words of SQL; nothing else of it is told.
fn first_words(piece: &[u8]) -> String {
    const VERBS: [&str; 22] = [
        "ALTER", "ANALYZE", "BEGIN", "CALL", "COMMIT", "CREATE", "DELETE", "DO", "DROP", "EXECUTE", "FLUSH", "GRANT",
        "LOCK", "PREPARE", "REFRESH", "REVOKE", "SELECT", "START", "TRUNCATE", "UNLOCK", "UPDATE", "VACUUM",
    ];
    let is_part = |byte: &u8| !byte.is_ascii_alphabetic();
    let mut words = piece.split(is_part).filter(|word| !word.is_empty());
    let first = words.next().map(|word| String::from_utf8_lossy(word).to_uppercase()).unwrap_or_default();
    if VERBS.contains(&first.as_str()) { first } else { "other".to_owned() }
}

/// Returns a name for a message, unless it could be anything.
fn word(name: &str) -> &str {
    let is_plain = name.len() <= 20 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_plain { name } else { "named there" }
}
