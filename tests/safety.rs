//! Runs that fail: existing targets stay as they were, nothing is left lying about, and no message tells a cell.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::workbench::{KEY, Workbench};

/// Occurs in every planted cell and nowhere else.
const CANARY: &str = "CANARY7f3a";

/// Rows enough for several batches and buffers, so that the fault is met after output has begun.
fn many_rows(end: &str) -> String {
    let mut csv = String::from("id,email\n");
    for i in 0..200_000 {
        writeln!(csv, "{i},user{i}-{CANARY}@mail.example").unwrap();
    }
    csv + end
}

const EXPORT: &str = "ATTACH 'in' AS d; UPDATE d.t SET email = pseudo_email(email, 'u'); EXPORT DATABASE d TO 'out'";
const COPY: &str =
    "ATTACH 'in' AS d; COPY (SELECT * REPLACE (pseudo_email(email, 'u') AS email) FROM d.t) TO 'out.csv'";

/// A good run first, then a bad one over the same targets: listing and bytes must be those of the good run.
#[track_caller]
fn a_bad_run_changes_nothing(good: &[u8], bad: &[u8], file: &str, named: &[&str]) {
    for threads in ["1", "4"] {
        let bench = Workbench::new();
        bench.write(&format!("in/{file}"), good);
        bench.loup(&["-c", EXPORT]).succeeds();
        bench.loup(&["-c", COPY]).succeeds();
        bench.write(&format!("in/{file}"), bad);
        let (before, folder, copy) = (bench.listing(), bench.read(&format!("out/{file}")), bench.read("out.csv"));
        for sql in [EXPORT, COPY] {
            let run = bench.loup(&["-c", sql, "--threads", threads]).fails(1, named);
            assert!(!run.stderr.contains(CANARY) && !run.stdout.contains(CANARY), "a cell in a message");
        }
        assert_eq!(bench.listing(), before, "stray or lost files");
        assert!(bench.read(&format!("out/{file}")) == folder && bench.read("out.csv") == copy, "a target changed");
    }
}

#[test]
fn a_ragged_row_at_the_end_leaves_the_targets() {
    let bad = many_rows(&format!("9,{CANARY},extra-{CANARY}\n"));
    a_bad_run_changes_nothing(
        b"id,email\n1,a@b.example\n",
        bad.as_bytes(),
        "t.csv",
        &["t.csv", "line 200002", "column"],
    );
}

#[test]
fn bad_utf8_at_the_end_leaves_the_targets() {
    let mut bad = many_rows("9,").into_bytes();
    bad.extend_from_slice(CANARY.as_bytes());
    bad.extend_from_slice(b"\xff\xfe@mail.example\n");
    a_bad_run_changes_nothing(b"id,email\n1,a@b.example\n", &bad, "t.csv", &["t.csv", "line 200002", "column 2"]);
}

#[test]
fn an_open_quote_at_the_end_leaves_the_targets() {
    let bad = many_rows(&format!("9,\"{CANARY}\n"));
    a_bad_run_changes_nothing(
        b"id,email\n1,a@b.example\n",
        bad.as_bytes(),
        "t.csv",
        &["t.csv", "line 200002", "column"],
    );
}

#[test]
fn a_truncated_gzip_file_leaves_the_targets() {
    let zip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let mut bad = zip(&many_rows(""));
    bad.truncate(bad.len() - 1000);
    a_bad_run_changes_nothing(&zip("id,email\n1,a@b.example\n"), &bad, "t.csv.gz", &["t.csv.gz"]);
}

#[test]
fn an_assertion_that_fails_after_the_export_is_seen_in_the_exit_code() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,email\n1,a@b.example\n");
    bench.sql(&format!("{EXPORT}; ASSERT (SELECT count(*) FROM d.t) = 2 AS 'two rows'")).fails(4, &["two rows"]);
}

