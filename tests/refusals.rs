//! Statements that look as if they masked, or that would harm a source: each is refused, and nothing is written.

use crate::workbench::Workbench;

fn bench() -> Workbench {
    let bench = Workbench::new();
    bench.write("in/users.csv", "id,email,name\n1,alice@corp.test,Alice\n2,bob@corp.test,\"Bob\"\n");
    bench.write("in/orders.csv", "id,user_id,Email\n10,1,canary1@x.test\n11,2,canary2@x.test\n");
    bench.write("ext/users.csv", "id,email,name\n1,alice@corp.test,Alice\n");
    bench
}

/// Runs SQL that must fail and leave no output behind.
#[track_caller]
fn refused(sql: &str, code: i32, words: &[&str]) {
    let bench = bench();
    bench.sql(&format!("ATTACH 'in' AS shop; {sql}")).fails(code, words);
    assert!(!bench.path("out.csv").exists(), "{sql}");
}

#[test]
fn a_name_with_two_spellings_in_a_join_masks_neither_by_chance() {
    let join = "FROM shop.users u JOIN shop.orders o ON u.id = o.user_id";
    for list in ["REPLACE (mask_email(u.email) AS email)", "EXCLUDE (email)"] {
        refused(&format!("COPY (SELECT * {list} {join}) TO 'out.csv'"), 1, &["email", "case"]);
    }
    refused(
        "COPY (WITH m AS (SELECT id, mask_email(email) AS EMAIL FROM shop.users) \
         SELECT email FROM m JOIN shop.users u ON u.id = m.id) TO 'out.csv'",
        1,
        &["email", "case"],
    );
}

#[test]
fn a_common_table_that_differs_by_case_from_a_table() {
    refused(
        "CREATE EXTERNAL TABLE users STORED AS CSV LOCATION 'ext/users.csv'; \
         COPY (WITH Users AS (SELECT id, mask_email(email) AS email FROM users) SELECT * FROM Users) TO 'out.csv'",
        1,
        &["Users", "case"],
    );
}

#[test]
fn syntax_whose_typos_would_pass_unseen() {
    refused("COPY (SELECT * FROM shop.users |> SELECT * REPLACE (redact(email) AS emial)) TO 'out.csv'", 1, &["|>"]);
    refused("COPY (SELECT * ILIKE '%mail' FROM shop.users) TO 'out.csv'", 1, &["ILIKE"]);
    refused("UPDATE shop.users SET wrong.email = redact(email)", 1, &["wrong.email"]);
    refused("PREPARE p AS SELECT 1", 1, &["prepared"]);
    let bench = bench();
    bench.sql("ATTACH 'in' AS shop (delimter ';')").fails(1, &["delimter"]);
    bench.write("nd/x.ndjson", "{\"a\":1}\n");
    bench.sql("ATTACH 'nd' AS n (delimiter ';')").fails(1, &["delimiter"]);
}

#[test]
fn a_table_changes_no_more_once_a_view_reads_it() {
    refused(
        "CREATE VIEW v AS SELECT * FROM shop.users; UPDATE shop.users SET email = redact(email); COPY v TO 'out.csv'",
        1,
        &["view"],
    );
}

#[test]
fn an_update_keeps_the_number_of_rows_and_is_planned_at_once() {
    refused("UPDATE shop.users SET email = max(email)", 1, &[]);
    refused("UPDATE shop.users SET email = unnest(make_array(email, name))", 1, &[]);
}

#[test]
fn declared_columns_must_be_those_of_the_header() {
    refused(
        "CREATE EXTERNAL TABLE t (email VARCHAR, id VARCHAR, name VARCHAR) STORED AS CSV LOCATION 'ext/users.csv'; \
         COPY (SELECT * REPLACE (redact(email) AS email) FROM t) TO 'out.csv'",
        1,
        &["users.csv", "header"],
    );
}

#[test]
fn sources_behind_links_globs_and_inserts_stay_as_they_are() {
    let bench = bench();
    let before = bench.read("ext/users.csv");
    std::os::unix::fs::symlink(bench.path("ext/users.csv"), bench.path("in/linked.csv")).unwrap();
    bench.sql("ATTACH 'in' AS shop; COPY (SELECT 1 AS x) TO 'ext/users.csv'").fails(3, &["source"]);
    let glob = "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'ext/*.csv'";
    bench.sql(&format!("{glob}; COPY (SELECT 1 AS x) TO 'ext/users.csv'")).fails(3, &["source"]);
    bench.sql(&format!("{glob}; INSERT INTO t VALUES ('9', 'z', 'z')")).fails(3, &["COPY"]);
    assert_eq!(bench.read("ext/users.csv"), before);
}

#[test]
fn the_key_file_in_use_is_no_target() {
    let bench = bench();
    bench.loup(&["key", "new", "--file", "keys.json"]).succeeds();
    let before = bench.read("keys.json");
    let copy = "COPY (SELECT 1 AS x) TO 'keys.json' STORED AS CSV";
    bench.loup(&["--key-file", "keys.json", "-c", copy]).fails(3, &["keys.json"]);
    assert_eq!(bench.read("keys.json"), before);
}

