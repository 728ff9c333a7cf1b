//! What other tools for dumps were seen to get wrong, one test each.

use std::collections::BTreeSet;

use crate::workbench::Workbench;

fn masked(dump: impl AsRef<[u8]>, sql: &str) -> Vec<u8> {
    let bench = Workbench::new();
    bench.write("in.sql", &dump);
    bench.sql(&format!("ATTACH 'in.sql' AS d; {sql}; EXPORT DATABASE d TO 'out.sql'")).succeeds();
    assert_eq!(bench.read("in.sql"), dump.as_ref(), "the input stays as it was");
    bench.read("out.sql")
}

fn masked_text(dump: &str, sql: &str) -> String {
    String::from_utf8(masked(dump, sql)).unwrap()
}

/// A plan ends with this code and this message, and leaves no output.
#[track_caller]
fn refused(dump: impl AsRef<[u8]>, sql: &str, named: &str) {
    let bench = Workbench::new();
    bench.write("in.sql", dump);
    let run = bench.sql(&format!("ATTACH 'in.sql' AS d; {sql}; EXPORT DATABASE d TO 'out.sql'"));
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains(named), "{}", run.stderr);
    assert_eq!(bench.listing().iter().filter(|file| file.contains("out")).count(), 0, "{:?}", bench.listing());
}

const MYSQL: &str = "-- MySQL dump 10.13  Distrib 8.0.27\nCREATE TABLE `t` (`id` int NOT NULL, `email` varchar(60), `n` decimal(12,2), `doc` json, `note` text);\n";
const PG: &str = "-- PostgreSQL database dump\nSET standard_conforming_strings = on;\nCREATE TABLE public.t (\n    id integer,\n    email text,\n    path text\n);\n";

#[test]
fn a_default_mysqldump_is_masked_and_keeps_all_its_columns() {
    let dump = format!(
        "{MYSQL}INSERT INTO `t` VALUES (1,'a@x.test',1.50,'{{\\\"a\\\": [1,  2]}}','it\\'s, (a) \\\\ ;'),(2,'b@x.test',42408.00,NULL,'');\n"
    );
    let out = masked_text(&dump, "UPDATE d.t SET email = 'm'");
    assert_eq!(out, dump.replace("'a@x.test'", "'m'").replace("'b@x.test'", "'m'"));
}

#[test]
fn a_line_that_says_masked_already_makes_no_difference() {
    let dump = format!(
        "-- dumpling-seal: v=1 profile=hardened sha256=00\n{PG}COPY public.t (id, email, path) FROM stdin;\n1\ta@x.test\t\\N\n\\.\n"
    );
    assert!(masked_text(&dump, "UPDATE d.t SET email = 'm'").contains("\n1\tm\t\\N\n"));
}

#[test]
fn twenty_thousand_addresses_stay_as_many() {
    let rows: Vec<String> = (0..20_000).map(|n| format!("({n},'user{n}@x.test',0,NULL,NULL)")).collect();
    let unique = MYSQL.replace("`note` text", "`note` text, UNIQUE KEY `e` (`email`)");
    let dump = format!("{unique}INSERT INTO `t` VALUES {};\n", rows.join(","));
    for mask in ["fake_unique_email(email)", "pseudo_email(email, 'person')"] {
        let out = masked_text(&dump, &format!("UPDATE d.t SET email = {mask}"));
        let emails: BTreeSet<&str> = out.split('\'').filter(|part| part.contains('@')).collect();
        assert_eq!(emails.len(), 20_000, "{mask}");
    }
    refused(&dump, "UPDATE d.t SET email = fake_email(email)", "unique");
    refused(&dump, "UPDATE d.t SET email = concat(lower('X'), id % 19999)", "occur more than once");
}

#[test]
fn a_misspelt_table_or_column_ends_the_run() {
    let dump = format!("{MYSQL}INSERT INTO `t` VALUES (1,'a@x.test',0,NULL,NULL);\n");
    refused(&dump, "UPDATE d.tt SET email = 'm'", "no table d.tt");
    refused(&dump, "UPDATE d.t SET emial = 'm'", "did you mean email?");
    refused(&dump, "UPDATE d.t SET email = 'm' WHERE ciyt = 'Oslo'", "ciyt");
}

#[test]
fn escape_strings_do_not_lose_the_reader() {
    let dump = format!(
        "{PG}INSERT INTO public.t VALUES (1, E'd\\'x', 'C:\\temp');\nINSERT INTO public.t VALUES (2, 'b@x.test', 'y');\n"
    );
    let out = masked_text(&dump, "UPDATE d.t SET email = 'm'");
    assert_eq!(out, dump.replace("E'd\\'x'", "'m'").replace("'b@x.test'", "'m'").replace("(1, 'm'", "(1, E'm'"));
}

#[test]
fn a_copy_without_a_list_of_columns_is_masked() {
    let dump = format!("{PG}COPY public.t FROM stdin;\n1\ta@x.test\tx\n\\.\n");
    assert_eq!(masked_text(&dump, "UPDATE d.t SET email = 'm'"), dump.replace("a@x.test", "m"));
}

