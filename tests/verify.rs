//! Verification: what a run reports of the columns it masked, and what it does not let pass.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::workbench::Workbench;

const CANARY: &str = "CANARY7f3a";

/// People and their visits; one visit in six is of nobody.
fn bench(people: usize) -> Workbench {
    let bench = Workbench::new();
    let mut csv = String::from("id,name,email,city\n");
    for i in 0..people {
        writeln!(csv, "{i},Anna{},u{i}-{CANARY}@mail.example,\"Oslo, N\"", i % 40).unwrap();
    }
    bench.write("in/people.csv", csv);
    let mut csv = String::from("visit,person\n");
    for i in 0..people {
        writeln!(csv, "{i},{}", i * 6 / 5).unwrap();
    }
    bench.write("in/visits.csv", csv);
    bench
}

/// The report of the last run.
fn report(bench: &Workbench) -> Value {
    let runs = fs::read_dir(bench.runs()).unwrap().map(|run| run.unwrap().path().join("run.json"));
    let mut reports: Vec<_> = runs.filter(|path| path.exists()).collect();
    reports.sort();
    let text = fs::read_to_string(reports.last().unwrap()).unwrap();
    assert!(!text.contains(CANARY), "a cell in the report");
    serde_json::from_str(&text).unwrap()
}

fn column<'a>(report: &'a Value, table: &str, column: &str) -> &'a Value {
    let table = report["tables"].as_array().unwrap().iter().find(|one| one["table"] == table).unwrap();
    table["columns"].as_array().unwrap().iter().find(|one| one["column"] == column).unwrap()
}

fn check<'a>(report: &'a Value, check: &str, subject: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|one| one["check"] == check && one["subject"] == subject);
    &found.unwrap_or_else(|| panic!("no check {check} of {subject}: {checks:#?}"))["result"]
}

const MASKS: &str = "ATTACH 'in' AS d; \
    UPDATE d.people SET id = pseudo_int(id, 'p'), name = fake_first_name(name), email = pseudo_email(email, 'e'); \
    UPDATE d.visits SET person = pseudo_int(person, 'p');";

#[test]
fn masked_columns_are_counted_and_the_others_named() {
    let bench = bench(3_000);
    bench.loup(&["-c", &format!("{MASKS} EXPORT DATABASE d TO 'out'"), "--verify", "full"]).succeeds();
    let report = report(&bench);
    assert_eq!((&report["version"], &report["verified"]), (&2.into(), &"full".into()));
    let people = &report["tables"][0];
    assert_eq!((&people["table"], &people["target"]), (&"d.people".into(), &"out".into()));
    assert_eq!(
        (&people["rows"], &people["source_rows"], &people["compared"]),
        (&3000.into(), &3000.into(), &3000.into())
    );
    assert_eq!(people["untouched"], serde_json::json!(["city"]));
    let id = column(&report, "d.people", "id");
    assert_eq!(
        *id,
        serde_json::json!({
            "column": "id", "from": "id", "conditional": false,
            "functions": [{"name": "pseudo_int", "strength": "pseudonym", "collisions": "injective"}],
            "nulls": 0, "changed": 3000, "equal": 0,
            "distinct": 3000, "distinct_originals": 3000, "collided": 0, "estimated": false,
        })
    );
    let name = column(&report, "d.people", "name");
    assert_eq!(name["distinct_originals"], 40);
    assert_eq!(name["collided"].as_u64(), Some(40 - name["distinct"].as_u64().unwrap()));
    for (name, subject) in [
        ("rows", "d.people"),
        ("read back", "d.visits"),
        ("unique", "d.people.id"),
        ("never equal", "d.people.email"),
        ("keys", "d.people.id = d.visits.person"),
    ] {
        assert_eq!(check(&report, name, subject), "passed", "{name} {subject}");
    }
}

