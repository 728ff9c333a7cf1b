//! Says what a statement is by its first words.

use super::super::cells::Span;
use super::super::lexeme::{Cut, skip_blank};
use super::super::token::{TableName, Token, Tokens, table_name};
use super::super::{DumpErrorKind, Syntax};
use super::item::{Copy, CopyFormat, Insert, ItemKind};

/// What the start of a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A statement of this kind, up to its delimiter.
    Whole(ItemKind),
    /// An INSERT whose first row opens at this offset.
    Insert(Insert, usize),
    /// A COPY whose rows start at this offset.
    Copy(Copy, usize),
}

/// The words behind INSERT and REPLACE that say how, not where.
const HOW: [&str; 5] = ["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"];

/// Says what the statement at the start of `text` is.
pub(super) fn classify(text: &[u8], syntax: Syntax, is_last: bool) -> Result<Class, Cut> {
    let mut tokens = Tokens::of_start(text, syntax, is_last);
    let class = first_words(text, &mut tokens, syntax, is_last);
    match (class, tokens.cut()) {
        (Ok(class), None) => Ok(class),
        (_, Some(cut)) | (Err(cut), None) => Err(cut),
    }
}

fn first_words(text: &[u8], tokens: &mut Tokens<'_>, syntax: Syntax, is_last: bool) -> Result<Class, Cut> {
    let Some(first) = tokens.next() else {
        return Ok(Class::Whole(ItemKind::Other));
    };
    let word = |token: Token, word: &str| token.is(text, word);
    if word(first, "INSERT") || (word(first, "REPLACE") && syntax.is_mysql()) {
        return insert(text, tokens, word(first, "REPLACE"), syntax, is_last);
    }
    if word(first, "COPY") && !syntax.is_mysql() {
        return copy(text, tokens, is_last);
    }
    let kind = if word(first, "CREATE") {
        create(text, tokens, syntax)
    } else if word(first, "ALTER") {
        let is_table = tokens.next().is_some_and(|token| word(token, "TABLE"));
        is_table.then(|| named(text, tokens)).flatten().map(|table| ItemKind::AlterTable { table })
    } else if word(first, "DROP") {
        let is_table = tokens.next().is_some_and(|token| word(token, "TABLE"));
        is_table.then(|| named(text, tokens)).flatten().map(|table| ItemKind::DropTable { table })
    } else if word(first, "SET") {
        Some(ItemKind::Set)
    } else if word(first, "USE") && syntax.is_mysql() {
        let database = tokens.next().filter(|token| token.is_name(text)).map(|token| token.span);
        Some(ItemKind::Use { database })
    } else if word(first, "COMMENT") {
        tokens.next().filter(|&token| word(token, "ON")).map(|_| ItemKind::CommentOn)
    } else if word(first, "SECURITY") {
        tokens.next().filter(|&token| word(token, "LABEL")).map(|_| ItemKind::SecurityLabel)
    } else if word(first, "SELECT") && !syntax.is_mysql() {
        let next = tokens.next();
        let name = table_name(text, next, tokens).0;
        name.filter(|name| name.table.of(text).eq_ignore_ascii_case(b"set_config")).map(|_| ItemKind::Set)
    } else if word(first, "LOAD") && syntax.is_mysql() {
        Some(ItemKind::UnreadableData { table: None })
    } else {
        None
    };
    Ok(Class::Whole(kind.unwrap_or(ItemKind::Other)))
}

/// Reads a name behind IF [NOT] EXISTS and ONLY.
fn named(text: &[u8], tokens: &mut Tokens<'_>) -> Option<TableName> {
    let mut next = tokens.next();
    while next.is_some_and(|token| ["IF", "NOT", "EXISTS", "ONLY"].iter().any(|word| token.is(text, word))) {
        next = tokens.next();
    }
    table_name(text, next, tokens).0
}

/// The words between CREATE and what is created, for what is of interest here.
const CREATED_HOW: [&str; 19] = [
    "OR",
    "REPLACE",
    "TEMPORARY",
    "TEMP",
    "GLOBAL",
    "LOCAL",
    "UNLOGGED",
    "FOREIGN",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "MATERIALIZED",
    "RECURSIVE",
    "ALGORITHM",
    "DEFINER",
    "SQL",
    "SECURITY",
    "INVOKER",
    "CURRENT_USER",
];

fn create(text: &[u8], tokens: &mut Tokens<'_>, syntax: Syntax) -> Option<ItemKind> {
    while let Some(token) = tokens.next() {
        let is = |word: &str| token.is(text, word);
        if is("TABLE") {
            return named(text, tokens).map(|table| ItemKind::CreateTable { table });
        }
        if is("VIEW") {
            return named(text, tokens).map(|view| ItemKind::CreateView { view });
        }
        if is("DATABASE") || (is("SCHEMA") && syntax.is_mysql()) {
            return Some(ItemKind::CreateDatabase { database: named(text, tokens).map(|name| name.table) });
        }
        if is("INDEX") {
            return Some(ItemKind::CreateIndex);
        }
        if token.is_sign(b'=') || token.is_sign(b'@') {
            // ALGORITHM=x, DEFINER=`a`@`b`
            tokens.next();
        } else if !CREATED_HOW.iter().any(|word| is(word)) && !token.is_sign(b'(') && !token.is_sign(b')') {
            return None;
        }
    }
    None
}

