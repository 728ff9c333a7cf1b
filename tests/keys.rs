//! Keys: where one is found, what it decides, and that it never shows.

use crate::workbench::{KEY, Run, Workbench};

const HASH: &str = "SELECT hash_keyed('alice@example.com', 'job')";

/// The result of a query of one cell.
fn value(run: Run) -> String {
    let run = run.succeeds();
    run.stdout.lines().nth(1).unwrap_or_else(|| panic!("no row: {run:?}")).to_owned()
}

fn hash_with(bench: &Workbench, args: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = bench.command();
    command.env_remove("LOUP_KEY").args(["--format", "csv", "-c", HASH]).args(args);
    command.envs(environment.iter().copied());
    value(Run::of(&mut command))
}

#[test]
fn the_key_decides_and_repeats() {
    let bench = Workbench::new();
    let (one, again) = (bench.loup(&["-c", HASH, "--format", "csv"]), bench.loup(&["-c", HASH, "--format", "csv"]));
    let one = value(one);
    // SHA3-256 over the purpose key and the value, computed independently.
    assert_eq!(one, "d8b02cb7ccf407ee22a7e5600e355ea6a6b3e53e44bf34c718af4efed834de71");
    assert_eq!(one, value(again));
    let other = hash_with(&bench, &[], &[("LOUP_KEY", "//////////////////////////////////////////8=")]);
    assert_ne!(one, other);
}

#[test]
fn without_a_key_results_do_not_repeat_and_a_notice_says_so() {
    let bench = Workbench::new();
    let mut command = bench.command();
    let run = Run::of(command.env_remove("LOUP_KEY").args(["-c", HASH])).succeeds();
    assert!(run.stderr.contains("loup key new"), "the notice names the way to a key: {}", run.stderr);
    assert_ne!(hash_with(&bench, &[], &[]), hash_with(&bench, &[], &[]));
    let mut quiet = bench.command();
    let run = Run::of(quiet.env_remove("LOUP_KEY").args(["--quiet", "-c", HASH])).succeeds();
    assert_eq!(run.stderr, "", "--quiet leaves notices out");
}

#[test]
fn a_new_key_file_is_private_and_used() {
    let bench = Workbench::new();
    bench.loup(&["key", "new", "--key-file", "keys.json"]).succeeds();
    let file = bench.read_text("keys.json");
    assert!(file.contains("\"version\"") && file.contains("\"secret\""), "a JSON file: {}", file.len());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(bench.path("keys.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(bench.path("keys.json"), std::fs::Permissions::from_mode(0o644)).unwrap();
        bench.loup(&["--key-file", "keys.json", "-c", HASH]).fails(1, &["keys.json"]);
        std::fs::set_permissions(bench.path("keys.json"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let by_flag = hash_with(&bench, &["--key-file", "keys.json"], &[]);
    let by_environment = hash_with(&bench, &[], &[("LOUP_KEY_FILE", "keys.json")]);
    assert_eq!(by_flag, by_environment);
    assert_eq!(by_flag, hash_with(&bench, &["--key-file", "keys.json"], &[("LOUP_KEY", KEY)]), "the flag goes first");
    assert_ne!(by_flag, hash_with(&bench, &[], &[("LOUP_KEY", KEY)]));
}

#[test]
fn an_existing_key_file_is_never_overwritten() {
    let bench = Workbench::new();
    bench.loup(&["key", "new", "--key-file", "keys.json"]).succeeds();
    let before = bench.read("keys.json");
    bench.loup(&["key", "new", "--key-file", "keys.json"]).fails(1, &["keys.json"]);
    assert_eq!(bench.read("keys.json"), before);
}

#[test]
fn rotation_adds_a_key_and_keeps_the_old() {
    let bench = Workbench::new();
    bench.loup(&["key", "new", "--key-file", "keys.json"]).succeeds();
    let old = hash_with(&bench, &["--key-file", "keys.json"], &[]);
    bench.loup(&["key", "rotate", "--key-file", "keys.json"]).succeeds();
    assert_ne!(old, hash_with(&bench, &["--key-file", "keys.json"], &[]), "the newest key is the active one");
    let list = bench.loup(&["key", "list", "--key-file", "keys.json"]).succeeds();
    let keys = list.stdout.lines().filter(|l| l.split_whitespace().any(is_fingerprint)).count();
    assert_eq!(keys, 2, "two keys by fingerprint: {}", list.stdout);
}

/// Eight lower-case hex digits.
fn is_fingerprint(word: &str) -> bool {
    word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[test]
fn a_passphrase_seals_the_file() {
    let bench = Workbench::new();
    let with = |passphrase: Option<&str>, args: &[&str]| {
        let mut command = bench.command();
        command.env_remove("LOUP_KEY").args(args);
        if let Some(passphrase) = passphrase {
            command.env("LOUP_PASSPHRASE", passphrase);
        }
        Run::of(&mut command)
    };
    let query = ["--key-file", "keys.json", "--format", "csv", "-c", HASH];
    with(Some("correct horse"), &["key", "new", "--key-file", "keys.json"]).succeeds();
    with(Some("correct horse"), &query).succeeds();
    let wrong = with(Some("battery staple"), &query).fails(1, &["keys.json"]);
    let none = with(None, &query).fails(1, &["LOUP_PASSPHRASE"]);
    for run in [wrong, none] {
        assert!(!run.stderr.contains("battery") && !run.stderr.contains("horse"), "{run:?}");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_key_that_is_no_key_is_refused_without_being_shown() {
    let bench = Workbench::new();
    for (bad, code) in [("c2hvcnQ=", 1), ("not base64 at all!", 1), ("", 2)] {
        let mut command = bench.command();
        let run = Run::of(command.env("LOUP_KEY", bad).args(["-c", HASH])).fails(code, &["LOUP_KEY"]);
        assert!(bad.is_empty() || !run.stderr.contains(bad), "{run:?}");
    }
    bench.loup(&["key", "new", "--key-file", "broken.json"]).succeeds();
    let broken = bench.read_text("broken.json").replace("\"keys\"", "\"kyes\"");
    std::fs::write(bench.path("broken.json"), &broken).unwrap();
    let run = bench.loup(&["--key-file", "broken.json", "-c", HASH]).fails(1, &["broken.json"]);
    assert!(!run.stderr.contains(secret(&broken)), "{run:?}");
    bench.loup(&["--key-file", "absent.json", "-c", HASH]).fails(1, &["absent.json"]);
}

/// The first secret that a key file holds.
fn secret(file: &str) -> &str {
    let secret = file.split("\"secret\"").nth(1).and_then(|rest| rest.split('"').nth(1)).unwrap();
    assert!(secret.len() >= 40, "the file holds the secret as text");
    secret
}

#[test]
fn listing_shows_ids_and_fingerprints_never_secrets() {
    let bench = Workbench::new();
    bench.loup(&["key", "new", "--key-file", "keys.json"]).succeeds();
    let file = bench.read_text("keys.json");
    let secret = secret(&file);
    let list = bench.loup(&["key", "list", "--key-file", "keys.json"]).succeeds();
    assert!(!list.stdout.contains(secret) && !list.stderr.contains(secret));
}

#[test]
fn a_domain_separates_identities() {
    let bench = Workbench::new();
    let sql = "SELECT hash_keyed('7', 'a') = hash_keyed('7', 'b') AS same";
    assert_eq!(value(bench.loup(&["-c", sql, "--format", "csv"])), "false");
}
