//! Reads one statement.

use super::column::{column, key, key_columns, sql_type, starts_key};
use super::cursor::Cursor;
use super::token::{Token, tokens};
use super::{Alteration, Definition, Dialect, Key, KeyKind, Table, TableName};

/// Returns what a statement says of tables; [`Definition::Other`] alone where that is nothing.
pub fn define(text: &str, dialect: Dialect) -> Vec<Definition> {
    let tokens = tokens(text, dialect);
    let mut cursor = Cursor::new(text, &tokens, dialect);
    let found = if cursor.eat("create") {
        create(cursor)
    } else if cursor.eat_all(&["alter", "table"]) {
        alter(cursor)
    } else if cursor.eat_all(&["comment", "on"]) {
        comment(cursor).map(|found| vec![found])
    } else if cursor.eat_all(&["security", "label"]) {
        security_label(cursor).map(|found| vec![found])
    } else if cursor.eat("use") {
        cursor.name().map(|name| vec![Definition::Database(name.into_owned())])
    } else if cursor.eat_all(&["set", "search_path"])
        || cursor.eat_all(&["set", "session", "search_path"])
        || cursor.eat_all(&["set", "local", "search_path"])
    {
        search_path(cursor).map(|found| vec![found])
    } else if cursor.eat("select") {
        set_config(cursor).map(|found| vec![found])
    } else {
        None
    };
    found.filter(|found| !found.is_empty()).unwrap_or_else(|| vec![Definition::Other])
}

/// Reads a table's name as a statement writes it: `a`, `` `a`.`b` ``, `"a"."b"`.
pub fn table_name(text: &str, dialect: Dialect) -> Option<TableName> {
    let tokens = tokens(text, dialect);
    let mut cursor = Cursor::new(text, &tokens, dialect);
    cursor.table_name().filter(|_| cursor.is_end())
}

fn create(mut cursor: Cursor<'_, '_>) -> Option<Vec<Definition>> {
    cursor.eat_all(&["or", "replace"]);
    for word in ["global", "local", "temporary", "temp", "unlogged", "foreign"] {
        cursor.eat(word);
    }
    if cursor.eat("table") {
        return table(cursor).map(|table| vec![Definition::Table(table)]);
    }
    if cursor.eat("database") {
        cursor.eat_all(&["if", "not", "exists"]);
        return Some(vec![Definition::Database(cursor.name()?.into_owned())]);
    }
    if cursor.eat("domain") {
        let name = cursor.table_name()?;
        cursor.eat("as");
        return Some(vec![Definition::Type(name, sql_type(&mut cursor))]);
    }
    if cursor.eat("type") {
        let name = cursor.table_name()?;
        let is_enum = cursor.eat_all(&["as", "enum"]);
        return is_enum.then(|| vec![Definition::Type(name, "enum".to_owned())]);
    }
    if cursor.eat_all(&["unique", "index"]) {
        return unique_index(cursor);
    }
    None
}

fn unique_index(mut cursor: Cursor<'_, '_>) -> Option<Vec<Definition>> {
    cursor.eat("concurrently");
    cursor.eat_all(&["if", "not", "exists"]);
    let name = cursor.name()?.into_owned();
    if !cursor.eat("on") {
        return None;
    }
    cursor.eat("only");
    let table = cursor.table_name()?;
    if cursor.eat("using") {
        cursor.next();
    }
    let (columns, mut is_plain) = key_columns(cursor.brackets()?);
    while let Some(token) = cursor.next() {
        is_plain &= !token.is("where");
    }
    let key = Key { kind: KeyKind::Unique, name: Some(name), columns, references: None, is_plain };
    Some(vec![Definition::Key(table, key)])
}

