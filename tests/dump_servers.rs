//! Dumps and the servers that they come from: what is read is what the server holds, and what is written restores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dumps::{corpus, expected_rows};
use crate::servers::{Database, Server};
use crate::workbench::Workbench;

fn server_of(name: &str) -> Server {
    if name.starts_with("sql/mysql") { Server::MariaDb } else { Server::Postgres }
}

/// The dumps that their server loads whole.
fn loaded() -> Vec<(String, PathBuf)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let expected = expected_rows();
    let is_whole = |name: &str| expected.get(name).is_some_and(|file| file["errors"] == 0 && file["schema"].is_null());
    // An anonymizer's output with COPY .. WITH CSV; a dump whose defaults name its own database; scripts by hand, whose dates the
    // server writes otherwise.
    let others = ["pg_dump_anon.expected.sql", "alltypes-base.mariadb-dump-10.19.sql", "chinook.script.sql"];
    corpus.into_iter().filter(|(name, _)| is_whole(name) && !others.iter().any(|other| name.ends_with(other))).collect()
}

/// A table of a dump, with its columns and their SQL types, as Loup knows them.
#[derive(Debug)]
struct Table {
    database: String,
    name: String,
    columns: Vec<(String, String)>,
}

fn tables(bench: &Workbench) -> Vec<Table> {
    let sql = "ATTACH 'in.sql' AS d; SELECT \"table\", \"column\", type FROM loup.columns ORDER BY 1, position";
    let run = bench.loup(&["-c", sql, "--format", "json"]).succeeds();
    let mut tables: Vec<Table> = Vec::new();
    for line in run.stdout.lines() {
        let row: BTreeMap<String, String> = serde_json::from_str(line).unwrap();
        let (schema, name) = row["table"].rsplit_once('.').unwrap_or(("", &row["table"]));
        if tables.last().is_none_or(|table| table.name != name || table.database != schema) {
            tables.push(Table { database: schema.to_owned(), name: name.to_owned(), columns: Vec::new() });
        }
        tables.last_mut().unwrap().columns.push((row["column"].clone(), row["type"].clone()));
    }
    tables
}

/// All rows of a table as Loup reads them: each value in hexadecimal, `~` for NULL, rows sorted.
fn as_read(bench: &Workbench, table: &Table) -> Vec<String> {
    let values = table.columns.iter().map(|(name, data_type)| {
        let name = format!("\"{}\"", name.replace('"', "\"\""));
        let bytes = match data_type.as_str() {
            "BinaryView" => name,
            "Utf8View" => format!("arrow_cast({name}, 'Binary')"),
            _ => format!("arrow_cast(CAST({name} AS VARCHAR), 'Binary')"),
        };
        format!("coalesce(encode({bytes}, 'hex'), '~')")
    });
    let full = match table.database.as_str() {
        "" => format!("d.\"{}\"", table.name.replace('"', "\"\"")),
        schema => format!("d.\"{schema}\".\"{}\"", table.name.replace('"', "\"\"")),
    };
    let sql = format!(
        "ATTACH 'in.sql' AS d; COPY (SELECT concat_ws('|', {}) AS v FROM {full}) TO 'v.csv'",
        values.collect::<Vec<_>>().join(", ")
    );
    bench.write("read.sql", sql);
    let run = bench.loup(&["run", "read.sql", "--quiet"]);
    if run.code != 0 {
        return vec![run.stderr];
    }
    let mut rows: Vec<String> =
        bench.read_text("v.csv").lines().skip(1).map(|line| line.trim_matches('"').to_owned()).collect();
    rows.sort();
    rows
}

