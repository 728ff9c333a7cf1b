//! Measures the dump tokenizers on made-up dumps or on a file: `cargo run -p loup-text --example dump_speed [FILE]`.

use std::time::Instant;

use loup_text::dump::{Cells, CopyFormat, ItemKind, Literal, Scan, Scanner, Server, Syntax, copy, sniff, tokenize};

/// Bytes of a made-up dump.
const SIZE: usize = 256 << 20;
/// Bytes given to the scanner at once.
const WINDOW: usize = 1 << 20;

fn mysqldump() -> Vec<u8> {
    let mut text = b"-- MySQL dump 10.13\n".to_vec();
    let mut id = 0_u64;
    while text.len() < SIZE {
        let statement = text.len();
        text.extend_from_slice(b"INSERT INTO `customer` VALUES ");
        while text.len() - statement < 1_000_000 {
            let comma = if text.last() == Some(&b')') { "," } else { "" };
            let row = format!(
                "{comma}({id},'Ann-Marie{id}','O\\'Neill','ann.marie.{id}@example.com','+49 30 {id:07}',NULL,-1.50,'2021-01-20 15:00:00','A note (short), with; signs')"
            );
            text.extend_from_slice(row.as_bytes());
            id += 1;
        }
        text.extend_from_slice(b";\n");
    }
    text
}

fn pg_dump() -> Vec<u8> {
    let mut text =
        b"-- PostgreSQL database dump\nCOPY public.customer (a, b, c, d, e, f, g, h, i) FROM stdin;\n".to_vec();
    let mut id = 0_u64;
    while text.len() < SIZE {
        let row = format!(
            "{id}\tAnn-Marie{id}\tO'Neill\tann.marie.{id}@example.com\t+49 30 {id:07}\t\\N\t-1.50\t2021-01-20 15:00:00\tA note\\n(short)\n"
        );
        text.extend_from_slice(row.as_bytes());
        id += 1;
    }
    text.extend_from_slice(b"\\.\n");
    text
}

fn single_inserts() -> Vec<u8> {
    let mut text = b"-- PostgreSQL database dump\n".to_vec();
    let mut id = 0_u64;
    while text.len() < SIZE {
        let row = format!(
            "INSERT INTO public.customer VALUES ({id}, 'Ann-Marie{id}', 'O''Neill', 'ann.marie.{id}@example.com', '+49 30 {id:07}', NULL, -1.50, true);\n"
        );
        text.extend_from_slice(row.as_bytes());
        id += 1;
    }
    text
}

/// How much is done with the rows.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    Scan,
    Cells,
    OneColumn,
}

fn run(text: &[u8], server: Server, work: Work) -> (u64, usize) {
    let mut scanner = Scanner::new(Syntax::of(server));
    let mut cells = Cells::default();
    let mut format = None;
    let (mut at, mut window, mut count, mut bytes) = (0, WINDOW, 0, 0);
    let mut value = Vec::new();
    loop {
        let end = (at + window).min(text.len());
        match scanner.next(&text[at..end], end == text.len()).expect("a dump") {
            Scan::Item(item) => {
                let piece = &text[at..at + item.len];
                match item.kind {
                    ItemKind::Insert(_) => format = None,
                    ItemKind::Copy(copy) => format = Some(copy.format),
                    ItemKind::Rows { rows } => {
                        count += rows;
                        if work != Work::Scan && format.is_none_or(|format| format == CopyFormat::Text) {
                            let syntax = scanner.syntax();
                            match format {
                                None => tokenize(piece, syntax, None, &mut cells),
                                Some(_) => copy::tokenize(piece, None, &mut cells),
                            }
                            .expect("rows");
                            if work == Work::OneColumn && cells.columns() > 2 {
                                for cell in cells.column(2, 0..cells.rows()) {
                                    value.clear();
                                    if format.is_none() {
                                        let _ = Literal::read(cell.of(piece), syntax).value_into(&mut value);
                                    } else {
                                        copy::value_into(cell.of(piece), &mut value);
                                    }
                                    bytes += value.len();
                                }
                            }
                        }
                    }
                    _ => {}
                }
                at += item.len;
                window = WINDOW;
            }
            Scan::More(more) => window = more,
            Scan::End => return (count, bytes),
        }
    }
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn main() {
    let texts = match std::env::args_os().nth(1) {
        Some(path) => vec![("file", std::fs::read(path).expect("a readable file"))],
        None => vec![("mysqldump", mysqldump()), ("pg_dump", pg_dump()), ("--inserts", single_inserts())],
    };
    for (name, text) in texts {
        let server = match sniff(&text[..text.len().min(4096)]) {
            Some(loup_text::dump::Format::Plain(server)) => server,
            _ => Server::MySql,
        };
        for (what, work) in
            [("scan", Work::Scan), ("scan + cells", Work::Cells), ("scan + cells + one column", Work::OneColumn)]
        {
            let best = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    std::hint::black_box(run(&text, server, work));
                    start.elapsed()
                })
                .min()
                .expect("five runs");
            let speed = text.len() as f64 / 1e6 / best.as_secs_f64();
            println!("{name:>10} {what:<26} {speed:>8.0} MB/s  {:?}", run(&text, server, work));
        }
    }
}