#[test]
fn a_full_disk_leaves_the_targets() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,email\n1,a@b.example\n");
    let disk = bench.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let Some(_mounted) = SmallDisk::mount(&disk) else {
        eprintln!("skipped: this machine does not let the test mount a small tmpfs");
        return;
    };
    let (export, copy) = (EXPORT.replace("'out'", "'disk/out'"), COPY.replace("'out.csv'", "'disk/out.csv'"));
    bench.sql(&export).succeeds();
    bench.sql(&copy).succeeds();
    bench.write("in/t.csv", many_rows(""));
    let (before, folder, file) = (bench.listing(), bench.read("disk/out/t.csv"), bench.read("disk/out.csv"));
    for sql in [&export, &copy] {
        let run = bench.sql(sql).fails(1, &["disk"]);
        assert!(!run.stderr.contains(CANARY), "a cell in a message");
    }
    assert_eq!(bench.listing(), before, "stray or lost files");
    assert!(bench.read("disk/out/t.csv") == folder && bench.read("disk/out.csv") == file, "a target changed");
}

/// A file system of one megabyte, unmounted at the end.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        let mut command = Command::new("mount");
        let done = command.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder).output().ok()?;
        done.status.success().then_some(Self(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let done = Command::new("umount").arg(self.0).status();
        assert!(done.is_ok_and(|s| s.success()), "umount {}", self.0.display());
    }
}

#[test]
fn a_full_disk_leaves_the_mapping() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,email\n1,a@b.example\n");
    let disk = bench.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let Some(_mounted) = SmallDisk::mount(&disk) else {
        eprintln!("skipped: this machine does not let the test mount a small tmpfs");
        return;
    };
    let sql = format!(
        "CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION 'disk/ids' OPTIONS ('kind' 'uuid', \
         'create_if_not_exists' 'true'); ATTACH 'in' AS m; INSERT INTO ids SELECT id FROM m.t; DETACH m; {EXPORT}"
    );
    bench.sql(&sql).succeeds();
    bench.write("in/t.csv", many_rows(""));
    let (before, folder) = (bench.listing(), bench.read("out/t.csv"));
    let run = bench.sql(&sql).fails(1, &["disk/ids"]);
    assert!(!run.stderr.contains(CANARY), "a cell in a message");
    assert_eq!((bench.listing(), bench.read("out/t.csv")), (before, folder), "stray or lost files");
    bench.write("in/t.csv", "id,email\n1,a@b.example\n2,b@b.example\n");
    bench.sql(&sql).succeeds();
}

#[test]
fn an_interrupted_writer_leaves_no_half_file() {
    let bench = Workbench::new();
    bench.write("in/t.csv", many_rows(""));
    bench.write("out.csv", "precious\n");
    let sql = COPY.replace("FROM d.t", "FROM d.t WHERE 1 / (CAST(id AS BIGINT) - 199999) IS NOT NULL");
    bench.sql(&sql).fails(1, &["zero"]);
    assert_eq!(bench.read_text("out.csv"), "precious\n");
}

