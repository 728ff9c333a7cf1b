//! Every CSV file of the outside test data through `SELECT *`: the valid ones keep their cells' bytes, the others are
//! refused with file, line and column.
//!
//! Two files count as the same when their header names are equal and every following record holds the same raw cells,
//! quotes included. Not compared: the byte order mark, the kind of line end, and a missing line end at the end of the
//! file, which are the file's frame and not its data. The list of which is which stands in
//! `tests/fixtures/csv_corpus.expected.tsv`; `UPDATE_EXPECT=1` writes it anew.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::raw_csv::{records, text};
use crate::workbench::{Run, Workbench, outside_data, repository};

/// What became of a file, as it stands in the list.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// The cells came out as they went in.
    Same { rows: usize },
    /// Refused, at this place.
    Refused { line: usize, column: usize },
    /// A fault of ours: the reason.
    Wrong(String),
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Same { rows } => write!(f, "same\t{rows} rows"),
            Self::Refused { line, column } => write!(f, "refused\tline {line}, column {column}"),
            Self::Wrong(reason) => write!(f, "WRONG\t{reason}"),
        }
    }
}

fn corpus(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().map(|e| e.to_str().unwrap().to_owned());
        if path.is_dir() {
            corpus(&path, found);
        } else if !matches!(extension.as_deref(), Some("json" | "md")) {
            found.push(path);
        }
    }
}

/// The name under which a file is attached: Loup goes by the ending, and some of the corpus have none.
fn attached_name(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()) {
        Some("gz") => "t.csv.gz",
        Some("tsv") => "t.tsv",
        _ => "t.csv",
    }
}

fn judge(file: &Path) -> Verdict {
    let bench = Workbench::new();
    let name = attached_name(file);
    let bytes = std::fs::read(file).unwrap();
    bench.write(&format!("in/{name}"), &bytes);
    let run = bench.sql("ATTACH 'in' AS f; COPY (SELECT * FROM f.t) TO 'out.csv'");
    if run.code != 0 {
        return refusal(&run, name, bench.path("out.csv").exists());
    }
    let input = if name == "t.csv.gz" { unzip(&bytes) } else { bytes };
    let delimiter = if name == "t.tsv" { b'\t' } else { b',' };
    let (output, before) = (bench.read("out.csv"), records(&input, delimiter));
    compare(&before, &records(&output, b','))
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

/// Loup neither drops nor adds blank lines; where it reads them as records, they come out as records.
fn compare(before: &[Vec<&[u8]>], after: &[Vec<&[u8]>]) -> Verdict {
    let (Some((old_header, old)), Some((new_header, new))) = (before.split_first(), after.split_first()) else {
        return if before.len() == after.len() {
            Verdict::Same { rows: 0 }
        } else {
            Verdict::Wrong("no header came out".into())
        };
    };
    let names = |cells: &[&[u8]]| -> Vec<String> { cells.iter().map(|c| text(c).unwrap_or_default()).collect() };
    if names(old_header) != names(new_header) {
        return Verdict::Wrong("the header differs".into());
    }
    if let Some(i) = old.iter().zip(new).position(|(o, n)| o != n) {
        return Verdict::Wrong(format!("record {} differs", i + 1));
    }
    if old.len() != new.len() {
        return Verdict::Wrong(format!("{} records came out of {}", new.len(), old.len()));
    }
    Verdict::Same { rows: old.len() }
}

/// A refusal names the file, the line and the column, and writes nothing.
fn refusal(run: &Run, name: &str, target: bool) -> Verdict {
    if run.code != 1 || target {
        return Verdict::Wrong(format!("exit code {}, target written: {target}", run.code));
    }
    // What stands before the file's name is about the script: its own line, for one.
    let Some((_, place)) = run.stderr.rsplit_once(name) else {
        return Verdict::Wrong(format!("the message does not name the file: {}", run.stderr.trim()));
    };
    match (number_after(place, "line "), number_after(place, "column ")) {
        (Some(line), Some(column)) => Verdict::Refused { line, column },
        _ => Verdict::Wrong(format!("the message does not name line and column: {}", run.stderr.trim())),
    }
}

fn number_after(message: &str, word: &str) -> Option<usize> {
    let rest = message.split_once(word)?.1;
    rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
}

#[test]
fn every_file_comes_through_whole_or_is_refused_by_place() {
    let Some(root) = outside_data("csv") else { return };
    let mut files = Vec::new();
    corpus(&root, &mut files);
    files.sort();
    assert!(files.len() > 150, "only {} files under {}", files.len(), root.display());

    let (mut list, mut wrong) = (String::new(), String::new());
    for file in &files {
        let (name, verdict) = (file.strip_prefix(&root).unwrap().display(), judge(file));
        writeln!(list, "{name}\t{verdict}").unwrap();
        if let Verdict::Wrong(reason) = verdict {
            writeln!(wrong, "{name}: {reason}").unwrap();
        }
    }
    println!("{list}");
    assert!(wrong.is_empty(), "{wrong}");

    let expected = repository().join("tests/fixtures/csv_corpus.expected.tsv");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(expected, list).unwrap();
    } else {
        let expected = std::fs::read_to_string(expected).unwrap_or_default();
        for (new, old) in list.lines().zip(expected.lines()) {
            assert_eq!(new, old, "UPDATE_EXPECT=1 accepts the change");
        }
        assert_eq!(list.lines().count(), expected.lines().count(), "files listed; UPDATE_EXPECT=1 accepts the change");
    }
}

#[test]
fn a_lost_or_changed_cell_would_be_seen() {
    let cut = |csv: &'static str| records(csv.as_bytes(), b',');
    let before = cut("a,b\n00123,\"\"\n");
    assert_eq!(compare(&before, &cut("a,b\r\n00123,\"\"")), Verdict::Same { rows: 1 });
    for after in ["a,b\n123,\"\"\n", "a,b\n00123,\n", "a,b\n", "a,b\n00123,\"\"\n00123,\"\"\n", "a,c\n00123,\"\"\n"] {
        assert!(matches!(compare(&before, &cut(after)), Verdict::Wrong(_)), "{after:?} passes for the same");
    }
}
