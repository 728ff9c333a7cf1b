//! Reads a dump through once and notes where its tables and rows are.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::object_store::ObjectStoreExt;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use loup_text::ddl::{self, define};
use loup_text::dump::{
    Cells, Copy, CopyFormat, DumpError, Insert, ItemKind, Scan, Scanner, Server, Span, Syntax, TableName, copy,
    name_of, names, settings, tokenize,
};

use super::charset::Charset;
use super::file::DumpFile;
use super::index::{Block, ColumnList, DumpColumn, DumpIndex, Segment, SegmentKind, TableIndex, line_of};
use super::schema::{Definitions, QualifiedName};
use super::types::Class;
use crate::error::{Result, SourceError};

/// Bytes looked at in one go, and of most segments.
const WINDOW: usize = 256 << 10;
/// Bytes read in one go.
const READ: u64 = 4 << 20;
/// The longest statement or row; a longer one is a quote that nobody closed, and must not fill the memory.
const MAX_PIECE: usize = 1 << 30;

/// Reads through a dump of this server.
///
/// # Errors
/// Returns the place of what cannot be read, never what stands there.
pub(super) async fn build(file: Arc<DumpFile>, server: Server) -> Result<DumpIndex> {
    let mut window = Window::open(Arc::clone(&file)).await?;
    let mut scanner = Scanner::new(Syntax::of(server));
    let mut builder = Builder::new(server);
    loop {
        let found = scanner.next(window.bytes(), window.is_last);
        let scan = match found {
            Ok(scan) => scan,
            Err(error) => return Err(unreadable(&file, &error).await),
        };
        match scan {
            Scan::End => break,
            Scan::More(wanted) if wanted <= MAX_PIECE => window.fill(wanted).await?,
            Scan::More(_) => {
                let problem = "a statement is longer than 1 GiB; a quote may not be closed".to_owned();
                return Err(problem_at(&file, scanner.position(), problem).await);
            }
            Scan::Item(item) => {
                let start = scanner.position() - item.len as u64;
                let piece = &window.bytes()[..item.len];
                if let Err(problem) = builder.take(&item.kind, piece, start, scanner.syntax()) {
                    return Err(problem_at(&file, start, problem).await);
                }
                window.consume(item.len);
                if window.bytes().len() < WINDOW && !window.is_last {
                    window.fill(WINDOW).await?;
                }
            }
        }
    }
    let size = scanner.position();
    match builder.finish(Arc::clone(&file), size) {
        Ok(index) => Ok(index),
        Err(problem) => Err(SourceError::Attach(format!("{}: {problem}", file.name))),
    }
}

async fn unreadable(file: &Arc<DumpFile>, error: &DumpError) -> SourceError {
    problem_at(file, error.offset, error.kind.to_string()).await
}

async fn problem_at(file: &Arc<DumpFile>, offset: u64, problem: String) -> SourceError {
    match line_of(file, offset).await {
        Ok(line) => SourceError::Dump { file: file.name.clone(), line, problem },
        Err(error) => error,
    }
}

/// A window on the file that moves forward.
struct Window {
    file: Arc<DumpFile>,
    /// A compressed file's bytes; a plain one is read by ranges, which are larger than a stream's blocks.
    stream: Option<BoxStream<'static, Result<Bytes>>>,
    read: u64,
    pending: BytesMut,
    /// Bytes of `pending` that the scanner is shown: as many as a segment is to have.
    shown: usize,
    is_last: bool,
}

impl Window {
    async fn open(file: Arc<DumpFile>) -> Result<Self> {
        let stream = if file.is_seekable() { None } else { Some(file.stream(0).await?) };
        let mut window = Self { file, stream, read: 0, pending: BytesMut::new(), shown: 0, is_last: false };
        window.fill(WINDOW).await?;
        Ok(window)
    }

    fn bytes(&self) -> &[u8] {
        &self.pending[..self.shown]
    }

    fn consume(&mut self, len: usize) {
        let _ = self.pending.split_to(len);
        self.shown -= len;
    }

    /// Reads until the window holds as many bytes, or the file ends.
    async fn fill(&mut self, wanted: usize) -> Result<()> {
        while self.pending.len() < wanted {
            let bytes = match &mut self.stream {
                Some(stream) => stream.try_next().await?,
                None if self.read < self.file.meta.size => {
                    let range = self.read..(self.read + READ).min(self.file.meta.size);
                    Some(self.file.store.get_range(&self.file.meta.location, range).await?)
                }
                None => None,
            };
            let Some(bytes) = bytes else { break };
            if bytes.is_empty() {
                return Err(self.file.changed());
            }
            self.read += bytes.len() as u64;
            self.pending.extend_from_slice(&bytes);
        }
        self.shown = self.pending.len().min(wanted);
        self.is_last = self.pending.len() < wanted;
        Ok(())
    }
}

