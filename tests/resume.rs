//! `--resume`: what a killed run had finished is used again, where all that it depends on is as it was.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::workbench::{KEY, Workbench};

/// The first two targets are small; the third takes long enough to be killed in.
const PLAN: &str = "ATTACH 'in' AS d;\n\
    UPDATE d.t SET note = hash_keyed(note, '${domain}') WHERE id <> '5';\n\
    COPY (SELECT * FROM d.t WHERE id < '2') TO 'a.csv';\n\
    ATTACH 'a.csv' AS written;\n\
    ATTACH 'small' AS s;\n\
    UPDATE s.u SET v = redact(v);\n\
    EXPORT DATABASE s TO 'out';\n\
    ASSERT (SELECT count(*) FROM written.a) > 0;\n\
    COPY (SELECT * FROM d.t ORDER BY note) TO 'b.csv'";

const ARGUMENTS: [&str; 4] = ["run", "plan.sql", "--var", "domain=x"];

fn bench() -> Workbench {
    let bench = Workbench::new();
    let mut csv = String::from("id,note\n");
    for i in 0..150_000 {
        writeln!(csv, "{i},note {i}").unwrap();
    }
    bench.write("in/t.csv", csv);
    bench.write("small/u.csv", "v\na\nb\n");
    bench.write("plan.sql", PLAN);
    bench
}

/// The journals of runs that have not ended, oldest first.
fn journals(bench: &Workbench) -> Vec<PathBuf> {
    let runs = fs::read_dir(bench.runs()).map(|runs| runs.map(|run| run.unwrap().path().join("journal")));
    let mut found: Vec<_> = runs.map(|runs| runs.filter(|path| path.exists()).collect()).unwrap_or_default();
    found.sort();
    found
}

/// The statements that the newest run has finished.
fn finished(bench: &Workbench) -> usize {
    let newest = journals(bench).pop();
    newest.map_or(0, |journal| fs::read_to_string(journal).map_or(0, |text| text.matches('\n').count()))
}

/// Runs the plan until `statements` of it have written their targets, and kills it then.
#[track_caller]
fn kill_after(bench: &Workbench, statements: usize, more: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loup"));
    command.args(ARGUMENTS).args(more).current_dir(bench.path(""));
    command.env("LOUP_KEY", KEY).env("XDG_STATE_HOME", bench.runs().join("../.."));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_mins(1);
    while finished(bench) < statements && child.try_wait().unwrap().is_none() && Instant::now() < patience {
        thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9), "the run ended before it was killed");
    assert_eq!(finished(bench), statements);
}

fn last_report(bench: &Workbench) -> Value {
    let runs = fs::read_dir(bench.runs()).unwrap().map(|run| run.unwrap().path().join("run.json"));
    let mut reports: Vec<_> = runs.filter(|path| path.exists()).collect();
    reports.sort();
    serde_json::from_slice(&fs::read(reports.last().unwrap()).unwrap()).unwrap()
}

/// Lines of the statements that were not carried out again.
fn resumed(bench: &Workbench) -> Vec<u64> {
    let report = last_report(bench);
    let statements = report["statements"].as_array().unwrap().iter();
    statements.filter(|one| one["resumed"] == true).map(|one| one["line"].as_u64().unwrap()).collect()
}

fn resume(bench: &Workbench) -> crate::workbench::Run {
    bench.loup(&[&ARGUMENTS[..], &["--resume"]].concat())
}

fn outputs(bench: &Workbench) -> [Vec<u8>; 3] {
    ["a.csv", "out/u.csv", "b.csv"].map(|name| bench.read(name))
}

#[test]
fn finished_statements_are_used_again_and_the_result_is_the_same() {
    let expected = bench();
    expected.loup(&ARGUMENTS).succeeds();
    let bench = bench();
    kill_after(&bench, 2, &[]);
    let run = resume(&bench).succeeds();
    assert!(run.stderr.contains("which was killed"), "{run:?}");
    assert_eq!(resumed(&bench), [3, 7]);
    assert_eq!((outputs(&bench), bench.listing()), (outputs(&expected), expected.listing()));
    let (told, wanted) = (last_report(&bench), last_report(&expected));
    for part in ["tables", "checks", "findings", "outcome"] {
        assert_eq!(told[part], wanted[part], "{part}");
    }
    assert_eq!(told["changes"], wanted["changes"], "what a finished statement counted is kept");
    assert!(journals(&bench).is_empty(), "the killed run has ended");
    assert!(bench.loup(&["recover"]).succeeds().stderr.contains("no run was left unfinished"));
}

