//! What a run reports of the tables that it wrote: names, functions and counts, never a value.

use serde::{Deserialize, Serialize};

use super::budget::Spent;

/// A table as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TableReport {
    /// The table of an EXPORT as `database.table`, the file of a COPY.
    pub(crate) table: String,
    /// Where the statement writes.
    pub(crate) target: String,
    /// Rows written.
    pub(crate) rows: u64,
    /// Rows of the table's sources, where each of them becomes one row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_rows: Option<u64>,
    /// Rows that were compared with their originals.
    pub(crate) compared: u64,
    /// The columns that are not written as they were read.
    pub(crate) columns: Vec<ColumnReport>,
    /// The columns that are.
    pub(crate) untouched: Vec<String>,
    /// What its differentially private calls spend on a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) budget: Option<Spent>,
}

/// A column that went through functions, counted over the rows that were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ColumnReport {
    pub(crate) column: String,
    /// The source column that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Outermost first; absent above joins and aggregates, through which functions are not followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) functions: Option<Vec<FunctionReport>>,
    /// Whether rows differ in what was done to them, as under a WHERE.
    pub(crate) conditional: bool,
    #[serde(flatten)]
    pub(crate) counts: Option<CountsReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FunctionReport {
    pub(crate) name: String,
    /// How well it hides the value, where it is a masking function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) strength: Option<String>,
    /// Whether different values can get one result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) collisions: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountsReport {
    /// NULL as written.
    pub(crate) nulls: u64,
    /// Other text than the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<u64>,
    /// The original again, but for the case of letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) equal: Option<u64>,
    pub(crate) distinct: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distinct_originals: Option<u64>,
    /// Originals that share their result with others; not counted where the numbers of values are estimates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) collided: Option<u64>,
    /// Whether the numbers of values are estimates.
    pub(crate) estimated: bool,
}

/// One thing that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckReport {
    /// `rows`, `read back`, `never equal`, `unique`, `keys`.
    pub(crate) check: String,
    /// The table, column or pair of columns.
    pub(crate) subject: String,
    pub(crate) result: CheckResult,
    /// How many violate it.
    pub(crate) violations: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckResult {
    Passed,
    Warning,
    Failed,
}
