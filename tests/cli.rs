//! The command line: what it prints where, in which format, and how it ends.

use std::io::Read as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::workbench::{Run, Workbench};

fn bench() -> Workbench {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,name,note\n1,Ann,\n2,Zoë,\"\"\n3,\"O'Brien\",\"a \"\"b\"\"\"\n");
    bench
}

const ROWS: &str = "ATTACH 'in' AS d; SELECT id, name, note FROM d.t ORDER BY id";

#[test]
fn help_names_the_commands_and_flags() {
    for args in [["--help"], ["-h"]] {
        let run = Workbench::new().loup(&args).succeeds();
        for word in
            ["run", "key", "functions", "--threads", "--memory-limit", "--key-file", "--quiet", "-c", "--format"]
        {
            assert!(run.stdout.contains(word), "{args:?} does not show {word}: {}", run.stdout);
        }
    }
    assert!(Workbench::new().loup(&["--version"]).succeeds().stdout.starts_with("loup "));
}

#[test]
fn csv_keeps_null_and_empty_string_apart() {
    let run = bench().loup(&["-c", ROWS, "--format", "csv"]).succeeds();
    assert_snapshot!(run.stdout, @r#"
    id,name,note
    1,Ann,
    2,Zoë,""
    3,O'Brien,"a ""b"""
    "#);
}

#[test]
fn table_is_the_default_format() {
    let plain = bench().loup(&["-c", ROWS]).succeeds();
    assert_eq!(plain.stdout, bench().loup(&["-c", ROWS, "--format", "table"]).succeeds().stdout);
    assert!(plain.stdout.contains("| id |") && plain.stdout.contains("| 2  | Zoë"), "{}", plain.stdout);
}

#[test]
fn json_has_null_for_null_and_text_for_text() {
    let run = bench().loup(&["-c", ROWS, "--format", "json"]).succeeds();
    let compact: String = run.stdout.split_whitespace().collect();
    assert!(compact.contains(r#""id":"2","name":"Zoë","note":"""#), "{compact}");
    assert!(compact.contains(r#""note":"a\"b\"""#), "{compact}");
    assert!(!compact.contains(r#""name":"Ann","note":"""#), "NULL is not an empty string: {compact}");
}

#[test]
fn results_go_to_stdout_and_everything_else_to_stderr() {
    let run = bench().loup(&[
        "-c",
        "ATTACH 'in' AS d; COPY (SELECT * FROM d.t) TO 'out.csv'; SELECT 42 AS answer",
        "--format",
        "csv",
    ]);
    assert_eq!(run.succeeds().stdout, "answer\n42\n");
    let run = bench().loup(&["--quiet", "-c", ROWS, "--format", "csv"]).succeeds();
    assert_eq!(run.stderr, "");
}

#[test]
fn statements_come_from_standard_input_too() {
    let bench = bench();
    let run = Run::of(bench.command().args(["--format", "csv"]).write_stdin(ROWS)).succeeds();
    assert_eq!(run.stdout, bench.loup(&["-c", ROWS, "--format", "csv"]).succeeds().stdout);
    Run::of(bench.command().write_stdin("SELECT 1; SELEC 2;")).fails(1, &["selec"]);
    assert_eq!(Run::of(bench.command().write_stdin("")).succeeds().stdout, "");
}

#[test]
fn a_script_error_names_the_line_it_starts_on() {
    let bench = bench();
    bench.write("plan.sql", "-- a comment\nATTACH 'in' AS d;\n\nUPDATE d.t\n   SET nmae = redact(name);\n");
    bench.loup(&["run", "plan.sql"]).fails(1, &["plan.sql:4", "nmae"]);
}

#[test]
fn exit_codes_tell_usage_from_failure() {
    let bench = bench();
    for args in
        [&["--no-such-flag"][..], &["no-such-command"], &["run"], &["-c"], &["-c", "SELECT 1", "--format", "xml"]]
    {
        assert_eq!(bench.loup(args).code, 2, "{args:?}");
    }
    for args in [
        &["--threads", "0", "-c", "SELECT 1"][..],
        &["--memory-limit", "lots", "-c", "SELECT 1"],
        &["run", "plan.sql", "--var", "novalue"],
    ] {
        assert_eq!(bench.loup(args).code, 2, "{args:?}");
    }
    assert_eq!(bench.loup(&["run", "absent.sql"]).fails(2, &["absent.sql"]).stdout, "");
    assert_eq!(bench.sql("SELECT 1 / 0").code, 1);
    assert_eq!(bench.sql("ASSERT 1 = 2").code, 4);
    assert_eq!(bench.sql("SELECT 1").code, 0);
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let bench = bench();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_loup"))
        .args([
            "--quiet",
            "--format",
            "csv",
            "-c",
            "SELECT value AS a, value AS b, value AS c FROM generate_series(1, 1000000)",
        ])
        .current_dir(bench.path("in"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    // The pipe is closed here, with most of the rows still to come.
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn variables_become_tokens() {
    let bench = bench();
    bench.write(
        "plan.sql",
        "ATTACH '${folder}' AS d; SELECT name, '${text}' AS said FROM d.${table} WHERE id = ${id} ORDER BY 1",
    );
    let run = bench.loup(&[
        "run",
        "plan.sql",
        "--format",
        "csv",
        "--var",
        "folder=in",
        "--var",
        "table=t",
        "--var",
        "id=2",
        "--var",
        "text=it's",
    ]);
    assert_eq!(run.succeeds().stdout, "name,said\nZoë,it's\n");
}

/// Whatever a variable holds, it stays one literal or one name.
#[test]
fn a_variable_cannot_smuggle_in_sql() {
    let bench = bench();
    bench.write("literal.sql", "ATTACH 'in' AS d; SELECT count(*) AS n FROM d.t WHERE name = '${who}'");
    for who in
        ["x' OR '1'='1", "x'; COPY (SELECT 1) TO 'stolen.csv'; --", "' UNION SELECT 7 --", "\\' OR 1=1 --", "${who}"]
    {
        let run = bench.loup(&["run", "literal.sql", "--format", "csv", "--var", &format!("who={who}")]).succeeds();
        assert_eq!(run.stdout, "n\n0\n", "{who}");
    }
    bench.write("name.sql", "ATTACH 'in' AS d; SELECT count(*) AS n FROM d.${table}");
    for table in ["t; COPY (SELECT 1) TO 'stolen.csv'", "t WHERE 1=2", "t\" --", "(SELECT 1)"] {
        let run = bench.loup(&["run", "name.sql", "--var", &format!("table={table}")]);
        assert_eq!(run.code, 1, "{table}: {run:?}");
    }
    assert!(!bench.path("stolen.csv").exists());
}

#[test]
fn an_undefined_variable_is_an_error() {
    let bench = bench();
    bench.write("plan.sql", "SELECT 1;\nATTACH '${folder}' AS d;\n");
    bench.loup(&["run", "plan.sql"]).fails(1, &["folder"]);
}

#[test]
fn functions_are_listed_and_documented() {
    let bench = Workbench::new();
    let list = bench.loup(&["functions"]).succeeds();
    let pages = bench.loup(&["functions", "--markdown"]).succeeds();
    for name in [
        "hash_keyed",
        "pseudo_int",
        "pseudo_email",
        "mask_email",
        "fake_first_name",
        "fake_last_name",
        "fake_phone",
        "generalize_date",
        "redact",
        "nullify",
    ] {
        assert!(list.stdout.contains(name), "{name} is not listed: {}", list.stdout);
        assert!(pages.stdout.contains(name), "{name} is not documented");
    }
    let written = std::fs::read_to_string(crate::workbench::repository().join("docs/functions.md")).unwrap();
    assert!(pages.stdout == written, "docs/functions.md is out of date: loup functions --markdown > docs/functions.md");
}

#[test]
fn files_that_are_no_tables_are_named_in_a_notice() {
    let bench = bench();
    bench.write("in/README.md", "hello");
    let run = bench.sql("ATTACH 'in' AS d; EXPORT DATABASE d TO 'out'").succeeds();
    assert!(run.stderr.contains("README.md"), "{}", run.stderr);
    assert!(!bench.path("out/README.md").exists(), "not exported");
}

#[test]
fn a_memory_limit_is_kept_to() {
    let bench = bench();
    let sql = "SELECT count(DISTINCT value * 7) AS n FROM generate_series(1, 3000000)";
    let run = bench.loup(&["--memory-limit", "8MB", "--format", "csv", "-c", sql]);
    assert!(run.code == 0 || run.stderr.to_lowercase().contains("memory"), "{run:?}");
    bench.loup(&["--memory-limit", "500MB", "--threads", "2", "-c", ROWS]).succeeds();
}

#[test]
fn guard_off_is_accepted() {
    bench().sql("SET loup.guard = 'off'; ATTACH 'in' AS d; SELECT count(*) FROM d.t").succeeds();
}