/// Every way we know of making a statement fail on a value: the message may name functions, columns and places only.
#[test]
fn no_message_tells_a_cell() {
    let bench = Workbench::new();
    bench.write(
        "in/t.csv",
        format!(
            "id,email,born,n\n1,{CANARY}@mail.example,{CANARY},{CANARY}\n2,x-{CANARY},not-{CANARY},-{CANARY}\n2,,,\n"
        ),
    );
    bench.write("ragged/t.csv", format!("a,b\n{CANARY},1\n{CANARY},2,{CANARY}\n"));
    bench.write("quotes/t.csv", format!("a,b\n\"{CANARY}\"{CANARY},1\n"));
    bench.write("open/t.csv", format!("a,b\n1,\"{CANARY}\n2,{CANARY}\n"));
    bench.write("utf8/t.csv", [b"a,b\n1,".as_slice(), CANARY.as_bytes(), b"\xff\n"].concat());
    bench.write("json/t.ndjson", format!("{{\"a\":\"{CANARY}\"}}\n{{\"a\":\"{CANARY}\n"));
    bench.write("parquet/t.parquet", format!("PAR1{CANARY}PAR1"));
    for sql in [
        "SELECT pseudo_int(n, 'd') FROM in.t",
        "SELECT generalize_date(born, 'year') FROM in.t",
        "SELECT CAST(n AS BIGINT) FROM in.t",
        "SELECT CAST(born AS DATE) FROM in.t",
        "SELECT CAST(email AS TIMESTAMP) FROM in.t",
        "SELECT to_timestamp(email) FROM in.t",
        "SELECT to_date(email) FROM in.t",
        "SELECT arrow_cast(n, 'Decimal128(10, 2)') FROM in.t",
        "SELECT decode(email, 'hex') FROM in.t",
        "SELECT decode(email, 'base64') FROM in.t",
        "SELECT regexp_like('a', concat('(', email)) FROM in.t",
        "SELECT chr(CAST(length(email) AS BIGINT) - 100000) FROM in.t",
        "SELECT CAST(id AS BIGINT) / 0 FROM in.t WHERE email IS NOT NULL",
        "SELECT (SELECT email FROM in.t) FROM in.t",
        "SELECT email + 1 FROM in.t",
        "SELECT date_trunc(email, now()) FROM in.t",
        "SELECT email::interval FROM in.t",
        "ASSERT (SELECT email FROM in.t WHERE id = '1') = 'x' AS 'the address is x'",
        "ASSERT (SELECT count(*) FROM duplicates(in.t.id)) = 0 AS 'id is unique'",
        "ASSERT (SELECT email FROM in.t) = 'x' AS 'one row'",
        "COPY (SELECT CAST(n AS INT) FROM in.t) TO 'out.parquet'",
        "EXPORT DATABASE in TO 'out'; UPDATE in.t SET n = CAST(CAST(n AS INT) AS VARCHAR); EXPORT DATABASE in TO 'out2'",
        "SELECT * FROM ragged.t",
        "SELECT * FROM quotes.t",
        "SELECT * FROM open.t",
        "SELECT * FROM utf8.t",
        "ATTACH 'json' AS json; SELECT * FROM json.t",
        "ATTACH 'parquet' AS parquet; SELECT * FROM parquet.t",
    ] {
        let attach: String = ["ragged", "quotes", "open", "utf8"].map(|n| format!("ATTACH '{n}' AS {n}; ")).concat();
        // `in` is a keyword: quote it here rather than in every line above.
        let sql = sql.replace("in.t", "\"in\".t").replace("DATABASE in", "DATABASE \"in\"");
        let attach = if sql.contains("\"in\"") { "ATTACH 'in' AS \"in\"; ".to_owned() } else { attach };
        let run = bench.sql(&format!("{attach}{sql}"));
        assert_ne!(run.code, 0, "this was to fail: {sql}");
        assert!(!run.stderr.contains(CANARY), "{sql}: {}", run.stderr);
        assert!(!run.stdout.contains(CANARY), "{sql}: {}", run.stdout);
    }
}

#[test]
fn explain_tells_neither_cells_nor_keys() {
    let bench = Workbench::new();
    bench.write("in/t.csv", format!("id,email\n1,{CANARY}@mail.example\n2,b{CANARY}\n"));
    for sql in [
        "EXPLAIN SELECT hash_keyed(email, 'c') FROM d.t ORDER BY id LIMIT 1",
        "EXPLAIN VERBOSE SELECT hash_keyed(email, 'c') FROM d.t",
        "SHOW ALL",
        "SELECT * FROM loup.functions",
        "SELECT * FROM loup.columns",
        "SELECT * FROM loup.tables",
        "SELECT * FROM information_schema.df_settings",
    ] {
        let run = bench.sql(&format!("ATTACH 'in' AS d; {sql}")).succeeds();
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(!said.contains(CANARY), "{sql} shows a cell: {said}");
        assert!(!said.contains(KEY) && !said.contains("000102030405"), "{sql} shows the key: {said}");
    }
}

/// The bounds that a sort prints of itself are values of the data.
#[test]
fn explain_analyze_is_refused() {
    let bench = Workbench::new();
    bench.write("in/t.csv", format!("id,email\n1,{CANARY}@mail.example\n"));
    let run = bench.sql("ATTACH 'in' AS d; EXPLAIN ANALYZE SELECT id FROM d.t ORDER BY email LIMIT 1");
    run.fails(3, &["EXPLAIN ANALYZE"]);
}

#[test]
fn outputs_never_take_part_in_their_own_input() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,email\n1,a@b.example\n");
    let before = bench.read("in/t.csv");
    bench.sql(EXPORT).succeeds();
    bench.sql(EXPORT).succeeds();
    assert_eq!(bench.read("in/t.csv"), before, "a source is never changed");
    assert_eq!(bench.listing(), ["in", "in/t.csv", "out", "out/.loup-export", "out/t.csv"].map(String::from));
}
