//! The options of a CSV file as users write them.

use std::collections::HashMap;

use loup_text::csv::Dialect;

use crate::error::{Result, SourceError};

/// Describes how a CSV file is read and written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// Syntax; the terminator is found in each file.
    pub dialect: Dialect,
    /// Whether the first record names the columns.
    pub has_header: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { dialect: Dialect::default(), has_header: true }
    }
}

impl CsvOptions {
    /// Returns the options of tab-separated files.
    pub fn tsv() -> Self {
        Self { dialect: Dialect { delimiter: b'\t', ..Dialect::default() }, ..Self::default() }
    }

    /// Names that [`apply`](Self::apply) knows.
    pub const NAMES: [&'static str; 5] = ["delimiter", "quote", "escape", "header", "null"];

    /// Applies one option; names may carry DataFusion's `format.` prefix and its own spellings.
    ///
    /// # Errors
    /// Returns an error for an unknown name or a value that does not fit.
    pub fn apply(&mut self, name: &str, value: &str) -> Result<()> {
        let problem = |problem: &str| SourceError::Option { name: name.to_owned(), problem: problem.to_owned() };
        let byte = |value: &str| match value.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ if value == "\\t" || value.eq_ignore_ascii_case("tab") => Ok(b'\t'),
            _ => Err(problem("expected one ASCII character")),
        };
        let optional = |value: &str| {
            if value.is_empty() { Ok(None) } else { byte(value).map(Some) }
        };
        match name.strip_prefix("format.").unwrap_or(name).to_ascii_lowercase().as_str() {
            "delimiter" | "delim" | "sep" => self.dialect.delimiter = byte(value)?,
            "quote" => self.dialect.quote = optional(value)?,
            "escape" => {
                let escape = optional(value)?;
                self.dialect.escape = escape.filter(|escape| Some(*escape) != self.dialect.quote);
            }
            "header" | "has_header" => {
                self.has_header = match value.to_ascii_lowercase().as_str() {
                    "true" | "1" | "on" => true,
                    "false" | "0" | "off" => false,
                    _ => return Err(problem("expected true or false")),
                }
            }
            "null" | "null_value" => {
                self.dialect.null = (!value.is_empty()).then(|| value.as_bytes().to_vec());
            }
            _ => return Err(problem(&format!("unknown; known are {}", Self::NAMES.join(", ")))),
        }
        Ok(())
    }

    /// Applies options in any order and checks that they agree.
    ///
    /// # Errors
    /// Returns the first option that is unknown or does not fit.
    pub fn with_options(mut self, options: &HashMap<String, String>) -> Result<Self> {
        let mut names: Vec<_> = options.keys().collect();
        // The quote is needed before the escape, which may repeat it.
        names.sort_by_key(|name| (name.to_ascii_lowercase().ends_with("escape"), name.as_str()));
        for name in names {
            self.apply(name, &options[name])?;
        }
        self.dialect
            .validate()
            .map_err(|error| SourceError::Option { name: "delimiter".to_owned(), problem: error.to_string() })?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Result<CsvOptions> {
        CsvOptions::default().with_options(&pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect())
    }

    #[test]
    fn known_options_apply() {
        let read = options(&[("format.delimiter", ";"), ("header", "false"), ("null", "\\N"), ("escape", "\"")]);
        let read = read.expect("valid");
        assert_eq!((read.dialect.delimiter, read.has_header), (b';', false));
        assert_eq!(read.dialect.null.as_deref(), Some(&b"\\N"[..]));
        assert_eq!(read.dialect.escape, None, "a quote that escapes itself is a doubled quote");
    }

    #[test]
    fn unknown_options_and_values_are_refused() {
        for pair in [("delimeter", ";"), ("delimiter", "ab"), ("header", "yes please"), ("delimiter", "\"")] {
            assert!(options(&[pair]).is_err(), "{pair:?}");
        }
    }
}