#[test]
fn a_sample_compares_the_same_share_of_the_rows_each_time() {
    let bench = bench(200_000);
    let compared = |threads: &str| {
        bench.loup(&["-c", &format!("{MASKS} EXPORT DATABASE d TO 'out'"), "--threads", threads]).succeeds();
        let report = report(&bench);
        assert_eq!(
            (&report["verified"], check(&report, "never equal", "d.people.email")),
            (&"sample".into(), &"passed".into())
        );
        (report["tables"][0]["compared"].as_u64().unwrap(), report["tables"][0]["columns"].clone())
    };
    let (rows, columns) = compared("1");
    assert!((1..100_000).contains(&rows), "{rows}");
    assert_eq!((rows, columns), compared("4"));
}

#[test]
fn off_compares_nothing_and_still_names_functions() {
    let bench = bench(100);
    bench.loup(&["-c", &format!("{MASKS} EXPORT DATABASE d TO 'out'"), "--verify", "off"]).succeeds();
    let report = report(&bench);
    assert_eq!((&report["verified"], &report["checks"]), (&"off".into(), &serde_json::json!([])));
    assert_eq!(report["tables"][0]["compared"], 0);
    let email = column(&report, "d.people", "email");
    assert_eq!((&email["functions"][0]["name"], email.get("changed")), (&"pseudo_email".into(), None));
}

/// Cells stand in quotes, NULL and '' are apart, line ends and kinds of files differ; counting and reading back know it.
#[test]
fn every_kind_of_file_is_counted_and_read_back() {
    let bench = Workbench::new();
    bench.write("in/quoted.csv", "id,v\r\n1,\"a\"\r\n2,\r\n3,\"\"\r\n4,\"two\r\nlines\"\r\n");
    bench.write("in/nulls.csv", "v\n\n\n\"\"\n");
    bench.write("in/tabs.tsv", "id\tv\n1\tx\n");
    bench.write("in/json.ndjson", "{\"id\":1,\"v\":\"x\"}\n{\"id\":2}\n");
    bench.write("in/none.csv", "id,v\n");
    let plan = "ATTACH 'in' AS d; UPDATE d.quoted SET v = 'a' WHERE id < '3'; \
        UPDATE d.nulls SET v = redact(v); UPDATE d.tabs SET v = redact(v); UPDATE d.json SET v = redact(v); \
        INSERT INTO d.tabs VALUES ('2', 'y'); DELETE FROM d.json WHERE id = 2; \
        EXPORT DATABASE d TO 'same'; EXPORT DATABASE d TO 'parquet' (format 'parquet'); \
        EXPORT DATABASE d TO 'ndjson' (format 'ndjson'); \
        COPY d.quoted TO 'q.txt' STORED AS CSV OPTIONS ('header' 'false', 'delimiter' '|'); \
        COPY d.none TO 'n.csv.gz' OPTIONS ('header' 'false')";
    bench.loup(&["-c", plan, "--verify", "full"]).succeeds();
    let report = report(&bench);
    for (table, rows, nulls, changed, equal) in [
        ("d.quoted", 4, 0, 1, 3),
        ("d.nulls", 3, 2, 1, 0),
        ("d.tabs", 2, 0, 2, 0),
        ("d.json", 1, 0, 1, 0),
        ("q.txt", 4, 0, 1, 3),
    ] {
        let v = column(&report, table, "v");
        let counts = ["nulls", "changed", "equal"].map(|count| v[count].as_u64().unwrap());
        assert_eq!(counts, [nulls, changed, equal], "{table}: {v}");
        let tables = report["tables"].as_array().unwrap().iter().filter(|one| one["table"] == table);
        tables.for_each(|one| assert_eq!(one["rows"], rows, "{table}"));
        assert_eq!(check(&report, "read back", table), "passed");
    }
}

