//! The statements that prove what a batch did to its ids: none collided unseen, and files join as they did.
//!
//! All ids are read once before and once after: each with the set of columns that hold it, as bits. Few such sets occur, and
//! what they count to answers everything else: ids of a column, ids that two columns share, ids of all.

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

/// Columns whose bits fit into one BIGINT.
const WORD: usize = 62;

/// Writes the views on ids before and after, the checks over them, and the queries of the report.
pub(super) fn statements(ids: &[IdColumn<'_>], is_strict: bool) -> String {
    let words = Words(ids.len().div_ceil(WORD));
    let columns = ids
        .iter()
        .enumerate()
        .map(|(n, column)| format!("    ({}, {}, {})", n + 1, sql::text(&column.title), words.bit(n).join(", ")));
    let before = ids.iter().map(|column| (id(column.column), column.before.as_str()));
    let after = ids.iter().map(|column| (sql::ident(column.column), column.after.as_str()));
    let names = words.names().join(", ");
    let mut out = [
        format!(
            "CREATE VIEW id_columns AS SELECT * FROM (VALUES\n{}\n) AS c (\"n\", \"name\", {names});\n",
            columns.collect::<Vec<_>>().join(",\n")
        ),
        format!("CREATE VIEW ids_before AS\n{};\n", words.cells(before)),
        format!("CREATE VIEW ids_after AS\n{};\n", words.cells(after)),
        words.sets("before"),
        words.sets("after"),
        COUNTS.to_owned(),
    ]
    .concat();
    if is_strict {
        out.push_str(NO_COLLISION);
    }
    if ids.len() > 1 {
        out.push_str(&words.overlaps());
    }
    out.push_str(&words.unique());
    if ids.len() > 1 {
        out.push_str(OVERLAPS);
    }
    out.push_str("SELECT \"originals\", \"pseudonyms\" FROM id_counts;\n");
    out
}

const COUNTS: &str = "CREATE TABLE id_counts AS
    SELECT (SELECT coalesce(sum(\"ids\"), 0) FROM id_sets_before) AS \"originals\",
           (SELECT coalesce(sum(\"ids\"), 0) FROM id_sets_after) AS \"pseudonyms\";
";

const NO_COLLISION: &str =
    "ASSERT (SELECT \"originals\" = \"pseudonyms\" FROM id_counts) AS 'no two ids have one pseudonym';\n";

const OVERLAPS: &str = "SELECT \"column_a\", \"column_b\", \"common_before\", \"common_after\" FROM id_overlaps
    ORDER BY \"a\", \"b\";
";

/// The BIGINT columns whose bits stand for id columns.
#[derive(Clone, Copy)]
struct Words(usize);

impl Words {
    fn names(self) -> Vec<String> {
        (0..self.0).map(|word| format!("\"w{word}\"")).collect()
    }

    /// Writes the set that holds only column `n`, from 0.
    fn bit(self, n: usize) -> Vec<String> {
        let bit = |word| if word == n / WORD { 1_u64 << (n % WORD) } else { 0 };
        (0..self.0).map(|word| bit(word).to_string()).collect()
    }

    /// Writes the cells of all columns, each with its column's bit.
    fn cells<'a>(self, columns: impl Iterator<Item = (String, &'a str)>) -> String {
        let one = |(n, (value, rows)): (usize, (String, &str))| {
            let bits: Vec<_> =
                self.bit(n).iter().zip(self.names()).map(|(bit, name)| format!("{bit} AS {name}")).collect();
            format!("    SELECT {}, {value} AS \"id\" FROM {rows}", bits.join(", "))
        };
        columns.enumerate().map(one).collect::<Vec<_>>().join("\n    UNION ALL\n")
    }

    /// Writes the table that counts the ids of each set of columns; blanks are no ids.
    fn sets(self, when: &str) -> String {
        let names = self.names().join(", ");
        let unions: Vec<_> = self.names().iter().map(|name| format!("bit_or({name}) AS {name}")).collect();
        format!(
            "CREATE TABLE id_sets_{when} AS SELECT {names}, count(*) AS \"ids\" FROM (\n    \
             SELECT \"id\", {} FROM ids_{when} WHERE \"id\" <> '' GROUP BY \"id\"\n) AS sets GROUP BY {names};\n",
            unions.join(", ")
        )
    }

    /// Writes the condition that a set holds a column.
    fn holds(self, set: &str, column: &str) -> String {
        let test = |name: &String| format!("({set}.{name} & {column}.{name}) <> 0");
        match self.names().as_slice() {
            [name] => test(name),
            names => format!("({})", names.iter().map(test).collect::<Vec<_>>().join(" OR ")),
        }
    }

    /// Writes the ids that each two columns share, and the check that masking kept them.
    fn overlaps(self) -> String {
        let common = |when: &str| {
            format!(
                "(\n        SELECT x.\"n\" AS \"a\", y.\"n\" AS \"b\", sum(s.\"ids\") AS \"ids\"\n        \
                 FROM id_sets_{when} AS s JOIN id_columns AS x ON {} JOIN id_columns AS y ON {}\n        \
                 GROUP BY x.\"n\", y.\"n\")",
                self.holds("s", "x"),
                self.holds("s", "y")
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
            common("before"),
            common("after")
        )
    }

    /// Writes the query of each column's ids.
    fn unique(self) -> String {
        format!(
            "SELECT \"name\" AS \"id_column\", \"ids\" AS \"unique_ids\" FROM (
    SELECT c.\"n\", c.\"name\", coalesce(sum(s.\"ids\"), 0) AS \"ids\"
    FROM id_columns AS c LEFT JOIN id_sets_after AS s ON {} GROUP BY c.\"n\", c.\"name\"
) AS counted ORDER BY \"n\";
",
            self.holds("s", "c")
        )
    }
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
    format!(
        "SELECT \"id\" AS \"original\", {pseudonym} AS \"pseudonym\"\n    \
         FROM (SELECT DISTINCT \"id\" FROM ids_before WHERE \"id\" <> '') AS ids"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_bit_of_its_own() {
        for columns in [1, 2, 62, 63, 124, 125] {
            let words = Words(usize::div_ceil(columns, WORD));
            let bits: std::collections::BTreeSet<_> = (0..columns).map(|n| words.bit(n)).collect();
            assert_eq!(bits.len(), columns);
            for bit in bits.iter().flatten() {
                assert!(bit.parse::<i64>().is_ok(), "{bit} is no BIGINT");
            }
        }
        assert_eq!(
            (Words(1).bit(61), Words(2).bit(62)),
            (vec![(1_i64 << 61).to_string()], vec!["0".into(), "1".into()])
        );
    }
}
