//! Which columns the older masker knows, and what becomes of them here: one line each.
//!
//! Names are found in any case and with blanks around them, so that a header typed by hand does not leave a column clear.

use crate::sql;

/// Columns with job ids, which join.
const IDS: &[&str] = &["jobNumber", "Job Number", "job_id", "job_c"];

/// Further columns that are masked: name, label, function. The part in braces is the cell, as [`Seed`] writes it.
const MASKED: &[(&str, &str, &str)] = &[
    // Longer than job ids, since nobody counts their collisions.
    ("valExID", "pii:id", "hash_keyed({id}, 'valex', length => 16)"),
    ("ValEx Job ID", "pii:id", "hash_keyed({id}, 'valex', length => 16)"),
    ("valuer", "pii:name", "fake_full_name({folded})"),
    ("valuerPeer", "pii:name", "fake_full_name({folded})"),
    ("Job Owner", "pii:name", "fake_full_name({folded})"),
    ("Job Original Valuer", "pii:name", "fake_full_name({folded})"),
    ("Job Peer Reviewer", "pii:name", "fake_full_name({folded})"),
    ("account", "pii:account", "fake_company({folded})"),
    ("Account Name", "pii:account", "fake_company({folded})"),
    // A number alone would be known everywhere once it is known anywhere, so it is drawn for the whole address.
    ("unit_number_c", "pii:address", "split_part(fake_address({unit}, locale => 'en_AU')['street'], ' ', 1)"),
    ("street_number_c", "pii:address", "split_part(fake_address({address}, locale => 'en_AU')['street'], ' ', 1)"),
    ("street_name_c", "pii:address", "upper(fake_last_name({folded}, locale => 'en_AU'))"),
    ("suburb_c", "pii:address", "upper(fake_address({folded}, locale => 'en_AU')['city'])"),
    ("Full Address", "pii:address", "fake_address({folded}, locale => 'en_AU')['line']"),
];

/// Columns that the older masker keeps on purpose.
const PRESERVED: &[&str] = &[
    "openedDate",
    "closedDate",
    "weeknum",
    "month",
    "estimateValue",
    "marketValueCeiling",
    "loanAmount",
    "status",
    "channelType",
    "jobType",
    "propertyType",
    "region_c",
    "region_type",
    "street_type_c",
    "state_c",
    "postcode_c",
    "TaT",
    "EscGroup",
];

/// Columns that tell one address from another.
const ADDRESS: &[&str] = &["street_number_c", "street_name_c", "suburb_c"];
const UNIT: &str = "unit_number_c";

/// What a rule says of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It holds job ids.
    Id,
    /// It is masked by this function.
    Masked { label: &'static str, function: &'static str },
    /// It stays, and holds nothing personal.
    Preserved,
}

/// Finds the rule for a column.
pub(super) fn rule(name: &str) -> Option<Rule> {
    let is = |known: &&str| is_named(name, known);
    if IDS.iter().any(is) {
        return Some(Rule::Id);
    }
    if let Some((_, label, function)) = MASKED.iter().find(|(known, ..)| is(known)) {
        return Some(Rule::Masked { label, function });
    }
    PRESERVED.iter().any(is).then_some(Rule::Preserved)
}

/// Returns whether a header names a column, whatever the case and the blanks around it.
pub(super) fn is_named(header: &str, name: &str) -> bool {
    header.trim().to_lowercase() == name.trim().to_lowercase()
}

/// Writes an id in the one form that is masked: without blanks around it, and without the `.0` that spreadsheets and
/// data frames put behind whole numbers.
pub(super) fn id(column: &str) -> String {
    const WHOLE_NUMBER_OR_TRIMMED: &str = r"'(?s)^\s*(?:(-?[0-9]+)(?:\.0*)?|(.*?))\s*$', '\1\2'";
    format!("regexp_replace({}, {WHOLE_NUMBER_OR_TRIMMED})", sql::ident(column))
}

/// Writes a condition that an id is a number whose last digits a spreadsheet has dropped.
pub(super) fn has_lost_digits(column: &str) -> String {
    format!(r"regexp_like({}, '^\s*-?[0-9](\.[0-9]+)?[eE]\+[0-9]{{2,}}\s*$')", sql::ident(column))
}

/// Returns whether a cell meets the condition of [`has_lost_digits`].
pub(super) fn lost_digits(cell: &str) -> bool {
    let cell = cell.trim();
    let Some((number, power)) = cell.split_once(['e', 'E']) else { return false };
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let power = power.strip_prefix('+').unwrap_or_default();
    whole.len() == 1 && are_digits(whole) && fraction.is_none_or(are_digits) && power.len() >= 2 && are_digits(power)
}

