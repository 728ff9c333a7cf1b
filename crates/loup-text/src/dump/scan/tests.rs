//! Whole dumps, cut into pieces.

use super::*;
use crate::dump::{Server, TableName, name_of, names};
use proptest::prelude::*;

/// Scans with a window that starts with `window` bytes and grows as asked; checks that the pieces are the file.
fn scan_by(text: &[u8], server: Server, window: usize) -> Result<Vec<(Item, usize)>, DumpError> {
    let mut scanner = Scanner::new(Syntax::of(server));
    let (mut at, mut len) = (0, window);
    let mut items = Vec::new();
    loop {
        assert_eq!(scanner.position(), at as u64);
        let end = (at + len).min(text.len());
        match scanner.next(&text[at..end], end == text.len())? {
            Scan::Item(item) => {
                assert!(item.len > 0 && at + item.len <= end);
                items.push((item, at));
                at += item.len;
                len = window;
            }
            Scan::More(more) => {
                assert!(more > end - at && end < text.len());
                len = more;
            }
            Scan::End => {
                assert_eq!(at, text.len());
                return Ok(items);
            }
        }
    }
}

/// Returns each piece but white space as its kind and its text.
fn scan(text: &str, server: Server) -> Result<Vec<(String, &str)>, DumpErrorKind> {
    let items = scan_by(text.as_bytes(), server, usize::MAX / 2).map_err(|error| error.kind)?;
    let pieces = items.iter().filter(|(item, _)| item.kind != ItemKind::Space).map(|(item, at)| {
        let piece = &text[*at..at + item.len];
        let name = |table: TableName| String::from_utf8_lossy(&name_of(table.table.of(piece.as_bytes()))).into_owned();
        let kind = match item.kind {
            ItemKind::CreateTable { table } => format!("CreateTable {}", name(table)),
            ItemKind::CreateView { view } => format!("CreateView {}", name(view)),
            ItemKind::AlterTable { table } => format!("AlterTable {}", name(table)),
            ItemKind::DropTable { table } => format!("DropTable {}", name(table)),
            ItemKind::Use { database } => {
                format!("Use {}", database.map_or("", |span| &piece[span.start()..span.end()]))
            }
            ItemKind::CreateDatabase { database } => {
                format!("CreateDatabase {}", database.map_or("", |span| &piece[span.start()..span.end()]))
            }
            ItemKind::Insert(insert) => {
                let syntax = Syntax::of(server);
                let list = insert.columns.map_or(&b""[..], |span| span.of(piece.as_bytes()));
                let columns: Vec<_> =
                    names(list, syntax).map(|name| String::from_utf8_lossy(&name).into_owned()).collect();
                format!("{} {} {columns:?}", if insert.is_replace { "Replace" } else { "Insert" }, name(insert.table))
            }
            ItemKind::Copy(copy) => format!("Copy {} {:?}", name(copy.table), copy.format),
            ItemKind::Rows { rows } => format!("Rows {rows}"),
            ItemKind::UnreadableData { table } => format!("Unreadable {}", table.map_or_else(String::new, name)),
            other => format!("{other:?}"),
        };
        (kind, piece)
    });
    Ok(pieces.collect())
}

fn kinds(text: &str, server: Server) -> Vec<String> {
    scan(text, server).expect("a dump").into_iter().map(|(kind, _)| kind).collect()
}

