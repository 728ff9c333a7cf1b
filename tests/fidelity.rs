//! What a plan does not touch comes out as it went in, and one identity keeps one pseudonym whatever its column's type.

use crate::raw_csv::{Table, records};
use crate::workbench::Workbench;

const SIXTY_DIGITS: &str = "123456789012345678901234567890123456789012345678901234567890";

/// Masks column `who` of a file and returns the file before and after.
fn mask_who(csv: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let bench = Workbench::new();
    bench.write("in/t.csv", csv);
    bench
        .sql("ATTACH 'in' AS f; UPDATE f.t SET who = hash_keyed(who, 'who', length => 12); EXPORT DATABASE f TO 'out'")
        .succeeds();
    (csv.to_vec(), bench.read("out/t.csv"))
}

/// Every cell but those of `who` is byte for byte the same.
#[track_caller]
fn assert_only_who_changed(csv: &[u8]) {
    let (before, after) = mask_who(csv);
    let (before, after) = (Table::parse(&before), Table::parse(&after));
    assert_eq!(before.header, after.header);
    assert_eq!(before.rows.len(), after.rows.len());
    let who = before.index("who");
    for (old, new) in before.rows.iter().zip(&after.rows) {
        for i in 0..old.len() {
            let (shown, is) = (String::from_utf8_lossy(&old[i]), String::from_utf8_lossy(&new[i]));
            assert_eq!(shown != is, i == who && !old[i].is_empty(), "column {i}: {shown:?} became {is:?}");
        }
    }
}

#[test]
fn null_and_empty_string_stay_apart() {
    assert_only_who_changed(b"who,a,b\nann,,\"\"\nbob,\"\",\n,x,y\n");
    let bench = Workbench::new();
    bench.write("in/t.csv", "who,a\n1,\n2,\"\"\n3,x\n");
    let query = |sql: &str| {
        let run = bench.loup(&["-c", &format!("ATTACH 'in' AS f; {sql}"), "--format", "csv"]);
        run.succeeds().stdout
    };
    let rows = query("SELECT who, a IS NULL AS n, a = '' AS e FROM f.t ORDER BY who");
    assert_eq!(rows, "who,n,e\n1,true,\n2,false,true\n3,false,false\n");
    assert_eq!(query("SELECT count(a) AS n FROM f.t"), "n\n2\n");
}

#[test]
fn null_and_empty_string_stay_apart_through_update_and_copy() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "k,a\n1,x\n2,x\n3,\"\"\n4,\n");
    bench
        .sql("ATTACH 'in' AS f; UPDATE f.t SET a = NULL WHERE k = '1'; UPDATE f.t SET a = '' WHERE k = '2'; COPY (SELECT * FROM f.t) TO 'out.csv'")
        .succeeds();
    assert_eq!(bench.read_text("out.csv"), "k,a\n1,\n2,\"\"\n3,\"\"\n4,\n");
}

#[test]
fn numbers_keep_their_spelling() {
    let csv =
        format!("who,a,b,c,d\nann,00123,1.50,1e5,{SIXTY_DIGITS}\nbob,-0.0,+7,0x1F,1_000\ncarl,NaN,inf,007.00,1E-300\n");
    assert_only_who_changed(csv.as_bytes());
}

#[test]
fn dates_booleans_and_null_words_keep_their_spelling() {
    assert_only_who_changed(
        b"who,a,b,c\nann,2020-1-5,TRUE,NULL\nbob,05/01/2020,t,\\N\ncarl,2020-01-05 00:00:00,no,null\n",
    );
}

#[test]
fn quotes_without_need_and_inside_cells_stay() {
    assert_only_who_changed(b"who,a,b\nann,\"plain\",\"say \"\"hi\"\"\"\nbob,in\"side,\"a,b\"\n");
}

#[test]
fn blanks_and_other_alphabets_stay() {
    assert_only_who_changed("who,a,b\nann,  padded ,François\nbob,\ttab\t,日本語\ncarl,e\u{301}, \n".as_bytes());
}

#[test]
fn line_breaks_inside_quotes_stay() {
    assert_only_who_changed(b"who,a,b\r\nann,\"one\ntwo\",x\r\nbob,\"one\r\ntwo\r\n\",\"\"\r\n");
    assert_only_who_changed(b"\xef\xbb\xbfwho,a\nann,\"\n\"\n");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name() {
    let (_, after) = mask_who(b"\xef\xbb\xbfwho,a\nann,1\n");
    assert_eq!(Table::parse(&after).header, ["who", "a"]);
}

#[test]
fn an_untouched_table_keeps_every_cell_and_row() {
    let bench = Workbench::new();
    let csv: &[u8] = b"\xef\xbb\xbfid,\"name\",empty\r\n00123,\"x\",\r\n1.50,\"\",\"y\nz\"\r\n1e5,,last";
    bench.write("in/t.csv", csv);
    bench.sql("ATTACH 'in' AS f; EXPORT DATABASE f TO 'out'").succeeds();
    let out = bench.read("out/t.csv");
    assert_eq!(records(&out, b',')[1..], records(csv, b',')[1..]);
    assert_eq!(Table::parse(&out).header, ["id", "name", "empty"]);
}

#[test]
fn a_masked_cell_is_quoted_where_it_must_be() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "a\nx\n");
    bench.sql("ATTACH 'in' AS f; UPDATE f.t SET a = concat('1,\"2\"', chr(10), '3'); COPY (SELECT * FROM f.t) TO 'out.csv'").succeeds();
    assert_eq!(bench.read_text("out.csv"), "a\n\"1,\"\"2\"\"\n3\"\n");
}

