//! Mappings with runs: extended together with what a run writes, or not at all; wrong keys and broken files are refused.

use std::fs;

use crate::workbench::Workbench;

const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const CREATE: &str = "CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION 'ids' \
                      OPTIONS ('kind' 'random_int', 'lo' '1000000', 'hi' '1999999', 'create_if_not_exists' 'true')";
const OPEN: &str = "CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION 'ids'";

fn bench() -> Workbench {
    let bench = Workbench::new();
    bench.write("in/people.csv", "id,name\n1,Ann\n2,Bo\n3,Cy\n");
    bench.write("in/visits.csv", "visit,person\n10,3\n11,1\n12,3\n");
    bench
}

/// Masks both tables through the mapping into `out`.
fn mask(bench: &Workbench, more: &str) -> crate::workbench::Run {
    bench.sql(&format!(
        "ATTACH 'in' AS d; {CREATE}; INSERT INTO ids SELECT id FROM d.people; \
         UPDATE d.people SET id = map_id(id, 'ids'), name = redact(name); \
         UPDATE d.visits SET person = map_id(person, 'ids'); EXPORT DATABASE d TO 'out'; {more}"
    ))
}

fn count(bench: &Workbench, query: &str) -> String {
    let run = bench.loup(&["-c", &format!("{OPEN}; {query}"), "--format", "csv"]).succeeds();
    run.stdout.lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_second_run_gives_the_same_pseudonyms_and_unmap_id_the_originals() {
    let bench = bench();
    let run = mask(&bench, "SELECT 1").succeeds();
    assert!(run.stderr.contains("3 new, 0 known"), "{run:?}");
    let first = (bench.read("out/people.csv"), bench.read("out/visits.csv"));
    bench.write("in/people.csv", "id,name\n1,Ann\n2,Bo\n3,Cy\n4,Di\n");
    let run = mask(&bench, "SELECT 1").succeeds();
    assert!(run.stderr.contains("1 new, 3 known"), "{run:?}");
    assert!(bench.read("out/people.csv").starts_with(&first.0));
    assert_eq!(bench.read("out/visits.csv"), first.1);
    let back = "ATTACH 'out' AS m; SELECT string_agg(unmap_id(person, 'ids'), ' ' ORDER BY visit) AS x FROM m.visits";
    assert_eq!(count(&bench, back), "3 1 3");
}

#[test]
fn a_run_that_fails_leaves_the_mapping_as_it_was() {
    let bench = bench();
    mask(&bench, "ASSERT 1 = 2 AS 'no'").fails(4, &["no"]);
    assert!(!bench.path("ids").exists() && !bench.path("out").exists(), "{:?}", bench.listing());
    mask(&bench, "SELECT 1").succeeds();
    let before = bench.listing();
    bench.write("in/people.csv", "id,name\n1,Ann\n2,Bo\n3,Cy\n4,Di\n");
    mask(&bench, "ASSERT 1 = 2 AS 'no'").fails(4, &["no"]);
    assert_eq!((bench.listing(), count(&bench, "SELECT count(*) AS n FROM ids").as_str()), (before, "3"));
}

#[test]
fn an_id_that_is_not_in_the_mapping_fails_the_run() {
    let bench = bench();
    bench.write("in/visits.csv", "visit,person\n10,3\n11,77\n");
    let run = mask(&bench, "SELECT 1").fails(1, &["map_id: mapping 'ids'", "1 value(s)"]);
    assert!(!run.stderr.contains("77") && !bench.path("out").exists(), "{run:?}");
}

#[test]
fn a_wrong_key_and_an_ephemeral_one_are_refused() {
    let bench = bench();
    mask(&bench, "SELECT 1").succeeds();
    let with = |key: Option<&str>, sql: &str| {
        let mut command = bench.command();
        match key {
            Some(key) => command.env("LOUP_KEY", key),
            None => command.env_remove("LOUP_KEY"),
        };
        crate::workbench::Run::of(command.args(["-c", sql]))
    };
    with(Some(OTHER_KEY), OPEN).fails(1, &["another key", "fingerprint"]);
    with(None, OPEN).fails(1, &["loup key new"]);
    let fresh = CREATE.replace("'ids' OPTIONS", "'fresh' OPTIONS").replace("LOCATION 'ids'", "LOCATION 'fresh'");
    with(None, &fresh).fails(1, &["loup key new"]);
    assert!(!bench.path("fresh").exists());
}

#[test]
fn a_truncated_a_changed_and_a_missing_file_are_named() {
    for (what, expected) in [("cut", "cut off"), ("flip", "was changed"), ("remove", "is missing")] {
        let bench = bench();
        mask(&bench, "SELECT 1").succeeds();
        let out = bench.read("out/people.csv");
        let data = fs::read_dir(bench.path("ids")).unwrap().map(|entry| entry.unwrap().path());
        let data = data.filter(|path| path.extension().is_some_and(|end| end == "parquet")).max().unwrap();
        let mut bytes = fs::read(&data).unwrap();
        match what {
            "cut" => bytes.truncate(bytes.len() / 2),
            "flip" => bytes[100] ^= 1,
            _ => {}
        }
        match what {
            "remove" => fs::remove_file(&data).unwrap(),
            _ => fs::write(&data, bytes).unwrap(),
        }
        mask(&bench, "SELECT 1").fails(1, &[expected, "parquet"]);
        assert_eq!(bench.read("out/people.csv"), out, "{what}: the target changed");
    }
}

#[test]
fn several_inserts_of_one_run_are_one_version() {
    let bench = bench();
    bench
        .sql(&format!(
            "{CREATE}; INSERT INTO ids VALUES (1); INSERT INTO ids VALUES (2), (1); \
             ASSERT (SELECT count(*) FROM ids) = 2; INSERT INTO ids VALUES ('a')"
        ))
        .succeeds();
    assert_eq!(count(&bench, "SELECT count(*) AS n FROM ids"), "3");
    let data = fs::read_dir(bench.path("ids"))
        .unwrap()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "parquet")));
    assert_eq!(data.count(), 2, "numbers and texts are a file each");
}

