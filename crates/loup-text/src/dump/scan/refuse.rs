//! Statements that would put values past whoever reads the rows: refused, where other statements are passed on.

use super::super::token::{Token, TokenKind, Tokens};
use super::super::{DumpErrorKind, Syntax};
use super::item::ItemKind;

/// Commands of the `mysql` client that end with their line, not with the delimiter: what follows would be taken for a part
/// of them.
const CLIENT: [&str; 15] = [
    "CHARSET", "CONNECT", "EDIT", "EGO", "EXIT", "GO", "NOPAGER", "NOTEE", "PAGER", "PROMPT", "QUIT", "SOURCE",
    "STATUS", "SYSTEM", "TEE",
];
/// What may follow DROP in an ALTER TABLE that leaves the columns as they are.
const DROPPED: [&str; 9] = ["CONSTRAINT", "PRIMARY", "FOREIGN", "INDEX", "KEY", "CHECK", "DEFAULT", "NOT", "IDENTITY"];

/// Returns why a whole statement of this kind cannot be passed on.
pub(super) fn refused(kind: &ItemKind, statement: &[u8], syntax: Syntax) -> Option<DumpErrorKind> {
    match kind {
        ItemKind::AlterTable { .. } => changes_columns(statement, syntax).then_some(DumpErrorKind::ColumnsChange),
        ItemKind::CreateTable { .. } => created(statement, syntax),
        ItemKind::Other => other(statement, syntax),
        _ => None,
    }
}

/// Returns whether what follows the rows of an INSERT holds values of its own.
pub(super) fn has_values(tail: &[u8], syntax: Syntax) -> bool {
    Tokens::new(tail, syntax).any(|token| {
        let is_number = token.kind == TokenKind::Word && token.span.of(tail)[0].is_ascii_digit();
        token.kind == TokenKind::Text || is_number
    })
}

fn other(statement: &[u8], syntax: Syntax) -> Option<DumpErrorKind> {
    let mut tokens = Tokens::new(statement, syntax);
    let first = tokens.next()?;
    let is = |token: Token, words: &[&str]| words.iter().any(|word| token.is(statement, word));
    if syntax.is_mysql() && is(first, &CLIENT) {
        return Some(DumpErrorKind::ClientCommand);
    }
    if is(first, &["RENAME"]) {
        return Some(DumpErrorKind::ColumnsChange);
    }
    // A byte order mark in the middle of a file is taken for a letter.
    let word = first.span.of(statement);
    let glued = [&b"INSERT"[..], b"REPLACE", b"COPY"];
    let is_glued = !word.is_ascii() && glued.iter().any(|verb| word.to_ascii_uppercase().ends_with(verb));
    // Bodies of routines and rights on tables are none of it.
    let is_apart = is(first, &["CREATE", "ALTER", "GRANT", "REVOKE", "DROP", "LOCK"]);
    let hides = !is_apart && (is(first, &["MERGE"]) || tokens.any(|token| is(token, &["INSERT", "MERGE"])));
    (is_glued || hides).then_some(DumpErrorKind::HiddenRows)
}

/// Looks for rows, and for columns whose place cannot be told, in a CREATE TABLE.
fn created(statement: &[u8], syntax: Syntax) -> Option<DumpErrorKind> {
    let (mut depth, mut behind_comma) = (0_u32, false);
    for token in Tokens::new(statement, syntax) {
        let is = |word: &str| token.is(statement, word);
        if depth == 0 && (is("SELECT") || is("AS")) {
            return Some(DumpErrorKind::HiddenRows);
        }
        if depth == 1 && behind_comma && is("LIKE") {
            return Some(DumpErrorKind::ColumnsChange);
        }
        behind_comma = token.is_sign(b',');
        depth += u32::from(token.is_sign(b'('));
        depth = depth.saturating_sub(u32::from(token.is_sign(b')')));
    }
    None
}

