//! Reads real dumps of real tools, found by the environment variable `LOUP_TEST_DATA`, and compares with what servers said.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use loup_text::dump::{
    Cells, CopyFormat, ItemKind, Literal, LiteralKind, Scan, Scanner, Server, Syntax, TableName, copy, name_of, names,
    sniff, tokenize,
};
use serde_json::Value;

/// A row, NULL apart from text.
type Row = Vec<Option<Vec<u8>>>;

/// What a dump puts into one table.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    columns: Option<Vec<String>>,
    expressions: usize,
}

/// What a file holds.
#[derive(Default)]
struct Dump {
    tables: BTreeMap<String, Table>,
    kinds: BTreeMap<&'static str, usize>,
    sequences: Vec<String>,
}

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("LOUP_TEST_DATA").map(PathBuf::from);
    if root.is_none() {
        // Past the test harness, which shows nothing of a test that succeeds.
        let _ = std::io::stderr().write_all(b"\nskipped dumps: LOUP_TEST_DATA is not set\n");
    }
    root
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn server_of(path: &Path) -> Server {
    let is_postgres = path.components().any(|part| part.as_os_str() == "postgres");
    if is_postgres { Server::Postgres } else { Server::MySql }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Names a table as the expected files do: PostgreSQL's with their schema, and in quotes where they need them.
fn table_key(name: TableName, piece: &[u8], server: Server) -> String {
    let table = text_of(&name_of(name.table.of(piece)));
    if server == Server::MySql {
        return table;
    }
    let is_plain =
        |(at, letter): (usize, char)| matches!(letter, 'a'..='z' | '_') || (at > 0 && letter.is_ascii_digit());
    let table = if table.chars().enumerate().all(is_plain) { table } else { format!("\"{table}\"") };
    let schema = name.schema.map_or("public".to_owned(), |schema| text_of(&name_of(schema.of(piece))));
    format!("{schema}.{table}")
}

fn kind_name(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Insert(_) => "insert",
        ItemKind::Copy(_) => "copy",
        ItemKind::CreateTable { .. } => "create table",
        ItemKind::AlterTable { .. } => "alter table",
        ItemKind::CreateView { .. } => "create view",
        ItemKind::UnreadableData { .. } => "unreadable",
        ItemKind::Set => "set",
        ItemKind::Command => "command",
        ItemKind::Other => "other",
        _ => "else",
    }
}

