//! Labels: what `COMMENT ON` says a table or column holds.

use std::collections::BTreeMap;

/// What a label is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) database: String,
    pub(crate) table: String,
    /// `None` for the table itself.
    pub(crate) column: Option<String>,
}

/// All labels of a session.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    labels: BTreeMap<Target, String>,
}

impl Labels {
    /// Sets a label; `None` removes it.
    pub(crate) fn set(&mut self, target: Target, label: Option<String>) {
        match label {
            Some(label) => self.labels.insert(target, label),
            None => self.labels.remove(&target),
        };
    }

    /// Removes all labels of a database.
    pub(crate) fn forget(&mut self, database: &str) {
        self.labels.retain(|target, _| target.database != database);
    }

    pub(crate) fn get(&self, target: &Target) -> Option<&str> {
        self.labels.get(target).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Target, &str)> {
        self.labels.iter().map(|(target, label)| (target, label.as_str()))
    }
}