#[test]
fn a_resumed_run_that_is_killed_can_be_resumed() {
    let bench = bench();
    kill_after(&bench, 1, &[]);
    kill_after(&bench, 2, &["--resume"]);
    resume(&bench).succeeds();
    assert_eq!(resumed(&bench), [3, 7]);
}

#[test]
fn without_resume_the_next_run_starts_afresh() {
    let bench = bench();
    kill_after(&bench, 2, &[]);
    let run = bench.loup(&ARGUMENTS).succeeds();
    assert!(run.stderr.contains("what it had staged is removed"), "{run:?}");
    assert_eq!(resumed(&bench), [0_u64; 0]);
}

/// Changes something and returns further arguments.
type Change = fn(&Workbench) -> Vec<&'static str>;

/// Nothing is used again where something that it depends on is not as it was.
#[test]
fn what_depends_on_something_that_changed_is_written_again() {
    let key_file = |bench: &Workbench| {
        bench.loup(&["key", "new", "--file", "keys.json"]).succeeds();
        vec!["--key-file", "keys.json"]
    };
    let changes: [(&str, Change, &[u64]); 9] = [
        ("nothing", |_| Vec::new(), &[3, 7]),
        (
            "the source",
            |bench| {
                bench.write("in/t.csv", "id,note\n1,x\n5,y\n");
                Vec::new()
            },
            &[],
        ),
        (
            "a source of the second statement",
            |bench| {
                bench.write("small/u.csv", "v\nb\na\n");
                Vec::new()
            },
            &[3],
        ),
        (
            "a new file in a source",
            |bench| {
                bench.write("small/w.csv", "v\n1\n");
                Vec::new()
            },
            &[3],
        ),
        (
            "a statement before",
            |bench| {
                bench.write("plan.sql", PLAN.replace("id <> '5'", "id <> '6'"));
                Vec::new()
            },
            &[],
        ),
        (
            "the second statement",
            |bench| {
                bench.write("plan.sql", PLAN.replace("TO 'out'", "TO 'out' (format 'parquet')"));
                Vec::new()
            },
            &[3],
        ),
        (
            "a statement after",
            |bench| {
                bench.write("plan.sql", PLAN.replace("ORDER BY note", "ORDER BY id"));
                Vec::new()
            },
            &[3, 7],
        ),
        ("how much is verified", |_| vec!["--verify", "full"], &[]),
        ("the key", key_file, &[]),
    ];
    for (what, change, expected) in changes {
        let bench = bench();
        kill_after(&bench, 2, &[]);
        let more = change(&bench);
        bench.loup(&[&ARGUMENTS[..], &["--resume"], &more].concat()).succeeds();
        assert_eq!(resumed(&bench), expected, "{what}");
        let listing = bench.listing();
        assert!(!listing.iter().any(|name| name.contains("staging")), "{what}: {listing:?}");
    }
    let bench = bench();
    kill_after(&bench, 2, &[]);
    bench.loup(&["run", "plan.sql", "--var", "domain=y", "--resume"]).succeeds();
    assert_eq!(resumed(&bench), [0_u64; 0], "a variable");
}

#[test]
fn what_was_staged_and_is_not_as_it_was_left_is_written_again() {
    let bench = bench();
    kill_after(&bench, 2, &[]);
    let staged: Vec<String> = bench.listing().into_iter().filter(|name| name.ends_with("/a.csv")).collect();
    let [staged] = staged.as_slice() else { panic!("{staged:?}") };
    bench.write(staged, "id,note\n1,planted\n");
    resume(&bench).succeeds();
    // The export neither: the plan has attached the file before it.
    assert_eq!(resumed(&bench), [0_u64; 0]);
    assert!(!bench.read_text("a.csv").contains("planted"));
}

#[test]
fn a_run_under_an_ephemeral_key_cannot_be_resumed() {
    let bench = bench();
    let mut command = bench.command();
    command.env_remove("LOUP_KEY").args(ARGUMENTS).arg("--resume");
    crate::workbench::Run::of(&mut command).fails(1, &["loup key new", "ephemeral"]);
}

#[test]
fn a_random_column_is_not_taken_from_another_process() {
    let bench = bench();
    let plan = PLAN.replace("SELECT * FROM d.t WHERE", "SELECT *, random() AS r FROM d.t WHERE");
    bench.write("plan.sql", plan.replace("ATTACH 'a.csv'", "ATTACH 'small/u.csv'").replace("written.a", "written.u"));
    kill_after(&bench, 1, &[]);
    assert!(bench.listing().iter().any(|name| name.ends_with("/a.csv")), "it was written, and not noted");
    resume(&bench).succeeds();
    assert_eq!(resumed(&bench), [7], "the export alone, though it comes later");
}
