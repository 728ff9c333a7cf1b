//! Labels: what `COMMENT ON`, and the comments and security labels of a dump, say a table or column holds.

use std::collections::BTreeMap;

/// What a label is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) database: String,
    pub(crate) table: String,
    /// `None` for the table itself.
    pub(crate) column: Option<String>,
}

/// The provider of labels that are comments.
pub(crate) const COMMENT: &str = "comment";

/// All labels of a session, by what they are on and who provides them.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    labels: BTreeMap<(Target, String), String>,
}

impl Labels {
    /// Sets the label that a provider gives; `None` removes it.
    pub(crate) fn set(&mut self, target: Target, provider: &str, label: Option<String>) {
        let place = (target, provider.to_owned());
        match label {
            Some(label) => self.labels.insert(place, label),
            None => self.labels.remove(&place),
        };
    }

    /// Removes all labels of a database.
    pub(crate) fn forget(&mut self, database: &str) {
        self.labels.retain(|(target, _), _| target.database != database);
    }

    /// Returns the comment on a target.
    pub(crate) fn comment(&self, target: &Target) -> Option<&str> {
        self.labels.get(&(target.clone(), COMMENT.to_owned())).map(String::as_str)
    }

    /// Returns targets with the provider of a label and the label.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Target, &str, &str)> {
        self.labels.iter().map(|((target, provider), label)| (target, provider.as_str(), label.as_str()))
    }
}
