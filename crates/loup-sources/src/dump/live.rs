//! A dump that passes by, such as one on standard input: read once, in pieces, with nothing kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use loup_text::dump::{ItemKind, Scan, Scanner, Server, Syntax, line_ends};

use super::build::MAX_PIECE;
use super::builder::Builder;
use super::charset::Charset;
use super::feed::LiveSegment;
use super::index::{ColumnList, Segment, SegmentKind, TableIndex};
use super::window::{WINDOW, Window};
use crate::error::{Result, SourceError};

/// What comes next of a dump.
pub(crate) enum Passing {
    /// Rows of a table come for the first time.
    Table(usize, Arc<TableIndex>),
    /// What stands outside rows.
    Bytes(Bytes),
    /// The start or the end of a statement with rows.
    Frame {
        table: usize,
        bytes: Bytes,
        /// Whether it belongs to a COPY, which may stand there without rows.
        is_copy: bool,
    },
    /// Whole rows of a table.
    Rows { table: usize, live: LiveSegment, bytes: Bytes },
}

/// A dump that is read once.
pub struct LiveDump {
    name: String,
    server: Server,
    window: Window,
    scanner: Scanner,
    builder: Builder,
    /// The line that the next piece starts in.
    line: u64,
    ready: VecDeque<Passing>,
    /// Tables whose rows have come.
    tables: BTreeMap<usize, Arc<TableIndex>>,
    lists: BTreeMap<(usize, usize), Arc<ColumnList>>,
    statement: Option<Open>,
    run: Option<Run>,
    read: Arc<AtomicU64>,
}

impl std::fmt::Debug for LiveDump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveDump").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How rows are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    table: usize,
    list: usize,
    syntax: Syntax,
    charset: Charset,
}

/// The statement whose rows are coming.
struct Open {
    reading: Reading,
    line: u64,
    is_copy: bool,
    /// Up to its first row, until that is handed on.
    head: Option<Bytes>,
    /// Its first rows, while it may be a small statement.
    first: Option<(Bytes, u64)>,
}

/// Small statements with rows of one table: read many at a time.
struct Run {
    reading: Reading,
    line: u64,
    bytes: BytesMut,
    rows: u64,
    /// Space and comments behind the last one.
    gap: BytesMut,
}

impl LiveDump {
    /// Opens a stream at the first byte of a dump; `name` is how messages name it.
    ///
    /// # Errors
    /// Returns an error where the first bytes are of no plain dump.
    pub async fn open(name: &str, stream: BoxStream<'static, Result<Bytes>>) -> Result<Self> {
        let window = Window::of(stream).await?;
        let server = super::server_of_head(name, window.bytes())?;
        Ok(Self {
            name: name.to_owned(),
            server,
            window,
            scanner: Scanner::new(Syntax::of(server)),
            builder: Builder::new(server),
            line: 1,
            ready: VecDeque::new(),
            tables: BTreeMap::new(),
            lists: BTreeMap::new(),
            statement: None,
            run: None,
            read: Arc::default(),
        })
    }

    /// Returns how messages name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the family of servers that the dump is for.
    pub fn server(&self) -> Server {
        self.server
    }

    /// Returns the bytes that were read, which grow while it is.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Returns statements that were passed on as they are, by their first words, and how many there were.
    pub fn others(&self) -> &BTreeMap<String, u64> {
        self.builder.others()
    }

    /// Returns tables that are created and of which no rows have come, with their numbers from here on.
    pub(crate) fn rest(&mut self) -> Result<Vec<(usize, Arc<TableIndex>)>> {
        let known: Vec<usize> = self.tables.keys().copied().collect();
        let numbers = self.builder.number_all();
        let rest = numbers.into_iter().filter(|number| !known.contains(number));
        rest.map(|number| Ok((number, Arc::new(self.table_so_far(number)?)))).collect()
    }

