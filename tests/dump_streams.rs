//! Dumps on standard input and standard output: masked while they pass by, or kept where a plan needs more than one pass.

use std::fmt::Write as _;

use crate::dumps::{MYSQL, POSTGRES};
use crate::workbench::{Run, Workbench};

/// Runs a plan with a dump on standard input.
fn piped(bench: &Workbench, plan: &str, dump: &str, options: &[&str]) -> Run {
    bench.write("plan.sql", plan);
    Run::of(bench.command().args(["run", "plan.sql", "--stdin", "d"]).args(options).write_stdin(dump))
}

/// What the same plan makes of the dump as a file.
fn as_file(plan: &str, dump: &str) -> String {
    let bench = Workbench::new();
    bench.write("in.sql", dump);
    bench.write("plan.sql", format!("ATTACH 'in.sql' AS d; {}", plan.replace("TO '-'", "TO 'out.sql'")));
    bench.loup(&["run", "plan.sql"]).succeeds();
    bench.read_text("out.sql")
}

const UPDATE: &str =
    "UPDATE d.people SET name = fake_first_name(name), note = 'it''s' WHERE id <> 2; EXPORT DATABASE d TO '-'";

#[test]
fn a_dump_is_masked_while_it_passes_by() {
    for (dump, plan) in [
        (MYSQL, UPDATE),
        (POSTGRES, UPDATE),
        (MYSQL, "UPDATE d.visits SET person = person + 1000; EXPORT DATABASE d TO '-'"),
        (POSTGRES, "UPDATE d.audit.log SET what = '-'; EXPORT DATABASE d TO '-'"),
        (MYSQL, "EXPORT DATABASE d TO '-'"),
        (POSTGRES, "EXPORT DATABASE d TO '-'"),
    ] {
        let run = piped(&Workbench::new(), plan, dump, &[]).succeeds();
        assert_eq!(run.stdout, as_file(plan, dump), "{plan}");
        assert!(run.stderr.contains("in one pass"), "{}", run.stderr);
        assert!(run.stderr.contains("standard output cannot be taken back"), "{}", run.stderr);
    }
}

/// Rows of two tables in large and small statements, with what may stand between them.
fn many() -> String {
    let mut dump = String::from(
        "-- MySQL dump 10.13\nCREATE TABLE `a` (`id` int, `name` varchar(30));\nCREATE TABLE `b` (`id` int, `name` varchar(30));\n",
    );
    for block in 0..6 {
        let rows: Vec<String> =
            (0..20_000).map(|n| format!("({},'name; ({}) it\\'s')", block * 20_000 + n, n % 777)).collect();
        let _ = writeln!(dump, "INSERT INTO `a` VALUES {};", rows.join(","));
        for n in 0..3000 {
            let _ = write!(
                dump,
                "INSERT INTO `b` (`id`, `name`) VALUES ({n},'one {n}');\n{}",
                if n % 100 == 0 { "-- a note; here\n\n" } else { "" }
            );
        }
        dump.push_str("LOCK TABLES `a` WRITE;\n");
    }
    dump
}

#[test]
fn large_and_small_statements_of_several_tables_pass_in_their_order() {
    let dump = many();
    let plan = "UPDATE d.a SET name = hash_keyed(name, 'n', length => 12); UPDATE d.b SET name = redact(name) WHERE id % 2 = 0; EXPORT DATABASE d TO '-'";
    let expected = as_file(plan, &dump);
    for threads in ["1", "2", "3", "5"] {
        let run = piped(&Workbench::new(), plan, &dump, &["--threads", threads]).succeeds();
        assert!(run.stdout == expected, "{threads} threads give other bytes");
    }
}

#[test]
fn truncated_tables_leave_their_statements_out() {
    let run = piped(&Workbench::new(), "TRUNCATE d.people; EXPORT DATABASE d TO '-'", POSTGRES, &[]).succeeds();
    assert_eq!(run.stdout, POSTGRES.replace("1\tAnn\ta\\tb\\\\c\n2\tBob\t\\N\n3\t\\N\t\n", ""));
    let run = piped(&Workbench::new(), "TRUNCATE d.people, d.visits; EXPORT DATABASE d TO '-'", MYSQL, &[]).succeeds();
    assert!(!run.stdout.contains("INSERT") && run.stdout.contains("CREATE TABLE `visits`"), "{}", run.stdout);
}