#[test]
fn a_link_is_followed_and_not_replaced() {
    let bench = bench();
    bench.write("real.csv", "old\n");
    std::os::unix::fs::symlink(bench.path("real.csv"), bench.path("link.csv")).unwrap();
    bench.sql("COPY (SELECT 1 AS x) TO 'link.csv'").succeeds();
    assert!(bench.path("link.csv").is_symlink());
    assert_eq!(bench.read("real.csv"), b"x\n1\n");
}

#[test]
fn plans_over_parquet_show_no_minimum_and_no_maximum() {
    let bench = bench();
    bench.sql("ATTACH 'in' AS shop; EXPORT DATABASE shop TO 'pq' (format 'parquet')").succeeds();
    for explain in ["EXPLAIN SELECT min(email) FROM p.users", "EXPLAIN VERBOSE SELECT * FROM p.users"] {
        let run = bench.sql(&format!("ATTACH 'pq' AS p; {explain}")).succeeds();
        assert!(!run.stdout.contains("alice"), "{explain}: {}", run.stdout);
    }
    bench.sql("SET datafusion.explain.show_statistics = true").fails(3, &["statistics"]);
}

#[test]
fn rows_that_are_added_stand_behind_all_others() {
    let bench = bench();
    let rows = |from: usize, to: usize| {
        (from..to).map(|i| i.to_string() + ",a cell of more than twelve bytes\n").collect::<String>()
    };
    bench.write("big/t.csv", format!("Id,Text\n{}", rows(0, 60_000)));
    bench.write("more/o.csv", format!("Id,Text\n{}", rows(60_000, 110_000)));
    for threads in ["1", "2", "3"] {
        bench
            .loup(&[
                "--threads",
                threads,
                "-c",
                "ATTACH 'big' AS b; ATTACH 'more' AS m; INSERT INTO b.t SELECT * FROM m.o; COPY (SELECT * FROM b.t) TO 'both.csv'; \
                 DELETE FROM b.t WHERE \"Id\" IN (SELECT o.\"Id\" FROM m.o o); COPY (SELECT * FROM b.t) TO 'first.csv'",
            ])
            .succeeds();
        assert_eq!(bench.read("both.csv"), format!("Id,Text\n{}", rows(0, 110_000)).into_bytes(), "{threads} threads");
        assert_eq!(bench.read("first.csv"), bench.read("big/t.csv"), "{threads} threads");
    }
}

#[test]
fn first_rows_and_ties_are_the_same_on_any_number_of_threads() {
    let bench = bench();
    let rows: String = (0..60_000).map(|i| i.to_string() + ",a cell of more than twelve bytes\n").collect();
    bench.write("big/t.csv", format!("id,v\n{rows}"));
    for threads in ["1", "2", "3"] {
        let run = bench.loup(&[
            "--threads",
            threads,
            "--format",
            "csv",
            "-c",
            "ATTACH 'big' AS b; INSERT INTO b.t VALUES ('x', 'y'); SELECT id FROM b.t LIMIT 2; \
             SELECT id FROM b.t ORDER BY v LIMIT 2; SELECT id FROM b.t LIMIT 2 OFFSET 59999; \
             SELECT id FROM b_source.t LIMIT 1",
        ]);
        assert_eq!(run.succeeds().stdout, "id\n0\n1\n\nid\n0\n1\n\nid\n59999\nx\n\nid\n0\n", "{threads} threads");
    }
}

#[test]
fn parts_keep_their_own_headers_and_empty_parts_are_an_error() {
    let bench = Workbench::new();
    bench.write("in/p/1.csv", "id,v\n1,a\n");
    bench.write("in/p/2.csv", "\u{feff}\"id\",v\n2,b\n");
    bench.sql("ATTACH 'in' AS d; EXPORT DATABASE d TO 'out'").succeeds();
    for part in ["1", "2"] {
        assert_eq!(bench.read(&format!("out/p/{part}.csv")), bench.read(&format!("in/p/{part}.csv")));
    }
    bench.write("in/p/3.csv", "");
    bench.sql("ATTACH 'in' AS d").fails(1, &["3.csv", "empty"]);
    bench.write("in/p/3.csv", "id,v\r\n3,c\r\n");
    bench.sql("ATTACH 'in' AS d").fails(1, &["3.csv", "lines end"]);
}

/// The two tables spell their columns otherwise, and one has a column with the name that the check gives.
#[test]
fn checks_find_columns_by_their_table() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "Email,id,Name\na@x,1,A\nb@x,2,B\n,3,C\n");
    bench.write("in/u.csv", "ID,name,Value\n1,n,1\n9,n,7\n");
    let run = bench.loup(&[
        "--format",
        "csv",
        "-c",
        "ATTACH 'in' AS d; SELECT * FROM orphans(d.u.value, d.t.id); SELECT * FROM overlap(d.t.id, d.u.id); \
         SELECT * FROM join_shape(D.T.ID, d.u.id) ORDER BY rows_a, rows_b; SELECT * FROM duplicates(d.u.name); \
         SELECT * FROM nulls(d.T)",
    ]);
    let expected = "value,rows\n7,1\n\ndistinct_a,distinct_b,common\n3,2,1\n\nrows_a,rows_b,keys\n0,1,1\n1,0,2\n1,1,1\n\n\
                    name,rows\nn,2\n\ncolumn,nulls\nEmail,1\nid,0\nName,0\n";
    assert_eq!(run.succeeds().stdout, expected);
}
