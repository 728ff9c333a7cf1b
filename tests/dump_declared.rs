//! What a dump declares: lengths that fakes keep to, NOT NULL, keys under their collations, comments and security labels.

use crate::workbench::Workbench;

const DUMP: &str = "-- MySQL dump 10.13  Distrib 8.0.27\nCREATE TABLE `people` (`id` int NOT NULL, `name` varchar(8) NOT NULL COMMENT 'pii:name', `email` varchar(40) DEFAULT NULL, `code` varchar(20) COLLATE utf8mb4_bin, PRIMARY KEY (`id`), UNIQUE KEY `e` (`email`), UNIQUE KEY `c` (`code`)) COMMENT='who';\n\
INSERT INTO `people` VALUES (1,'Ann','ann@x.test','a'),(2,'Bob','bob@x.test','A'),(3,'Zoe',NULL,NULL),(4,'Liv',NULL,NULL);\n\
CREATE TABLE `visits` (`person` int, `parent` int, CONSTRAINT `f` FOREIGN KEY (`person`) REFERENCES `people` (`id`));\nINSERT INTO `visits` VALUES (1,NULL),(2,1),(NULL,NULL);\n";

fn bench() -> Workbench {
    let bench = Workbench::new();
    bench.write("in.sql", DUMP);
    bench
}

fn csv(bench: &Workbench, sql: &str) -> String {
    bench.loup(&["-c", &format!("ATTACH 'in.sql' AS d; {sql}"), "--format", "csv"]).succeeds().stdout
}

#[test]
fn fakes_keep_to_the_length_of_their_column() {
    let bench = bench();
    for fake in [
        "fake_full_name(name)",
        "faker('name', name)",
        "fake_person(name)['full_name']",
        "CASE WHEN id < 3 THEN fake_company(name) ELSE fake_street(name) END",
        "coalesce(fake_sentence(name), 'none')",
        "keep_blank(name, fake_address(name)['city'])",
    ] {
        let longest = csv(
            &bench,
            &format!(
                "UPDATE d.people SET name = {fake}; SELECT max(char_length(name)) <= 8 AS fits, count(DISTINCT name) > 1 AS many FROM d.people"
            ),
        );
        assert_eq!(longest, "fits,many\ntrue,true\n", "{fake}");
    }
    // A length that the plan says is the plan's.
    bench.sql("ATTACH 'in.sql' AS d; UPDATE d.people SET name = fake_full_name(name, max_chars => 30); EXPORT DATABASE d TO 'o.sql'").fails(3, &["people.name", "30 characters", "holds 8", "max_chars => 8"]);
}

#[test]
fn what_the_guarantee_shows_is_refused_before_anything_is_written() {
    let bench = bench();
    let export = |sql: &str| bench.sql(&format!("ATTACH 'in.sql' AS d; {sql}; EXPORT DATABASE d TO 'o.sql'"));
    export("UPDATE d.people SET name = hash_keyed(name, 'n')")
        .fails(3, &["people.name", "hash_keyed gives up to 64 characters", "say length => 8"]);
    export("UPDATE d.people SET name = nullify(name)").fails(3, &["people.name", "NOT NULL", "blank"]);
    export("UPDATE d.people SET email = redact(email)").fails(3, &["people.email", "unique", "pseudo_text"]);
    export("UPDATE d.people SET email = substr(email, 4)").fails(4, &["people.email", "occur more than once"]);
    assert!(!bench.path("o.sql").exists());
    export("UPDATE d.people SET email = pseudo_email(email, 'p'), name = hash_keyed(name, 'n', length => 8)")
        .succeeds();
}

#[test]
fn keys_are_compared_under_the_collation_of_their_columns() {
    let bench = bench();
    // The column of e-mail addresses ignores case, the one of codes does not.
    let export = |sql: &str| bench.sql(&format!("ATTACH 'in.sql' AS d; {sql}; EXPORT DATABASE d TO 'o.sql'"));
    export("UPDATE d.people SET email = CASE id WHEN 1 THEN 'Zoë' WHEN 2 THEN 'zoe ' END").fails(4, &["people.email"]);
    export("UPDATE d.people SET code = CASE id WHEN 1 THEN 'zoe' WHEN 2 THEN 'Zoe' END").succeeds();
}

