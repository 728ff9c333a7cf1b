//! What UPDATE and DELETE statements did to tables, for the account that a run gives of them.

/// An UPDATE or DELETE of an attached table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Line of the statement in its script.
    pub(crate) line: u64,
    /// `UPDATE` or `DELETE`.
    pub(crate) kind: &'static str,
    pub(crate) database: String,
    pub(crate) table: String,
    /// The first column that an UPDATE sets.
    pub(crate) column: Option<String>,
    /// Whether it picks rows; one that takes all rows matches all.
    pub(crate) has_condition: bool,
    /// Rows looked at and rows matched, once they are counted.
    pub(crate) matched: Option<(u64, u64)>,
}

impl Change {
    /// Returns the table as `database.table`.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.database, self.table)
    }

    /// Returns whether it was found to match no row of a table that has rows.
    pub(crate) fn is_idle(&self) -> bool {
        self.has_condition && matches!(self.matched, Some((1.., 0)))
    }
}
