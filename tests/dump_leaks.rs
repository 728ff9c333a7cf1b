//! Dumps in which the values of a masked column could stand where nobody looks: each is masked whole, or refused.

use crate::workbench::{Run, Workbench};

const MYSQL: &str = "-- MySQL dump 10.13\nCREATE TABLE `t` (`id` int, `email` varchar(80), `name` varchar(80));\n";
const POSTGRES: &str = "--\n-- PostgreSQL database dump\n--\nCREATE TABLE public.t (id integer, email text);\n";
const UPDATE: &str = "UPDATE d.t SET email = hash_keyed(email, 'x')";

/// Masks a dump as a file and as a stream; returns what each wrote, or the code and the message of its error.
fn masked(dump: &str, update: &str) -> [Result<String, (i32, String)>; 2] {
    let bench = Workbench::new();
    bench.write("in.sql", dump);
    let run = bench.sql(&format!("ATTACH 'in.sql' AS d; {update}; EXPORT DATABASE d TO 'out.sql'"));
    let file = if run.code == 0 { Ok(bench.read_text("out.sql")) } else { Err((run.code, run.stderr)) };
    if file.is_err() {
        assert!(!bench.path("out.sql").exists());
    }
    bench.write("plan.sql", format!("{update};\nEXPORT DATABASE d TO '-';\n"));
    let mut command = bench.command();
    command.args(["run", "plan.sql", "--stdin", "d"]);
    command.write_stdin(dump);
    let run = Run::of(&mut command);
    let stream = if run.code == 0 { Ok(run.stdout) } else { Err((run.code, run.stderr)) };
    [file, stream]
}

fn refused(dump: &str, update: &str, message: &str) {
    for outcome in masked(dump, update) {
        let (_, stderr) = outcome.expect_err(dump);
        assert!(stderr.contains(message), "{dump}\n{stderr}");
        assert!(!stderr.contains("CLEAR"), "{stderr}");
    }
}

fn covered(dump: &str, update: &str) {
    for outcome in masked(dump, update) {
        let out = outcome.unwrap_or_else(|(_, stderr)| panic!("{dump}\n{stderr}"));
        assert!(!out.contains("CLEAR"), "{out}");
    }
}

const PARTITIONS: &str = "CREATE TABLE public.t_1 (email text, id integer);\n\
    ALTER TABLE ONLY public.t ATTACH PARTITION public.t_1 FOR VALUES FROM (0) TO (100);\n\
    COPY public.t_1 (email, id) FROM stdin;\nCLEAR@a\t1\n\\.\n";

#[test]
fn a_parent_is_not_masked_without_its_partitions() {
    let dump = format!("{POSTGRES}{PARTITIONS}");
    for statement in [UPDATE, "TRUNCATE d.t", "DELETE FROM d.t"] {
        let [file, _] = masked(&dump, statement);
        let (code, stderr) = file.expect_err("refused");
        assert_eq!(code, 3, "{stderr}");
        assert!(stderr.contains("t is changed and public.t_1"), "{stderr}");
    }
    refused(&dump, UPDATE, "name each in a statement");
    let bench = Workbench::new();
    bench.write("in.sql", &dump);
    let folder = bench.sql(&format!("ATTACH 'in.sql' AS d; {UPDATE}; EXPORT DATABASE d TO 'out' (format 'csv')"));
    folder.fails(3, &["name each in a statement"]);
    assert!(!bench.path("out").exists());
    covered(&dump, &format!("{UPDATE}; UPDATE d.t_1 SET email = hash_keyed(email, 'x')"));
    let inherited = format!(
        "{POSTGRES}CREATE TABLE public.c (x integer) INHERITS (public.t);\nCOPY public.c (id, email, x) FROM stdin;\n1\tCLEAR\t2\n\\.\n"
    );
    refused(&inherited, UPDATE, "name each in a statement");
}

#[test]
fn partitions_have_their_columns_in_their_own_order() {
    let dump = format!(
        "{POSTGRES}CREATE TABLE public.t_1 (email text, id integer);\nALTER TABLE ONLY public.t ATTACH PARTITION public.t_1 DEFAULT;\nINSERT INTO public.t_1 VALUES ('CLEAR@a', 1);\n"
    );
    covered(&dump, "UPDATE d.t_1 SET email = hash_keyed(email, 'x')");
    let like = format!("{POSTGRES}CREATE TABLE public.u (email text, LIKE public.t);\n");
    refused(&like, UPDATE, "other columns");
}

#[test]
fn commands_of_the_client_do_not_swallow_rows() {
    covered(
        &format!(
            "{MYSQL}USE shop\nCREATE TABLE t (id int, email varchar(80), name text);\nINSERT INTO `t` VALUES (1,'CLEAR@a','n');\n"
        ),
        "UPDATE d.shop.t SET email = hash_keyed(email, 'x')",
    );
    for command in ["\\u shop", "charset utf8", "source x.sql", "SELECT 1\\G", "system ls"] {
        let dump = format!("{MYSQL}{command}\nINSERT INTO `t` VALUES (1,'CLEAR@a','n');\n");
        refused(&dump, UPDATE, "command");
    }
}

