//! The statements that prove what a batch did to its ids: none collided unseen, and files join as they did.

use std::fmt::Write as _;

use super::columns::{id, pseudonym};
use crate::sql;

/// A column with job ids.
pub(super) struct IdColumn<'a> {
    /// `file[column]`, as the report names it.
    pub(super) title: String,
    pub(super) column: &'a str,
    /// The rows that hold originals.
    pub(super) before: String,
    /// The rows that hold pseudonyms.
    pub(super) after: String,
}

/// Writes the views on ids before and after, the checks over them, and the queries of the report.
pub(super) fn statements(ids: &[IdColumn<'_>], is_strict: bool) -> String {
    let columns: Vec<_> =
        ids.iter().enumerate().map(|(n, id)| format!("({}, {})", n + 1, sql::text(&id.title))).collect();
    let before = ids.iter().map(|column| (id(column.column), column.before.as_str()));
    let after = ids.iter().map(|column| (sql::ident(column.column), column.after.as_str()));
    let mut out = format!(
        "CREATE VIEW id_columns AS SELECT * FROM (VALUES {}) AS c (\"n\", \"name\");\n\
         CREATE VIEW ids_before AS\n{};\n\
         CREATE VIEW ids_after AS\n{};\n",
        columns.join(", "),
        distinct(before),
        distinct(after)
    );
    out.push_str(COUNTS);
    if is_strict {
        out.push_str(NO_COLLISION);
    }
    if ids.len() > 1 {
        write!(out, "{}", overlaps()).expect("a String takes every character");
    }
    out.push_str(UNIQUE);
    if ids.len() > 1 {
        out.push_str("SELECT \"column_a\", \"column_b\", \"common_before\", \"common_after\" FROM id_overlaps ORDER BY \"a\", \"b\";\n");
    }
    out.push_str("SELECT \"originals\", \"pseudonyms\" FROM id_counts;\n");
    out
}

const COUNTS: &str = "CREATE TABLE id_counts AS
    SELECT (SELECT count(DISTINCT \"id\") FROM ids_before) AS \"originals\",
           (SELECT count(DISTINCT \"id\") FROM ids_after) AS \"pseudonyms\";
";

const NO_COLLISION: &str =
    "ASSERT (SELECT \"originals\" = \"pseudonyms\" FROM id_counts) AS 'no two ids have one pseudonym';
";

const UNIQUE: &str = "SELECT \"name\" AS \"id_column\", \"ids\" AS \"unique_ids\" FROM (
    SELECT c.\"n\", c.\"name\", count(i.\"id\") AS \"ids\"
    FROM id_columns AS c LEFT JOIN ids_after AS i ON i.\"n\" = c.\"n\" GROUP BY c.\"n\", c.\"name\"
) AS counted ORDER BY \"n\";
";

/// Writes each id of each column once; blanks are no ids.
fn distinct<'a>(columns: impl Iterator<Item = (String, &'a str)>) -> String {
    let one = |(n, (value, rows)): (usize, (String, &str))| {
        let n = n + 1;
        format!(
            "    SELECT DISTINCT {n} AS \"n\", \"id\" FROM (SELECT {value} AS \"id\" FROM {rows}) AS ids WHERE \"id\" <> ''"
        )
    };
    columns.enumerate().map(one).collect::<Vec<_>>().join("\n    UNION ALL\n")
}

/// Writes the ids that each two columns share, and the check that masking kept them.
fn overlaps() -> String {
    let common = |ids: &str| {
        format!(
            "(\n        SELECT x.\"n\" AS \"a\", y.\"n\" AS \"b\", count(*) AS \"ids\" FROM {ids} AS x \
             JOIN {ids} AS y ON x.\"id\" = y.\"id\" AND x.\"n\" < y.\"n\" GROUP BY x.\"n\", y.\"n\")"
        )
    };
    // A collision can add or take as many shared ids as there are collisions, never more.
    format!(
        "CREATE TABLE id_overlaps AS
    SELECT a.\"n\" AS \"a\", b.\"n\" AS \"b\", a.\"name\" AS \"column_a\", b.\"name\" AS \"column_b\",
           coalesce(o.\"ids\", 0) AS \"common_before\", coalesce(m.\"ids\", 0) AS \"common_after\"
    FROM id_columns AS a JOIN id_columns AS b ON a.\"n\" < b.\"n\"
    LEFT JOIN {} AS o ON o.\"a\" = a.\"n\" AND o.\"b\" = b.\"n\"
    LEFT JOIN {} AS m ON m.\"a\" = a.\"n\" AND m.\"b\" = b.\"n\";
ASSERT (SELECT count(*) FROM id_overlaps AS o CROSS JOIN id_counts AS c
        WHERE abs(o.\"common_before\" - o.\"common_after\") > c.\"originals\" - c.\"pseudonyms\") = 0
    AS 'files share as many ids as before';
",
        common("ids_before"),
        common("ids_after")
    )
}

/// The table of the mapping in the plan.
const MAPPING: &str = "job_mapping";

/// Writes the statement that opens the mapping, or makes it.
pub(super) fn create_mapping(folder: &str) -> String {
    format!(
        "CREATE EXTERNAL TABLE {MAPPING} STORED AS MAPPING LOCATION {}\n    \
         OPTIONS ('kind' 'random_string', 'length' '12', 'create_if_not_exists' 'true');",
        sql::text(folder)
    )
}

/// Writes the statement that keeps every id with its pseudonym.
pub(super) fn save_mapping() -> String {
    format!("INSERT INTO {MAPPING} (original, pseudonym)\n    {};", pairs())
}

/// Writes the query of every id with its pseudonym.
pub(super) fn pairs() -> String {
    let pseudonym = pseudonym("\"id\"");
    format!("SELECT DISTINCT \"id\" AS \"original\", {pseudonym} AS \"pseudonym\" FROM ids_before")
}
