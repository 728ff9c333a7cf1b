//! What becomes of each column: the rules, and what the configuration says beyond them.

use super::call;
use super::columns::{Rule, is_named, masked, masked_id, rule};
use super::config::{BatchConfig, BatchFile};
use super::tables::{Column, Table};
use crate::{Error, Result};

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It holds job ids and gets their pseudonyms.
    Id { value: String },
    /// It gets a value that the rules or the configuration write.
    Masked { value: String, label: Option<&'static str> },
    /// The rules say that it holds nothing personal.
    Preserved,
    /// Nobody says anything of it.
    Unknown,
}

impl Treatment {
    /// Returns the value that the column gets, if it gets one.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Id { value } | Self::Masked { value, .. } => Some(value),
            Self::Preserved | Self::Unknown => None,
        }
    }

    /// Returns what the column is labelled, as far as that is known.
    pub(super) fn label(&self) -> Option<&'static str> {
        match self {
            Self::Id { .. } => Some("pii:id"),
            Self::Masked { label, .. } => *label,
            Self::Preserved => Some("pii:none"),
            Self::Unknown => None,
        }
    }
}

/// Decides for every column of every table.
///
/// # Errors
/// Returns an error for a column that is named and not there, or named twice, and for one that the rules cannot mask.
pub(super) fn decide(
    config: &BatchConfig,
    further_ids: &[String],
    has_rules: bool,
    tables: &[Table],
) -> Result<Vec<Vec<Treatment>>> {
    let everywhere_ids: Vec<_> = config.id_columns.iter().chain(further_ids).collect();
    let everywhere_functions = &config.columns.0;
    for name in everywhere_ids.iter().copied().chain(everywhere_functions.iter().map(|(name, _)| name)) {
        let mut found = false;
        for (table, file) in tables.iter().zip(&config.files) {
            found |= position(table, file, name)?.is_some();
        }
        if !found {
            return Err(missing("no file has a column", name, tables.iter().flat_map(|table| &table.columns)));
        }
    }
    let mut all = Vec::with_capacity(tables.len());
    for (table, file) in tables.iter().zip(&config.files) {
        let mut wishes: Vec<Wish<'_>> = vec![Wish::default(); table.columns.len()];
        for name in &everywhere_ids {
            if let Some(at) = position(table, file, name)? {
                wishes[at].is_id = true;
            }
        }
        for (name, function) in everywhere_functions {
            if let Some(at) = position(table, file, name)?
                && wishes[at].function.replace(function).is_some()
            {
                return Err(two_functions(file, &table.columns[at]));
            }
        }
        for name in &file.id_columns {
            wishes[expected(table, file, name)?].is_id = true;
        }
        let mut own = vec![false; table.columns.len()];
        for (name, function) in &file.columns.0 {
            let at = expected(table, file, name)?;
            if std::mem::replace(&mut own[at], true) {
                return Err(two_functions(file, &table.columns[at]));
            }
            wishes[at].function = Some(function);
        }
        let treatments = table.columns.iter().zip(wishes).map(|(column, wish)| {
            treatment(table, column, wish, has_rules).map_err(|error| match error {
                Error::Config(text) => Error::Config(format!("{}: {text}", file.input)),
                other => other,
            })
        });
        all.push(treatments.collect::<Result<Vec<_>>>()?);
    }
    Ok(all)
}

/// What the configuration says of a column.
#[derive(Debug, Clone, Copy, Default)]
struct Wish<'a> {
    is_id: bool,
    function: Option<&'a String>,
}

fn treatment(table: &Table, column: &Column, wish: Wish<'_>, has_rules: bool) -> Result<Treatment> {
    let Column { name, header, is_text } = column;
    let found = match wish {
        Wish { is_id: true, function: Some(_) } => {
            return Err(Error::Config(format!("column {name} is named as an id and with a function; choose one")));
        }
        Wish { function: Some(function), .. } => {
            return Ok(Treatment::Masked { value: call::value(name, function)?, label: None });
        }
        Wish { is_id: true, .. } => Some(Rule::Id),
        Wish { .. } if has_rules => rule(header),
        Wish { .. } => None,
    };
    if matches!(found, Some(Rule::Id | Rule::Masked { .. })) && !is_text {
        return Err(Error::Config(format!("column {name} is no text; give it a function in \"columns\"")));
    }
    Ok(match found {
        Some(Rule::Id) => Treatment::Id { value: masked_id(name) },
        Some(Rule::Masked { label, function }) => {
            let text = table.columns.iter().filter(|column| column.is_text);
            let columns: Vec<_> = text.map(|column| (column.header.as_str(), column.name.as_str())).collect();
            Treatment::Masked { value: masked(function, name, &columns), label: Some(label) }
        }
        Some(Rule::Preserved) => Treatment::Preserved,
        None => Treatment::Unknown,
    })
}