#[test]
fn values_behind_rows_are_refused() {
    for tail in ["ON DUPLICATE KEY UPDATE email='CLEAR@b'", "RETURNING 'CLEAR'", "ON DUPLICATE KEY UPDATE email=0x41"] {
        refused(&format!("{MYSQL}INSERT INTO t VALUES (1,'x','n') {tail};\n"), UPDATE, "values stand behind the rows");
    }
    covered(
        &format!("{MYSQL}INSERT INTO t VALUES (1,'CLEAR','n') ON DUPLICATE KEY UPDATE email=VALUES(email);\n"),
        UPDATE,
    );
    covered(&format!("{POSTGRES}INSERT INTO public.t VALUES (1,'CLEAR') ON CONFLICT DO NOTHING;\n"), UPDATE);
}

#[test]
fn changes_of_a_tables_columns_are_refused() {
    for change in [
        "ALTER TABLE `t` MODIFY `email` varchar(80) AFTER `name`",
        "ALTER TABLE `t` RENAME COLUMN email TO x, RENAME COLUMN name TO email",
        "ALTER TABLE `t` DROP COLUMN `email`, ADD COLUMN `email` text",
        "RENAME TABLE t TO t_old",
    ] {
        refused(
            &format!("{MYSQL}{change};\nINSERT INTO `t` VALUES (1,'bob','CLEAR@a');\n"),
            UPDATE,
            "other columns or another name",
        );
    }
}

#[test]
fn names_without_quotes_are_folded_as_postgresql_does() {
    covered(&format!("{POSTGRES}COPY PUBLIC.T (ID, EMAIL) FROM stdin;\n1\tCLEAR\n\\.\n"), UPDATE);
    covered(&format!("{POSTGRES}INSERT INTO PUBLIC.T VALUES (1,'CLEAR');\n"), UPDATE);
    covered(
        &format!(
            "{POSTGRES}INSERT INTO public.t VALUES (1,'x');\nINSERT INTO public.t (ID, EMAIL) VALUES (1,'CLEAR');\n"
        ),
        UPDATE,
    );
    covered(&format!("{POSTGRES}SET search_path = \"$user\", public;\nINSERT INTO t VALUES (1,'CLEAR');\n"), UPDATE);
    covered(&format!("{POSTGRES}SET SESSION search_path = public;\nINSERT INTO t VALUES (1,'CLEAR');\n"), UPDATE);
}

#[test]
fn rows_whose_columns_cannot_be_told_are_refused() {
    let unknown = "-- MySQL dump 10.13\nCREATE TABLE `t` (`id` int, `émail` varchar(80));\nINSERT INTO `t` VALUES (1,'x');\nINSERT INTO `t` (`id`,`ÉMAIL`) VALUES (1,'CLEAR');\n";
    for outcome in masked(unknown, "UPDATE d.t SET \"émail\" = hash_keyed(\"émail\", 'x')") {
        assert!(outcome.is_err());
    }
    let early = "-- MySQL dump 10.13\nINSERT INTO `t` (`id`,`email`) VALUES (1,'CLEAR');\nCREATE TABLE `t` (`email` varchar(80),`id` int);\n";
    refused(early, UPDATE, "come before its definition");
    let [file, _] = masked(
        "-- MySQL dump 10.13\nINSERT INTO t (id,email) VALUES (1,'x');\nLOCK TABLES x WRITE;\nINSERT INTO t VALUES ('CLEAR',2);\n",
        UPDATE,
    );
    assert!(file.expect_err("refused").1.contains("name their columns and others do not"));
}

#[test]
fn tables_of_one_name_are_refused() {
    let dump = format!(
        "{POSTGRES}INSERT INTO public.t (id,email) VALUES (1,'CLEAR');\nINSERT INTO t (id,email) VALUES (2,'CLEAR');\n"
    );
    let [file, _] = masked(&dump, UPDATE);
    assert!(file.expect_err("refused").1.contains("two tables have the name t"));
}

#[test]
fn the_main_database_is_the_first_one_named_in_files_and_streams() {
    let dump = "-- MySQL dump 10.13\nUSE `a`;\nCREATE TABLE `t` (`email` text);\nUSE `b`;\nCREATE TABLE `t` (`email` text);\nINSERT INTO `t` VALUES ('b');\nUSE `a`;\nINSERT INTO `t` VALUES ('CLEAR');\n";
    let [file, stream] = masked(dump, UPDATE);
    assert_eq!(file, stream);
    covered(dump, UPDATE);
}

#[test]
fn statements_that_put_rows_into_tables_unseen_are_refused() {
    for statement in [
        "CREATE TABLE `u` (`id` int) SELECT 1 AS id,'CLEAR@a' AS email",
        "EXPLAIN INSERT INTO t VALUES (1,'CLEAR','n')",
        "PREPARE p FROM 'x'; \u{feff}INSERT INTO t VALUES (1,'CLEAR','n')",
    ] {
        refused(&format!("{MYSQL}{statement};\n"), UPDATE, "puts values into a table");
    }
}
