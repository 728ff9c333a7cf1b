//! Reads the definition of one column, and of one key.

use super::cursor::Cursor;
use super::token::Token;
use super::{Column, Dialect, Key, KeyKind};

/// Words that end a column's type.
const ATTRIBUTES: [&str; 26] = [
    "not",
    "null",
    "default",
    "auto_increment",
    "unique",
    "primary",
    "key",
    "comment",
    "collate",
    "character",
    "charset",
    "generated",
    "as",
    "references",
    "check",
    "constraint",
    "on",
    "column_format",
    "storage",
    "virtual",
    "stored",
    "persistent",
    "invisible",
    "visible",
    "srid",
    "compressed",
];

/// What one entry of a table's brackets says.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) column: Option<Column>,
    pub(super) keys: Vec<Key>,
}

/// Reads a column with the keys that stand in its definition.
pub(super) fn column(mut cursor: Cursor<'_, '_>) -> Option<Entry> {
    let name = cursor.name()?.into_owned();
    let mut column = Column { name, ..Column::default() };
    column.sql_type = sql_type(&mut cursor);
    let mut keys = Vec::new();
    let own = |kind, column: &Column| Key {
        kind,
        name: None,
        columns: vec![column.name.clone()],
        references: None,
        is_plain: true,
    };
    while !cursor.is_end() {
        if cursor.eat_all(&["not", "null"]) {
            column.not_null = true;
        } else if cursor.eat("default") {
            column.default = Some(expression(&mut cursor));
        } else if cursor.eat("auto_increment") {
            column.auto_increment = true;
        } else if cursor.eat_all(&["character", "set"]) || cursor.eat("charset") {
            column.charset = cursor.name().map(|name| name.to_lowercase());
        } else if cursor.eat("collate") {
            column.collation = cursor.path().and_then(|mut path| path.pop());
        } else if cursor.eat("comment") {
            column.comment = cursor.text();
        } else if cursor.eat("generated") {
            cursor.eat("always");
            cursor.eat_all(&["by", "default"]);
            cursor.eat("as");
            if cursor.eat("identity") {
                column.auto_increment = true;
            } else {
                column.generated = true;
            }
            cursor.brackets();
        } else if cursor.eat("as") {
            column.generated = cursor.brackets().is_some();
        } else if cursor.eat_all(&["primary", "key"]) {
            column.not_null = true;
            keys.push(own(KeyKind::Primary, &column));
        } else if cursor.eat("unique") {
            cursor.eat("key");
            keys.push(own(KeyKind::Unique, &column));
        } else if cursor.eat("references") {
            let references = references(&mut cursor)?;
            keys.push(Key { references: Some(references), ..own(KeyKind::Foreign, &column) });
        } else if cursor.brackets().is_none() {
            cursor.next();
        }
    }
    if ["serial", "bigserial", "smallserial"].contains(&column.base_type().as_str()) {
        column.auto_increment = true;
        column.not_null = true;
    }
    Some(Entry { column: Some(column), keys })
}

/// Reads a type up to the first attribute.
pub(super) fn sql_type(cursor: &mut Cursor<'_, '_>) -> String {
    let start = cursor.offset();
    let mut words = 0;
    while let Some(token) = cursor.peek() {
        let ends = match token {
            // `character varying` is a type, `character set` is none.
            Token::Word(word) if word.eq_ignore_ascii_case("character") => words > 0,
            Token::Word(word) => ATTRIBUTES.iter().any(|attribute| word.eq_ignore_ascii_case(attribute)),
            Token::Symbol('(') => {
                cursor.brackets();
                words += 1;
                continue;
            }
            Token::Symbol('[' | ']' | '.') | Token::Quoted(_) => false,
            _ => true,
        };
        if ends {
            break;
        }
        words += 1;
        cursor.next();
    }
    cursor.since(start).to_owned()
}

/// Reads an expression up to the next attribute, as it is written.
fn expression(cursor: &mut Cursor<'_, '_>) -> String {
    let start = cursor.offset();
    let mut taken = 0;
    while let Some(token) = cursor.peek() {
        let ends = taken > 0
            && matches!(token, Token::Word(word) if ATTRIBUTES.iter().any(|a| word.eq_ignore_ascii_case(a)))
            && !token.is("null");
        if ends {
            break;
        }
        taken += 1;
        if cursor.brackets().is_none() {
            cursor.next();
        }
    }
    cursor.since(start).to_owned()
}

/// Reads the name and columns that a foreign key points at.
fn references(cursor: &mut Cursor<'_, '_>) -> Option<(super::TableName, Vec<String>)> {
    let table = cursor.table_name()?;
    let columns = cursor.brackets().map(|inside| key_columns(inside).0).unwrap_or_default();
    Some((table, columns))
}

/// Reads what makes an entry a key and not a column; `None` where it is neither or one that says nothing of uniqueness.
pub(super) fn key(mut cursor: Cursor<'_, '_>) -> Option<Key> {
    let mut name = None;
    if cursor.eat("constraint") && !starts_key(&cursor) {
        name = cursor.name().map(std::borrow::Cow::into_owned);
    }
    let kind = if cursor.eat_all(&["primary", "key"]) {
        KeyKind::Primary
    } else if cursor.eat("unique") {
        let _ = cursor.eat("key") || cursor.eat("index");
        KeyKind::Unique
    } else if cursor.eat_all(&["foreign", "key"]) {
        KeyKind::Foreign
    } else {
        return None;
    };
    cursor.eat_all(&["nulls", "not", "distinct"]);
    // `USING INDEX i` of PostgreSQL names columns elsewhere; `USING BTREE` of MySQL may stand before them.
    if cursor.eat("using") {
        cursor.next();
    } else if !matches!(cursor.peek(), Some(Token::Symbol('('))) {
        name = cursor.name().map(std::borrow::Cow::into_owned).or(name);
        if cursor.eat("using") {
            cursor.next();
        }
    }
    let (columns, is_plain) = key_columns(cursor.brackets()?);
    let references = if cursor.eat("references") { Some(references(&mut cursor)?) } else { None };
    Some(Key { kind, name, columns, references, is_plain })
}

/// Returns whether an entry is a key, an index or a check rather than a column.
///
/// Columns of PostgreSQL may be named `key` or `index` without quotes; MySQL's may not.
pub(super) fn starts_key(cursor: &Cursor<'_, '_>) -> bool {
    const BOTH: [&str; 6] = ["primary", "unique", "foreign", "constraint", "check", "like"];
    let words: &[&str] = match cursor.dialect() {
        Dialect::MySql => &["key", "index", "fulltext", "spatial"],
        Dialect::Postgres => &["exclude"],
    };
    let is = |word: &str, known: &&str| word.eq_ignore_ascii_case(known);
    match cursor.peek() {
        Some(Token::Word(word)) if is(word, &"period") => cursor.peek_second().is_some_and(|next| next.is("for")),
        Some(Token::Word(word)) => BOTH.iter().chain(words).any(|known| is(word, known)),
        _ => false,
    }
}

/// Reads the columns of a key, and whether they are whole columns.
pub(super) fn key_columns(inside: Cursor<'_, '_>) -> (Vec<String>, bool) {
    let mut is_plain = true;
    let columns = inside.split_commas().into_iter().map(|mut part| {
        let name = part.name();
        // A prefix length makes no whole column, and neither does an expression.
        is_plain &= name.is_some() && !matches!(part.peek(), Some(Token::Symbol('(')));
        name.map(std::borrow::Cow::into_owned).unwrap_or_default()
    });
    let columns = columns.collect();
    (columns, is_plain)
}
