//! Mistakes in a plan end the run with a message that names them, and nothing is written.

use crate::workbench::{Run, Workbench};

fn bench() -> Workbench {
    let bench = Workbench::new();
    bench.write("in/customers.csv", "id,email,phone\n1,ann@mail.example,555-0101\n2,bob@mail.example,555-0102\n");
    bench
}

/// Runs statements over the attached folder, then tries to export: neither may leave a file behind.
#[track_caller]
fn refused(sql: &str, code: i32, named: &[&str]) -> Run {
    let bench = bench();
    let before = bench.listing();
    let run = bench.sql(&format!("ATTACH 'in' AS shop; {sql}; EXPORT DATABASE shop TO 'out'")).fails(code, named);
    assert_eq!(bench.listing(), before, "something was written");
    run
}

#[test]
fn the_same_plan_without_a_mistake_runs() {
    let bench = bench();
    bench
        .sql("ATTACH 'in' AS shop; UPDATE shop.customers SET email = redact(email); EXPORT DATABASE shop TO 'out'")
        .succeeds();
    assert!(bench.read_text("out/customers.csv").contains("[REDACTED]"));
}

#[test]
fn unknown_column_in_update() {
    refused("UPDATE shop.customers SET emial = redact(email)", 1, &["emial", "email"]);
    refused("UPDATE shop.customers SET email = redact(emial)", 1, &["emial"]);
    refused("UPDATE shop.customers SET email = redact(email) WHERE idd = '1'", 1, &["idd"]);
}

#[test]
fn unknown_column_in_replace() {
    refused("COPY (SELECT * REPLACE (redact(email) AS emial) FROM shop.customers) TO 'out.csv'", 1, &["emial"]);
}

#[test]
fn unknown_column_in_exclude() {
    refused("COPY (SELECT * EXCLUDE (emial) FROM shop.customers) TO 'out.csv'", 1, &["emial"]);
}

#[test]
fn unknown_column_in_delete() {
    refused("DELETE FROM shop.customers WHERE emial = 'x'", 1, &["emial"]);
}

#[test]
fn unknown_function_suggests_near_names() {
    refused("UPDATE shop.customers SET email = pseudo_emial(email, 'c')", 1, &["pseudo_emial", "pseudo_email"]);
    refused("UPDATE shop.customers SET email = fake_firstname(email)", 1, &["fake_firstname", "fake_first_name"]);
}

#[test]
fn unknown_named_argument() {
    refused("UPDATE shop.customers SET email = hash_keyed(email, 'c', lenght => 12)", 1, &["hash_keyed", "lenght"]);
}

#[test]
fn unknown_option_value() {
    refused(
        "UPDATE shop.customers SET email = hash_keyed(email, 'c', encoding => 'hexx')",
        1,
        &["hash_keyed", "encoding"],
    );
    refused("UPDATE shop.customers SET email = mask_email(email, 'loud')", 1, &["mask_email"]);
}

#[test]
fn a_digest_too_short_to_be_unique() {
    refused("UPDATE shop.customers SET email = hash_keyed(email, 'c', length => 4)", 1, &["hash_keyed", "8"]);
}

#[test]
fn unknown_table_or_database() {
    refused("UPDATE shop.custmers SET email = redact(email)", 1, &["custmers"]);
    refused("UPDATE shp.customers SET email = redact(email)", 1, &["shp"]);
    refused("EXPORT DATABASE shp TO 'out2'", 1, &["shp"]);
    refused("TRUNCATE shop.sessions", 1, &["sessions"]);
    refused("DETACH shp", 1, &["shp"]);
}

#[test]
fn unknown_check_column() {
    refused("ASSERT (SELECT count(*) FROM orphans(shop.customers.idd, shop.customers.id)) = 0", 1, &["idd"]);
    refused("SELECT * FROM duplicates(shop.custmers.id)", 1, &["custmers"]);
}

#[test]
fn a_missing_source() {
    refused("ATTACH 'absent' AS other", 1, &["absent"]);
    refused("ATTACH 'in/absent.csv' AS other", 1, &["absent.csv"]);
    refused("ATTACH 'in/*.tsv' AS other", 1, &["*.tsv"]);
}

