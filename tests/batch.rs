//! `loup batch` and `loup mask`: related files masked by a JSON list, their ids still joining.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use insta::assert_snapshot;

use crate::workbench::{Run, Workbench};

const CANARY: &str = "CANARY7f3a";

/// The three files of the older masker's example, which share 145 ids.
const EXAMPLE: &str = r#"{
  "files": [
    {"input": "personas_prototype.csv", "output": "personas_prototype_masked.csv", "description": "Personas"},
    {"input": "job_id_lookup.csv", "output": "job_id_lookup_masked.csv"},
    {"input": "raw_ext.csv", "output": "raw_ext_masked.csv"}
  ],
  "note": "The ids of all three files stay the same ids"
}"#;

pub(crate) fn example() -> Workbench {
    let bench = Workbench::new();
    let (mut personas, mut lookup, mut raw) = (
        "jobNumber,valuer,account,estimateValue,remark\n".to_owned(),
        "job_id,Job Owner,openedDate\n".to_owned(),
        "job_c,unit_number_c,street_number_c,street_name_c,street_type_c,suburb_c,state_c,postcode_c,Full Address\n"
            .to_owned(),
    );
    for n in 0..145 {
        let id = 12_345 + 7 * n;
        writeln!(personas, "{id},Person {},Bank {},{}.50,\"kept, {n}\"", n % 9, n % 4, 500_000 + n).unwrap();
        writeln!(lookup, "{id},person {} ,2026-01-{:02}", n % 9, 1 + n % 28).unwrap();
        for _ in 0..=n % 3 {
            writeln!(raw, "{id},,{n},MAIN,Street,CAMPBELLTOWN,NSW,02560,\"{n} Main Street, NSW 2560\"").unwrap();
        }
    }
    bench.write("personas_prototype.csv", personas);
    bench.write("job_id_lookup.csv", lookup);
    bench.write("raw_ext.csv", raw);
    bench.write("batch_config.json", EXAMPLE);
    bench
}

pub(crate) const BATCH: [&str; 3] = ["batch", "--batch-config", "batch_config.json"];

pub(crate) fn batch(bench: &Workbench, more: &[&str]) -> Run {
    bench.loup(&[&BATCH[..], more].concat())
}

/// The cells of a file without quotes that matter, by line.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

pub(crate) fn column(bench: &Workbench, file: &str, at: usize) -> Vec<String> {
    rows(&bench.read_text(file)).into_iter().skip(1).map(|row| row[at].clone()).collect()
}