    /// Returns what comes next; `None` at the end.
    ///
    /// # Errors
    /// Returns the line of what cannot be read.
    pub(crate) async fn next(&mut self) -> Result<Option<Passing>> {
        loop {
            if let Some(passing) = self.ready.pop_front() {
                return Ok(Some(passing));
            }
            match self.scanner.next(self.window.bytes(), self.window.is_last()) {
                Err(error) => {
                    let start = self.scanner.position();
                    let at = (error.offset.saturating_sub(start) as usize).min(self.window.bytes().len());
                    let line = self.line + line_ends(&self.window.bytes()[..at]);
                    return Err(self.problem(line, error.kind.to_string()));
                }
                Ok(Scan::End) => {
                    self.end_run()?;
                    if self.ready.is_empty() {
                        return Ok(None);
                    }
                }
                Ok(Scan::More(wanted)) if wanted <= MAX_PIECE => self.window.fill(wanted).await?,
                Ok(Scan::More(_)) => {
                    let problem = "a statement is longer than 1 GiB; a quote may not be closed".to_owned();
                    return Err(self.problem(self.line, problem));
                }
                Ok(Scan::Item(item)) => {
                    let start = self.scanner.position() - item.len as u64;
                    let before = self.builder.under_way();
                    let (piece, syntax) = (&self.window.bytes()[..item.len], self.scanner.syntax());
                    if let Err(problem) = self.builder.take(&item.kind, piece, start, syntax) {
                        let at = (problem.at as usize).min(piece.len());
                        return Err(self.problem(self.line + line_ends(&piece[..at]), problem.text));
                    }
                    let bytes = self.window.take(item.len);
                    self.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    if self.window.bytes().len() < WINDOW && !self.window.is_last() {
                        self.window.fill(WINDOW).await?;
                    }
                    let ends = line_ends(&bytes);
                    let under_way = self.builder.under_way().or(before);
                    self.step(item.kind, bytes, under_way, syntax)?;
                    if let Some((table, _)) = under_way {
                        self.builder.forget_rows(table);
                    }
                    self.line += ends;
                }
            }
        }
    }

    fn problem(&self, line: u64, problem: String) -> SourceError {
        SourceError::Dump { file: self.name.clone(), line, problem }
    }

    fn table_so_far(&self, number: usize) -> Result<TableIndex> {
        self.builder.table_so_far(number).map_err(|problem| self.problem(self.line, problem))
    }

    /// Sorts a piece into what is handed on.
    fn step(&mut self, kind: ItemKind, bytes: Bytes, under_way: Option<(usize, usize)>, syntax: Syntax) -> Result<()> {
        let is_copy = matches!(kind, ItemKind::Copy(_));
        match kind {
            ItemKind::Insert(_) | ItemKind::Copy(_) => {
                let (table, list) = under_way.unwrap_or_default();
                let reading = Reading { table, list, syntax, charset: self.builder.charset() };
                let (line, head) = (self.line, Some(bytes));
                self.statement = Some(Open { reading, line, is_copy, head, first: None });
            }
            ItemKind::Rows { rows } => {
                let Some(mut open) = self.statement.take() else { return Ok(()) };
                let is_small = !open.is_copy && open.head.is_some() && open.first.is_none() && bytes.len() < WINDOW / 2;
                if is_small {
                    open.first = Some((bytes, rows));
                } else {
                    self.hand_on_head(&mut open)?;
                    self.rows(open.reading, Self::kind(&open), bytes, rows, self.line)?;
                }
                self.statement = Some(open);
            }
            ItemKind::InsertEnd | ItemKind::CopyEnd => {
                let Some(mut open) = self.statement.take() else { return Ok(()) };
                if let (Some(head), Some((first, rows))) = (&open.head, &open.first) {
                    let (reading, line) = (open.reading, open.line);
                    let small = [head.as_ref(), first.as_ref(), bytes.as_ref()];
                    return self.small(reading, line, &small, *rows);
                }
                self.hand_on_head(&mut open)?;
                let (table, is_copy) = (open.reading.table, open.is_copy);
                self.ready.push_back(Passing::Frame { table, bytes, is_copy });
            }
            ItemKind::Space | ItemKind::Comment if self.run.is_some() => {
                if let Some(run) = &mut self.run {
                    run.gap.extend_from_slice(&bytes);
                }
            }
            _ => {
                self.end_run()?;
                self.ready.push_back(Passing::Bytes(bytes));
            }
        }
        Ok(())
    }