/// A subquery scans rows that are not the table's.
#[test]
fn rows_of_subqueries_are_not_taken_for_those_of_the_table() {
    let bench = bench(1_000);
    let plan = "ATTACH 'in' AS d; UPDATE d.people SET name = 'x' WHERE id IN (SELECT person FROM d.visits); \
        UPDATE d.people SET city = concat(city, (SELECT max(visit) FROM d.visits)); EXPORT DATABASE d TO 'out'";
    bench.loup(&["-c", plan, "--verify", "full"]).succeeds();
    let report = report(&bench);
    assert_eq!(report["tables"][0]["rows"], 1_000);
    assert_eq!(report["tables"][0].get("source_rows"), None);
    assert_eq!(report["tables"][1]["source_rows"], 1_000);
}

/// Most of such a file is copied, and what is computed goes another way to its file.
#[test]
fn parquet_of_which_most_is_copied_is_counted_too() {
    let bench = bench(20_000);
    bench.sql("ATTACH 'in' AS d; EXPORT DATABASE d TO 'columns' (format 'parquet')").succeeds();
    let plan = "ATTACH 'columns' AS d; UPDATE d.people SET email = pseudo_email(email, 'e'); \
        UPDATE d.people SET name = redact(name) WHERE id < '2'; UPDATE d.people SET name = 'x' WHERE id = 'none'; \
        EXPORT DATABASE d TO 'out'; COPY (SELECT hash_keyed(id, 'p') AS id, name, id AS email FROM d.people) TO 'c.parquet'; \
        COPY (SELECT id, name FROM d_source.people) TO 'some.parquet'";
    bench.loup(&["-c", plan, "--verify", "full"]).succeeds();
    let report = report(&bench);
    let email = column(&report, "d.people", "email");
    let counts = ["nulls", "changed", "equal", "distinct", "distinct_originals"];
    assert_eq!(counts.map(|count| email[count].as_u64().unwrap()), [0, 20_000, 0, 20_000, 20_000]);
    let name = column(&report, "d.people", "name");
    assert_eq!((&name["changed"], &name["equal"], &name["conditional"]), (&11_112.into(), &8_888.into(), &true.into()));
    assert_eq!(matched(&report), [None, Some(11_112), Some(0)]);
    assert_eq!(column(&report, "c.parquet", "id")["changed"], 20_000);
    for (table, compared) in [("d.people", 20_000), ("d.visits", 0), ("c.parquet", 20_000), ("some.parquet", 0)] {
        let found = report["tables"].as_array().unwrap().iter().find(|one| one["table"] == table).unwrap();
        let rows = ["rows", "source_rows", "compared"].map(|count| found[count].as_u64().unwrap());
        assert_eq!(rows, [20_000, 20_000, compared], "{table}");
        assert_eq!(
            (check(&report, "rows", table), check(&report, "read back", table)),
            (&"passed".into(), &"passed".into())
        );
    }
    assert_eq!(check(&report, "never equal", "d.people.email"), "passed");
    bench.loup(&["-c", plan, "--verify", "sample"]).succeeds();
}

/// Half of the values have a pseudonym of 32 bits that some others share, which is what makes strangers meet.
#[test]
fn collisions_are_told_and_strangers_that_meet_fail_the_run() {
    let bench = Workbench::new();
    for (file, start) in [("a", 0), ("b", 150_000)] {
        let rows = (start..start + 150_000).fold(String::from("id\n"), |mut csv, id| {
            writeln!(csv, "{id}{CANARY}").unwrap();
            csv
        });
        bench.write(&format!("in/{file}.csv"), rows);
    }
    bench.write("out/.loup-export", "loup export 1\nold.csv\n");
    bench.write("out/old.csv", "old\n");
    let plan = |length: u32| {
        format!(
            "ATTACH 'in' AS d; UPDATE d.a SET id = hash_keyed(id, 'x', length => {length}); \
             UPDATE d.b SET id = hash_keyed(id, 'x', length => {length}); EXPORT DATABASE d TO 'out'"
        )
    };
    let before = bench.listing();
    let failed =
        bench.loup(&["-c", &plan(8), "--verify", "full"]).fails(4, &["d.a.id = d.b.id", "verification failed"]);
    assert!(failed.stderr.contains("d.a.id: hash_keyed gave "), "{failed:?}");
    assert!(!failed.stderr.contains(CANARY) && bench.listing() == before, "a cell in a message, or a target changed");
    let told = report(&bench);
    assert_eq!((&told["outcome"], check(&told, "keys", "d.a.id = d.b.id")), (&"failed".into(), &"failed".into()));
    assert_eq!(check(&told, "unique", "d.a.id"), "warning");
    bench.loup(&["-c", &plan(16), "--verify", "full"]).succeeds();
    assert_eq!(check(&report(&bench), "keys", "d.a.id = d.b.id"), "passed");
    // A sample does not join keys.
    bench.loup(&["-c", &plan(8)]).succeeds();
}