const MYSQL: &str = r"/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19
--without a space
# another
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40101 SET NAMES utf8mb4 */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET latin1 */;
USE `shop`;
DROP TABLE IF EXISTS `a``b`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `a``b` (
  `id` int NOT NULL COMMENT 'it''s; -- not',
  `line
break` text,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
LOCK TABLES `a``b` WRITE;
/*!40000 ALTER TABLE `a``b` DISABLE KEYS */;
INSERT INTO `a``b` VALUES (1,'x;\';),('),(2,NULL),
(3,_binary '\\');
INSERT DELAYED IGNORE INTO shop.`a``b` (`id`, `line
break`) VALUES (4,'y') ON DUPLICATE KEY UPDATE id = VALUES(id);
REPLACE LOW_PRIORITY INTO t PARTITION (p0) VALUE
  -- rows
  (5);
insert into t select * from u;
INSERT INTO t SET a = 1;
UNLOCK TABLES;
/*!50001 CREATE TABLE `v` (
  `a` tinyint NOT NULL
) ENGINE=MyISAM */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER r BEFORE INSERT ON t FOR EACH ROW
BEGIN
  INSERT INTO log VALUES ('a;;'); SET NEW.x = 1;
END */;;
CREATE DEFINER=`root`@`localhost` PROCEDURE `p`()
BEGIN
  CREATE TEMPORARY TABLE z (a int);
END ;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select 1 AS `a` */;
-- Dump completed";

#[test]
fn a_mysql_dump_is_cut_into_its_statements() {
    let expected = [
        "Comment",
        "Comment",
        "Comment",
        "Comment",
        "Set",
        "Set",
        "CreateDatabase `shop`",
        "Use `shop`",
        "DropTable a`b",
        "Set",
        "CreateTable a`b",
        "Other",
        "AlterTable a`b",
        "Insert a`b []",
        "Rows 3",
        "InsertEnd",
        "Insert a`b [\"id\", \"line\\nbreak\"]",
        "Rows 1",
        "InsertEnd",
        "Replace t []",
        "Rows 1",
        "InsertEnd",
        "Unreadable t",
        "Unreadable t",
        "Other",
        "CreateTable v",
        "Delimiter",
        "Other",
        "Other",
        "Delimiter",
        "CreateView v",
        "Comment",
    ];
    assert_eq!(kinds(MYSQL, Server::MySql), expected);
}

const POSTGRES: &str = r#"--
-- PostgreSQL database dump
--
\restrict 9abc;'

SET statement_timeout = 0;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE DATABASE shop WITH TEMPLATE = template0;
\connect shop
COMMENT ON SCHEMA public IS 'it''s; \';
CREATE OR REPLACE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $_$
BEGIN
  INSERT INTO t VALUES (1); -- $$
END $_$;
CREATE FUNCTION public.g() RETURNS integer LANGUAGE sql
    BEGIN ATOMIC
 SELECT CASE WHEN true THEN 1 END;
 SELECT 2;
END;
CREATE RULE r AS ON INSERT TO t DO ALSO ( SELECT 1; SELECT 2; );
CREATE TABLE public."Odd ""Name;" (
    id integer NOT NULL,
    full_name text GENERATED ALWAYS AS ((a || 'x;'::text)) STORED
);
ALTER TABLE ONLY public."Odd ""Name;" ADD CONSTRAINT p PRIMARY KEY (id);
CREATE UNIQUE INDEX i ON public.t USING btree (a);
SECURITY LABEL FOR anon ON COLUMN public.t.a IS 'MASKED WITH VALUE NULL';
COPY public."Odd ""Name;" (id, "a b") FROM stdin;
1	a\\.b;'
2	\N
\.


COPY public.empty (id) FROM stdin;
\.
COPY public.csv FROM STDIN WITH CSV;
1,"x
y"
\.
COPY public.odd FROM stdin WITH (FORMAT text, DELIMITER '|');
1|2
\.
COPY public.elsewhere FROM '/tmp/x';
COPY public.t (a) TO stdout;
INSERT INTO public.t VALUES (1, 'a\', E'b\';),(', $$;'$$);
INSERT INTO public.t (a, "B") OVERRIDING SYSTEM VALUE VALUES
	(1, 'x'),
	(2, 'y')
ON CONFLICT DO NOTHING;
INSERT INTO public.none DEFAULT VALUES;
SELECT pg_catalog.setval('public.s', 1, true);
CREATE PUBLICATION p FOR TABLE t;
CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION f();
CREATE MATERIALIZED VIEW public.m AS SELECT 1;
\unrestrict 9abc;'
"#;

#[test]
fn a_postgres_dump_is_cut_into_its_statements() {
    let expected = [
        "Comment",
        "Comment",
        "Comment",
        "Command",
        "Set",
        "Set",
        "Set",
        "CreateDatabase shop",
        "Use shop",
        "CommentOn",
        "Other",
        "Other",
        "Other",
        "CreateTable Odd \"Name;",
        "AlterTable Odd \"Name;",
        "CreateIndex",
        "SecurityLabel",
        "Copy Odd \"Name; Text",
        "Rows 2",
        "CopyEnd",
        "Copy empty Text",
        "CopyEnd",
        "Copy csv Csv",
        "Rows 2",
        "CopyEnd",
        "Copy odd Other",
        "Rows 1",
        "CopyEnd",
        "Unreadable elsewhere",
        "Other",
        "Insert t []",
        "Rows 1",
        "InsertEnd",
        "Insert t [\"a\", \"B\"]",
        "Rows 2",
        "InsertEnd",
        "Unreadable none",
        "Other",
        "Other",
        "Other",
        "CreateView m",
        "Command",
    ];
    assert_eq!(kinds(POSTGRES, Server::Postgres), expected);
}

#[test]
fn the_pieces_of_an_insert_are_its_header_rows_and_tail() {
    let pieces =
        scan("INSERT INTO t (a) VALUES\n (1),\n (2)\nON CONFLICT DO NOTHING;\n", Server::Postgres).expect("a dump");
    let texts: Vec<_> = pieces.iter().map(|(_, text)| *text).collect();
    assert_eq!(texts, ["INSERT INTO t (a) VALUES\n ", "(1),\n (2)", "\nON CONFLICT DO NOTHING;"]);
}

#[test]
fn modes_change_where_strings_end() {
    let off = "SET standard_conforming_strings = off;\nINSERT INTO t VALUES ('\\';');";
    assert_eq!(kinds(off, Server::Postgres), ["Set", "Insert t []", "Rows 1", "InsertEnd"]);
    let plain = "/*!40101 SET sql_mode='NO_BACKSLASH_ESCAPES' */;INSERT INTO t VALUES ('\\');/*!40101 SET sql_mode='' */;INSERT INTO t VALUES ('\\');');";
    assert_eq!(
        kinds(plain, Server::MySql),
        ["Set", "Insert t []", "Rows 1", "InsertEnd", "Set", "Insert t []", "Rows 1", "InsertEnd"]
    );
    let ansi = "SET sql_mode='ANSI';INSERT INTO \"a\\\" VALUES (1);";
    assert_eq!(kinds(ansi, Server::MySql), ["Set", "Insert a\\ []", "Rows 1", "InsertEnd"]);
}

#[test]
fn cut_files_are_errors_with_their_kind() {
    use DumpErrorKind::{
        ExpectedTuple, UnclosedComment, UnclosedCopy, UnclosedStatement, UnclosedString, UnclosedTuple,
    };
    let mysql = |text| scan(text, Server::MySql).expect_err("cut");
    assert_eq!(mysql("INSERT INTO t VALUES (1,'a"), UnclosedTuple);
    assert_eq!(mysql("INSERT INTO t VALUES (1,'a'),"), UnclosedStatement);
    assert_eq!(mysql("INSERT INTO t VALUES (1),(2"), UnclosedTuple);
    assert_eq!(mysql("INSERT INTO t VALUES (1)"), UnclosedStatement);
    assert_eq!(mysql("INSERT INTO t VALUES (1) (2);"), ExpectedTuple);
    assert_eq!(mysql("INSERT INTO t VALUES (1), x;"), ExpectedTuple);
    assert_eq!(mysql("CREATE TABLE t (a int"), UnclosedStatement);
    assert_eq!(mysql("CREATE TABLE t (a int COMMENT 'x"), UnclosedString);
    assert_eq!(mysql("/* x"), UnclosedComment);
    assert_eq!(mysql("SET NAMES gbk;"), DumpErrorKind::UnsupportedCharset);
    let postgres = |text| scan(text, Server::Postgres).expect_err("cut");
    assert_eq!(postgres("COPY t (a) FROM stdin;\n1\n"), UnclosedCopy);
    assert_eq!(postgres("COPY t (a) FROM stdin;\n1"), UnclosedCopy);
    assert_eq!(postgres("COPY t (a) FROM stdin;\n"), UnclosedCopy);
    assert_eq!(postgres("COPY t (a) FROM stdin; x\n\\.\n"), DumpErrorKind::TextBehindCopy);
    assert_eq!(postgres("\\copy t from stdin\n1\n\\.\n"), DumpErrorKind::ClientCopy);
    assert_eq!(postgres("CREATE FUNCTION f() AS $$ x"), UnclosedString);
    let error = scan_by(b"SET a = 1;\nINSERT INTO t VALUES (1),\n(2,'x", Server::MySql, 16).expect_err("cut");
    assert_eq!(error, DumpError { kind: UnclosedTuple, offset: 37 });
}

#[test]
fn the_size_of_the_window_changes_no_piece_but_runs_of_rows() {
    for (text, server) in [(MYSQL, Server::MySql), (POSTGRES, Server::Postgres)] {
        let join = |items: Vec<(Item, usize)>| {
            let mut joined: Vec<(String, usize, usize)> = Vec::new();
            for (item, at) in items {
                let kind = if let ItemKind::Rows { rows } = item.kind {
                    format!("Rows {rows}")
                } else {
                    format!("{:?}", item.kind)
                };
                match joined.last_mut() {
                    Some((last, _, end)) if last.starts_with("Rows") && kind.starts_with("Rows") && *end == at => {
                        let count = |kind: &str| kind[5..].parse::<u64>().expect("a count");
                        *last = format!("Rows {}", count(last) + count(&kind));
                        *end = at + item.len;
                    }
                    // White space may come in pieces too.
                    Some((last, _, end)) if last == "Space" && kind == "Space" => *end = at + item.len,
                    _ => joined.push((kind, at, at + item.len)),
                }
            }
            joined
        };
        let whole = join(scan_by(text.as_bytes(), server, text.len()).expect("a dump"));
        for window in 1..200 {
            assert_eq!(join(scan_by(text.as_bytes(), server, window).expect("a dump")), whole, "{window}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever the bytes, a scan ends, and the window's size changes neither the error nor where the pieces end.
    #[test]
    fn any_bytes_are_cut_alike_by_any_window(
        parts in proptest::collection::vec(proptest::sample::select(&[
            "INSERT INTO t VALUES ", "(", ")", ",", ";", "'", "\"", "`", "\\", "\n", "--", "-- ", "/*", "*/", "/*!50000 ", "#",
            "$$", "$a$", "COPY t FROM stdin;\n", "\\.\n", "\\.", "E'", "x", " ", "DELIMITER ;;\n", "CREATE TABLE t ", "SET a='",
            "(1),(2)", "ON", "\\connect x\n", "begin", "N",
        ][..]), 0..24),
        window in 1usize..40,
        is_mysql: bool,
    ) {
        let text = parts.concat();
        let server = if is_mysql { Server::MySql } else { Server::Postgres };
        let ends = |items: Vec<(Item, usize)>| -> Vec<usize> {
            let kept = items.iter().filter(|(item, _)| !matches!(item.kind, ItemKind::Rows { .. } | ItemKind::Space));
            kept.map(|(item, at)| at + item.len).collect()
        };
        let whole = scan_by(text.as_bytes(), server, text.len().max(1)).map(ends);
        let cut = scan_by(text.as_bytes(), server, window).map(ends);
        match (whole, cut) {
            (Ok(whole), Ok(cut)) => prop_assert_eq!(whole, cut),
            (Err(whole), Err(cut)) => prop_assert_eq!(whole.kind, cut.kind),
            (whole, cut) => prop_assert!(false, "{whole:?} {cut:?}"),
        }
    }
}