/// Reads a whole dump through a small window, so that rows come in many pieces.
fn read(bytes: &[u8], server: Server) -> Dump {
    const WINDOW: usize = 4096;
    let mut scanner = Scanner::new(Syntax::of(server));
    let mut dump = Dump::default();
    let mut cells = Cells::default();
    let mut table: Option<(String, Option<CopyFormat>)> = None;
    let (mut at, mut window) = (0, WINDOW);
    loop {
        let end = (at + window).min(bytes.len());
        let item = match scanner.next(&bytes[at..end], end == bytes.len()) {
            Ok(Scan::Item(item)) => item,
            Ok(Scan::More(more)) => {
                window = more;
                continue;
            }
            Ok(Scan::End) => break,
            Err(error) => panic!("line {}: {error}", loup_text::dump::line_ends(&bytes[..error.offset as usize]) + 1),
        };
        let piece = &bytes[at..at + item.len];
        *dump.kinds.entry(kind_name(item.kind)).or_default() += 1;
        match item.kind {
            ItemKind::Insert(insert) => {
                let key = table_key(insert.table, piece, server);
                let list = insert
                    .columns
                    .map(|list| names(list.of(piece), scanner.syntax()).map(|name| text_of(&name)).collect());
                dump.tables.entry(key.clone()).or_default().columns = list;
                table = Some((key, None));
            }
            ItemKind::Copy(copy) => {
                let key = table_key(copy.table, piece, server);
                dump.tables.entry(key.clone()).or_default();
                table = Some((key, Some(copy.format)));
            }
            ItemKind::Rows { rows } => {
                let (key, format) = table.as_ref().expect("a header before rows");
                let table = dump.tables.get_mut(key).expect("made by the header");
                match format {
                    None => {
                        tokenize(piece, scanner.syntax(), None, &mut cells).map(|found| assert_eq!(found as u64, rows))
                    }
                    Some(CopyFormat::Text) => {
                        copy::tokenize(piece, None, &mut cells).map(|found| assert_eq!(found as u64, rows))
                    }
                    Some(_) => {
                        table.rows.extend((0..rows).map(|_| Row::new()));
                        Ok(())
                    }
                }
                .unwrap_or_else(|error| panic!("{key}: {error}"));
                if format.is_none_or(|format| format == CopyFormat::Text) {
                    for row in 0..cells.rows() {
                        let values = (0..cells.columns()).map(|column| {
                            let raw = cells.cell(row, column).of(piece);
                            if format.is_some() {
                                let value = copy::value(raw).map(std::borrow::Cow::into_owned);
                                let mut again = Vec::new();
                                copy::write(value.as_deref(), &mut again).expect("no zero bytes");
                                assert_eq!(text_of(&again), text_of(raw), "{key}");
                                return value;
                            }
                            let literal = Literal::read(raw, scanner.syntax());
                            if literal.kind() == LiteralKind::Expression {
                                table.expressions += 1;
                                return None;
                            }
                            let value = literal.value().expect("a value").map(std::borrow::Cow::into_owned);
                            // Written in its own form, a value is read back.
                            let mut again = Vec::new();
                            literal
                                .style()
                                .write(value.as_deref(), scanner.syntax(), &mut again)
                                .expect("no zero bytes");
                            let back = Literal::read(&again, scanner.syntax())
                                .value()
                                .expect("a value")
                                .map(std::borrow::Cow::into_owned);
                            assert_eq!(back, value, "{key}");
                            value
                        });
                        let values = values.collect();
                        table.rows.push(values);
                    }
                }
            }
            _ if piece.starts_with(b"CREATE SEQUENCE `") => {
                dump.sequences.push(text_of(piece[17..].split(|&byte| byte == b'`').next().expect("a name")));
            }
            _ => {}
        }
        at += item.len;
        window = WINDOW;
    }
    assert_eq!(at, bytes.len());
    dump
}

#[test]
fn every_dump_is_read_to_its_end() {
    let Some(root) = root() else { return };
    let files = files(&root.join("sql"));
    assert!(files.len() > 60, "{} files", files.len());
    for path in files {
        eprintln!("{}", path.display());
        let bytes = fs::read(&path).expect("a file");
        let server = server_of(&path);
        let dump = read(&bytes, server);
        eprintln!("    {:?}", dump.kinds);
        assert_eq!(dump.kinds.get("unreadable"), None);
        let expressions: Vec<_> = dump
            .tables
            .iter()
            .filter(|(_, table)| table.expressions > 0)
            .map(|(key, table)| (key, table.expressions))
            .collect();
        assert!(expressions.is_empty(), "{expressions:?}");
        // A file's own creations are all seen.
        let lines = |start: &[u8]| bytes.split(|&byte| byte == b'\n').filter(|line| line.starts_with(start)).count();
        let found = dump.kinds.get("create table").copied().unwrap_or(0);
        assert!(found >= lines(b"CREATE TABLE "), "{found} of {}", lines(b"CREATE TABLE "));
        let _ = sniff(&bytes);
    }
}

#[test]
fn dumps_say_what_they_are() {
    let Some(root) = root() else { return };
    let unmarked = ["data_only.sql", "simple.sql"];
    for path in files(&root.join("sql")) {
        let bytes = fs::read(&path).expect("a file");
        let found = sniff(&bytes[..bytes.len().min(4096)]);
        let expected = loup_text::dump::Format::Plain(server_of(&path));
        let is_unmarked = unmarked.iter().any(|name| path.ends_with(name));
        assert!(found == Some(expected) || (is_unmarked && found.is_none()), "{}: {found:?}", path.display());
    }
    let custom = fs::read(root.join("sql/postgres/made-here/pagila.custom-format.dump")).expect("a file");
    assert_eq!(sniff(&custom), Some(loup_text::dump::Format::PostgresCustom));
}