#[test]
fn keys_lengths_and_labels_are_shown() {
    let bench = bench();
    assert_eq!(
        csv(&bench, "SELECT \"table\", kind, name, columns, parent, parent_columns FROM loup.keys"),
        "table,kind,name,columns,parent,parent_columns\npeople,primary,,id,,\npeople,unique,,email,,\npeople,unique,,code,,\nvisits,foreign,f,person,people,id\n"
    );
    assert_eq!(
        csv(
            &bench,
            "SELECT \"column\", sql_type, max_chars, not_null, collation FROM loup.columns WHERE \"table\" = 'people'"
        ),
        "column,sql_type,max_chars,not_null,collation\nid,int,,true,\nname,varchar(8),8,true,\nemail,varchar(40),40,,\ncode,varchar(20),20,,utf8mb4_bin\n"
    );
    assert_eq!(
        csv(&bench, "SELECT \"table\", \"column\", provider, label FROM loup.labels"),
        "table,column,provider,label\npeople,,comment,who\npeople,name,comment,pii:name\n"
    );
}

#[test]
fn security_labels_of_a_pg_dump_are_labels() {
    let bench = Workbench::new();
    bench.write(
        "in.sql",
        "-- PostgreSQL database dump\nCREATE TABLE public.t (\n    name text\n);\nCOMMENT ON COLUMN public.t.name IS 'pii:name';\nSECURITY LABEL FOR anon ON COLUMN public.t.name IS 'MASKED WITH FUNCTION anon.fake_last_name()';\n",
    );
    assert_eq!(
        csv(&bench, "SELECT \"column\", provider, label FROM loup.labels"),
        "column,provider,label\nname,anon,MASKED WITH FUNCTION anon.fake_last_name()\nname,comment,pii:name\n"
    );
}

#[test]
fn a_database_is_checked_against_its_original_and_others() {
    let bench = bench();
    let check = |sql: &str| bench.sql(&format!("ATTACH 'in.sql' AS d; {sql}"));
    assert!(check("CHECK DATABASE d").succeeds().stderr.contains("4 checks hold"));
    check("UPDATE d.people SET id = pseudo_int(id, 'p'); CHECK DATABASE d")
        .fails(4, &["foreign key", "person -> people (id)", "| 2 "]);
    let both = "UPDATE d.people SET id = pseudo_int(id, 'p'); UPDATE d.visits SET person = pseudo_int(person, 'p'); CHECK DATABASE d";
    check(both).succeeds();
    check("UPDATE d.people SET name = NULL WHERE id = 1; CHECK DATABASE d").fails(4, &["not null", "name"]);
    check("UPDATE d.people SET name = 'much longer than that'; CHECK DATABASE d").fails(4, &["length", "name"]);
    check("UPDATE d.people SET email = 'X@x.test' WHERE id < 3; CHECK DATABASE d").fails(4, &["unique", "email"]);
    bench.write("other.sql", DUMP.replace("VALUES (1,NULL),(2,1)", "VALUES (9,NULL),(2,1)"));
    // Orphans that the other database has too are no news; those that it has not are.
    check("ATTACH 'other.sql' AS o; CHECK DATABASE o AGAINST d").fails(4, &["foreign key"]);
    check("ATTACH 'other.sql' AS o; CHECK DATABASE d AGAINST o; CHECK DATABASE o AGAINST o_source").succeeds();
    check("CHECK DATABASE nothing").fails(1, &["nothing is attached as nothing"]);
}

#[test]
fn a_failed_check_publishes_nothing() {
    let bench = bench();
    bench.write("plan.sql", "ATTACH 'in.sql' AS d;\nUPDATE d.people SET id = pseudo_int(id, 'p');\nEXPORT DATABASE d TO 'o.sql';\nCHECK DATABASE d;\n");
    bench.loup(&["run", "plan.sql"]).fails(4, &["plan.sql:4", "CHECK DATABASE d"]);
    assert_eq!(bench.listing(), ["in.sql", "plan.sql"]);
}