    fn kind(open: &Open) -> SegmentKind {
        if open.is_copy { SegmentKind::Copy } else { SegmentKind::Rows }
    }

    /// Hands on the start of a statement that is not small, and the rows that came already.
    fn hand_on_head(&mut self, open: &mut Open) -> Result<()> {
        let Some(head) = open.head.take() else { return Ok(()) };
        self.end_run()?;
        self.table(open.reading.table)?;
        self.ready.push_back(Passing::Frame { table: open.reading.table, bytes: head, is_copy: open.is_copy });
        if let Some((first, rows)) = open.first.take() {
            self.rows(open.reading, Self::kind(open), first, rows, open.line)?;
        }
        Ok(())
    }

    /// Takes a small statement to those before it.
    fn small(&mut self, reading: Reading, line: u64, parts: &[&[u8]], rows: u64) -> Result<()> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let joins = |run: &Run| run.reading == reading && run.bytes.len() + run.gap.len() + len < WINDOW;
        if !self.run.as_ref().is_some_and(joins) {
            self.end_run()?;
        }
        let bytes = || BytesMut::with_capacity(WINDOW);
        let run = self.run.get_or_insert_with(|| Run { reading, line, bytes: bytes(), rows: 0, gap: BytesMut::new() });
        let gap = run.gap.split();
        run.bytes.extend_from_slice(&gap);
        for part in parts {
            run.bytes.extend_from_slice(part);
        }
        run.rows += rows;
        Ok(())
    }

    fn end_run(&mut self) -> Result<()> {
        let Some(Run { reading, line, bytes, rows, gap }) = self.run.take() else { return Ok(()) };
        self.rows(reading, SegmentKind::Statements, bytes.freeze(), rows, line)?;
        if !gap.is_empty() {
            self.ready.push_back(Passing::Bytes(gap.freeze()));
        }
        Ok(())
    }

    /// Tells of a table whose rows come for the first time.
    fn table(&mut self, number: usize) -> Result<Arc<TableIndex>> {
        if let Some(known) = self.tables.get(&number) {
            return Ok(Arc::clone(known));
        }
        let table = Arc::new(self.table_so_far(number)?);
        self.tables.insert(number, Arc::clone(&table));
        self.ready.push_back(Passing::Table(number, Arc::clone(&table)));
        Ok(table)
    }

    fn rows(&mut self, reading: Reading, kind: SegmentKind, bytes: Bytes, rows: u64, line: u64) -> Result<()> {
        let Reading { table, list, syntax, charset } = reading;
        let index = self.table(table)?;
        let known = match self.lists.get(&(table, list)) {
            Some(known) => Arc::clone(known),
            None => {
                let Some(found) = self.builder.list_of(table, list, &index) else {
                    let problem = "rows with other columns than the first ones; save the dump and ATTACH the file";
                    return Err(self.problem(line, format!("table {}: {problem}", index.name)));
                };
                let found = Arc::new(found);
                self.lists.insert((table, list), Arc::clone(&found));
                found
            }
        };
        let (start, end) = (0, bytes.len() as u64);
        let segment = Segment { start, end, rows: rows as u32, list: list as u32, kind, syntax, charset };
        let live = LiveSegment { segment, list: known, line };
        self.ready.push_back(Passing::Rows { table, live, bytes });
        Ok(())
    }
}