fn table(mut cursor: Cursor<'_, '_>) -> Option<Table> {
    cursor.eat_all(&["if", "not", "exists"]);
    let mut table = Table { name: cursor.table_name()?, ..Table::default() };
    if cursor.eat_all(&["partition", "of"]) {
        table.parents.push(cursor.table_name()?);
    }
    if let Some(inside) = cursor.brackets() {
        for mut entry in inside.split_commas() {
            if !starts_key(&entry) {
                if let Some(entry) = column(entry) {
                    table.columns.extend(entry.column);
                    table.keys.extend(entry.keys);
                }
            } else if entry.eat("like") {
                table.liked.extend(entry.table_name());
            } else {
                table.keys.extend(key(entry));
            }
        }
    }
    options(cursor, &mut table);
    let primary = table.keys.iter().find(|key| key.kind == KeyKind::Primary);
    let primary = primary.map(|key| key.columns.clone()).unwrap_or_default();
    for column in table.columns.iter_mut().filter(|column| primary.contains(&column.name)) {
        column.not_null = true;
    }
    Some(table)
}

fn options(mut cursor: Cursor<'_, '_>, table: &mut Table) {
    while let Some(token) = cursor.next() {
        let Token::Word(word) = token else { continue };
        match word.to_ascii_lowercase().as_str() {
            "inherits" => {
                let inside = cursor.brackets().map(Cursor::split_commas).unwrap_or_default();
                table.parents.extend(inside.into_iter().filter_map(|mut parent| parent.table_name()));
            }
            "charset" | "set" => {
                cursor.eat_symbol('=');
                table.charset = cursor.name().map(|name| name.to_lowercase());
            }
            "collate" => {
                cursor.eat_symbol('=');
                table.collation = cursor.name().map(std::borrow::Cow::into_owned);
            }
            "comment" => {
                cursor.eat_symbol('=');
                table.comment = cursor.text();
            }
            // What partitions say of themselves is not the table's.
            "partition" => return,
            _ => {}
        }
    }
}

fn alter(mut cursor: Cursor<'_, '_>) -> Option<Vec<Definition>> {
    cursor.eat_all(&["if", "exists"]);
    cursor.eat("only");
    let table = cursor.table_name()?;
    if cursor.eat_all(&["attach", "partition"]) {
        return Some(vec![Definition::Partition(table, cursor.table_name()?)]);
    }
    let mut found = Vec::new();
    for mut action in cursor.split_commas() {
        if action.eat("add") {
            found.extend(key(action).map(|key| Definition::Key(table.clone(), key)));
        } else if action.eat("alter") {
            action.eat("column");
            let column = action.name()?.into_owned();
            let alteration = if action.eat_all(&["set", "not", "null"]) {
                Alteration::NotNull
            } else if action.eat_all(&["set", "default"]) {
                let start = action.offset();
                while action.next().is_some() {}
                Alteration::Default(action.since(start).to_owned())
            } else if action.eat_all(&["add", "generated"]) {
                Alteration::Identity
            } else {
                continue;
            };
            found.push(Definition::Alter(table.clone(), column, alteration));
        }
    }
    Some(found)
}

/// Reads what a comment or label is on: the table, and the column where it is on one.
fn target(cursor: &mut Cursor<'_, '_>) -> Option<(TableName, Option<String>)> {
    let is_column = cursor.eat("column");
    if !is_column && !cursor.eat("table") {
        return None;
    }
    let mut path = cursor.path()?;
    let column = if is_column { path.pop() } else { None };
    let name = path.pop()?;
    Some((TableName { schema: path.pop(), name }, column))
}

fn comment(mut cursor: Cursor<'_, '_>) -> Option<Definition> {
    let (table, column) = target(&mut cursor)?;
    cursor.eat("is");
    Some(Definition::Comment(table, column, cursor.text()))
}

fn security_label(mut cursor: Cursor<'_, '_>) -> Option<Definition> {
    let provider = if cursor.eat("for") {
        match cursor.next()? {
            Token::Word(word) => (*word).to_owned(),
            Token::Quoted(name) | Token::Text(name) => name.to_string(),
            Token::Symbol(_) => return None,
        }
    } else {
        String::new()
    };
    cursor.eat("on");
    let (table, column) = target(&mut cursor)?;
    cursor.eat("is");
    Some(Definition::SecurityLabel(provider, table, column, cursor.text()))
}