fn expected(root: &Path, name: &str) -> BTreeMap<String, Value> {
    let text = fs::read(root.join("sql").join(name)).expect("a file");
    let value: Value = serde_json::from_slice(&text).expect("JSON");
    value["files"].as_object().expect("files").iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[test]
fn rows_are_those_that_the_server_has() {
    let Some(root) = root() else { return };
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (file, expected) in expected(&root, "expected_rows.json") {
        let path = root.join(&file);
        // Some files do not load whole; where their rows are known all the same, the file says from where.
        if expected["errors"].as_u64() != Some(0) && expected["schema"].is_null() {
            continue;
        }
        let dump = read(&fs::read(&path).expect("a file"), server_of(&path));
        for (table, rows) in expected["rows"].as_object().expect("rows") {
            if dump.sequences.contains(table) {
                continue;
            }
            let found = dump.tables.get(table).map_or(0, |table| table.rows.len());
            if found as u64 != rows.as_u64().expect("a count") {
                wrong.push(format!("{file}: {table}: {rows}, found {found}"));
            }
            compared += 1;
        }
        // The server lists tables with a history of their own apart.
        let unlisted = |table: &str| expected["rows"][table].is_null() && !table.starts_with("t_system_versioned");
        wrong.extend(
            dump.tables.keys().filter(|table| unlisted(table)).map(|table| format!("{file}: {table} is not there")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 400, "{compared} tables");
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

/// Some types are written as text and held as bytes.
fn as_held(value: Vec<u8>, data_type: &str) -> Vec<u8> {
    let text = text_of(&value);
    match data_type {
        "inet4" => text.parse::<std::net::Ipv4Addr>().expect("an address").octets().to_vec(),
        "inet6" => text.parse::<std::net::Ipv6Addr>().expect("an address").octets().to_vec(),
        "uuid" => from_hex(&text.replace('-', "")),
        _ => value,
    }
}

#[test]
fn values_are_those_that_the_server_has() {
    let Some(root) = root() else { return };
    let mut compared = 0;
    let mut wrong = Vec::new();
    let rows = expected(&root, "expected_rows.json");
    for (file, tables) in expected(&root, "expected_values_mysql.json") {
        // The server did not take all of these.
        if rows[&file]["errors"].as_u64() != Some(0) {
            continue;
        }
        let dump = read(&fs::read(root.join(&file)).expect("a file"), Server::MySql);
        for (name, table) in tables.as_object().expect("tables") {
            if dump.sequences.contains(name) {
                continue;
            }
            let columns: Vec<&str> = table["columns"]
                .as_array()
                .expect("columns")
                .iter()
                .map(|column| column[0].as_str().expect("a name"))
                .collect();
            let mut expected: Vec<Row> = table["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| row.as_array().expect("a row").iter().map(|value| value.as_str().map(from_hex)).collect())
                .collect();
            let empty = Table::default();
            let found = dump.tables.get(name).unwrap_or(&empty);
            // A list of columns leaves out what the server fills in.
            if let Some(list) = &found.columns {
                let positions: Vec<usize> = list
                    .iter()
                    .map(|name| columns.iter().position(|column| column == name).expect("a column"))
                    .collect();
                for row in &mut expected {
                    *row = positions.iter().map(|&position| row[position].clone()).collect();
                }
            }
            let types: Vec<&str> = table["columns"]
                .as_array()
                .expect("columns")
                .iter()
                .map(|column| column[1].as_str().expect("a type"))
                .collect();
            let mut found = found.rows.clone();
            for row in found.iter_mut().filter(|row| row.len() == types.len()) {
                for (value, data_type) in row.iter_mut().zip(&types) {
                    *value = value.take().map(|value| as_held(value, data_type));
                }
            }
            found.sort();
            expected.sort();
            if found != expected {
                let shown = |rows: &[Row]| {
                    format!(
                        "{:?}",
                        rows.iter()
                            .map(|row| row.iter().map(|value| value.as_deref().map(text_of)).collect())
                            .collect::<Vec<Vec<_>>>()
                    )
                };
                wrong.push(format!("{file}: {name}\n{}\n{}", shown(&found), shown(&expected)));
            }
            compared += found.iter().map(Vec::len).sum::<usize>();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 700, "{compared} values");
}