#[test]
fn tab_separated_and_compressed_files_come_out_as_they_are() {
    let bench = Workbench::new();
    bench.write("in/t.tsv", "id\ta\n00123\t\"x\ty\"\n1.50\t\n");
    bench.sql("ATTACH 'in' AS f; EXPORT DATABASE f TO 'out'").succeeds();
    assert_eq!(bench.read_text("out/t.tsv"), "id\ta\n00123\t\"x\ty\"\n1.50\t\n");
}

#[test]
fn one_beneficiary_has_one_pseudonym_as_bigint_int_and_text() {
    let bench = Workbench::new();
    bench.write("text/people.csv", "ben,name\n12345,a\n67890,b\n2147483648,c\n");
    bench
        .sql(
            "ATTACH 'text' AS t; \
             COPY (SELECT CAST(ben AS BIGINT) AS ben, name FROM t.people) TO 'typed/visits.parquet'; \
             COPY (SELECT CAST(ben AS INT) AS ben, name FROM t.people WHERE name <> 'c') TO 'typed/patients.parquet'",
        )
        .succeeds();
    let masked = "ATTACH 'text' AS t; ATTACH 'typed' AS p; \
        UPDATE t.people SET ben = pseudo_int(ben, 'beneficiary'); \
        UPDATE p.visits SET ben = pseudo_int(ben, 'beneficiary'); \
        UPDATE p.patients SET ben = pseudo_int(ben, 'beneficiary'); ";
    let query = format!(
        "{masked} SELECT t.name, t.ben AS as_text, v.ben AS as_bigint, p.ben AS as_int, arrow_typeof(v.ben) AS big, arrow_typeof(p.ben) AS small \
         FROM t.people t JOIN p.visits v ON v.name = t.name LEFT JOIN p.patients p ON p.name = t.name ORDER BY t.name"
    );
    let run = bench.loup(&["-c", &query, "--format", "csv"]).succeeds();
    let table = Table::parse(run.stdout.as_bytes());
    let (text, big, small) = (table.values("as_text"), table.values("as_bigint"), table.values("as_int"));
    assert_eq!(text, big, "text and BIGINT agree");
    assert_eq!(text[..2], small[..2], "text and INT agree");
    assert_eq!((small[2].clone(), text.len()), (None, 3));
    assert_eq!(
        (table.values("big")[0].as_deref(), table.values("small")[0].as_deref()),
        (Some("Int64"), Some("Int32"))
    );
    let originals = ["12345", "67890", "2147483648"];
    assert!(text.iter().flatten().all(|v| !originals.contains(&v.as_str())), "{text:?}");
    assert!(
        text[..2].iter().flatten().all(|v| v.parse::<i32>().is_ok_and(|n| n >= 0)),
        "an INT stays an INT: {text:?}"
    );
}

/// The older tool turned 12345 into 12345.0 as soon as one cell of the column was blank, and lost the join.
#[test]
fn a_column_with_blanks_still_joins() {
    let bench = Workbench::new();
    bench.write("in/people.csv", "ben,name\n12345,a\n67890,b\n");
    bench.write("in/visits.csv", "visit,ben\n1,12345\n2,\n3,67890\n4,\"\"\n5,12345\n");
    let run = bench.loup(&[
        "-c",
        "ATTACH 'in' AS f; \
         UPDATE f.people SET ben = pseudo_int(ben, 'b'); \
         UPDATE f.visits SET ben = pseudo_int(ben, 'b') WHERE ben <> ''; \
         EXPORT DATABASE f TO 'out'; \
         SELECT count(*) AS joined FROM f.visits v JOIN f.people p ON v.ben = p.ben",
        "--format",
        "csv",
    ]);
    assert_eq!(run.succeeds().stdout.trim(), "joined\n3");
    let visits = Table::parse(&bench.read("out/visits.csv"));
    let raw: Vec<&[u8]> = visits.rows.iter().map(|r| r[1].as_slice()).collect();
    assert_eq!((raw[1], raw[3]), (&b""[..], &b"\"\""[..]), "NULL and '' stay apart");
    assert!(!String::from_utf8(bench.read("out/visits.csv")).unwrap().contains(".0"));
    assert_eq!(raw[0], raw[4]);
}

#[test]
fn leading_zeros_make_another_identity() {
    let bench = Workbench::new();
    let sql = "SELECT hash_keyed('00123', 'd') = hash_keyed('123', 'd') AS same, hash_keyed(123, 'd') = hash_keyed('123', 'd') AS typed";
    let run = bench.loup(&["-c", sql, "--format", "csv"]).succeeds();
    assert_eq!(run.stdout.trim(), "same,typed\nfalse,true");
}