/// The same as the server holds it.
fn as_held(database: &Database, server: Server, table: &Table) -> Vec<String> {
    let name = &table.name;
    let sql = match server {
        Server::MariaDb => {
            let kinds = database.query(&format!(
                "SELECT column_name, data_type, character_set_name IS NOT NULL FROM information_schema.columns WHERE table_schema = '{}' AND table_name = '{}'",
                database.name(),
                name.replace('\'', "''").replace('\\', "\\\\")
            ));
            let is_text: BTreeMap<&str, bool> = kinds
                .lines()
                .map(|line| line.split('\t').collect::<Vec<_>>())
                .map(|row| (row[0], row[2] == "1"))
                .collect();
            let values = table.columns.iter().map(|(column, data_type)| {
                let quoted = format!("`{}`", column.replace('`', "``"));
                let bytes = match (data_type.as_str(), is_text.get(column.as_str())) {
                    ("BinaryView", _) => quoted,
                    (_, Some(true)) => format!("CONVERT({quoted} USING utf8mb4)"),
                    _ => format!("CAST({quoted} AS CHAR)"),
                };
                format!("IFNULL(LOWER(HEX(CONCAT({bytes}))), '~')")
            });
            format!(
                "SELECT CONCAT_WS('|', {}) FROM `{}`",
                values.collect::<Vec<_>>().join(", "),
                name.replace('`', "``")
            )
        }
        Server::Postgres => {
            let schema = if table.database.is_empty() { "public" } else { &table.database };
            let values = table.columns.iter().map(|(column, _)| {
                let quoted = format!("\"{}\"", column.replace('"', "\"\""));
                format!("CASE WHEN {quoted} IS NULL THEN '~' ELSE encode(convert_to(format('%s', {quoted}), 'UTF8'), 'hex') END")
            });
            let parts: Vec<String> = values.collect();
            // Beyond a hundred arguments a function takes an array.
            format!(
                "SELECT array_to_string(ARRAY[{}], '|') FROM ONLY \"{schema}\".\"{}\"",
                parts.join(", "),
                name.replace('"', "\"\"")
            )
        }
    };
    let mut rows: Vec<String> = database.query(&sql).lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

#[test]
fn values_are_those_that_the_server_returns_after_loading_the_dump() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (name, path) in loaded() {
        let server = server_of(&name);
        let Some(database) = server.database() else { continue };
        let bench = Workbench::new();
        std::fs::copy(&path, bench.path("in.sql")).unwrap();
        let complaints = database.restore(&path, &bench.path(""));
        if name.contains("netbox") {
            database.set_zone("America/New_York");
        }
        if !complaints.is_empty() {
            wrong.push(format!("{name} does not load: {complaints:?}"));
            continue;
        }
        for table in tables(&bench) {
            // A sequence of MariaDB is a table to its catalogue only; tables of a second database of the file are not restored;
            // a table without columns has rows of nothing, which Loup shows as empty texts.
            if ["s_seq", "domnotnull"].contains(&table.name.as_str())
                || server == Server::MariaDb && !table.database.is_empty()
            {
                continue;
            }
            let (read, held) = (as_read(&bench, &table), as_held(&database, server, &table));
            compared += read.len();
            if read != held {
                let differing = read.iter().zip(&held).position(|(a, b)| a != b).unwrap_or(read.len().min(held.len()));
                let (a, b) = (read.get(differing), held.get(differing));
                let cut = |row: Option<&String>| row.map(|row| row.chars().take(160).collect::<String>());
                wrong.push(format!(
                    "{name}: {}: {} rows read, {} held; {:?} {:?}",
                    table.name,
                    read.len(),
                    held.len(),
                    cut(a),
                    cut(b)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} tables\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    assert!(compared > 100_000 || corpus().is_none() || std::env::var_os("CI").is_none(), "{compared}");
}

/// A plan over a real dump, and a join whose counts must stay.
struct Masked {
    file: &'static str,
    plan: &'static str,
    join: &'static str,
    /// A cell that must be gone.
    gone: &'static str,
}

const SAKILA: &str = "UPDATE d.customer SET first_name = fake_first_name(first_name), last_name = fake_last_name(last_name), email = fake_email(email);
    UPDATE d.staff SET first_name = fake_first_name(first_name), last_name = fake_last_name(last_name), email = fake_email(email), username = fake_user_name(username), password = nullify(password), picture = nullify(picture);
    UPDATE d.address SET address = fake_street(address), phone = fake_phone(phone), postal_code = fake_postcode(postal_code);
    UPDATE d.rental SET rental_id = pseudo_int(rental_id, 'rental');
    UPDATE d.payment SET rental_id = pseudo_int(rental_id, 'rental');";
const SAKILA_JOIN: &str = "SELECT count(*), count(DISTINCT c.customer_id), sum(p.amount) FROM payment p JOIN rental r ON r.rental_id = p.rental_id JOIN customer c ON c.customer_id = r.customer_id JOIN address a ON a.address_id = c.address_id";
const PAGILA: &str = "UPDATE d.customer SET customer_id = pseudo_int(customer_id, 'c'), first_name = fake_first_name(first_name), last_name = fake_last_name(last_name), email = fake_email(email);
    UPDATE d.rental SET customer_id = pseudo_int(customer_id, 'c');
    UPDATE d.payment_p2022_01 SET customer_id = pseudo_int(customer_id, 'c'); UPDATE d.payment_p2022_02 SET customer_id = pseudo_int(customer_id, 'c');
    UPDATE d.payment_p2022_03 SET customer_id = pseudo_int(customer_id, 'c'); UPDATE d.payment_p2022_04 SET customer_id = pseudo_int(customer_id, 'c');
    UPDATE d.payment_p2022_05 SET customer_id = pseudo_int(customer_id, 'c'); UPDATE d.payment_p2022_06 SET customer_id = pseudo_int(customer_id, 'c');
    UPDATE d.payment_p2022_07 SET customer_id = pseudo_int(customer_id, 'c');
    UPDATE d.address SET address = fake_street(address), phone = fake_phone(phone);";

const PLANS: &[Masked] = &[
    Masked { file: "sql/mysql/sakila.mysqldump-8.0.27.sql", plan: SAKILA, join: SAKILA_JOIN, gone: "MARY.SMITH@" },
    Masked { file: "sql/mysql/made-here/sakila.full.hex-blob.sql", plan: SAKILA, join: SAKILA_JOIN, gone: "MARY.SMITH@" },
    Masked {
        file: "sql/mysql/made-here/chinook.default.sql",
        plan: "UPDATE d.Customer SET CustomerId = pseudo_int(CustomerId, 'c'), FirstName = fake_first_name(FirstName), LastName = fake_last_name(LastName), Email = fake_email(Email), Phone = fake_phone(Phone), Address = fake_street(Address);
            UPDATE d.Invoice SET CustomerId = pseudo_int(CustomerId, 'c'), BillingAddress = fake_street(BillingAddress);
            UPDATE d.Employee SET FirstName = fake_first_name(FirstName), LastName = fake_last_name(LastName), Email = fake_email(Email);",
        join: "SELECT count(*), count(DISTINCT c.CustomerId), sum(i.Total) FROM Customer c JOIN Invoice i ON i.CustomerId = c.CustomerId",
        gone: "luisg@embraer",
    },
    Masked {
        file: "sql/mysql/made-here/sakila.pii-tables.complete-insert.one-row.sql",
        plan: "UPDATE d.customer SET first_name = fake_first_name(first_name), email = fake_email(email); UPDATE d.address SET phone = fake_phone(phone);",
        join: "SELECT count(*) FROM customer c JOIN address a ON a.address_id = c.address_id",
        gone: "MARY.SMITH@",
    },
    Masked {
        file: "sql/mysql/wordpress.mysqldump-8.2.0.sql",
        plan: "UPDATE d.wp_users SET user_login = fake_unique_user_name(user_login), user_email = pseudo_email(user_email, 'user'), display_name = fake_full_name(display_name), user_nicename = fake_user_name(user_nicename);
            UPDATE d.wp_options SET option_value = redact(option_value) WHERE option_name = 'admin_email';",
        join: "SELECT count(*) FROM wp_users u JOIN wp_usermeta m ON m.user_id = u.ID",
        gone: "",
    },
    Masked {
        file: "sql/postgres/pagila.pg_dump-15.2.copy.sql",
        plan: PAGILA,
        join: "SELECT count(*), count(DISTINCT c.customer_id), sum(p.amount) FROM public.payment p JOIN public.rental r ON r.rental_id = p.rental_id JOIN public.customer c ON c.customer_id = r.customer_id AND c.customer_id = p.customer_id",
        gone: "MARY.SMITH@",
    },
    Masked {
        file: "sql/postgres/chinook.pg_dump-15.2.copy.sql",
        plan: "UPDATE d.\"Customer\" SET \"CustomerId\" = pseudo_int(\"CustomerId\", 'c'), \"FirstName\" = fake_first_name(\"FirstName\"), \"Email\" = fake_email(\"Email\");
            UPDATE d.\"Invoice\" SET \"CustomerId\" = pseudo_int(\"CustomerId\", 'c');",
        join: "SELECT count(*), count(DISTINCT c.\"CustomerId\"), sum(i.\"Total\") FROM public.\"Customer\" c JOIN public.\"Invoice\" i ON i.\"CustomerId\" = c.\"CustomerId\"",
        gone: "luisg@embraer",
    },
    Masked {
        file: "sql/postgres/netbox-v3.3.pg_dump.copy.sql",
        plan: "UPDATE d.auth_user SET username = fake_unique_user_name(username), email = fake_email(email), first_name = fake_first_name(first_name), last_name = fake_last_name(last_name), password = redact(password);
            UPDATE d.dcim_site SET physical_address = fake_street(physical_address), comments = redact(comments);",
        join: "SELECT count(*) FROM public.dcim_device d JOIN public.dcim_site s ON s.id = d.site_id",
        gone: "",
    },
];

/// Every foreign key of a MariaDB database, as a query for the rows that break it: dumps load with the checks off.
fn foreign_keys(database: &Database) -> Vec<String> {
    let keys = database.query(&format!(
        "SELECT table_name, referenced_table_name, GROUP_CONCAT(column_name ORDER BY ordinal_position), GROUP_CONCAT(referenced_column_name ORDER BY ordinal_position) \
         FROM information_schema.key_column_usage WHERE table_schema = '{}' AND referenced_table_name IS NOT NULL GROUP BY constraint_name, table_name, referenced_table_name",
        database.name()
    ));
    let query = |line: &str| {
        let parts: Vec<&str> = line.split('\t').collect();
        let pairs: Vec<_> = parts[2].split(',').zip(parts[3].split(',')).collect();
        let there = pairs.iter().map(|(child, _)| format!("c.`{child}` IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
        let joins =
            pairs.iter().map(|(child, parent)| format!("c.`{child}` = p.`{parent}`")).collect::<Vec<_>>().join(" AND ");
        format!(
            "SELECT count(*) FROM `{}` c WHERE {there} AND NOT EXISTS (SELECT 1 FROM `{}` p WHERE {joins})",
            parts[0], parts[1]
        )
    };
    let tables = database.query("SHOW TABLES");
    // Some files hold a few tables of a database.
    let is_here = |line: &&str| tables.lines().any(|table| Some(table) == line.split('\t').nth(1));
    keys.lines().filter(is_here).map(query).collect()
}

#[test]
fn masked_dumps_restore_with_their_keys_and_join_as_the_originals_do() {
    let Some(corpus) = corpus() else { return };
    for Masked { file, plan, join, gone } in PLANS {
        let path = &corpus.iter().find(|(name, _)| name == file).unwrap_or_else(|| panic!("no {file}")).1;
        let server = server_of(file);
        let (Some(original), Some(masked)) = (server.database(), server.database()) else { return };
        let bench = Workbench::new();
        std::fs::copy(path, bench.path("in.sql")).unwrap();
        bench.write(
            "plan.sql",
            format!("ATTACH 'in.sql' AS d; {plan} CHECK DATABASE d; EXPORT DATABASE d TO 'out.sql';"),
        );
        let run = bench.loup(&["run", "plan.sql", "--verify", "full"]).succeeds();
        assert!(run.stderr.contains("checks hold"), "{file}: {}", run.stderr);
        let out = bench.read("out.sql");
        assert!(
            gone.is_empty() || memchr::memmem::find(&out, gone.as_bytes()).is_none(),
            "{file}: {gone} is still there"
        );
        assert_eq!(original.restore(path, &bench.path("")), Vec::<String>::new(), "{file}");
        assert_eq!(masked.restore(&bench.path("out.sql"), &bench.path("")), Vec::<String>::new(), "{file}");
        let counts = original.query(join);
        assert_eq!(counts, masked.query(join), "{file}");
        assert!(!counts.trim().starts_with('0'), "{file}: the join is empty");
        if server == Server::MariaDb {
            for key in foreign_keys(&masked) {
                assert_eq!(masked.query(&key).trim(), original.query(&key).trim(), "{file}: {key}");
            }
        }
        in_one_pass(&bench, file, plan, &out);
    }
}

/// The same plan over the dump as a stream gives the same bytes.
fn in_one_pass(bench: &Workbench, file: &str, plan: &str, expected: &[u8]) {
    bench.write("stream.sql", format!("{plan} EXPORT DATABASE d TO '-';"));
    let output = bench
        .command()
        .args(["run", "stream.sql", "--stdin", "d"])
        .pipe_stdin(bench.path("in.sql"))
        .unwrap()
        .output()
        .unwrap();
    assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("in one pass"), "{file}");
    assert!(output.stdout == expected, "{file}: one pass gives other bytes");
}

#[test]
fn lengths_and_keys_of_real_dumps_are_known() {
    let Some(corpus) = corpus() else { return };
    let keys = |file: &str| {
        let path: &Path = &corpus.iter().find(|(name, _)| name == file).unwrap().1;
        let bench = Workbench::new();
        std::fs::copy(path, bench.path("in.sql")).unwrap();
        let sql = "ATTACH 'in.sql' AS d; SELECT kind, count(*) AS n FROM loup.keys GROUP BY kind ORDER BY kind; SELECT count(*) AS n FROM loup.columns WHERE max_chars IS NOT NULL";
        let run = bench.loup(&["-c", sql, "--format", "json"]).succeeds();
        let counts: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        counts.iter().map(|row| row["n"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(keys("sql/mysql/sakila.mysqldump-8.0.27.sql"), [22, 16, 2, 23]);
    assert_eq!(keys("sql/postgres/chinook.pg_dump-15.2.copy.sql"), [11, 11, 34]);
}
