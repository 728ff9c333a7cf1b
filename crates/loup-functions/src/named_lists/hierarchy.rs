//! Values with their coarser forms, level by level, as k-anonymity tools keep them.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{Array, StringArray};
use datafusion::common::{Result, plan_err};

/// A hierarchy: the first column holds the values, which are level 0; each further column holds a level.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    columns: Vec<StringArray>,
    rows: HashMap<Box<[u8]>, usize>,
}

impl Hierarchy {
    pub(super) fn try_new(list: &str, columns: Vec<StringArray>) -> Result<Self> {
        let Some((values, levels)) = columns.split_first().filter(|(_, levels)| !levels.is_empty()) else {
            return plan_err!("{list}: expected a column of values and one of each level, got {}", columns.len());
        };
        let blank = |column: &StringArray| column.iter().filter(|text| text.is_none_or(str::is_empty)).count();
        let blank: usize = columns.iter().map(blank).sum();
        if blank > 0 {
            return plan_err!("{list}: expected a value in every column and row, got {blank} that are NULL or empty");
        }
        let mut rows: HashMap<Box<[u8]>, usize> = HashMap::with_capacity(values.len());
        let mut several = 0;
        for row in 0..values.len() {
            let first = *rows.entry(values.value(row).as_bytes().into()).or_insert(row);
            several += usize::from(levels.iter().any(|level| level.value(first) != level.value(row)));
        }
        if several > 0 {
            return plan_err!("{list}: expected one row for each value, got {several} more that say something else");
        }
        Ok(Self { columns, rows })
    }

    /// Returns how many levels there are above the values.
    pub(crate) fn levels(&self) -> usize {
        self.columns.len() - 1
    }

    /// Returns whether each value has a form of its own at a level, so that nothing is generalized.
    pub(crate) fn tells(&self, level: usize) -> bool {
        let forms: HashSet<&str> = self.rows.values().map(|row| self.columns[level].value(*row)).collect();
        forms.len() == self.rows.len() && (forms.len() > 1 || self.columns[0] == self.columns[level])
    }

    /// Returns what a value is at a level, or None where the hierarchy does not hold it.
    #[inline]
    pub(crate) fn find(&self, value: &[u8], level: usize) -> Option<&str> {
        self.rows.get(value).map(|row| self.columns[level].value(*row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hierarchy(columns: &[&[&str]]) -> Result<Hierarchy> {
        Hierarchy::try_new("h", columns.iter().map(|column| StringArray::from(column.to_vec())).collect())
    }

    #[test]
    fn values_are_found_at_every_level() {
        let ages = hierarchy(&[&["17", "18", "17"], &["<18", "18-64", "<18"], &["*", "*", "*"]]).expect("a hierarchy");
        assert_eq!((ages.levels(), ages.find(b"17", 1), ages.find(b"18", 2)), (2, Some("<18"), Some("*")));
        assert_eq!((ages.find(b"18", 0), ages.find(b"19", 1)), (Some("18"), None));
        assert!(ages.tells(0) && ages.tells(1) && !ages.tells(2));
        let cities = hierarchy(&[&["Ulm", "Bonn"], &["b-Ulm", "a-Bonn"], &["DE", "DE"]]).expect("a hierarchy");
        assert!(cities.tells(1) && !cities.tells(2));
    }

    #[test]
    fn what_is_no_hierarchy_is_refused_without_its_values() {
        let refusal = |columns: &[&[&str]]| hierarchy(columns).expect_err("refused").strip_backtrace();
        assert!(refusal(&[&["secret"]]).contains("one of each level, got 1"));
        assert!(refusal(&[&["secret"], &[""]]).contains("got 1 that are NULL or empty"));
        let refused = refusal(&[&["secret", "secret"], &["a", "b"]]);
        assert!(refused.contains("got 1 more") && !refused.contains("secret"), "{refused}");
    }
}