/// Finds a column: the exact name, else the only one in another case.
fn position(table: &Table, file: &BatchFile, name: &str) -> Result<Option<usize>> {
    if let Some(exact) = table.columns.iter().position(|column| column.name == *name) {
        return Ok(Some(exact));
    }
    let mut alike = (0..table.columns.len()).filter(|at| is_named(&table.columns[*at].header, name));
    match (alike.next(), alike.next()) {
        (found, None) => Ok(found),
        _ => Err(Error::Config(format!("{}: several columns are named like {name}; name one exactly", file.input))),
    }
}

fn expected(table: &Table, file: &BatchFile, name: &str) -> Result<usize> {
    let what = || format!("{}: there is no column", file.input);
    position(table, file, name)?.ok_or_else(|| missing(&what(), name, &table.columns))
}

fn two_functions(file: &BatchFile, column: &Column) -> Error {
    Error::Config(format!("{}: column {} is given two functions", file.input, column.name))
}

fn missing<'a>(what: &str, name: &str, columns: impl IntoIterator<Item = &'a Column>) -> Error {
    let near = columns
        .into_iter()
        .map(|column| (strsim::damerau_levenshtein(&name.to_lowercase(), &column.name.to_lowercase()), &column.name))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min();
    let hint = near.map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"));
    Error::Session(loup::Error::Plan(format!("{what} {name}{hint}")))
}

#[cfg(test)]
mod tests {
    use super::super::config::ColumnFunctions;
    use super::*;

    fn table(columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: (*name).into(), header: (*name).into(), is_text: true };
        Table { database: "f1".into(), name: "t".into(), columns: columns.iter().map(column).collect() }
    }

    fn functions(pairs: &[(&str, &str)]) -> ColumnFunctions {
        ColumnFunctions(pairs.iter().map(|(column, function)| ((*column).into(), (*function).into())).collect())
    }

    fn decide_one(columns: &[&str], file: BatchFile, config: BatchConfig) -> Result<Vec<Treatment>> {
        let config = BatchConfig { files: vec![file], ..config };
        Ok(decide(&config, &[], true, &[table(columns)])?.remove(0))
    }

    fn masked_by(treatment: &Treatment) -> &str {
        treatment.value().unwrap_or("nothing")
    }

    #[test]
    fn the_nearest_word_on_a_column_holds() {
        let file = BatchFile { columns: functions(&[("account", "redact")]), ..BatchFile::default() };
        let config = BatchConfig {
            columns: functions(&[("account", "nullify"), ("note", "nullify")]),
            ..BatchConfig::default()
        };
        let decided = decide_one(&["account", "note", "job_id", "status", "other"], file, config).unwrap();
        assert_eq!(masked_by(&decided[0]), "redact(\"account\")");
        assert_eq!(masked_by(&decided[1]), "nullify(\"note\")");
        assert!(matches!(decided[2], Treatment::Id { .. }));
        assert_eq!(decided[3..], [Treatment::Preserved, Treatment::Unknown]);
    }

    #[test]
    fn the_second_of_two_columns_with_one_name_is_masked_too() {
        let mut table = table(&["job_id", "job_id_2"]);
        table.columns[1].header = "job_id".into();
        let config = BatchConfig { files: vec![BatchFile::default()], ..BatchConfig::default() };
        let decided = decide(&config, &[], true, &[table]).unwrap();
        assert!(decided[0].iter().all(|treatment| matches!(treatment, Treatment::Id { .. })), "{decided:?}");
    }

    #[test]
    fn names_that_find_nothing_are_errors_with_the_near_name() {
        let file = BatchFile { id_columns: vec!["visit_jbo".into()], ..BatchFile::default() };
        let error = decide_one(&["visit_job"], file, BatchConfig::default()).unwrap_err();
        assert!(error.to_string().ends_with("there is no column visit_jbo; did you mean visit_job?"), "{error}");
        let config = BatchConfig { columns: functions(&[("zzz", "redact")]), ..BatchConfig::default() };
        let error = decide_one(&["visit_job"], BatchFile::default(), config).unwrap_err();
        assert_eq!(error.to_string(), "no file has a column zzz");
    }

    #[test]
    fn a_column_has_one_treatment() {
        let file =
            BatchFile { id_columns: vec!["a".into()], columns: functions(&[("A", "redact")]), ..BatchFile::default() };
        assert!(decide_one(&["a"], file, BatchConfig::default()).is_err());
        let file = BatchFile { columns: functions(&[("a", "redact"), ("A ", "nullify")]), ..BatchFile::default() };
        assert!(decide_one(&["a"], file, BatchConfig::default()).is_err());
        let file = BatchFile { id_columns: vec!["A".into()], ..BatchFile::default() };
        assert!(decide_one(&["a", "a "], file, BatchConfig::default()).is_err(), "which of them?");
    }

    #[test]
    fn an_id_that_is_no_text_is_refused() {
        let mut table = table(&["job_id"]);
        table.columns[0].is_text = false;
        let config = BatchConfig { files: vec![BatchFile::default()], ..BatchConfig::default() };
        assert!(decide(&config, &[], true, &[table]).unwrap_err().to_string().contains("job_id is no text"));
    }
}