/// Writes the value that replaces an id.
pub(super) fn masked_id(column: &str) -> String {
    let id = id(column);
    unless_blank(column, &id, &pseudonym(&id))
}

/// Writes the pseudonym of an id in its one form.
pub(super) fn pseudonym(id: &str) -> String {
    format!("hash_keyed({id}, 'job', length => 12)")
}

/// Writes the value by which a rule replaces a column; `columns` are those of its file, by header and name.
pub(super) fn masked(function: &str, column: &str, columns: &[(&str, &str)]) -> String {
    let seed = Seed { column, columns };
    let value = seed.fill(function);
    let test = if function.contains("{id}") { id(column) } else { format!("btrim({})", sql::ident(column)) };
    unless_blank(column, &test, &value)
}

/// A blank cell stays blank and NULL stays NULL: neither is anybody's, and a pseudonym would make rows join.
fn unless_blank(column: &str, test: &str, value: &str) -> String {
    format!("CASE WHEN {test} <> '' THEN {value} WHEN {} IS NOT NULL THEN '' END", sql::ident(column))
}

/// The cells that a function draws from.
struct Seed<'a> {
    column: &'a str,
    columns: &'a [(&'a str, &'a str)],
}

impl Seed<'_> {
    /// Puts the cells in the place of the names in braces.
    fn fill(&self, function: &str) -> String {
        let mut filled = String::new();
        let mut rest = function;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').expect("the rules are constants that a test reads");
            filled.push_str(before);
            filled.push_str(&self.cell(name));
            rest = after;
        }
        filled + rest
    }

    fn cell(&self, name: &str) -> String {
        match name {
            "id" => id(self.column),
            "folded" => folded(self.column),
            "address" => self.joined(ADDRESS.iter().copied()),
            "unit" => self.joined(ADDRESS.iter().copied().chain([UNIT])),
            _ => unreachable!("the rules are constants that a test reads"),
        }
    }

    /// Joins those of the columns that the file has.
    fn joined<'n>(&self, names: impl Iterator<Item = &'n str>) -> String {
        let found = names.filter_map(|name| self.columns.iter().find(|(header, _)| is_named(header, name)));
        let cells: Vec<_> = found.map(|(_, column)| folded(column)).collect();
        format!("concat_ws('|', {})", cells.join(", "))
    }
}

fn folded(column: &str) -> String {
    format!("lower(btrim({}))", sql::ident(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_once() {
        for name in ["jobNumber", "JOBNUMBER", " Job Number ", "job_id", "JOB_C"] {
            assert_eq!(rule(name), Some(Rule::Id), "{name}");
        }
        assert_eq!(rule("tat"), Some(Rule::Preserved));
        assert!(matches!(rule("Full address"), Some(Rule::Masked { label: "pii:address", .. })));
        assert_eq!(rule("job id"), None);
        let names: Vec<_> = IDS.iter().chain(MASKED.iter().map(|(name, ..)| name)).chain(PRESERVED).collect();
        for (number, name) in names.iter().enumerate() {
            assert!(!names[..number].iter().any(|known| is_named(known, name)), "{name} has two rules");
        }
    }

    #[test]
    fn every_rule_can_be_filled() {
        let columns = [("street_name_c", "street_name_c"), ("suburb_c ", "suburb_c ")];
        for (name, _, function) in MASKED {
            let value = masked(function, name, &columns);
            assert!(!value.contains('{') && value.contains(&sql::ident(name)), "{value}");
        }
        let number = masked("f({address})", "street_number_c", &columns);
        assert!(
            number.contains(r#"concat_ws('|', lower(btrim("street_name_c")), lower(btrim("suburb_c ")))"#),
            "{number}"
        );
    }

    #[test]
    fn a_column_named_like_a_placeholder_stays_a_column() {
        let value = masked("f({folded})", "{id}", &[]);
        assert!(value.contains(r#"f(lower(btrim("{id}")))"#), "{value}");
    }

    #[test]
    fn scientific_notation_has_lost_digits_and_nothing_else_has() {
        for cell in ["1.23457E+11", "1E+11", " 1.5e+07 ", "-1.23457E+011", "9.99999999999999e+16\u{a0}"] {
            assert!(lost_digits(cell), "{cell}");
        }
        for cell in
            ["12345", "12345.0", "12e10", "1e5", "12.5E+11", "E+11", "1.E+11", "1E+", "1E+1", "1E+1x", "aE+11", ""]
        {
            assert!(!lost_digits(cell), "{cell}");
        }
    }
}
