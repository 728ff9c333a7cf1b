//! The JSON file of a batch: the older masker's format, and what it could not say: further ids, functions by column.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

use crate::{Error, Result};

/// Files that are masked together, and how.
///
/// # Example
/// ```
/// let config = loup_import::BatchConfig::from_json(
///     r#"{
///       "files": [
///         {"input": "jobs.csv", "output": "masked/jobs.csv", "columns": {"email": "mask_email"}},
///         {"input": "visits.csv", "output": "masked/visits.csv"}
///       ],
///       "id_columns": ["visit_job"]
///     }"#,
/// )?;
/// assert_eq!(config.files.len(), 2);
/// # Ok::<(), loup_import::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchConfig {
    /// The files, in the order of the report.
    pub files: Vec<BatchFile>,
    /// What the author of the file says about it.
    #[serde(default)]
    pub note: Option<String>,
    /// Columns that hold job ids in any of the files.
    #[serde(default)]
    pub id_columns: Vec<String>,
    /// Functions for columns of any of the files.
    #[serde(default)]
    pub columns: ColumnFunctions,
}

/// One file of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchFile {
    /// What is masked.
    pub input: String,
    /// Where the masked file goes.
    pub output: String,
    /// What the author of the file says about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Further columns of this file that hold job ids.
    #[serde(default)]
    pub id_columns: Vec<String>,
    /// Functions for columns of this file; they stand before those for all files and before the default rules.
    #[serde(default)]
    pub columns: ColumnFunctions,
}

/// Column names, each with a function's name or call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnFunctions(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for ColumnFunctions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = ColumnFunctions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("column names with a function each")
            }

            // A map would keep the last of two functions for one column, and nobody would hear of the first.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, String)> = Vec::new();
                while let Some((column, function)) = map.next_entry::<String, String>()? {
                    if pairs.iter().any(|(known, _)| *known == column) {
                        return Err(serde::de::Error::custom(format!("column `{column}` is given twice")));
                    }
                    pairs.push((column, function));
                }
                Ok(ColumnFunctions(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

impl BatchConfig {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Returns an error where it cannot be read, is no JSON of this form, has an unknown field or names no files.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = std::fs::read(path).map_err(|error| Error::Config(format!("cannot read {name}: {error}")))?;
        let text = String::from_utf8(text).map_err(|_| Error::Config(format!("{name}: expected JSON in UTF-8")))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Self::from_json(text).map_err(|error| Error::Config(format!("{name}: {error}")))
    }

    /// Reads a configuration from JSON.
    ///
    /// # Errors
    /// Returns an error where it is no JSON of this form, has an unknown field or names no files.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: Self = serde_json::from_str(text).map_err(|error| Error::Config(error.to_string()))?;
        if config.files.is_empty() {
            return Err(Error::Config("files: names no file".to_owned()));
        }
        for (number, file) in config.files.iter().enumerate() {
            for (field, path) in [("input", &file.input), ("output", &file.output)] {
                if path.is_empty() {
                    return Err(Error::Config(format!("files[{number}].{field}: is empty")));
                }
            }
        }
        Ok(config)
    }

    /// Makes the configuration of a single file.
    pub fn single(input: impl Into<String>, output: impl Into<String>) -> Self {
        let file = BatchFile { input: input.into(), output: output.into(), ..BatchFile::default() };
        Self { files: vec![file], ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        BatchConfig::from_json(text).unwrap_err().to_string()
    }

    #[test]
    fn the_older_tools_file_is_read() {
        let text = r#"{"files": [
            {"input": "a.csv", "output": "b.csv", "description": "personas"},
            {"input": "c.csv", "output": "d.csv"}
        ], "note": "kept together"}"#;
        let config = BatchConfig::from_json(text).unwrap();
        assert_eq!(config.files[0].description.as_deref(), Some("personas"));
        assert_eq!((config.files.len(), config.note.as_deref()), (2, Some("kept together")));
    }

    #[test]
    fn functions_keep_their_order_and_scope() {
        let text = r#"{"files": [{"input": "a", "output": "b", "id_columns": ["x"], "columns": {"z": "redact", "y": "nullify"}}],
                       "columns": {"w": "redact"}}"#;
        let config = BatchConfig::from_json(text).unwrap();
        assert_eq!(config.files[0].columns.0, [("z", "redact"), ("y", "nullify")].map(|(a, b)| (a.into(), b.into())));
        assert_eq!((config.files[0].id_columns.as_slice(), config.columns.0.len()), (&["x".to_owned()][..], 1));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, named) in [
            (r#"{"files": [{"input": "a", "outptu": "b"}]}"#, "outptu"),
            (r#"{"files": [{"input": "a", "output": "b"}], "notes": ""}"#, "notes"),
            (r#"{"files": [{"input": "a"}]}"#, "output"),
            (r#"{"files": [{"input": "", "output": "b"}]}"#, "files[0].input"),
            (r#"{"files": []}"#, "no file"),
            (r#"{"note": ""}"#, "files"),
            (
                r#"{"files": [{"input": "a", "output": "b", "columns": {"c": "redact", "c": "nullify"}}]}"#,
                "c` is given twice",
            ),
            (r#"{"files": [{"input": "a", "input": "a", "output": "b"}]}"#, "input"),
            (r#"{"files": [{"input": "a", "output": "b"}]} x"#, "trailing"),
            ("files", "line 1"),
        ] {
            let message = problem(text);
            assert!(message.contains(named), "{text}: {message}");
        }
    }
}
