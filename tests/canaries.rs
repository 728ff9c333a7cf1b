//! Canaries: whatever a run does and however it ends, nothing that it leaves or says holds a cell or the key.
//!
//! The data hold planted texts in columns that the plans mask; the key is known. Passing, failing, spilling and killed runs
//! work on them at the highest level of logging, and everything outside the sources is searched afterwards.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::workbench::Workbench;

/// Parts of planted cells, one for each kind of source; they occur nowhere else.
const CANARIES: [&str; 3] = ["kanarie7f3aCSV", "kanarie51c2PARQUET", "kanarie9e04JSON"];
/// A key whose bytes come together by no accident, in the form that users give it in.
const KEY: &str = "7iCMPy2wdK9t9oqXb6lQO1YYxWsH3vZ0pUuJk8eDhGE=";
const KEY_HEX: &str = "ee208c3f2db074af6df68a976fa9503b5618c56b07def674a54b8993c7838461";

/// Rows of the large source.
const ROWS: usize = 100_000;

fn needles() -> Vec<(&'static str, Vec<u8>)> {
    let key: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&KEY_HEX[2 * i..2 * i + 2], 16).unwrap()).collect();
    let mut needles = vec![
        ("the key as base64", KEY.as_bytes().to_vec()),
        ("the key as hex", KEY_HEX.as_bytes().to_vec()),
        ("the key as upper-case hex", KEY_HEX.to_ascii_uppercase().into_bytes()),
        ("the key's bytes", key),
    ];
    needles.extend(CANARIES.map(|canary| (canary, canary.as_bytes().to_vec())));
    needles
}

/// Which of the needles stand in `bytes`.
fn found(bytes: &[u8]) -> Vec<&'static str> {
    let needles = needles();
    let mut is_found = vec![false; needles.len()];
    // A table of first bytes, since the tests search hundreds of megabytes without optimisation.
    let mut begins = [false; 256];
    for (_, needle) in &needles {
        begins[usize::from(needle[0])] = true;
    }
    for (at, byte) in bytes.iter().enumerate() {
        if begins[usize::from(*byte)] {
            for ((_, needle), is_found) in needles.iter().zip(&mut is_found) {
                *is_found |= bytes[at..].starts_with(needle);
            }
        }
    }
    needles.into_iter().zip(is_found).filter(|(_, is_found)| *is_found).map(|((name, _), _)| name).collect()
}

#[track_caller]
fn assert_clean(bytes: &[u8], what: &str) {
    assert_eq!(found(bytes), [""; 0], "{what}");
}

