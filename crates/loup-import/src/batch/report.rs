//! What the plan's queries found, in the lines of the older masker.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};

use crate::{Error, Result};

/// Ids by column, ids that columns share, and collisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchReport {
    /// Each id column, as `file[column]`, with its number of ids.
    pub ids: Vec<(String, i64)>,
    /// Each pair of id columns.
    pub overlaps: Vec<Overlap>,
    /// All ids of all files, and all their pseudonyms.
    pub counts: Option<Counts>,
}

/// The ids that two columns share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The columns.
    pub columns: [String; 2],
    /// Originals in both.
    pub before: i64,
    /// Pseudonyms in both.
    pub after: i64,
}

/// How many ids there are, and how many pseudonyms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Distinct ids over all files.
    pub originals: i64,
    /// Distinct pseudonyms over all files.
    pub pseudonyms: i64,
}

impl BatchReport {
    /// Reads the rows that the plan's queries gave, in their order.
    ///
    /// # Errors
    /// Returns an error where they are not those of a plan.
    pub(super) fn read(results: &[Vec<RecordBatch>]) -> Result<Self> {
        let mut report = Self::default();
        for batch in results.iter().flatten() {
            for row in 0..batch.num_rows() {
                match batch.schema_ref().field(0).name().as_str() {
                    "id_column" => report.ids.push((text(batch, 0, row)?, number(batch, 1, row)?)),
                    "column_a" => report.overlaps.push(Overlap {
                        columns: [text(batch, 0, row)?, text(batch, 1, row)?],
                        before: number(batch, 2, row)?,
                        after: number(batch, 3, row)?,
                    }),
                    "originals" => {
                        let (originals, pseudonyms) = (number(batch, 0, row)?, number(batch, 1, row)?);
                        report.counts = Some(Counts { originals, pseudonyms });
                    }
                    _ => return Err(unexpected()),
                }
            }
        }
        Ok(report)
    }

    /// Writes the section on referential integrity, and the collisions below it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["🔗 Validating referential integrity across files...".to_owned()];
        lines.extend(self.ids.iter().map(|(column, ids)| format!("   {column}: {ids} unique IDs")));
        if self.ids.len() < 2 {
            lines.push("   ⚠️  Only one file with job IDs - cannot validate integrity".to_owned());
        }
        for Overlap { columns: [a, b], before, after } in &self.overlaps {
            lines.push(match after {
                0 => format!("   ⚠️  No overlap between {a} and {b}"),
                _ => format!("   ✅ {after} overlapping IDs between {a} and {b}"),
            });
            if before != after {
                lines.push(format!("   ⚠️  {before} overlapping IDs before masking: a collision changed the count"));
            }
        }
        lines.extend(self.collision_line());
        lines
    }

    /// Writes the line on collisions alone, for a file that joins with no other.
    pub fn collision_line(&self) -> Option<String> {
        let Counts { originals, pseudonyms } = self.counts?;
        Some(match originals - pseudonyms {
            0 => format!("   ✅ {originals} IDs have {pseudonyms} pseudonyms: no collisions"),
            1 => format!("   ⚠️  {originals} IDs have {pseudonyms} pseudonyms: 1 collision"),
            more => format!("   ⚠️  {originals} IDs have {pseudonyms} pseudonyms: {more} collisions"),
        })
    }
}

fn text(batch: &RecordBatch, column: usize, row: usize) -> Result<String> {
    let texts = cast(batch.column(column), &DataType::Utf8).map_err(|_| unexpected())?;
    Ok(texts.as_string::<i32>().value(row).to_owned())
}

fn number(batch: &RecordBatch, column: usize, row: usize) -> Result<i64> {
    let numbers = batch.columns().get(column).and_then(|column| column.as_primitive_opt::<Int64Type>());
    numbers.filter(|numbers| numbers.is_valid(row)).map(|numbers| numbers.value(row)).ok_or_else(unexpected)
}

fn unexpected() -> Error {
    Error::Config("the rows are not those of a batch's plan".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};

    use super::*;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> Vec<RecordBatch> {
        vec![RecordBatch::try_from_iter(columns).unwrap()]
    }

    fn texts(values: &[&str]) -> ArrayRef {
        Arc::new(StringViewArray::from(values.to_vec()))
    }

    fn numbers(values: &[i64]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    #[test]
    fn lines_are_those_of_the_older_masker() {
        let results = [
            batch(vec![
                ("id_column", texts(&["a.csv[job_id]", "b.csv[job_c]", "c.csv[job_c]"])),
                ("unique_ids", numbers(&[145, 145, 2])),
            ]),
            batch(vec![
                ("column_a", texts(&["a.csv[job_id]", "a.csv[job_id]"])),
                ("column_b", texts(&["b.csv[job_c]", "c.csv[job_c]"])),
                ("common_before", numbers(&[145, 0])),
                ("common_after", numbers(&[145, 0])),
            ]),
            batch(vec![("originals", numbers(&[147])), ("pseudonyms", numbers(&[147]))]),
        ];
        let lines = BatchReport::read(&results).unwrap().lines();
        assert_eq!(
            lines,
            [
                "🔗 Validating referential integrity across files...",
                "   a.csv[job_id]: 145 unique IDs",
                "   b.csv[job_c]: 145 unique IDs",
                "   c.csv[job_c]: 2 unique IDs",
                "   ✅ 145 overlapping IDs between a.csv[job_id] and b.csv[job_c]",
                "   ⚠️  No overlap between a.csv[job_id] and c.csv[job_c]",
                "   ✅ 147 IDs have 147 pseudonyms: no collisions",
            ]
        );
    }

    #[test]
    fn collisions_and_what_they_changed_are_told() {
        let report = BatchReport {
            ids: vec![("a".into(), 3), ("b".into(), 2)],
            overlaps: vec![Overlap { columns: ["a".into(), "b".into()], before: 1, after: 2 }],
            counts: Some(Counts { originals: 4, pseudonyms: 3 }),
        };
        let lines = report.lines().join("\n");
        assert!(lines.contains("⚠️  1 overlapping IDs before masking"), "{lines}");
        assert!(lines.ends_with("4 IDs have 3 pseudonyms: 1 collision"), "{lines}");
    }

    #[test]
    fn a_single_id_column_is_said_to_be_alone() {
        let report = BatchReport { ids: vec![("a".into(), 3)], ..BatchReport::default() };
        assert!(report.lines()[2].ends_with("Only one file with job IDs - cannot validate integrity"));
        assert_eq!(report.collision_line(), None);
    }

    #[test]
    fn other_rows_are_no_report() {
        assert!(BatchReport::read(&[batch(vec![("x", numbers(&[1]))])]).is_err());
        assert!(
            BatchReport::read(&[batch(vec![("originals", numbers(&[1])), ("pseudonyms", texts(&["1"]))])]).is_err()
        );
    }
}