#[test]
fn the_older_maskers_example_prints_its_lines() {
    let run = batch(&example(), &[]).succeeds();
    assert_snapshot!(run.stdout, @r"
    🔗 Validating referential integrity across files...
       personas_prototype.csv[jobNumber]: 145 unique IDs
       job_id_lookup.csv[job_id]: 145 unique IDs
       raw_ext.csv[job_c]: 145 unique IDs
       ✅ 145 overlapping IDs between personas_prototype.csv[jobNumber] and job_id_lookup.csv[job_id]
       ✅ 145 overlapping IDs between personas_prototype.csv[jobNumber] and raw_ext.csv[job_c]
       ✅ 145 overlapping IDs between job_id_lookup.csv[job_id] and raw_ext.csv[job_c]
       ✅ 145 IDs have 145 pseudonyms: no collisions
    ");
    assert!(run.stderr.contains("no rule for these columns, written as they are: remark"), "{}", run.stderr);
    assert!(run.stderr.contains("published"), "{}", run.stderr);
}

#[test]
fn every_join_gives_the_rows_it_gave() {
    let bench = example();
    batch(&bench, &[]).succeeds();
    let count = |suffix: &str| {
        let sql = format!(
            "ATTACH 'personas_prototype{suffix}.csv' AS p; ATTACH 'job_id_lookup{suffix}.csv' AS l; ATTACH 'raw_ext{suffix}.csv' AS r;
             SELECT count(*) AS n, count(DISTINCT p.\"jobNumber\") AS ids
             FROM p.personas_prototype{suffix} AS p JOIN l.job_id_lookup{suffix} AS l ON l.job_id = p.\"jobNumber\"
             JOIN r.raw_ext{suffix} AS r ON r.job_c = p.\"jobNumber\""
        );
        bench.loup(&["-c", &sql, "--format", "csv"]).succeeds().stdout
    };
    assert_eq!(count("_masked"), count(""));
    assert!(count("").ends_with(",145\n"));
    let (before, after) =
        (column(&bench, "personas_prototype.csv", 0), column(&bench, "personas_prototype_masked.csv", 0));
    assert!(after.iter().all(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())), "{after:?}");
    assert_eq!(after[0], "08c91889dc87", "hash_keyed(12345, 'job', length => 12) under the test key");
    assert!(BTreeSet::from_iter(before).is_disjoint(&BTreeSet::from_iter(after)));
}

#[test]
fn known_columns_are_masked_and_all_others_keep_their_bytes() {
    let bench = example();
    batch(&bench, &[]).succeeds();
    let kept = |file: &str, masked: usize| {
        let cut = |line: &str| line.splitn(masked + 1, ',').nth(masked).unwrap().to_owned();
        bench.read_text(file).lines().map(cut).collect::<Vec<_>>()
    };
    assert_eq!(kept("personas_prototype_masked.csv", 3), kept("personas_prototype.csv", 3));
    assert_eq!(column(&bench, "job_id_lookup_masked.csv", 2), column(&bench, "job_id_lookup.csv", 2));
    for (at, name) in [(1, "unit, which is NULL"), (4, "street type"), (6, "state"), (7, "postcode")] {
        assert_eq!(column(&bench, "raw_ext_masked.csv", at), column(&bench, "raw_ext.csv", at), "{name}");
    }
    for (file, at) in [
        ("personas_prototype", 1),
        ("personas_prototype", 2),
        ("job_id_lookup", 1),
        ("raw_ext", 3),
        ("raw_ext", 5),
        ("raw_ext", 8),
    ] {
        let (before, after) =
            (column(&bench, &format!("{file}.csv"), at), column(&bench, &format!("{file}_masked.csv"), at));
        let left = before.iter().zip(&after).filter(|(before, after)| before.eq_ignore_ascii_case(after)).count();
        assert_eq!(left, 0, "{file}, column {at}: cells came out as they were");
        assert!(after.iter().all(|cell| !cell.is_empty()), "{file}, column {at}");
    }
    // One person is one person in both files, whatever the case and blanks of the name.
    let names = |file: &str| column(&bench, file, 1).into_iter().take(9).collect::<Vec<_>>();
    assert_eq!(names("personas_prototype_masked.csv"), names("job_id_lookup_masked.csv"));
    let numbers = column(&bench, "raw_ext_masked.csv", 2);
    assert!(numbers.iter().all(|number| number.parse::<u32>().is_ok()), "{numbers:?}");
}

#[test]
fn the_printed_plan_does_the_same() {
    let bench = example();
    let printed = batch(&bench, &["--print-sql"]).succeeds();
    assert_eq!(printed.stderr, "", "no key and no run");
    assert!(!bench.path("raw_ext_masked.csv").exists());
    batch(&bench, &[]).succeeds();
    let names = ["personas_prototype_masked.csv", "job_id_lookup_masked.csv", "raw_ext_masked.csv"];
    let files = names.map(|name| bench.read(name));
    for name in names {
        fs::remove_file(bench.path(name)).unwrap();
    }
    bench.write("plan.sql", &printed.stdout);
    let run = bench.loup(&["run", "plan.sql", "--format", "csv"]).succeeds();
    assert_eq!(names.map(|name| bench.read(name)), files);
    assert!(run.stdout.contains("personas_prototype.csv[jobNumber],145"), "{}", run.stdout);
    let json = batch(&bench, &["--format", "json"]).succeeds();
    assert!(json.stdout.contains(r#"{"originals":145,"pseudonyms":145}"#), "{}", json.stdout);
}

#[test]
fn what_is_known_of_a_column_is_its_label() {
    let bench = example();
    let plan = batch(&bench, &["--print-sql"]).succeeds().stdout;
    for label in [
        "f1.\"personas_prototype\".\"jobNumber\" IS 'pii:id'",
        "f1.\"personas_prototype\".\"valuer\" IS 'pii:name'",
        "f1.\"personas_prototype\".\"account\" IS 'pii:account'",
        "f1.\"personas_prototype\".\"estimateValue\" IS 'pii:none'",
        "f3.\"raw_ext\".\"suburb_c\" IS 'pii:address'",
        "f3.\"raw_ext\".\"postcode_c\" IS 'pii:none'",
    ] {
        assert!(plan.contains(&format!("COMMENT ON COLUMN {label};")), "{label} is not in\n{plan}");
    }
    assert!(!plan.contains("\"remark\" IS"), "nobody knows what it holds");
}

#[test]
fn a_dry_run_writes_nothing_and_finds_what_a_run_would() {
    let bench = example();
    bench.write("batch_config.json", EXAMPLE.replace("\"raw_ext_masked.csv\"", "\"new/deep/raw_ext_masked.csv\""));
    let before = bench.listing();
    let run = batch(&bench, &["--dry-run"]).succeeds();
    assert!(run.stdout.contains("✅ 145 overlapping IDs") && run.stderr.contains("nothing was written"), "{run:?}");
    assert_eq!(bench.listing(), before);
    let report = fs::read_dir(bench.runs())
        .unwrap()
        .find_map(|run| fs::read_to_string(run.unwrap().path().join("run.json")).ok());
    assert!(report.unwrap().contains("\"outcome\": \"dry run\""));
    bench.write("raw_ext.csv", format!("job_c,note\n1,{CANARY}\n2\n"));
    let run = batch(&bench, &["--dry-run"]).fails(1, &["raw_ext.csv", "line 3"]);
    assert!(!run.stderr.contains(CANARY), "{}", run.stderr);
    assert_eq!(bench.listing(), before);
}

#[test]
fn a_sample_is_the_first_rows_of_each_file() {
    let bench = example();
    // Large enough that several threads would read it.
    let mut raw = "job_c,note\n".to_owned();
    for n in 0..200_000 {
        writeln!(raw, "{},row {n}", 12_345 + 7 * n).unwrap();
    }
    bench.write("raw_ext.csv", raw);
    let run = batch(&bench, &["--sample", "20", "--threads", "4"]).succeeds();
    assert!(
        run.stdout.contains("✅ 20 overlapping IDs between job_id_lookup.csv[job_id] and raw_ext.csv[job_c]"),
        "{}",
        run.stdout
    );
    let notes: Vec<_> = (0..20).map(|n| format!("row {n}")).collect();
    assert_eq!(column(&bench, "raw_ext_masked.csv", 1), notes);
    assert_eq!(column(&bench, "personas_prototype_masked.csv", 0).len(), 20);
}

/// Every way a spreadsheet or a data frame writes one id, in one file each.
#[test]
fn ids_that_spreadsheets_write_differently_still_join() {
    let bench = Workbench::new();
    bench.write("plain.csv", "job_id,n\n12345,1\n00123,2\n7,3\n");
    bench.write("excel.csv", "\u{feff}jobNumber,n\r\n 12345 ,1\r\n00123,2\r\n\u{a0}7\t,3\r\n");
    bench.write("pandas.csv", "job_c,n\n12345.0,1\n,2\n7.0,3\n");
    bench.write("blanks.csv", "n, Job Number \n1,12345\n2,\n3,\"\"\n4,  \n5,A-7.0\n");
    let files: Vec<_> = ["plain", "excel", "pandas", "blanks"]
        .map(|name| format!(r#"{{"input": "{name}.csv", "output": "m/{name}.csv"}}"#))
        .to_vec();
    bench.write("batch_config.json", format!("{{\"files\": [{}]}}", files.join(",")));
    let run = batch(&bench, &[]).succeeds();
    assert_snapshot!(run.stdout, @r"
    🔗 Validating referential integrity across files...
       plain.csv[job_id]: 3 unique IDs
       excel.csv[jobNumber]: 3 unique IDs
       pandas.csv[job_c]: 2 unique IDs
       blanks.csv[ Job Number ]: 2 unique IDs
       ✅ 3 overlapping IDs between plain.csv[job_id] and excel.csv[jobNumber]
       ✅ 2 overlapping IDs between plain.csv[job_id] and pandas.csv[job_c]
       ✅ 1 overlapping IDs between plain.csv[job_id] and blanks.csv[ Job Number ]
       ✅ 2 overlapping IDs between excel.csv[jobNumber] and pandas.csv[job_c]
       ✅ 1 overlapping IDs between excel.csv[jobNumber] and blanks.csv[ Job Number ]
       ✅ 1 overlapping IDs between pandas.csv[job_c] and blanks.csv[ Job Number ]
       ✅ 4 IDs have 4 pseudonyms: no collisions
    ");
    let plain = bench.read_text("m/plain.csv");
    assert_eq!(
        bench.read_text("m/excel.csv"),
        format!("\u{feff}{}", plain.replace("job_id", "jobNumber").replace('\n', "\r\n"))
    );
    let blanks = rows(&bench.read_text("m/blanks.csv"));
    assert_eq!((blanks[1][1].as_str(), blanks[2][1].as_str(), blanks[3][1].as_str()), ("08c91889dc87", "", "\"\""));
    assert_eq!(blanks[4][1], "\"\"", "blanks are nobody's id");
    assert_ne!(blanks[1][1], blanks[5][1]);
}

#[test]
fn an_id_that_lost_its_digits_is_refused_with_its_place() {
    let bench = example();
    bench.write("raw_ext.csv", "note,job_c\n\"two\nlines\",12345\nx,1.23457E+11\n");
    let run = batch(&bench, &[]).fails(4, &["raw_ext.csv, line 4, column 2", "raw_ext.csv[job_c]", "scientific"]);
    assert!(!run.stderr.contains("1.23457"), "the cell is in the message: {}", run.stderr);
    assert!(!bench.path("personas_prototype_masked.csv").exists());
    let printed = batch(&bench, &["--print-sql"]).succeeds();
    bench.write("plan.sql", printed.stdout);
    bench.loup(&["run", "plan.sql"]).fails(4, &["raw_ext.csv[job_c]"]);
}

#[test]
fn a_file_that_fails_leaves_no_output_of_any() {
    let bench = example();
    batch(&bench, &[]).succeeds();
    let (listing, first) = (bench.listing(), bench.read("personas_prototype_masked.csv"));
    bench.write("personas_prototype.csv", "jobNumber\n1\n");
    for (bad, named) in [
        (format!("job_c,note\n1,{CANARY}\n2,{CANARY},{CANARY}\n"), "line 3"),
        (format!("job_c,note\n1,\"{CANARY}\n"), "line 2"),
        (String::new(), "empty"),
    ] {
        bench.write("raw_ext.csv", bad);
        let run = batch(&bench, &[]).fails(1, &["raw_ext.csv", named]);
        assert!(!run.stderr.contains(CANARY), "{}", run.stderr);
        assert_eq!((bench.listing(), bench.read("personas_prototype_masked.csv")), (listing.clone(), first.clone()));
    }
    fs::remove_file(bench.path("raw_ext.csv")).unwrap();
    batch(&bench, &[]).fails(1, &["raw_ext.csv", "no such file"]);
    assert_eq!(bench.read("personas_prototype_masked.csv"), first);
}

#[test]
fn files_without_common_ids_are_a_warning() {
    let bench = example();
    bench.write("raw_ext.csv", "job_c\n1\n2\n");
    let run = batch(&bench, &[]).succeeds();
    assert!(
        run.stdout.contains("⚠️  No overlap between personas_prototype.csv[jobNumber] and raw_ext.csv[job_c]"),
        "{}",
        run.stdout
    );
    bench.write("raw_ext.csv", "valuer\nx\n");
    bench.write("job_id_lookup.csv", "valuer\ny\n");
    let run = batch(&bench, &[]).succeeds();
    assert!(run.stdout.contains("Only one file with job IDs - cannot validate integrity"), "{}", run.stdout);
}

/// More columns than one number has bits, each sharing its id with the next one alone.
#[test]
fn a_hundred_files_are_compared() {
    let bench = Workbench::new();
    let mut files = Vec::new();
    for n in 0..100 {
        bench.write(&format!("in/{n}.csv"), format!("job_id\n{n}\n{}\n", n + 1));
        files.push(format!(r#"{{"input": "in/{n}.csv", "output": "out/{n}.csv"}}"#));
    }
    bench.write("batch_config.json", format!("{{\"files\": [{}]}}", files.join(",")));
    let run = batch(&bench, &["--quiet"]).succeeds();
    let count = |text: &str| run.stdout.lines().filter(|line| line.contains(text)).count();
    assert_eq!((count(".csv[job_id]: 2 unique IDs"), count("✅ 1 overlapping IDs between")), (100, 99));
    assert_eq!(count("⚠️  No overlap between"), 100 * 99 / 2 - 99);
    assert!(run.stdout.contains("✅ 1 overlapping IDs between 61.csv[job_id] and 62.csv[job_id]"), "{}", run.stdout);
    assert!(run.stdout.ends_with("101 IDs have 101 pseudonyms: no collisions\n"), "{}", run.stdout);
}

#[test]
fn further_ids_and_functions_come_from_the_json_and_the_command_line() {
    let bench = Workbench::new();
    bench.write("jobs.csv", "job_id,email,note,account\n1,a@x.test,secret,ACME\n2,,,\n");
    bench.write("visits.csv", "visit_job,Previous,note\n1,2,hidden\n2,,\n");
    let config = |files: &str| {
        format!(
            r#"{{"files": [{{"input": "jobs.csv", "output": "m/jobs.csv", "columns": {{"EMAIL": "pseudo_email(email, 'p')", "account": "redact"}}}},
                      {{"input": "visits.csv", "output": "m/visits.csv", "id_columns": ["visit_job"]}}]{files}}}"#
        )
    };
    bench.write("batch_config.json", config(r#", "columns": {"note": "nullify"}"#));
    let run = batch(&bench, &["--id-column", "previous"]).succeeds();
    assert!(
        run.stdout.contains("✅ 1 overlapping IDs between jobs.csv[job_id] and visits.csv[Previous]"),
        "{}",
        run.stdout
    );
    let (jobs, visits) = (rows(&bench.read_text("m/jobs.csv")), rows(&bench.read_text("m/visits.csv")));
    assert_eq!((&visits[1][0], &visits[1][1]), (&jobs[1][0], &jobs[2][0]));
    assert!(
        jobs[1][1].contains("@example.") && jobs[1][2].is_empty() && visits[1][2].is_empty(),
        "{jobs:?} {visits:?}"
    );
    assert!(!jobs[1][3].is_empty() && jobs[1][3] != "ACME" && jobs[2][3].is_empty(), "{jobs:?}");
    assert!(!run.stderr.contains("no rule"), "{}", run.stderr);
}

#[test]
fn mistakes_in_the_json_are_named_and_nothing_is_written() {
    let bench = Workbench::new();
    bench.write("a.csv", "job_id,email\n1,x\n");
    let before = bench.listing();
    for (json, code, named) in [
        (r#"{"files": [{"input": "a.csv", "output": "b.csv"}], "id_column": ["x"]}"#, 2, "id_column"),
        (r#"{"files": [{"input": "a.csv", "output": "b.csv", "masks": {}}]}"#, 2, "masks"),
        (r#"{"files": []}"#, 2, "no file"),
        (
            r#"{"files": [{"input": "a.csv", "output": "b.csv", "columns": {"emial": "redact"}}]}"#,
            1,
            "did you mean email?",
        ),
        (
            r#"{"files": [{"input": "a.csv", "output": "b.csv"}], "id_columns": ["visit"]}"#,
            1,
            "no file has a column visit",
        ),
        (
            r#"{"files": [{"input": "a.csv", "output": "b.csv", "columns": {"email": "redactt"}}]}"#,
            2,
            "did you mean redact?",
        ),
        (r#"{"files": [{"input": "a.csv", "output": "b.csv", "columns": {"email": "redact(emial)"}}]}"#, 1, "emial"),
        (
            r#"{"files": [{"input": "a.csv", "output": "b.csv", "columns": {"email": "email"}}]}"#,
            2,
            "no masking function",
        ),
        (r#"{"files": [{"input": "a.csv", "output": "a.csv"}]}"#, 3, "a.csv"),
        (r#"{"files": [{"input": "a.csv", "output": "b.csv"}, {"input": "a.csv", "output": "./b.csv"}]}"#, 3, "b.csv"),
        (r#"{"files": [{"input": "a.csv", "output": "b.txt"}]}"#, 2, "b.txt"),
        (r#"{"files": [{"input": ".", "output": "b.csv"}]}"#, 1, "not a file"),
        (r#"{"files": [{"input": "a${x}.csv", "output": "b.csv"}]}"#, 2, "variable"),
        ("{", 2, "batch_config.json"),
    ] {
        bench.write("batch_config.json", json);
        batch(&bench, &[]).fails(code, &[named]);
        fs::remove_file(bench.path("batch_config.json")).unwrap();
        assert_eq!(bench.listing(), before, "{json}");
    }
    batch(&bench, &[]).fails(2, &["batch_config.json"]);
}

#[test]
fn names_cannot_break_out_of_the_plan() {
    let bench = Workbench::new();
    let (file, evil) = ("it's; DROP \"x\".csv", "a\"; DROP TABLE f1; --\n'b' {id}");
    let header = evil.replace('"', "\"\"");
    bench.write(file, format!("\"{header}\",job_id,\"x,\"\"y\"\"\"\nsecret,1,\"kept, \"\"raw\"\"\"\n"));
    let json = r#"{"files": [{"input": "it's; DROP \"x\".csv", "output": "m's/o\"ut.csv", "description": "two\nSELECT 1;\u2028SELECT 2;",
                   "columns": {"a\"; DROP TABLE f1; --\n'b' {id}": "redact"}}], "note": "\nSELECT 3;"}"#;
    bench.write("batch_config.json", json);
    batch(&bench, &[]).succeeds();
    let text = bench.read_text("m's/o\"ut.csv");
    assert!(text.starts_with(&format!("\"{header}\",job_id,\"x,\"\"y\"\"\"\n")), "{text}");
    assert!(text.ends_with(",\"kept, \"\"raw\"\"\"\n") && !text.contains("secret"), "{text}");
    let ids = batch(&bench, &["--id-column", evil]);
    assert_eq!(ids.code, 2, "an id and a function: {ids:?}");
}

#[test]
fn a_header_that_names_a_column_twice_leaves_neither_clear() {
    let bench = Workbench::new();
    bench.write("a.csv", "job_id,job_id,valuer,valuer\n1,1,Ann Other,Ann Other\n");
    bench.loup(&["mask", "--input", "a.csv", "--output", "b.csv"]).succeeds();
    let row = &rows(&bench.read_text("b.csv"))[1];
    assert!(row[0] == row[1] && row[0].len() == 12 && row[2] == row[3] && row[2] != "Ann Other", "{row:?}");
}

#[test]
fn one_file_is_masked_by_the_same_rules() {
    let bench = example();
    let run = bench.loup(&["mask", "--input", "personas_prototype.csv", "--output", "one.csv"]).succeeds();
    assert_eq!(run.stdout, "   ✅ 145 IDs have 145 pseudonyms: no collisions\n");
    batch(&bench, &[]).succeeds();
    assert_eq!(bench.read("one.csv"), bench.read("personas_prototype_masked.csv"));
}

#[test]
fn one_file_is_masked_by_updates_of_t() {
    let bench = Workbench::new();
    bench.write("my people.csv", "id,email,job_id\n1,a@x.test,7\n2,b@x.test,8\n");
    let sql = "UPDATE t SET t.email = pseudo_email(email, 'p', keep_domain => true) WHERE id IN (SELECT max(id) FROM t); \
               UPDATE t SET id = hash_keyed(id, 'p', length => 8)";
    let arguments = ["mask", "--input", "my people.csv", "--output", "out.csv", "--sql"];
    let run = bench.loup(&[&arguments[..], &[sql]].concat()).succeeds();
    assert_eq!(run.stdout, "");
    let masked = rows(&bench.read_text("out.csv"));
    assert_eq!((masked[1][1].as_str(), masked[1][2].as_str(), masked[1][0].len()), ("a@x.test", "7", 8));
    assert!(masked[2][1].ends_with("@x.test") && !masked[2][1].starts_with('b'), "{masked:?}");
    for (sql, code, named) in [
        ("DELETE FROM t", 2, "only UPDATE"),
        ("UPDATE people SET id = redact(id)", 2, "table t"),
        ("UPDATE t SET nmae = redact(id)", 1, "nmae"),
        ("UPDATE t SET", 2, "--sql"),
    ] {
        bench.loup(&[&arguments[..], &[sql]].concat()).fails(code, &[named]);
    }
}

#[test]
fn a_file_of_which_nothing_is_known_is_refused() {
    let bench = Workbench::new();
    bench.write("a.csv", "name,phone\nAnn,1\n");
    bench.loup(&["mask", "--input", "a.csv", "--output", "b.csv"]).fails(3, &["--id-column"]);
    assert!(!bench.path("b.csv").exists());
    bench.loup(&["mask", "--input", "a.csv", "--output", "b.csv", "--id-column", "phone"]).succeeds();
}

#[test]
fn compressed_and_tab_separated_files_are_masked_too() {
    let bench = Workbench::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, b"job_id,n\n5,1\n").unwrap();
    bench.write("a.csv.gz", encoder.finish().unwrap());
    bench.write("b.tsv", "job_c\tn\n5\t1\n");
    let json = r#"{"files": [{"input": "a.csv.gz", "output": "m/a.csv.gz"}, {"input": "b.tsv", "output": "m/b.tsv"}]}"#;
    bench.write("batch_config.json", json);
    let run = batch(&bench, &[]).succeeds();
    assert!(run.stdout.contains("✅ 1 overlapping IDs between a.csv.gz[job_id] and b.tsv[job_c]"), "{}", run.stdout);
    assert!(bench.read_text("m/b.tsv").starts_with("job_c\tn\n") && !bench.read_text("m/b.tsv").contains("5\t"));
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let mut found = BTreeMap::new();
    for threads in ["1", "3", "8"] {
        let bench = example();
        let run = batch(&bench, &["--threads", threads]).succeeds();
        let files =
            ["personas_prototype", "job_id_lookup", "raw_ext"].map(|name| bench.read(&format!("{name}_masked.csv")));
        found.insert((run.stdout, files), threads);
    }
    assert_eq!(found.len(), 1);
}
