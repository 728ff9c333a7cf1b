//! How a table's statements are written, for rows that are written anew.

use std::sync::Arc;

use loup_text::dump::{Scan, Scanner, Server, Syntax};

use super::charset::Charset;
use super::file::RangeReader;
use super::index::{DumpIndex, SegmentKind, TableIndex};
use super::rows::Rows;
use crate::error::{Result, SourceError};

/// Bytes of a statement where a dump shows none: what mysqldump's buffer holds.
const STATEMENT: usize = 1 << 20;

/// A table's first rows as an example for others.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) kind: SegmentKind,
    pub(crate) syntax: Syntax,
    pub(crate) charset: Charset,
    /// Up to a statement's first row.
    pub(crate) head: Vec<u8>,
    /// Behind its last row.
    pub(crate) tail: Vec<u8>,
    pub(crate) between_rows: Vec<u8>,
    pub(crate) between_cells: Vec<u8>,
    /// A statement that is as long is ended.
    pub(crate) statement_bytes: usize,
    /// The values of the first row as they stand.
    pub(crate) cells: Vec<Vec<u8>>,
}

impl Model {
    /// Reads a table's first rows.
    ///
    /// # Errors
    /// Returns an error where the file is not what it was.
    pub(crate) async fn of(index: &Arc<DumpIndex>, number: usize) -> Result<Self> {
        let table = &index.tables()[number];
        let mut reader = RangeReader::new(Arc::clone(&index.file));
        let (Some(segment), Some(block)) = (table.segments.first(), table.blocks.first()) else {
            return Ok(Self::without_rows(index, table));
        };
        let head = reader.read(block.start..block.rows_start).await?;
        let text = reader.read(segment.start..segment.end).await?;
        if table.lists.len() > 1 {
            let problem = format!(
                "table {}: its rows come with several lists of columns, and cannot be written anew",
                table.name
            );
            return Err(SourceError::Target { target: index.file.name.clone(), problem });
        }
        let mut rows = Rows::default();
        let count = rows.read(&text, segment.kind, segment.syntax, table.columns.len());
        let count = count.map_err(|_| index.file.changed())?;
        let mut model = Self::without_rows(index, table);
        (model.kind, model.syntax, model.charset) = (segment.kind, segment.syntax, segment.charset);
        if count == 0 {
            return Ok(model);
        }
        let columns = table.columns.len();
        model.cells = (0..columns)
            .map(|column| {
                let (start, end) = rows.cell(0, column);
                text[start..end].to_vec()
            })
            .collect();
        if model.kind == SegmentKind::Copy {
            model.between_cells = b"\t".to_vec();
            return Ok(model);
        }
        model.head = head.to_vec();
        model.tail = reader.read(block.rows_end..block.end).await?.to_vec();
        if columns > 1 {
            model.between_cells = text[rows.cell(0, 0).1..rows.cell(0, 1).0].to_vec();
        }
        let first_end = rows.cell(0, columns.saturating_sub(1)).1;
        match segment.kind {
            SegmentKind::Statements => {
                // Rows of the first statement: the next one's starts with its own head.
                let (runs, run_bytes) = first_statement(&text, segment.syntax);
                model.statement_bytes = if runs <= 1 { 1 } else { run_bytes };
                if runs > 1 {
                    model.between_rows = between(&text[first_end..rows.cell(1, 0).0]);
                }
            }
            _ => {
                let most = table.blocks.iter().map(|block| block.end - block.start).max().unwrap_or_default();
                model.statement_bytes = (most as usize).max(1);
                if count > 1 {
                    model.between_rows = between(&text[first_end..rows.cell(1, 0).0]);
                }
            }
        }
        Ok(model)
    }

    fn without_rows(index: &DumpIndex, table: &TableIndex) -> Self {
        let has_copy = !table.blocks.is_empty() && table.segments.is_empty();
        let quote = |name: &str| match index.server {
            Server::MySql => format!("`{}`", name.replace('`', "``")),
            Server::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        };
        let schema = match index.server {
            Server::Postgres if !table.name.schema.is_empty() => format!("{}.", quote(&table.name.schema)),
            _ => String::new(),
        };
        let head = format!("INSERT INTO {schema}{} VALUES ", quote(&table.name.name));
        Self {
            kind: if has_copy { SegmentKind::Copy } else { SegmentKind::Rows },
            syntax: Syntax::of(index.server),
            charset: Charset::default(),
            head: head.into_bytes(),
            tail: b";".to_vec(),
            between_rows: b",".to_vec(),
            between_cells: if has_copy { b"\t".to_vec() } else { b",".to_vec() },
            statement_bytes: STATEMENT,
            cells: Vec::new(),
        }
    }
}

/// Returns what stands between two rows: between their parentheses.
fn between(text: &[u8]) -> Vec<u8> {
    let inner = text.trim_ascii().strip_prefix(b")").unwrap_or_default();
    inner.strip_suffix(b"(").unwrap_or_default().to_vec()
}

/// Returns the rows of the first statement of a text, and its bytes.
fn first_statement(text: &[u8], syntax: Syntax) -> (u64, usize) {
    use loup_text::dump::ItemKind;
    let mut scanner = Scanner::new(syntax);
    let (mut at, mut rows) = (0, 0);
    while let Ok(Scan::Item(item)) = scanner.next(&text[at..], true) {
        at += item.len;
        match item.kind {
            ItemKind::Rows { rows: found } => rows += found,
            ItemKind::InsertEnd => break,
            _ => {}
        }
    }
    (rows, at)
}