fn search_path(mut cursor: Cursor<'_, '_>) -> Option<Definition> {
    let _ = cursor.eat_symbol('=') || cursor.eat("to");
    loop {
        let first = match cursor.next()? {
            Token::Word(word) => (*word).to_owned(),
            Token::Quoted(name) | Token::Text(name) => name.to_string(),
            Token::Symbol(_) => return None,
        };
        // The user's own schema is hardly ever there.
        if first != "$user" || !cursor.eat_symbol(',') {
            return Some(Definition::SearchPath(first));
        }
    }
}

/// Reads `SELECT pg_catalog.set_config('search_path', 'public', false)`.
fn set_config(mut cursor: Cursor<'_, '_>) -> Option<Definition> {
    if cursor.path()?.last()? != "set_config" {
        return None;
    }
    let mut arguments = cursor.brackets()?.split_commas().into_iter();
    if arguments.next()?.text()? != "search_path" {
        return None;
    }
    let path = arguments.next()?.text()?;
    let first = path.split(',').next().unwrap_or_default().trim().trim_matches('"');
    Some(Definition::SearchPath(first.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str, dialect: Dialect) -> Definition {
        let mut found = define(text, dialect);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    fn created(text: &str, dialect: Dialect) -> Table {
        let Definition::Table(table) = only(text, dialect) else { panic!("no table") };
        table
    }

    #[test]
    fn a_mysql_table_with_everything() {
        let table = created(
            "CREATE TABLE `shop`.`cust``omer` (
              `id` int(10) unsigned zerofill NOT NULL AUTO_INCREMENT COMMENT 'pii:id, ok',
              `name` varchar(50) CHARACTER SET latin1 COLLATE latin1_german1_ci DEFAULT 'O''Neil, (x)',
              `kind` enum('a','b,c') NOT NULL DEFAULT 'a',
              `full` varchar(101) GENERATED ALWAYS AS (concat(`name`,',')) VIRTUAL,
              `when` timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
              `note` text /*!50606 COLUMN_FORMAT DYNAMIC */ DEFAULT NULL,
              PRIMARY KEY (`id`),
              UNIQUE KEY `u` (`name`(10),`kind`),
              UNIQUE KEY `v` (`kind`) USING BTREE,
              KEY `k` (`kind`),
              FULLTEXT KEY `f` (`note`),
              CONSTRAINT `fk` FOREIGN KEY (`kind`, `id`) REFERENCES `other`.`kinds` (`kind`, `id`) ON DELETE CASCADE,
              CONSTRAINT `c` CHECK (`id` > 0)
            ) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='people'
            /*!50100 PARTITION BY HASH (id) (PARTITION p0 COMMENT = 'no') */",
            Dialect::MySql,
        );
        assert_eq!(table.name, TableName { schema: Some("shop".into()), name: "cust`omer".into() });
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "name", "kind", "full", "when", "note"]);
        let [id, name, kind, full, when, note] = table.columns.as_slice() else { panic!() };
        assert_eq!((id.sql_type.as_str(), id.base_type().as_str()), ("int(10) unsigned zerofill", "int"));
        assert!(id.not_null && id.auto_increment && id.has_attribute("ZEROFILL"));
        assert_eq!(id.comment.as_deref(), Some("pii:id, ok"));
        assert_eq!((name.type_arguments(), name.default.as_deref()), (vec![50], Some("'O''Neil, (x)'")));
        assert_eq!((name.charset.as_deref(), name.collation.as_deref()), (Some("latin1"), Some("latin1_german1_ci")));
        assert_eq!((kind.sql_type.as_str(), kind.not_null), ("enum('a','b,c')", true));
        assert!(full.generated && !note.generated);
        assert_eq!(when.default.as_deref(), Some("current_timestamp(3)"));
        assert_eq!(note.sql_type, "text");
        assert_eq!((table.charset.as_deref(), table.comment.as_deref()), (Some("utf8mb4"), Some("people")));
        let [primary, u, v, fk] = table.keys.as_slice() else { panic!("{:?}", table.keys) };
        assert_eq!((primary.kind, primary.columns.as_slice()), (KeyKind::Primary, ["id".to_owned()].as_slice()));
        assert!(!u.is_plain && v.is_plain);
        assert_eq!((v.name.as_deref(), v.columns.len()), (Some("v"), 1));
        let references = fk.references.as_ref().expect("a foreign key");
        assert_eq!(
            (references.0.schema.as_deref(), references.1.len(), fk.name.as_deref()),
            (Some("other"), 2, Some("fk"))
        );
    }

    #[test]
    fn postgres_tables_and_what_is_added_later() {
        let table = created(
            "CREATE TABLE public.\"Film\" (
                id integer DEFAULT nextval('public.film_id_seq'::regclass) NOT NULL,
                title character varying(255) COLLATE pg_catalog.\"C\" NOT NULL,
                year public.year,
                rate numeric(4,2) DEFAULT 4.99,
                at timestamp without time zone DEFAULT now() NOT NULL,
                tags text[],
                total integer GENERATED ALWAYS AS ((id * 2)) STORED,
                n bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
                CONSTRAINT ok CHECK ((id > 0))
            ) INHERITS (public.base, other)",
            Dialect::Postgres,
        );
        let types: Vec<_> = table.columns.iter().map(|column| column.sql_type.as_str()).collect();
        assert_eq!(
            types,
            [
                "integer",
                "character varying(255)",
                "public.year",
                "numeric(4,2)",
                "timestamp without time zone",
                "text[]",
                "integer",
                "bigint"
            ]
        );
        assert_eq!(table.columns[0].default.as_deref(), Some("nextval('public.film_id_seq'::regclass)"));
        assert!(table.columns[0].not_null && table.columns[1].not_null && table.columns[4].not_null);
        assert!(table.columns[6].generated && !table.columns[7].generated && table.columns[7].auto_increment);
        assert_eq!(table.columns[1].base_type(), "character varying");
        assert_eq!((table.parents.len(), table.keys.len()), (2, 0));

        let Definition::Key(name, key) = only(
            "ALTER TABLE ONLY public.a ADD CONSTRAINT fk FOREIGN KEY (x, y) REFERENCES public.b(x, y) ON UPDATE CASCADE",
            Dialect::Postgres,
        ) else {
            panic!()
        };
        assert_eq!((name.name.as_str(), key.columns.len(), key.kind), ("a", 2, KeyKind::Foreign));
        let Definition::Key(_, key) =
            only("CREATE UNIQUE INDEX u ON public.a USING btree (lower(x)) WHERE (y IS NULL)", Dialect::Postgres)
        else {
            panic!()
        };
        assert!(!key.is_plain);
        let definition = only("COMMENT ON COLUMN public.a.b IS 'pii:''x'''", Dialect::Postgres);
        let name = TableName { schema: Some("public".into()), name: "a".into() };
        assert_eq!(definition, Definition::Comment(name.clone(), Some("b".into()), Some("pii:'x'".into())));
        let label =
            only("SECURITY LABEL FOR anon ON COLUMN public.a.b IS 'MASKED WITH FUNCTION x()'", Dialect::Postgres);
        let expected = Some("MASKED WITH FUNCTION x()".to_owned());
        assert_eq!(label, Definition::SecurityLabel("anon".into(), name, Some("b".into()), expected));
        assert_eq!(
            only("SELECT pg_catalog.set_config('search_path', '', false)", Dialect::Postgres),
            Definition::SearchPath(String::new())
        );
        assert_eq!(
            only("SET search_path = public, pg_catalog", Dialect::Postgres),
            Definition::SearchPath("public".into())
        );
        let odd = created("CREATE TABLE t (key integer, index text, fulltext tsvector NOT NULL)", Dialect::Postgres);
        assert_eq!((odd.columns.len(), odd.keys.len()), (3, 0));
        let partition = created("CREATE TABLE p PARTITION OF public.m FOR VALUES FROM (1) TO (2)", Dialect::Postgres);
        assert_eq!((partition.parents.len(), partition.columns.len()), (1, 0));
    }

    #[test]
    fn other_statements_say_nothing() {
        for text in ["DROP TABLE x", "CREATE VIEW v AS SELECT 1", "", "CREATE", "ALTER TABLE", "CREATE TABLE", "🦊"] {
            for dialect in [Dialect::MySql, Dialect::Postgres] {
                assert_eq!(define(text, dialect), [Definition::Other], "{text}");
            }
        }
    }
}
