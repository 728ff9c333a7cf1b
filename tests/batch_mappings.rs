//! What `loup batch` tells and keeps of ids: collisions, mappings, and no id in any message.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::batch::{BATCH, batch, column, example};
use crate::workbench::{KEY, Run};

/// Two ids whose pseudonyms are the same 12 digits under the test key.
const COLLIDING: [&str; 2] = ["24101694", "26187112"];

#[test]
fn a_collision_is_told_or_ends_the_run() {
    let bench = example();
    for (name, ids) in [("personas_prototype.csv", [COLLIDING[0], "5"]), ("job_id_lookup.csv", [COLLIDING[1], "5"])] {
        bench.write(name, format!("job_id\n{}\n{}\n", ids[0], ids[1]));
    }
    bench.write("raw_ext.csv", "job_id\n5\n");
    let before = bench.listing();
    let run = batch(&bench, &["--on-collision", "fail"]).fails(4, &["no two ids have one pseudonym"]);
    assert_eq!(bench.listing(), before);
    assert!(COLLIDING.iter().all(|id| !run.stderr.contains(id)), "{}", run.stderr);
    let run = batch(&bench, &[]).succeeds();
    assert!(run.stdout.contains("⚠️  3 IDs have 2 pseudonyms: 1 collision"), "{}", run.stdout);
    assert!(run.stdout.contains("⚠️  1 overlapping IDs before masking"), "{}", run.stdout);
    assert_eq!(column(&bench, "job_id_lookup_masked.csv", 0)[0], "6ef4383d87f9");
}

#[test]
fn plain_mappings_are_asked_for_by_name_and_private() {
    let bench = example();
    let run = batch(&bench, &["--plain-mappings", "job_mappings.json"]).succeeds();
    for line in ["clear text", "    *mappings*.json", "    batch_config.json"] {
        assert!(run.stderr.contains(line), "{line}: {}", run.stderr);
    }
    let path = bench.path("job_mappings.json");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = bench.read_text("job_mappings.json");
    assert!(text.contains("\"12345\": \"08c91889dc87\"") && text.contains("CONFIDENTIAL"), "{text}");
    assert_eq!(text.matches("\": \"").count(), 145 + 2, "pairs, note and date");
    // It is not replaced, whatever it is.
    batch(&bench, &["--plain-mappings", "job_mappings.json"]).fails(2, &["job_mappings.json", "exists"]);
    assert_eq!(bench.read_text("job_mappings.json"), text);
    // A run that writes nothing writes no ids either.
    batch(&bench, &["--plain-mappings", "other.json", "--dry-run"]).succeeds();
    bench.write("raw_ext.csv", "job_c\n1.5E+11\n");
    batch(&bench, &["--plain-mappings", "other.json"]).fails(4, &[]);
    assert!(
        bench.listing().iter().all(|name| !name.starts_with("other") && !name.starts_with(".tmp")),
        "{:?}",
        bench.listing()
    );
}

const OPEN: &str = "CREATE EXTERNAL TABLE job_mapping STORED AS MAPPING LOCATION 'keep/jobs'; \
                    ATTACH 'raw_ext.csv' AS r; ATTACH 'raw_ext_masked.csv' AS m;";

#[test]
fn a_saved_mapping_leads_back_from_every_pseudonym() {
    let bench = example();
    let before = bench.listing();
    batch(&bench, &["--save-mappings", "keep/jobs", "--dry-run"]).succeeds();
    assert_eq!(bench.listing(), before, "a dry run made a mapping");
    let run = batch(&bench, &["--save-mappings", "keep/jobs"]).succeeds();
    for line in ["145 new, 0 known", "    *mappings*.json", "    batch_config.json", "    keep/jobs/"] {
        assert!(run.stderr.contains(line), "{line}: {}", run.stderr);
    }
    let query = |sql: &str| bench.loup(&["-c", &format!("{OPEN} {sql}"), "--format", "csv"]).succeeds().stdout;
    let back = query("SELECT unmap_id(job_c, 'job_mapping') AS job_c FROM m.raw_ext_masked");
    assert_eq!(back, query("SELECT job_c FROM r.raw_ext"));
    assert_eq!(query("SELECT count(*) AS n, count(DISTINCT pseudonym) AS p FROM job_mapping"), "n,p\n145,145\n");
    for entry in fs::read_dir(bench.path("keep/jobs")).unwrap() {
        let entry = entry.unwrap();
        let bytes = fs::read(entry.path()).unwrap();
        let is_clear = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(!is_clear(b"08c91889dc87") && !is_clear(b"12345"), "{} is not encrypted", entry.path().display());
    }
}

#[test]
fn a_mapping_grows_with_later_batches_and_only_with_those_that_succeed() {
    let bench = example();
    batch(&bench, &["--save-mappings", "keep/jobs", "--sample", "10"]).succeeds();
    bench.write("job_id_lookup.csv", "job_id\n4711\n 12345.0\n");
    let count = || bench.loup(&["-c", &format!("{OPEN} SELECT count(*) AS n FROM job_mapping"), "--format", "csv"]);
    let sampled = count().succeeds().stdout;
    bench.write("raw_ext.csv", "job_c,note\n1\n");
    batch(&bench, &["--save-mappings", "keep/jobs"]).fails(1, &["raw_ext.csv", "line 2"]);
    bench.write("raw_ext.csv", "job_c,note\n4711,1\n");
    assert_eq!(count().succeeds().stdout, sampled);
    let run = batch(&bench, &["--save-mappings", "keep/jobs"]).succeeds();
    assert!(run.stderr.contains("136 new, 10 known"), "{}", run.stderr);
    assert_eq!(count().succeeds().stdout, "n\n146\n");
}

#[test]
fn a_mapping_needs_a_key_that_lasts_and_ids() {
    let bench = example();
    let before = bench.listing();
    let mut command = bench.command();
    command.env_remove("LOUP_KEY").args(BATCH).args(["--save-mappings", "keep/jobs"]);
    Run::of(&mut command).fails(1, &["loup key new"]);
    let arguments = ["mask", "--input", "batch_config.csv", "--output", "b.csv"];
    bench.write("batch_config.csv", "valuer\nAnn\n");
    bench.loup(&[&arguments[..], &["--save-mappings", "keep/jobs"]].concat()).fails(2, &["no file has an id column"]);
    bench.loup(&[&arguments[..], &["--plain-mappings", "m.json"]].concat()).fails(2, &["no file has an id column"]);
    fs::remove_file(bench.path("batch_config.csv")).unwrap();
    assert_eq!(bench.listing(), before);
}

#[test]
fn two_ids_of_one_pseudonym_fit_into_no_mapping() {
    let bench = example();
    bench.write("raw_ext.csv", format!("job_id\n{}\n{}\n", COLLIDING[0], COLLIDING[1]));
    let before = bench.listing();
    let run = batch(&bench, &["--save-mappings", "keep/jobs"]);
    assert_eq!((run.code, bench.listing()), (1, before), "{run:?}");
    assert!(COLLIDING.iter().all(|id| !run.stderr.contains(id)), "{}", run.stderr);
}

#[test]
fn reports_and_messages_tell_no_id_and_no_key() {
    let bench = example();
    let run = batch(&bench, &[]).succeeds();
    let report = fs::read_dir(bench.runs())
        .unwrap()
        .find_map(|run| fs::read_to_string(run.unwrap().path().join("run.json")).ok());
    let said = format!("{}{}{}", run.stdout, run.stderr, report.unwrap());
    for secret in [KEY, "12345", "08c91889dc87", "Person", "Bank", "CAMPBELLTOWN"] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}