#[test]
fn a_name_attached_twice() {
    refused("ATTACH 'in' AS shop", 1, &["shop"]);
}

#[test]
fn a_password_in_a_url() {
    let run = refused("ATTACH 'mysql://root:hunter2@localhost/shop' AS other", 1, &["password"]);
    assert!(!run.stderr.contains("hunter2"), "{run:?}");
}

#[test]
fn a_column_set_twice() {
    refused("UPDATE shop.customers SET email = redact(email), email = nullify(email)", 1, &["email", "twice"]);
    refused("UPDATE shop.customers SET email = redact(email), EMAIL = nullify(email)", 1, &["email", "twice"]);
}

#[test]
fn update_from_another_table() {
    refused("UPDATE shop.customers SET email = o.email FROM shop.customers o WHERE o.id = '1'", 1, &["from"]);
}

#[test]
fn an_unknown_format() {
    refused("COPY (SELECT * FROM shop.customers) TO 'out.csv' STORED AS PARQUETT", 1, &["parquett"]);
    refused("CREATE EXTERNAL TABLE m STORED AS MAPING LOCATION 'm'", 1, &["maping"]);
    refused("EXPORT DATABASE shop TO 'out3' (format 'parkay')", 1, &["parkay"]);
}

#[test]
fn an_unknown_statement_option() {
    refused("EXPORT DATABASE shop TO 'out3' (formaat 'parquet')", 1, &["formaat"]);
    refused("ATTACH 'in' AS other (delimeter ';')", 1, &["delimeter"]);
}

#[test]
fn not_sql_at_all() {
    refused("UPDTE shop.customers SET email = 1", 1, &["updte"]);
}

#[test]
fn a_false_or_null_assertion() {
    refused("ASSERT 1 = 2 AS 'one is two'", 4, &["one is two"]);
    refused("ASSERT NULL AS 'nothing is true'", 4, &["nothing is true"]);
    refused("ASSERT (SELECT count(*) FROM shop.customers) = 3 AS 'three customers'", 4, &["three customers"]);
}

#[test]
fn an_output_inside_its_input() {
    for sql in [
        "EXPORT DATABASE shop TO 'in'",
        "EXPORT DATABASE shop TO 'in/masked'",
        "EXPORT DATABASE shop TO './out/../in'",
        "COPY (SELECT * FROM shop.customers) TO 'in/customers.csv'",
        "COPY (SELECT * FROM shop.customers) TO 'in/masked.csv'",
    ] {
        let bench = bench();
        let (before, source) = (bench.listing(), bench.read("in/customers.csv"));
        bench.sql(&format!("ATTACH 'in' AS shop; {sql}")).fails(3, &["in"]);
        assert_eq!((bench.listing(), bench.read("in/customers.csv")), (before, source), "{sql}");
    }
}

#[test]
fn a_folder_that_loup_did_not_write() {
    let bench = bench();
    bench.write("out/precious.txt", "mine");
    bench.sql("ATTACH 'in' AS shop; EXPORT DATABASE shop TO 'out'").fails(3, &["out"]);
    assert_eq!(bench.read_text("out/precious.txt"), "mine");
}

#[test]
fn names_are_found_whatever_their_case() {
    let bench = bench();
    bench.write("in/Orders.csv", "OrderId,CustomerID\n7,1\n");
    bench
        .sql("ATTACH 'in' AS Shop; UPDATE SHOP.orders SET customerid = hash_keyed(CUSTOMERID, 'c', length => 8); EXPORT DATABASE shop TO 'out'")
        .succeeds();
    let out = bench.read_text("out/Orders.csv");
    assert!(out.starts_with("OrderId,CustomerID\n7,"), "the source's spelling is kept: {out}");
    assert_ne!(out, "OrderId,CustomerID\n7,1\n");
}

#[test]
fn names_that_differ_by_case_alone_must_be_quoted() {
    let bench = bench();
    bench.write("in/t.csv", "Id,ID\n1,2\n");
    bench.sql("ATTACH 'in' AS shop; SELECT id FROM shop.t").fails(1, &["id"]);
    let run = bench.loup(&["-c", "ATTACH 'in' AS shop; SELECT \"ID\" FROM shop.t", "--format", "csv"]).succeeds();
    assert_eq!(run.stdout, "ID\n2\n");
}