/// All files below a folder, but for those in `except`.
fn files(folder: &Path, except: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != except) {
            found.extend(files(&path, except));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// Searches what a command has said, and every file outside the sources: outputs, staging, reports, temporary files.
#[track_caller]
fn assert_nothing_left(bench: &Workbench, output: &Output, what: &str) {
    assert_clean(&output.stdout, &format!("{what}: standard output"));
    assert_clean(&output.stderr, &format!("{what}: standard error"));
    for file in files(&bench.path(""), "in").into_iter().chain(files(&bench.runs().join("../.."), "")) {
        assert_clean(&fs::read(&file).unwrap(), &format!("{what}: {}", file.display()));
    }
}

/// Sources of three kinds with canaries in columns that every plan masks.
fn bench() -> Workbench {
    let bench = Workbench::new();
    let [csv, parquet, json] = CANARIES;
    let rows = |rows: usize, canary: &str| {
        let mut text = String::from("id,email,name\n");
        for i in 0..rows {
            writeln!(text, "{i},{i:06}-{canary}@mail.example,\"{canary} {}\"", i % 500).unwrap();
        }
        text
    };
    bench.write("in/t.csv", rows(ROWS, csv));
    let mut text = String::new();
    for i in 0..2_000 {
        writeln!(text, "{{\"id\":{i},\"email\":\"{i}-{json}@mail.example\",\"name\":\"{json}\"}}").unwrap();
    }
    bench.write("in/j.ndjson", text);
    bench.write("in/source/p.csv", rows(2_000, parquet));
    bench.sql("ATTACH 'in/source' AS s; COPY s.p TO 'in/p.parquet'").succeeds();
    fs::remove_dir_all(bench.path("in/source")).unwrap();
    fs::create_dir(bench.path("tmp")).unwrap();
    bench
}

/// The binary with the key, its temporary files in a folder of the test, saying all it can.
fn command(bench: &Workbench, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loup"));
    command.args(arguments).current_dir(bench.path("")).env("HOME", bench.path("")).env("TMPDIR", bench.path("tmp"));
    command.env("XDG_STATE_HOME", bench.runs().join("../..")).env("LOUP_KEY", KEY);
    command.env("LOUP_LOG", "trace").env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const MASKS: &str = "ATTACH 'in' AS d; \
    UPDATE d.t SET email = pseudo_email(email, 'e'), name = fake_last_name(name); \
    UPDATE d.p SET email = pseudo_email(email, 'e'), name = redact(name); \
    UPDATE d.j SET email = hash_keyed(email, 'e'), name = fake_full_name(name);";

/// Sorts and joins by what is masked, so that clear text is what has no room in memory.
const SPILLING: &str = "ATTACH 'in' AS d; \
    COPY (SELECT a.id, pseudo_email(a.email, 'e') AS mail, redact(a.name) AS name FROM d.t AS a ORDER BY a.email DESC) \
    TO 'sorted.csv'; \
    COPY (SELECT a.id, pseudo_email(b.email, 'e') AS email FROM d.t AS a JOIN d.t AS b ON a.email = b.email) TO 'joined.csv'";
const SPILLING_ARGUMENTS: [&str; 6] = ["-c", SPILLING, "--memory-limit", "32MB", "--threads", "1"];

#[test]
fn the_search_finds_what_it_is_to_find() {
    let bench = bench();
    for (file, canary) in [("t.csv", CANARIES[0]), ("j.ndjson", CANARIES[2])] {
        assert_eq!(found(&bench.read(&format!("in/{file}"))), [canary]);
    }
    let count = format!("ATTACH 'in' AS d; SELECT count(*) AS n FROM d.p WHERE email LIKE '%{}%'", CANARIES[1]);
    assert_eq!(bench.loup(&["-c", &count, "--format", "csv"]).succeeds().stdout, "n\n2000\n");
    // The key in every form, and standard error that tells of everything.
    for (name, needle) in needles() {
        bench.write("tmp/planted", [b"before".as_slice(), &needle, b"after"].concat());
        assert_eq!(found(&bench.read("tmp/planted")), [name]);
    }
    let clear = command(&bench, &["-c", "ATTACH 'in' AS d; SELECT email FROM d.t LIMIT 1"]).output().unwrap();
    assert_eq!(found(&clear.stdout), [CANARIES[0]]);
    let wrong = command(&bench, &["-c", "SELECT 1"]).env("LOUP_KEY", &KEY[1..]).output().unwrap();
    assert!(!wrong.status.success(), "the key is read");
}

#[test]
fn passing_runs_leave_no_canary() {
    let bench = bench();
    for (target, format) in
        [("same", ""), ("csv", "(format 'csv')"), ("json", "(format 'ndjson')"), ("columns", "(format 'parquet')")]
    {
        let plan = format!("{MASKS} EXPORT DATABASE d TO '{target}' {format}");
        for verify in ["full", "sample"] {
            let output = command(&bench, &["-c", &plan, "--verify", verify, "--strict"]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_nothing_left(&bench, &output, &format!("{target} {verify}"));
        }
        // Pages of Parquet are compressed: what stands in them is looked at as text.
        let tables = ["t", "p", "j"].map(|table| format!("SELECT * FROM m.{table}")).join("; ");
        let read =
            command(&bench, &["-c", &format!("ATTACH '{target}' AS m; {tables}"), "--format", "csv"]).output().unwrap();
        assert!(read.status.success() && read.stdout.len() > ROWS, "{}", String::from_utf8_lossy(&read.stderr));
        assert_clean(&read.stdout, target);
    }
}

#[test]
fn failing_runs_leave_no_canary() {
    let bench = bench();
    let export = format!("{MASKS} EXPORT DATABASE d TO 'out'");
    let failing = [
        "COPY (SELECT CAST(email AS BIGINT) AS email FROM d.t) TO 'x.csv'".to_owned(),
        "COPY (SELECT CAST(name AS DATE) AS name FROM d.p) TO 'x.parquet'".to_owned(),
        "COPY (SELECT pseudo_int(email, 'e') AS email FROM d.j) TO 'x.ndjson'".to_owned(),
        "COPY (SELECT generalize_date(name, 'year') AS name FROM d.t) TO 'x.csv'".to_owned(),
        format!("{export}; ASSERT (SELECT min(email) FROM d.t) = 'x' AS 'nobody'"),
        format!("{export}; ASSERT (SELECT min(email) FROM d_source.t) = 'x'"),
        format!("{export}; SELECT email + 1 FROM d_source.t"),
        format!("{export}; SELECT no_such_function(email) FROM d_source.t"),
        format!("{export}; UPDATE d.t SET email = 'x' WHERE email = '{}'", "nobody"),
        "UPDATE d.t SET email = hash_keyed(name, 'x', length => 8); COPY d.t TO 'x.csv'; ASSERT 1 = 2".to_owned(),
        "UPDATE d.t SET id = pseudo_int(id, 'i', lo => 0, hi => 2000000) WHERE email <> 'x'; COPY d.t TO 'x.csv'; \
         UPDATE d.j SET id = length(email) / 0; COPY d.j TO 'y.csv'"
            .to_owned(),
    ];
    for plan in failing {
        let plan = if plan.starts_with("ATTACH") { plan } else { format!("ATTACH 'in' AS d; {plan}") };
        let output = command(&bench, &["-c", &plan, "--verify", "full", "--strict"]).output().unwrap();
        assert!(!output.status.success(), "this was to fail: {plan}");
        assert_nothing_left(&bench, &output, &plan);
        assert!(!bench.path("out").exists() && !bench.path("x.csv").exists(), "{plan}");
    }
}

/// Files may have a megabyte at most: targets and spill files alike meet a disk that takes no more.
#[test]
fn a_disk_that_is_full_leaves_no_canary() {
    let bench = bench();
    for plan in [format!("{MASKS} EXPORT DATABASE d TO 'out'"), SPILLING.to_owned()] {
        let loup = command(&bench, &["-c", &plan, "--memory-limit", "32MB", "--threads", "1"]);
        let mut limited = Command::new("sh");
        limited
            .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""])
            .arg(loup.get_program())
            .args(loup.get_args());
        limited.envs(loup.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(bench.path(""));
        let output = limited.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.to_lowercase().contains("file too large"), "{said}");
        assert_nothing_left(&bench, &output, &plan);
    }
}

/// Copies what a process has in temporary files without a name; `None` where the system does not show it.
fn spilled(pid: u32, temporary: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).ok()? {
        // A file may be closed meanwhile.
        let Ok(entry) = entry else { continue };
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        if target.starts_with(temporary)
            && let Ok(mut file) = fs::File::open(entry.path())
        {
            let _ = file.read_to_end(&mut bytes);
        }
    }
    Some(bytes)
}

