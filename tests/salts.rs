//! Salts files: where one is found, what it decides, and that no salt shows.

use crate::workbench::{Run, Workbench};

const SALT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const HASH: &str = "SELECT hash_salted('12345', 'customer')";

/// A bench with a private salts file of one form.
fn bench(content: &str) -> Workbench {
    let bench = Workbench::new();
    bench.write("salts.json", content);
    set_mode(&bench, 0o600);
    bench
}

fn flat() -> Workbench {
    bench(&format!("{{\"customer\": \"{SALT}\", \"site\": \"00ff\"}}"))
}

#[cfg(unix)]
fn set_mode(bench: &Workbench, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(bench.path("salts.json"), permissions).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_bench: &Workbench, _mode: u32) {}

/// The result of a query of one cell.
fn value(run: Run) -> String {
    let run = run.succeeds();
    run.stdout.lines().nth(1).unwrap_or_else(|| panic!("no row: {run:?}")).to_owned()
}

fn with_file(bench: &Workbench, sql: &str) -> Run {
    bench.loup(&["--salts-file", "salts.json", "--format", "csv", "-c", sql])
}

#[test]
fn both_forms_of_the_file_are_found_by_flag_and_environment() {
    // SHA3-256 of value and salt, computed independently.
    let expected = "bd132755056f9bdf51836fde38af25d472a667a0f56fbef953f6594183771eb6";
    let versioned = format!(
        "{{\"_version\": \"1.0\", \"_updated\": \"2026-01-31\", \"_count\": 1, \"salts\": {{\"customer\": \"{SALT}\"}}}}"
    );
    for bench in [flat(), bench(&versioned)] {
        assert_eq!(value(with_file(&bench, HASH)), expected);
        let mut command = bench.command();
        command.env("LOUP_SALTS_FILE", "salts.json").args(["--format", "csv", "-c", HASH]);
        assert_eq!(value(Run::of(&mut command)), expected);
        let mut command = bench.command();
        command.env("LOUP_SALTS_FILE", "absent.json").args([
            "--salts-file",
            "salts.json",
            "--format",
            "csv",
            "-c",
            HASH,
        ]);
        assert_eq!(value(Run::of(&mut command)), expected, "the flag goes first");
    }
}

#[test]
fn a_file_that_is_missing_open_or_broken_is_named_without_its_content() {
    let bench = flat();
    bench.loup(&["--salts-file", "absent.json", "-c", HASH]).fails(1, &["absent.json"]);
    bench.loup(&["-c", HASH]).fails(1, &["hash_salted", "--salts-file"]);
    let mut command = bench.command();
    Run::of(command.env("LOUP_SALTS_FILE", "").args(["-c", "SELECT 1"])).fails(2, &["LOUP_SALTS_FILE"]);
    #[cfg(unix)]
    {
        set_mode(&bench, 0o644);
        with_file(&bench, "SELECT 1").fails(1, &["salts.json", "chmod 600"]);
        set_mode(&bench, 0o600);
    }
    for broken in [SALT.to_owned(), format!("{{\"{SALT}\": \"customer\"}}"), format!("{{\"customer\": \"{SALT}x\"}}")] {
        bench.write("salts.json", broken);
        let run = with_file(&bench, "SELECT 1").fails(1, &["salts.json"]);
        assert!(!run.stderr.contains("0123"), "{run:?}");
    }
}

#[test]
fn no_salt_shows_in_plans_settings_errors_or_logs() {
    let bench = flat();
    bench.write("in/people.csv", "id,name\n1,Ann\n2,Bo\n");
    let plan = "ATTACH 'in' AS d; UPDATE d.people SET name = hash_salted(name, 'customer', 'site'); \
                EXPLAIN SELECT hash_salted(name, 'customer') FROM d.people; SHOW ALL; SELECT * FROM loup.key_ring; \
                SELECT * FROM d.people; SELECT hash_salted(name, 'nobody') FROM d.people";
    let mut command = bench.command();
    let run = Run::of(command.env("LOUP_LOG", "trace").args(["--salts-file", "salts.json", "-c", plan]));
    let run = run.fails(1, &["customer, site"]);
    for shown in [&run.stdout, &run.stderr] {
        assert!(!shown.contains("01234567") && !shown.contains("00ff") && !shown.contains("1, 35, 69"), "{shown}");
    }
    assert!(!run.stderr.contains("nobody\""), "the name asked for could be a salt in the wrong place");
}

#[test]
fn a_change_of_locale_or_key_keeps_the_salts() {
    let bench = flat();
    let sql = format!("SET loup.locale = 'de_DE'; {HASH}");
    assert_eq!(value(with_file(&bench, &sql)), value(with_file(&bench, HASH)));
}

#[test]
fn a_session_pepper_holds_in_a_run_and_not_in_the_next() {
    let bench = flat();
    let sql = "SET loup.locale = 'de_DE'; SELECT hash_salted('x', 'customer', pepper => 'session') AS a";
    let one = value(with_file(&bench, sql));
    assert_ne!(one, value(with_file(&bench, sql)));
    let within = "CREATE TABLE t AS SELECT hash_salted('x', 'customer', 'session') AS a; SET loup.locale = 'de_DE'; \
                  SELECT a = hash_salted('x', 'customer', 'session') FROM t";
    assert_eq!(value(with_file(&bench, within)), "true");
}

#[test]
fn the_salts_file_is_no_target() {
    let bench = flat();
    let before = bench.read("salts.json");
    with_file(&bench, "COPY (SELECT 1 AS a) TO 'salts.json' STORED AS JSON").fails(3, &["salts.json"]);
    assert_eq!(bench.read("salts.json"), before);
}
