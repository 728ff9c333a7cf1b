//! Checked values of options: threads, memory limit, variables, output format.

use clap::ValueEnum;

/// How rows of a query are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// A table to look at; on a terminal the first 1000 rows
    #[default]
    Table,
    /// Comma-separated; NULL is an empty cell, the empty text is ""
    Csv,
    /// One JSON object a line (NDJSON), NULL as null
    Json,
}

/// What two ids with one pseudonym do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Collision {
    /// They are told of
    #[default]
    Warn,
    /// They end the run with exit code 4, and nothing is written
    Fail,
}

/// How much of what a run writes is compared with its originals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Verify {
    /// One batch of rows in sixteen
    #[default]
    Sample,
    /// Every row; files are read back and keys are joined again
    Full,
    /// Nothing
    Off,
}

impl From<Verify> for loup::Verify {
    fn from(verify: Verify) -> Self {
        match verify {
            Verify::Sample => Self::Sample,
            Verify::Full => Self::Full,
            Verify::Off => Self::Off,
        }
    }
}

/// A script variable of `--var name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
}

const MAX_THREADS: usize = 1024;

/// Reads a number of threads.
///
/// # Errors
/// Says what is allowed.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=MAX_THREADS) => Ok(threads),
        _ => Err(format!("expected a number from 1 to {MAX_THREADS}")),
    }
}

/// Reads a size such as `500MB`, `2GiB` or `1.5 GB`; a bare number is refused, as nobody means bytes.
///
/// # Errors
/// Says what is allowed.
pub(crate) fn memory_limit(text: &str) -> Result<usize, String> {
    let allowed = || "expected a size with its unit, such as 500MB or 2GiB".to_owned();
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(allowed)?;
    let (number, unit) = text.split_at(unit_at);
    let scale: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(allowed()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // 18 digits keep the power of ten in 64 bits, and no one has a finer memory limit.
    if whole.is_empty() || fraction.len() > 18 || (number.contains('.') && fraction.is_empty()) {
        return Err(allowed());
    }
    let whole: u128 = whole.parse().map_err(|_| allowed())?;
    let parts: u128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| allowed())? };
    let scale = u128::from(scale);
    let bytes = whole
        .checked_mul(scale)
        .and_then(|bytes| bytes.checked_add(parts * scale / 10_u128.pow(fraction.len() as u32)))
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| "this machine cannot address so much memory".to_owned())?;
    if bytes == 0 { Err("expected more than 0 bytes".to_owned()) } else { Ok(bytes) }
}

/// Reads `name=value`; the value may be empty and may hold further equal signs.
///
/// # Errors
/// Says what is allowed, without the value.
pub(crate) fn variable(text: &str) -> Result<Variable, String> {
    let (name, value) = text.split_once('=').ok_or("expected name=value")?;
    let mut chars = name.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err("expected name=value, the name of letters, digits and '_'".to_owned());
    }
    Ok(Variable { name: name.to_owned(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_decimal_and_binary_units() {
        for (text, bytes) in [
            ("500MB", 500_000_000),
            ("500mb", 500_000_000),
            ("2GiB", 2 << 30),
            ("2G", 2 << 30),
            ("1.5GB", 1_500_000_000),
            ("1.5 GiB", 1_610_612_736),
            (" 64 KiB ", 65_536),
            ("10b", 10),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(memory_limit(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn sizes_without_sense_are_refused() {
        for text in [
            "",
            "500",
            "MB",
            "-1MB",
            "1,5GB",
            "1.GB",
            ".5GB",
            "1.2.3GB",
            "0MB",
            "0.0001b",
            "1e3MB",
            "5XB",
            "99999999999TB",
        ] {
            assert!(memory_limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn at_least_one_thread() {
        assert_eq!(threads("1"), Ok(1));
        assert_eq!(threads("64"), Ok(64));
        for text in ["0", "-1", "two", "", "1025"] {
            assert!(threads(text).is_err(), "{text}");
        }
    }

    #[test]
    fn variables_split_at_the_first_equal_sign() {
        let read = |text| variable(text).map(|variable| (variable.name, variable.value));
        assert_eq!(read("out=masked/x.sql"), Ok(("out".into(), "masked/x.sql".into())));
        assert_eq!(read("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(read("_empty1="), Ok(("_empty1".into(), String::new())));
        assert_eq!(read("text= it's ü "), Ok(("text".into(), " it's ü ".into())));
    }

    #[test]
    fn variable_names_are_identifiers_and_values_stay_out_of_messages() {
        for text in ["noequals", "=hunter2", "1a=hunter2", "a b=hunter2", "a-b=hunter2"] {
            let message = variable(text).unwrap_err();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