#[test]
fn two_runs_that_extend_one_mapping_lose_nothing() {
    let bench = bench();
    bench.sql(CREATE).succeeds();
    let insert = |from: u32| {
        let sql = format!("{OPEN}; INSERT INTO ids SELECT value FROM generate_series({from}, {})", from + 4_999);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_loup"));
        command.args(["-c", &sql, "--quiet"]).current_dir(bench.path(""));
        command.env("LOUP_KEY", crate::workbench::KEY).env("XDG_STATE_HOME", bench.runs().join("../.."));
        command.spawn().unwrap()
    };
    let children: Vec<_> = [1, 2_501, 5_001, 1].map(insert).into_iter().collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let query = "SELECT CAST(count(*) AS VARCHAR) || ' ' || count(DISTINCT pseudonym) AS n FROM ids";
    assert_eq!(count(&bench, query), "10000 10000");
}

/// The file format's published vector: key, nonce of zeros, one pair.
#[test]
fn older_files_come_in_and_go_out_by_command() {
    const SEALED: &str = "000000000000000000000000657589331ece3b328df2404dad5ac95720a0dc63749821176233fd8bb7dc151909f46535107c\
                          c754b2ec6c007a2f5e829ae1e5bb019dc145d10efb9011ae";
    let bench = Workbench::new();
    let byte = |at: usize| u8::from_str_radix(&SEALED[at..at + 2], 16).unwrap();
    bench.write("old.csv.enc", (0..SEALED.len()).step_by(2).map(byte).collect::<Vec<_>>());
    bench.write("old.hex", "0123456789abcdef".repeat(4) + "\n");
    let import = ["mapping", "import", "old.csv.enc", "--into", "ids", "--file-key", "old.hex"];
    assert_eq!(bench.loup(&import).succeeds().stdout, "1 new, 0 known; 1 entries\n");
    assert_eq!(bench.loup(&import).succeeds().stdout, "0 new, 1 known; 1 entries\n");
    assert_eq!(count(&bench, "SELECT map_id('alice@example.com', 'ids') AS x"), "000001");
    let shown = bench.loup(&["mapping", "show", "ids"]).succeeds().stdout;
    assert!(shown.contains("entries   1\n") && shown.contains("kind=random_string"), "{shown}");
    assert!(!shown.contains("alice"), "{shown}");

    bench.loup(&["mapping", "export", "ids", "--to", "new.json.enc", "--file-key", "old.hex"]).succeeds();
    let again = ["mapping", "import", "new.json.enc", "--into", "again", "--file-key", "old.hex"];
    bench.loup(&again).succeeds();
    bench.write("other.hex", "f".repeat(64));
    let wrong = ["mapping", "import", "new.json.enc", "--into", "other", "--file-key", "other.hex"];
    bench.loup(&wrong).fails(1, &["wrong key or changed"]);
    assert!(!bench.path("other").exists());

    let clear = bench.loup(&["mapping", "export", "again", "--to", "audit.csv", "--clear-text"]).succeeds();
    assert!(clear.stderr.contains("undoes every pseudonym"), "{clear:?}");
    assert!(bench.read_text("audit.csv").starts_with("original,pseudonym,created_at\r\nalice@example.com,000001,"));
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(bench.path("audit.csv")).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    bench.loup(&["mapping", "export", "again", "--to", "again/x.csv", "--clear-text"]).fails(3, &["inside"]);
    let unsaid = bench.loup(&["mapping", "export", "again", "--to", "x.csv"]);
    assert!(unsaid.code == 2 && unsaid.stderr.contains("--file-key"), "{unsaid:?}");
}

#[test]
fn one_goes_back_a_version_and_forth() {
    let bench = bench();
    bench.sql(&format!("{CREATE}; INSERT INTO ids VALUES (1), (2)")).succeeds();
    bench.sql(&format!("{OPEN}; INSERT INTO ids VALUES (3)")).succeeds();
    let restore = ["mapping", "restore", "ids"];
    assert!(bench.loup(&restore).succeeds().stdout.starts_with("2 entries; the version left had 3\n"));
    assert_eq!(count(&bench, "SELECT count(*) AS n FROM ids"), "2");
    assert!(bench.loup(&restore).succeeds().stdout.starts_with("3 entries; the version left had 2\n"));
    bench.loup(&["mapping", "restore", "nowhere"]).fails(1, &["nowhere is not a mapping"]);
}