#[test]
fn inserts_without_a_list_of_columns_are_masked() {
    let dump = format!(
        "{PG}INSERT INTO public.t VALUES (1, 'a@x.test', NULL);\nINSERT INTO public.t (email) VALUES ('b@x.test');\n"
    );
    let out = masked_text(&dump, "UPDATE d.t SET email = 'm'");
    assert_eq!(out, dump.replace("a@x.test", "m").replace("b@x.test", "m"));
}

#[test]
fn bytes_of_another_character_set_are_an_error_with_their_line() {
    let mut dump = format!("{PG}COPY public.t (id, email, path) FROM stdin;\n1\ta@x.test\tCaf").into_bytes();
    dump.extend_from_slice(b"\xe9\n\\.\n");
    refused(
        &dump,
        "UPDATE d.t SET path = upper(path)",
        "in.sql, line 9: table public.t.path: not valid in the dump's character set",
    );
    // In columns that nobody reads they pass as they are.
    let out = masked(&dump, "UPDATE d.t SET email = 'm'");
    assert!(out.windows(4).any(|window| window == b"Caf\xe9"));
}

#[test]
fn backslashes_of_columns_without_a_rule_stay() {
    let dump = format!("{PG}COPY public.t (id, email, path) FROM stdin;\n1\ta@x.test\tC:\\\\temp\\\\new\\tx\\b\n\\.\n");
    assert_eq!(masked_text(&dump, "UPDATE d.t SET email = 'm'"), dump.replace("a@x.test", "m"));
}

#[test]
fn values_on_the_next_line_and_clauses_around_them_are_read() {
    let dump = format!(
        "{PG}INSERT INTO public.t (id, email)\nOVERRIDING SYSTEM VALUE\nVALUES\n    (1, 'a@x.test'),\n    (2, 'b@x.test')\nON CONFLICT DO NOTHING;\n"
    );
    let out = masked_text(&dump, "UPDATE d.t SET email = 'm'");
    assert_eq!(out, dump.replace("a@x.test", "m").replace("b@x.test", "m"));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let rows: Vec<String> =
        (0..60_000).map(|n| format!("({n},'user{}@x.test',{n}.50,NULL,'note {n}')", n % 5000)).collect();
    let inserts: Vec<String> =
        rows.chunks(7000).map(|rows| format!("INSERT INTO `t` VALUES {};\n", rows.join(","))).collect();
    let bench = Workbench::new();
    bench.write("in.sql", format!("{MYSQL}{}", inserts.concat()));
    bench.write("plan.sql", "ATTACH 'in.sql' AS d; UPDATE d.t SET email = pseudo_email(email, 'p'), note = redact(note); EXPORT DATABASE d TO '${out}'");
    for threads in ["1", "2", "3", "4"] {
        let out = format!("out={threads}.sql");
        bench.loup(&["run", "plan.sql", "--threads", threads, "--var", &out]).succeeds();
        assert!(bench.read("1.sql") == bench.read(&format!("{threads}.sql")), "{threads} threads");
    }
}

#[test]
fn a_masked_key_joins_its_copies_whatever_the_order_of_rows() {
    let dump = format!(
        "{MYSQL}INSERT INTO `t` VALUES (1,'a@x.test',0,NULL,NULL),(2,'b@x.test',0,NULL,NULL);\nCREATE TABLE `o` (`who` varchar(60));\nINSERT INTO `o` VALUES ('b@x.test'),('a@x.test'),('b@x.test');\n"
    );
    let bench = Workbench::new();
    bench.write("in.sql", dump);
    let run = bench.loup(&[
        "-c",
        "ATTACH 'in.sql' AS d; UPDATE d.t SET email = pseudo_email(email, 'p'); UPDATE d.o SET who = pseudo_email(who, 'p'); \
         SELECT count(*) AS n FROM d.o JOIN d.t ON who = email; SELECT count(*) AS n FROM orphans(d.o.who, d.t.email)",
        "--format",
        "csv",
    ]);
    assert_eq!(run.succeeds().stdout, "n\n3\n\nn\n0\n");
}

#[test]
fn foreign_keys_that_pg_dump_adds_at_the_end_are_known() {
    let dump = "-- PostgreSQL database dump\nCREATE TABLE public.a (id integer);\nCREATE TABLE public.b (a_id integer);\n\
        COPY public.a (id) FROM stdin;\n1\n2\n\\.\nCOPY public.b (a_id) FROM stdin;\n1\n1\n\\.\n\
        ALTER TABLE ONLY public.a ADD CONSTRAINT pk PRIMARY KEY (id);\nALTER TABLE ONLY public.b ADD CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES public.a(id);\n";
    let bench = Workbench::new();
    bench.write("in.sql", dump);
    let half = "ATTACH 'in.sql' AS d; UPDATE d.a SET id = pseudo_int(id, 'a'); CHECK DATABASE d";
    bench.sql(half).fails(4, &["foreign key", "a_id -> a (id)"]);
    let both = half.replace("; CHECK", "; UPDATE d.b SET a_id = pseudo_int(a_id, 'a'); CHECK");
    assert!(bench.sql(&both).succeeds().stderr.contains("checks hold"));
}

#[test]
fn archives_of_pg_dump_are_refused_with_the_way_out() {
    refused("PGDMP\u{1}\u{e}\u{0}\u{4}", "SELECT 1 AS x", "pg_restore -f");
}