/// Line and number of matches of each finding and change.
fn findings(report: &Value) -> Vec<u64> {
    report["findings"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect()
}

fn matched(report: &Value) -> Vec<Option<u64>> {
    report["changes"].as_array().unwrap().iter().map(|one| one["matched"].as_u64()).collect()
}

#[test]
fn statements_that_match_no_row_are_told_and_fail_a_strict_run() {
    let bench = bench(1_000);
    let plan = "ATTACH 'in' AS d;\n\
        UPDATE d.people SET email = redact(email);\n\
        UPDATE d.people SET name = 'x', city = 'y' WHERE id < '2';\n\
        UPDATE d.people SET name = 'x' WHERE city = 'nowhere';\n\
        DELETE FROM d.people WHERE id = '7';\n\
        DELETE FROM d.people WHERE id = '7';\n\
        UPDATE d.people SET name = 'z' WHERE id IN (SELECT visit FROM d.visits WHERE visit = 'none');\n\
        EXPORT DATABASE d TO 'out'";
    let run = bench.sql(plan).succeeds();
    assert!(run.stderr.contains("line 4: the UPDATE matched no row of d.people, which has 1000"), "{run:?}");
    let told = report(&bench);
    assert_eq!(findings(&told), [4, 6, 7]);
    assert_eq!(matched(&told), [None, Some(112), Some(0), Some(1), Some(0), Some(0)]);
    let before = (bench.listing(), bench.read("out/people.csv"));
    bench.loup(&["-c", plan, "--strict"]).fails(4, &["strict", "line 4", "d.people"]);
    assert_eq!((bench.listing(), bench.read("out/people.csv")), before);
    assert_eq!(findings(&report(&bench)), [4, 6, 7]);
    let good = plan.replace("'nowhere'", "'Oslo, N'").replace("DELETE FROM d.people WHERE id = '7';\nUPDATE", "UPDATE");
    let good = good.replace("'none'", "'8'");
    bench.loup(&["-c", &good, "--strict"]).succeeds();
}

/// Later deletions, filters and limits do not hide that a statement met its rows, nor make it seem to.
#[test]
fn what_comes_after_a_statement_does_not_change_what_it_matched() {
    let bench = bench(100);
    let plan = |copy: &str| {
        format!(
            "ATTACH 'in' AS d; UPDATE d.people SET name = 'x' WHERE id = '3'; DELETE FROM d.people WHERE id = '3'; \
             DELETE FROM d.people WHERE name = 'x'; {copy}"
        )
    };
    bench.sql(&plan("COPY d.people TO 'a.csv'")).succeeds();
    assert_eq!(matched(&report(&bench)), [Some(1), Some(1), Some(0)]);
    for copy in [
        "COPY (SELECT * FROM d.people WHERE id = '5') TO 'a.csv'",
        "COPY (SELECT * FROM d.people LIMIT 1) TO 'a.csv'",
        "COPY (SELECT id, count(*) n FROM d.people GROUP BY id) TO 'a.csv'",
        "COPY (SELECT a.id FROM d.people a JOIN d.visits b ON a.id = b.person) TO 'a.csv'",
        "SELECT 1",
    ] {
        bench.sql(&plan(copy)).succeeds();
        if copy != "SELECT 1" {
            assert_eq!(findings(&report(&bench)), [0_u64; 0], "{copy}");
        }
        // Counted at the end then, for who asks.
        bench.loup(&["-c", &plan(copy), "--strict"]).fails(4, &["the DELETE matched no row of d.people, which has 99"]);
    }
}

#[test]
fn a_statement_over_an_empty_table_or_over_all_rows_is_no_finding() {
    let bench = Workbench::new();
    bench.write("in/none.csv", "id,v\n");
    bench.write("in/some.csv", "id,v\n1,a\n");
    let plan = "ATTACH 'in' AS d; UPDATE d.none SET v = 'x' WHERE id = '1'; DELETE FROM d.none WHERE id = '1'; \
        UPDATE d.some SET v = redact(v); DELETE FROM d.some; UPDATE d.some SET v = 'x' WHERE id = '9'; \
        EXPORT DATABASE d TO 'out'";
    bench.loup(&["-c", plan, "--strict"]).succeeds();
    assert_eq!(findings(&report(&bench)), [0_u64; 0]);
}

#[test]
fn a_column_made_of_another_is_compared_with_that() {
    let bench = bench(100);
    let plan = "ATTACH 'in' AS d; COPY (SELECT hash_keyed(lower(email), 'e') AS person, concat(name, city) AS both, \
        CASE WHEN id < '2' THEN redact(city) ELSE city END AS city, 1 AS one, id AS number FROM d.people) TO 'a.csv'; \
        COPY (SELECT person, count(*) AS n FROM d.visits GROUP BY person) TO 'b.csv'";
    bench.loup(&["-c", plan, "--verify", "full"]).succeeds();
    let report = report(&bench);
    let named = |name: &str| {
        let column = column(&report, "a.csv", name);
        let functions =
            column["functions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
        (column["from"].as_str().map(str::to_owned), functions.collect::<Vec<_>>(), column["conditional"] == true)
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(named("person"), (Some("email".to_owned()), names(&["hash_keyed", "lower"]), false));
    assert_eq!(named("both"), (None, names(&["concat"]), false));
    assert_eq!(named("city"), (Some("city".to_owned()), names(&["redact"]), true));
    assert_eq!(column(&report, "a.csv", "city")["equal"], 88);
    assert_eq!(named("one"), (None, Vec::new(), false));
    assert_eq!(report["tables"][0]["untouched"], serde_json::json!(["number"]));
    assert_eq!(column(&report, "b.csv", "person").get("functions"), None);
}

#[test]
fn a_spent_privacy_budget_is_summed() {
    let bench = bench(200);
    let plan = "ATTACH 'in' AS d; \
        UPDATE d.people SET id = laplace(id, 0.5, 200); \
        UPDATE d.people SET city = id; \
        UPDATE d.visits SET visit = gaussian(visit, 1, 0.000001, 200), person = laplace(person, 0.25, 200); \
        EXPORT DATABASE d TO 'out'; \
        COPY (SELECT laplace(count(*), 2, 1) AS n FROM d.people) TO 'n.csv';";
    bench.loup(&["-c", plan]).succeeds();
    let report = report(&bench);
    let budget = |table: &str| {
        let tables = report["tables"].as_array().unwrap();
        let one = tables.iter().find(|one| one["table"] == table).unwrap_or_else(|| panic!("no {table}: {tables:#?}"));
        (one["budget"]["epsilon"].as_f64(), one["budget"]["delta"].as_f64())
    };
    assert_eq!(budget("d.people"), (Some(0.5), Some(0.0)));
    assert_eq!(budget("d.visits"), (Some(1.25), Some(1e-6)));
    // What the count is made of counts too, needed or not.
    let last = report["tables"].as_array().unwrap().last().unwrap();
    assert_eq!(last["budget"]["epsilon"].as_f64(), Some(2.5), "{last:#?}");
    assert_eq!(report["budget"]["epsilon"].as_f64(), Some(4.25));
    bench.loup(&["-c", &format!("{MASKS} EXPORT DATABASE d TO 'other'")]).succeeds();
    assert!(self::report(&bench).get("budget").is_none());
}