fn insert(text: &[u8], tokens: &mut Tokens<'_>, is_replace: bool, syntax: Syntax, is_last: bool) -> Result<Class, Cut> {
    let mut next = tokens.next();
    while next.is_some_and(|token| HOW.iter().any(|word| token.is(text, word))) {
        next = tokens.next();
    }
    let (table, mut next) = table_name(text, next, tokens);
    let unreadable = Ok(Class::Whole(ItemKind::UnreadableData { table }));
    let Some(name) = table else {
        return unreadable;
    };
    let mut columns = None;
    while let Some(token) = next {
        if token.is_sign(b'(') && columns.is_none() {
            let Some((list, is_query)) = parentheses(text, tokens) else {
                return unreadable;
            };
            if is_query {
                return unreadable;
            }
            columns = Some(list);
        } else if token.is(text, "PARTITION") && columns.is_none() && syntax.is_mysql() {
            if tokens.next().is_none_or(|token| !token.is_sign(b'(')) || parentheses(text, tokens).is_none() {
                return unreadable;
            }
        } else if token.is(text, "OVERRIDING") {
            // OVERRIDING {SYSTEM | USER} VALUE
            tokens.next();
            tokens.next();
        } else if token.is(text, "VALUES") || token.is(text, "VALUE") {
            if tokens.is_conditional() {
                return unreadable;
            }
            let (row, _) = skip_blank(text, tokens.offset(), syntax, is_last)?;
            return match text.get(row) {
                Some(b'(') => Ok(Class::Insert(Insert { is_replace, table: name, columns }, row)),
                None if !is_last => Err(Cut::new(DumpErrorKind::UnclosedStatement, 0)),
                _ => unreadable,
            };
        } else {
            return unreadable;
        }
        next = tokens.next();
    }
    unreadable
}

/// Reads up to the parenthesis that closes; returns what stands inside, and whether it is a query.
fn parentheses(text: &[u8], tokens: &mut Tokens<'_>) -> Option<(Span, bool)> {
    let start = tokens.offset();
    let mut depth = 1_u32;
    let mut is_query = None;
    for token in tokens.by_ref() {
        is_query.get_or_insert(token.is(text, "SELECT") || token.is(text, "WITH"));
        if token.is_sign(b'(') {
            depth += 1;
        } else if token.is_sign(b')') {
            depth -= 1;
            if depth == 0 {
                return Some((Span::new(start, token.span.start()), is_query == Some(true)));
            }
        }
    }
    None
}

fn copy(text: &[u8], tokens: &mut Tokens<'_>, is_last: bool) -> Result<Class, Cut> {
    let mut next = tokens.next();
    if next.is_some_and(|token| token.is(text, "BINARY")) {
        next = tokens.next();
    }
    let (table, mut next) = table_name(text, next, tokens);
    let Some(name) = table else {
        // COPY (query) TO, or nothing known.
        return Ok(Class::Whole(ItemKind::Other));
    };
    let mut columns = None;
    let mut format = CopyFormat::Text;
    loop {
        let Some(token) = next else {
            return Ok(Class::Whole(ItemKind::UnreadableData { table }));
        };
        if token.is_sign(b'(') && columns.is_none() {
            columns = parentheses(text, tokens).map(|found| found.0);
        } else if token.is(text, "TO") {
            return Ok(Class::Whole(ItemKind::Other));
        } else if token.is(text, "FROM") {
            break;
        } else {
            // WITH OIDS of old dumps puts one more column first.
            format = CopyFormat::Other;
        }
        next = tokens.next();
    }
    if tokens.next().is_none_or(|token| !token.is(text, "STDIN")) {
        return Ok(Class::Whole(ItemKind::UnreadableData { table }));
    }
    for token in tokens.by_ref() {
        if token.is_sign(b';') {
            let behind = token.span.end();
            let copy = Copy { table: name, columns, format };
            return match memchr::memchr(b'\n', &text[behind..]) {
                Some(offset) if text[behind..behind + offset].trim_ascii().is_empty() => {
                    Ok(Class::Copy(copy, behind + offset + 1))
                }
                Some(_) => Err(Cut::new(DumpErrorKind::TextBehindCopy, behind)),
                None if is_last => Err(Cut::new(DumpErrorKind::UnclosedCopy, 0)),
                None => Err(Cut::new(DumpErrorKind::UnclosedStatement, 0)),
            };
        }
        let is = |word: &str| token.is(text, word);
        format = match format {
            CopyFormat::Text | CopyFormat::Csv if is("CSV") => CopyFormat::Csv,
            same if is("WITH") || is("FORMAT") || is("TEXT") || token.is_sign(b'(') || token.is_sign(b')') => same,
            _ => CopyFormat::Other,
        };
    }
    Ok(Class::Whole(ItemKind::UnreadableData { table }))
}