/// The statement whose rows are being read.
struct Open {
    table: usize,
    list: usize,
    start: u64,
    rows_start: u64,
    pieces: Vec<(u64, u64, u64)>,
    kind: SegmentKind,
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

struct Builder {
    server: Server,
    definitions: Definitions,
    charset: Charset,
    tables: Vec<Found>,
    numbers: BTreeMap<QualifiedName, usize>,
    open: Option<Open>,
    /// The table of the last small statement with rows, where nothing but space and comments came since.
    run_of: Option<usize>,
    others: BTreeMap<String, u64>,
}

impl Builder {
    fn new(server: Server) -> Self {
        Self {
            server,
            definitions: Definitions::default(),
            charset: Charset::default(),
            tables: Vec::new(),
            numbers: BTreeMap::new(),
            open: None,
            run_of: None,
            others: BTreeMap::new(),
        }
    }

    /// Takes the next piece of the file; an error says what is wrong with it.
    fn take(&mut self, kind: &ItemKind, piece: &[u8], start: u64, syntax: Syntax) -> Result<(), String> {
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
                    return Err(format!("the rows of {name} are not in COPY's text format, and cannot be read"));
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
                    found.width = Some(width(piece, open.kind, syntax).map_err(|error| error.kind.to_string())?);
                }
                return Ok(());
            }
            ItemKind::InsertEnd | ItemKind::CopyEnd => {
                self.close(start, start + piece.len() as u64, syntax);
                return Ok(());
            }
            ItemKind::UnreadableData { table } => {
                let name = table.and_then(|table| self.name_of(piece, table));
                let of = name.map(|name| format!(" for {name}")).unwrap_or_default();
                return Err(format!(
                    "a statement with data{of} that cannot be read: expected INSERT .. VALUES with rows"
                ));
            }
            ItemKind::Set => {
                for setting in settings(piece, syntax) {
                    if setting.is("NAMES") || setting.is("character_set_client") || setting.is("client_encoding") {
                        let name = String::from_utf8_lossy(&setting.text()).into_owned();
                        // `SET character_set_client = @saved_cs_client` restores what was before.
                        if !name.starts_with('@')
                            && !name.eq_ignore_ascii_case("default")
                            && !name.eq_ignore_ascii_case("null")
                        {
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
                if let Some(name) = self.name_of(piece, *table) {
                    let number = self.number(name);
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

    fn name_of(&self, piece: &[u8], table: TableName) -> Option<QualifiedName> {
        let text = |span: Span| self.charset.decode(&name_of(span.of(piece))).map(std::borrow::Cow::into_owned);
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
        let name = self.name_of(piece, table).ok_or("a table's name is not in the dump's character set")?;
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

    fn finish(mut self, file: Arc<DumpFile>, size: u64) -> Result<DumpIndex, String> {
        let created: Vec<QualifiedName> = self.definitions.names().cloned().collect();
        for name in created {
            self.number(name);
        }
        let mut tables = Vec::with_capacity(self.tables.len());
        for found in self.tables {
            let definition = self.definitions.table(&found.name);
            let defined = definition.as_ref().map_or(&[][..], |table| &table.columns);
            let columns = columns(&found, defined, self.server)?;
            let list = |list: &Option<Vec<String>>| column_list(list.as_deref(), &columns, defined, self.server);
            let lists = found.lists.iter().map(list).collect();
            tables.push(TableIndex {
                schema: TableIndex::schema_of(&columns, definition.as_ref(), self.server),
                rows: found.segments.iter().map(|segment| u64::from(segment.rows)).sum(),
                bytes: found.segments.iter().map(|segment| segment.end - segment.start).sum(),
                name: found.name,
                columns,
                lists,
                definition,
                segments: found.segments,
                blocks: found.blocks,
                created_at: found.created_at,
            });
        }
        let others = self.others.into_iter().collect();
        Ok(DumpIndex { file, server: self.server, tables, size, others })
    }
}

/// Returns the columns of a table's rows: those that statements list, else those of its definition.
fn columns(found: &Found, defined: &[ddl::Column], server: Server) -> Result<Vec<DumpColumn>, String> {
    let make =
        |column: ddl::Column| DumpColumn { name: column.name.clone(), class: Class::of(&column, server), column };
    let unknown = |name: &str| ddl::Column { name: name.to_owned(), ..ddl::Column::default() };
    let listed: Vec<&String> = found.lists.iter().flatten().flatten().collect();
    if !listed.is_empty() && (defined.is_empty() || found.lists.iter().all(Option::is_some)) {
        let mut columns: Vec<DumpColumn> = Vec::new();
        for name in listed {
            if columns.iter().any(|known| same_name(&known.name, name, server)) {
                continue;
            }
            let column = defined.iter().find(|known| same_name(&known.name, name, server)).cloned();
            columns.push(match column {
                Some(column) => make(column),
                None if defined.is_empty() => make(unknown(name)),
                None => return Err(format!("rows of {} have a column that its definition lacks", found.name)),
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