fn changes_columns(statement: &[u8], syntax: Syntax) -> bool {
    let mut tokens = Tokens::new(statement, syntax).peekable();
    let mut depth = 0_u32;
    while let Some(token) = tokens.next() {
        depth += u32::from(token.is_sign(b'('));
        depth = depth.saturating_sub(u32::from(token.is_sign(b')')));
        let is = |word: &str| token.is(statement, word);
        let mut next =
            |words: &[&str]| tokens.peek().is_some_and(|token| words.iter().any(|word| token.is(statement, word)));
        let changes = if is("RENAME") {
            !next(&["CONSTRAINT", "INDEX", "KEY"])
        } else if is("DROP") {
            !next(&DROPPED)
        } else {
            syntax.is_mysql() && (is("CHANGE") || is("FIRST") || is("AFTER"))
        };
        if changes && depth == 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::super::Server::{self, MySql, Postgres};
    use super::*;

    fn of(kind: &ItemKind, statement: &str, server: Server) -> Option<DumpErrorKind> {
        refused(kind, statement.as_bytes(), Syntax::of(server))
    }

    #[test]
    fn statements_that_hide_rows_are_refused() {
        for statement in [
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x;",
            "EXPLAIN ANALYZE INSERT INTO t VALUES (1);",
            "PREPARE p AS INSERT INTO t VALUES ($1);",
            "MERGE INTO t USING u ON true WHEN MATCHED THEN DO NOTHING;",
            "\u{feff}INSERT INTO t VALUES (1);",
        ] {
            assert_eq!(of(&ItemKind::Other, statement, Postgres), Some(DumpErrorKind::HiddenRows), "{statement}");
        }
        assert_eq!(
            of(&ItemKind::Other, "source x\nINSERT INTO t VALUES (1);", MySql),
            Some(DumpErrorKind::ClientCommand)
        );
        assert_eq!(of(&ItemKind::Other, "RENAME TABLE a TO b;", MySql), Some(DumpErrorKind::ColumnsChange));
    }

    #[test]
    fn statements_of_real_dumps_are_passed_on() {
        for statement in [
            "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
            "GRANT SELECT,INSERT ON TABLE t TO u;",
            "ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO u;",
            "SELECT pg_catalog.setval('a_seq', 1, true);",
            "LOCK TABLES `t` WRITE;",
        ] {
            assert_eq!(of(&ItemKind::Other, statement, Postgres), None, "{statement}");
        }
    }

    #[test]
    fn changes_of_columns_are_told_from_changes_of_keys() {
        for (statement, changes) in [
            ("ALTER TABLE `t` MODIFY `a` int AFTER `b`", true),
            ("ALTER TABLE t RENAME COLUMN a TO b", true),
            ("ALTER TABLE t DROP COLUMN a, ADD COLUMN a int", true),
            ("ALTER TABLE t CHANGE a b int", true),
            ("ALTER TABLE `t` ADD PRIMARY KEY (`after`), MODIFY `id` int NOT NULL AUTO_INCREMENT", false),
            ("ALTER TABLE `t` DISABLE KEYS", false),
            ("ALTER TABLE t DROP PRIMARY KEY, RENAME INDEX a TO b", false),
        ] {
            assert_eq!(changes_columns(statement.as_bytes(), Syntax::of(MySql)), changes, "{statement}");
        }
        assert!(!changes_columns(b"ALTER TABLE ONLY t ALTER COLUMN after DROP NOT NULL", Syntax::of(Postgres)));
    }

    #[test]
    fn values_behind_rows_are_seen() {
        let syntax = Syntax::of(MySql);
        for (tail, has) in [
            (" ON DUPLICATE KEY UPDATE a = 'x'", true),
            (" ON DUPLICATE KEY UPDATE a = 0x41", true),
            (" ON DUPLICATE KEY UPDATE `a` = VALUES(`a`)", false),
            (" ON CONFLICT DO NOTHING", false),
            ("", false),
        ] {
            assert_eq!(has_values(tail.as_bytes(), syntax), has, "{tail}");
        }
    }

    #[test]
    fn tables_made_of_queries_are_refused() {
        let name = super::super::super::Span::new(0, 0);
        let kind = ItemKind::CreateTable { table: super::super::super::TableName { schema: None, table: name } };
        assert_eq!(of(&kind, "CREATE TABLE t (a int) SELECT 1 AS a;", MySql), Some(DumpErrorKind::HiddenRows));
        assert_eq!(of(&kind, "CREATE TABLE t (a) AS VALUES (1);", Postgres), Some(DumpErrorKind::HiddenRows));
        assert_eq!(of(&kind, "CREATE TABLE t (a text, LIKE s);", Postgres), Some(DumpErrorKind::ColumnsChange));
        assert_eq!(of(&kind, "CREATE TABLE t (a text, CONSTRAINT c CHECK ((a LIKE 'x')));", Postgres), None);
        assert_eq!(of(&kind, "CREATE TABLE t PARTITION OF u FOR VALUES IN (1);", Postgres), None);
        assert_eq!(of(&kind, "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED);", MySql), None);
    }
}
