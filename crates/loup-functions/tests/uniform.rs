//! Fakes draw every entry of their lists as often as the others.

mod tester;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use loup_functions::{FunctionSpec, LOCALES, Section, catalog};
use tester::options::choices;
use tester::{KEY, UdfTester, as_texts, literal, of_text, parts};

/// Fakes of one entry of a list of the repository: the file, and which of its columns.
const LISTS: &[(&str, &str, usize)] = &[
    ("fake_first_name", "names/{}.first", 0),
    ("fake_last_name", "names/{}.last", 0),
    ("fake_middle_name", "names/{}.first", 0),
    ("fake_city", "places/{}.place", 0),
    ("fake_district", "places/{}.place", 3),
    ("fake_state", "places/{}.place", 1),
    ("fake_state_code", "places/{}.place", 2),
    ("fake_job", "words/{}.job", 0),
    ("fake_word", "words/{}.word", 0),
    ("fake_color", "words/{}.color", 0),
    ("fake_building", "places/{}.building", 0),
    ("fake_country_code", "words/countries", 0),
    ("fake_country", "words/countries", 2),
];

/// Few results, and no list of the repository behind them.
const NO_LISTS: &[(&str, &str)] = &[
    ("fake_currency_code", "codes in the function's file; their draw is tested with the dice"),
    ("fake_ipv4", "the addresses that are set aside for documentation"),
    ("fake_user_agent", "put together from versions and systems, some of which are more common"),
    ("fake_from", "a list of the session, whose weights are tested with it"),
];

/// Returns how often each entry stands in a list, which is how often it is to be drawn.
fn entries(file: &str, column: usize, locale: &str) -> BTreeMap<String, f64> {
    let name = if file.starts_with("words/") { &locale[..2] } else { locale };
    let path = format!("{}/src/lists/data/{}.txt", env!("CARGO_MANIFEST_DIR"), file.replace("{}", name));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let entry = if column == 3 && parts[column].is_empty() { parts[1] } else { parts[column] };
        *entries.entry(entry.to_owned()).or_default() += 1.0;
    }
    entries
}

/// Returns how often each result came of so many draws, in a locale.
fn counts(spec: &FunctionSpec, locale: &str, draws: u64) -> Option<BTreeMap<String, f64>> {
    let masked = tester(spec, locale, None).mask(&seeds(draws)).ok()?;
    let mut counts = BTreeMap::new();
    for result in as_texts(&masked).into_iter().flatten() {
        *counts.entry(result).or_default() += 1.0;
    }
    Some(counts)
}

fn seeds(draws: u64) -> ArrayRef {
    Arc::new((0..draws).map(|n| Some(format!("seed {n}"))).collect::<StringViewArray>())
}

/// Returns a fake in a locale, and under a limit.
fn tester(spec: &FunctionSpec, locale: &str, max_chars: Option<i64>) -> UdfTester {
    let options = spec.parameters[1..].iter().map(|parameter| match (parameter.name, parameter.default) {
        ("locale", _) => ScalarValue::from(locale),
        ("max_chars", _) if max_chars.is_some() => ScalarValue::from(max_chars),
        (_, Some(default)) => literal(default),
        (_, None) => choices(parameter).swap_remove(0).remove(0),
    });
    UdfTester::new(KEY, spec.name, options.collect())
}

/// Pearson's chi-squared; its bound at p = 0.0001 by Wilson and Hilferty (1931). Key and values are fixed, so it holds or not.
#[test]
fn fakes_draw_each_entry_of_their_lists_as_often_as_the_others() {
    const DRAWS: u64 = 60_000;
    let mut wrong = Vec::new();
    for (name, file, column) in LISTS {
        let spec = catalog().iter().find(|spec| spec.name == *name).unwrap_or_else(|| panic!("no function {name}"));
        for locale in LOCALES {
            let entries = entries(file, *column, locale);
            let counts = counts(spec, locale, DRAWS).expect("values fit");
            let total: f64 = entries.values().sum();
            let squares: f64 = entries
                .iter()
                .map(|(entry, weight)| {
                    let expected = DRAWS as f64 * weight / total;
                    (counts.get(entry).copied().unwrap_or(0.0) - expected).powi(2) / expected
                })
                .sum();
            let freedom = (entries.len() - 1) as f64;
            let spread = 2.0 / (9.0 * freedom);
            let bound = freedom * (1.0 - spread + 3.719 * spread.sqrt()).powi(3);
            if squares >= bound || counts.keys().any(|result| !entries.contains_key(result)) {
                let strangers = counts.keys().filter(|result| !entries.contains_key(*result)).count();
                wrong.push(format!(
                    "{name} in {locale}: {squares:.0} of {bound:.0}, {strangers} results are no entries"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_fake_that_draws_from_a_list_is_forgotten() {
    const DRAWS: u64 = 20_000;
    let mut forgotten = Vec::new();
    let listed =
        |name: &str| LISTS.iter().any(|(list, ..)| *list == name) || NO_LISTS.iter().any(|(no, _)| *no == name);
    for spec in of_text().filter(|spec| spec.section == Section::Fakes) {
        let Some(counts) = counts(spec, "en_US", DRAWS) else { continue };
        if counts.len() as u64 <= DRAWS / 8 && !listed(spec.name) {
            forgotten.push(format!("{}: {} results", spec.name, counts.len()));
        }
    }
    assert!(forgotten.is_empty(), "{}", forgotten.join("\n"));
}

/// A fake is never its value: of few results, or where one outweighs all others, that tells the value.
#[test]
fn a_value_that_its_fake_would_tell_is_refused() {
    const DRAWS: u64 = 2_000;
    let (mut told, mut few) = (Vec::new(), 0);
    for spec in of_text().filter(|spec| spec.section == Section::Fakes) {
        for (locale, most) in LOCALES.iter().flat_map(|locale| [0, 1, 2, 3, 4, 6, 9].map(|most| (locale, most))) {
            let tester = tester(spec, locale, Some(most));
            let Ok(masked) = tester.mask(&seeds(DRAWS)) else { continue };
            for part in parts(&masked) {
                let mut counts: BTreeMap<String, u64> = BTreeMap::new();
                for result in as_texts(&part).into_iter().flatten() {
                    *counts.entry(result.to_lowercase()).or_default() += 1;
                }
                // Of records, the country is the locale's and compared with no value, and cut numbers are not looked at: a seed is
                // a whole value.
                let is_record = matches!(masked.data_type(), DataType::Struct(_));
                let is_looked_at = |value: &str| !is_record || counts.len() > 1 && value.contains(char::is_alphabetic);
                let is_few = counts.len() < 8;
                let telling = counts.iter().filter(|(_, count)| is_few || **count * 100 > DRAWS * 55);
                for (value, _) in telling.filter(|(value, _)| is_looked_at(value)) {
                    few += 1;
                    if let Ok(results) =
                        tester.mask(&(Arc::new(StringViewArray::from(vec![Some(value.as_str())])) as ArrayRef))
                    {
                        told.push(format!(
                            "{} {locale} {most}: {value} of {} got {:?}",
                            spec.name,
                            counts.len(),
                            as_texts(&results)
                        ));
                    }
                }
            }
        }
    }
    assert!(told.is_empty(), "{} of {few}:\n{}", told.len(), told.join("\n"));
    assert!(few >= 8, "{few}");
}