#[test]
fn a_plan_that_needs_more_than_one_pass_says_so_and_keeps_the_input() {
    for (plan, why) in [
        (
            "ASSERT (SELECT count(*) FROM d.people) = 3; UPDATE d.people SET name = redact(name); EXPORT DATABASE d TO '-'",
            "line 1: ASSERT",
        ),
        (
            "UPDATE d.people SET name = redact(name) WHERE id IN (SELECT person FROM d.visits); EXPORT DATABASE d TO '-'",
            "subquery",
        ),
        ("DELETE FROM d.people WHERE id = 2; EXPORT DATABASE d TO '-'", "DELETE"),
    ] {
        let bench = Workbench::new();
        let dump = POSTGRES.replace("audit.log (", "public.visits (").replace("audit.log", "public.visits");
        let run = piped(&bench, plan, &dump, &[]).succeeds();
        assert_eq!(run.stdout, as_file(plan, &dump), "{plan}");
        assert!(run.stderr.contains(why) && run.stderr.contains("kept, encrypted"), "{}", run.stderr);
        assert_eq!(bench.listing(), ["plan.sql"]);
    }
}

#[test]
fn a_mapping_is_made_from_a_dump_that_is_kept() {
    let plan = "CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION 'ids' OPTIONS ('kind' 'sequential', 'start' '1000000', 'create_if_not_exists' 'true');
        INSERT INTO ids SELECT id FROM d.people; UPDATE d.people SET id = map_id(id, 'ids'); UPDATE d.visits SET person = map_id(person, 'ids'); EXPORT DATABASE d TO '-'";
    let run = piped(&Workbench::new(), plan, MYSQL, &[]).succeeds();
    assert!(run.stderr.contains("INSERT") && run.stdout.contains("100000"), "{run:?}");
}

#[test]
fn a_file_as_the_target_appears_whole_or_not_at_all() {
    let bench = Workbench::new();
    let plan = UPDATE.replace("'-'", "'out.sql'");
    piped(&bench, &plan, POSTGRES, &[]).succeeds();
    assert_eq!(bench.read_text("out.sql"), as_file(&plan, POSTGRES));
    let bench = Workbench::new();
    let cut = &POSTGRES[..POSTGRES.find("2\tBob").unwrap()];
    piped(&bench, &plan, cut, &[]).fails(1, &["standard input, line"]);
    assert_eq!(bench.listing(), ["plan.sql"]);
}

#[test]
fn what_cannot_be_masked_ends_the_run() {
    let fails = |plan: &str, dump: &str, named: &[&str]| {
        let run = piped(&Workbench::new(), plan, dump, &[]);
        let code = run.code;
        assert!(code == 1 || code == 3, "{run:?}");
        run.fails(code, named);
    };
    fails("UPDATE d.peopel SET name = 'x'; EXPORT DATABASE d TO '-'", MYSQL, &["no table d.peopel"]);
    fails("UPDATE d.people SET nmae = 'x'; EXPORT DATABASE d TO '-'", MYSQL, &["did you mean name?"]);
    fails("UPDATE d.people SET name = 'much longer than twelve'; EXPORT DATABASE d TO '-'", MYSQL, &["a column of 12"]);
    fails("UPDATE d.people SET email = redact(email); EXPORT DATABASE d TO '-'", MYSQL, &["people.email", "unique"]);
    fails(UPDATE, "not a dump at all", &["neither a MySQL nor a PostgreSQL dump"]);
    fails(UPDATE, &MYSQL[..MYSQL.find("(2,'Bob'").unwrap()], &["standard input, line"]);
    fails(
        UPDATE,
        &MYSQL.replace("(3, 'Zoë' ,", "("),
        &["standard input, line 15", "table people: expected 5 values, found 3"],
    );
    // Tables without rows: what names them must fit all the same.
    fails(
        "UPDATE d.t SET nothing = 'x'; EXPORT DATABASE d TO '-'",
        "-- MySQL dump\nCREATE TABLE `t` (`a` int);\n",
        &["no column nothing"],
    );
}

#[test]
fn an_attached_dump_goes_to_standard_output_too() {
    let bench = Workbench::new();
    bench.write("in.sql", MYSQL);
    let run = bench
        .sql("ATTACH 'in.sql' AS d; UPDATE d.people SET name = 'X' WHERE id = 1; EXPORT DATABASE d TO '-'")
        .succeeds();
    assert_eq!(run.stdout, MYSQL.replace("'Ann'", "'X'"));
    bench.sql("ATTACH 'in.sql' AS d; EXPORT DATABASE d TO '-' (format 'csv')").fails(1, &["need a folder"]);
}

#[test]
fn the_command_line_says_what_does_not_go_together() {
    let bench = Workbench::new();
    Run::of(bench.command().args(["run", "-", "--stdin", "d"]).write_stdin("SELECT 1"))
        .fails(2, &["standard input is either"]);
    bench.write("plan.sql", "SELECT 1 AS x");
    let run = bench.loup(&["run", "plan.sql", "--stdin", "d", "--resume"]);
    assert!(run.code == 2 && run.stderr.contains("--resume"), "{run:?}");
    let run = piped(&bench, "EXPORT DATABASE loup TO '-'", MYSQL, &[]);
    assert_ne!(run.code, 0);
}
