//! What decides how a dump's bytes are read: the server it was made by, and its modes.

/// The family of servers whose client reads a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Server {
    /// MySQL and MariaDB: files for the `mysql` client.
    MySql,
    /// PostgreSQL: plain files for `psql`.
    Postgres,
}

/// How literals are written at one place of a dump; `SET` statements change it on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Syntax {
    /// The server's family.
    pub server: Server,
    /// Whether a backslash escapes inside `'..'`: MySQL without NO_BACKSLASH_ESCAPES, PostgreSQL with
    /// `standard_conforming_strings = off`.
    pub backslash_escapes: bool,
    /// Whether `".."` is a name and no string: PostgreSQL always, MySQL with ANSI_QUOTES.
    pub ansi_quotes: bool,
}

impl Syntax {
    /// Returns the syntax of a server with its default modes.
    pub fn of(server: Server) -> Self {
        match server {
            Server::MySql => Self { server, backslash_escapes: true, ansi_quotes: false },
            Server::Postgres => Self { server, backslash_escapes: false, ansi_quotes: true },
        }
    }

    /// Returns whether the server is MySQL or MariaDB.
    pub fn is_mysql(self) -> bool {
        self.server == Server::MySql
    }

    /// Returns whether a backslash escapes inside a string that opens with `quote` and has no prefix.
    pub(super) fn escapes_in(self, quote: u8) -> bool {
        self.backslash_escapes && (quote == b'\'' || (quote == b'"' && !self.ansi_quotes))
    }
}

/// What the first bytes of a file say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A text dump of this family.
    Plain(Server),
    /// PostgreSQL's custom format: `pg_restore -f` makes a plain file of it.
    PostgresCustom,
    /// PostgreSQL's tar format: `pg_restore -f` makes a plain file of it.
    PostgresTar,
    /// Text in two bytes a character, as some shells redirect a program's output.
    Utf16,
}

/// Offset and text of the mark that every tar header of today carries.
const TAR_MARK: (usize, &[u8]) = (257, b"ustar");

/// Says what a file is by its first bytes (some kilobytes are enough), `None` where nothing gives it away.
///
/// # Example
/// ```
/// use loup_text::dump::{Format, Server, sniff};
///
/// assert_eq!(sniff(b"--\n-- PostgreSQL database dump\n--\n"), Some(Format::Plain(Server::Postgres)));
/// assert_eq!(sniff(b"-- MySQL dump 10.13  Distrib 8.0.27\n"), Some(Format::Plain(Server::MySql)));
/// assert_eq!(sniff(b"PGDMP\x01\x0e"), Some(Format::PostgresCustom));
/// ```
pub fn sniff(first: &[u8]) -> Option<Format> {
    if first.starts_with(b"PGDMP") {
        return Some(Format::PostgresCustom);
    }
    if first.get(TAR_MARK.0..).is_some_and(|rest| rest.starts_with(TAR_MARK.1)) {
        return Some(Format::PostgresTar);
    }
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Some(Format::Utf16);
    }
    // The earliest mark decides: a data cell further down may hold any text.
    let marks: [(&[u8], Server); 17] = [
        (b"PostgreSQL database", Server::Postgres),
        (b"DB Server: PostgreSql", Server::Postgres),
        (b"\nSET statement_timeout", Server::Postgres),
        (b"standard_conforming_strings", Server::Postgres),
        (b"pg_catalog.", Server::Postgres),
        (b"\\restrict ", Server::Postgres),
        (b"\\connect ", Server::Postgres),
        (b" FROM stdin", Server::Postgres),
        (b" FROM STDIN", Server::Postgres),
        (b"-- MySQL dump", Server::MySql),
        (b"-- MariaDB dump", Server::MySql),
        (b"/*M!", Server::MySql),
        (b"/*!", Server::MySql),
        (b"phpMyAdmin", Server::MySql),
        (b"DB Server: MySql", Server::MySql),
        (b"ENGINE=", Server::MySql),
        (b"`", Server::MySql),
    ];
    let earliest = marks
        .iter()
        .filter_map(|(mark, server)| Some((memchr::memmem::find(first, mark)?, *server)))
        .min_by_key(|found| found.0);
    earliest.map(|(_, server)| Format::Plain(server))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_mark_decides() {
        assert_eq!(sniff(b"/*M!999999\\- enable the sandbox mode */ \n-- x"), Some(Format::Plain(Server::MySql)));
        assert_eq!(sniff(b"COPY t FROM stdin;\n`\n\\.\n"), Some(Format::Plain(Server::Postgres)));
        assert_eq!(sniff(b"INSERT INTO `t` VALUES (' FROM stdin');"), Some(Format::Plain(Server::MySql)));
        assert_eq!(sniff(b"select 1;"), None);
        assert_eq!(sniff(b""), None);
    }

    #[test]
    fn other_formats_are_named() {
        let mut tar = vec![0; 512];
        tar[..7].copy_from_slice(b"toc.dat");
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(sniff(&tar), Some(Format::PostgresTar));
        assert_eq!(sniff(b"\xff\xfe-\0-\0"), Some(Format::Utf16));
    }
}