#[test]
fn what_is_spilled_is_unreadable_and_gone() {
    let bench = bench();
    // The proof that it spills: without a place for temporary files it cannot be done.
    let nowhere = command(&bench, &SPILLING_ARGUMENTS).env("TMPDIR", bench.path("nowhere")).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(1), "{}", String::from_utf8_lossy(&nowhere.stderr));
    assert_nothing_left(&bench, &nowhere, "no place to spill to");

    let mut child = drained(command(&bench, &SPILLING_ARGUMENTS).spawn().unwrap());
    let temporary = bench.path("tmp").canonicalize().unwrap();
    let (mut most, mut is_shown) = (0, true);
    let status = loop {
        match spilled(child.process.id(), &temporary) {
            Some(bytes) => {
                assert_clean(&bytes, "a spill file");
                most = most.max(bytes.len());
            }
            None => is_shown = false,
        }
        if let Some(status) = child.process.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(50));
    };
    let output = child.output(status);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if is_shown || most > 0 {
        assert!(most > 1_000_000, "only {most} bytes were seen in spill files");
    } else {
        eprintln!("skipped: this user may not look at the open files of another process");
    }
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    assert_nothing_left(&bench, &output, "spilling");
    assert_eq!(bench.read_text("sorted.csv").lines().count(), ROWS + 1);
}

/// A process whose output is read while it runs, so that it never waits for a reader.
struct Drained {
    process: Child,
    streams: [thread::JoinHandle<Vec<u8>>; 2],
}

fn drained(mut process: Child) -> Drained {
    fn read(mut stream: impl std::io::Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        })
    }
    let streams = [read(process.stdout.take().unwrap()), read(process.stderr.take().unwrap())];
    Drained { process, streams }
}

impl Drained {
    fn output(self, status: std::process::ExitStatus) -> Output {
        let [stdout, stderr] = self.streams.map(|stream| stream.join().unwrap());
        Output { status, stdout, stderr }
    }
}

#[test]
fn killed_runs_leave_no_canary() {
    let bench = bench();
    let plan = format!("{MASKS} EXPORT DATABASE d TO 'out'; {}", SPILLING.trim_start_matches("ATTACH 'in' AS d; "));
    let arguments = ["-c", &plan, "--memory-limit", "32MB", "--threads", "1", "--verify", "full"];
    let began = Instant::now();
    assert!(command(&bench, &arguments).output().unwrap().status.success());
    let whole = began.elapsed();
    let mut staged = 0;
    for moment in 1..=8 {
        let mut child = drained(command(&bench, &arguments).spawn().unwrap());
        thread::sleep(whole.mul_f64(f64::from(moment) / 9.0));
        child.process.kill().unwrap();
        let status = child.process.wait().unwrap();
        let output = child.output(status);
        if status.signal().is_none() {
            continue;
        }
        staged += bench.listing().iter().filter(|name| name.contains(".loup-staging-")).count();
        assert_nothing_left(&bench, &output, &format!("killed at {moment}/9"));
        // What is left is not looked at only: the next run goes on with it, or away it goes.
        let resume = moment % 2 == 0;
        let after = if resume { vec!["recover"] } else { vec!["run", "--resume", "plan.sql"] };
        bench.write("plan.sql", "ATTACH 'in' AS d; COPY (SELECT id FROM d.t WHERE id < '3') TO 'few.csv'");
        let after = command(&bench, &after).output().unwrap();
        assert!(after.status.success(), "{}", String::from_utf8_lossy(&after.stderr));
        assert_nothing_left(&bench, &after, "the command after");
        assert!(!bench.listing().iter().any(|name| name.contains(".loup-staging-")), "{:?}", bench.listing());
    }
    assert!(staged > 0, "no run was killed while it wrote");
}
