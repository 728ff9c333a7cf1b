//! What calls declare is what they keep: for every combination of options, on a million values, in any order, over any text.
//!
//! Functions are found through the catalog, so that a new one cannot be forgotten.

mod tester;

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, UInt64Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::prelude::{Expr, SessionConfig, SessionContext, col, lit};
use loup_functions::{
    Accepts, Collisions, FunctionSpec, Guarantee, Kind, LOCALES, Parameter, Section, Strength, catalog, functions,
};
use proptest::prelude::*;
use tester::{KEY, UdfTester, accepts, as_texts, binding, is_volatile, literal, of_text, parts, sample};

/// What a parameter may be: its typical values and its default.
fn choices(parameter: &Parameter) -> Vec<Vec<ScalarValue>> {
    match (parameter.name, parameter.kind) {
        ("domain", _) => vec![vec![ScalarValue::from("d")]],
        (_, Kind::Rest) => vec![parameter.samples().into_iter().map(literal).collect()],
        (_, Kind::Text) if parameter.typical.is_empty() && parameter.default.is_none() => {
            vec![vec![ScalarValue::from("d")]]
        }
        _ => {
            let mut values = parameter.samples();
            values.extend(parameter.default.filter(|default| !values.contains(default)));
            values.into_iter().map(|value| vec![literal(value)]).collect()
        }
    }
}

/// Returns calls of a function with combinations of its options: all, or evenly spread ones where there are many.
fn combinations(spec: &FunctionSpec) -> Vec<Vec<ScalarValue>> {
    const MOST: usize = 256;
    let choices: Vec<_> = spec.parameters[1..].iter().map(choices).collect();
    let all: usize = choices.iter().map(Vec::len).product();
    let chosen = (0..all.min(MOST)).map(|number| number * all / all.min(MOST));
    let nth = |mut number: usize| {
        let mut options = Vec::new();
        for choices in &choices {
            options.extend_from_slice(&choices[number % choices.len()]);
            number /= choices.len();
        }
        options
    };
    chosen.map(nth).collect()
}

/// Values of the kind that the function takes, and more of them where it takes any text.
fn values(spec: &FunctionSpec) -> Vec<Option<&'static str>> {
    let mut values = sample(spec);
    if spec.parameters[0].typical.is_empty() && matches!(accepts(spec), Accepts::Any | Accepts::Text) {
        values.extend(["Ann", "Marty", "12345", "7", "4111 1111 1111 1111", "192.168.1.100", "2024-02-29"].map(Some));
        values.extend(["https://x.example/a?b=c", "x", "[REDACTED]", "****", "{\"a\":1}"].map(Some));
    }
    values
}

/// Checks results of one call against its guarantee.
fn keeps(guarantee: &Guarantee, values: &[Option<&str>], results: &[Option<String>]) -> Result<(), String> {
    let mut images = BTreeMap::new();
    for (value, result) in values.iter().zip(results) {
        let (Some(value), Some(result)) = (value, result) else {
            // A value may become NULL, and NULL stays.
            if value.is_none() && result.is_some() {
                return Err("NULL became a value".to_owned());
            }
            continue;
        };
        if let Some(most) = guarantee.max_chars
            && result.chars().count() > most
        {
            return Err(format!("{result} has more than {most} characters"));
        }
        let is_same = value.to_lowercase() == result.to_lowercase();
        // What is left when all is destroyed is one text, which a value may be by chance.
        let is_drawn = [Strength::Pseudonym, Strength::Synthetic].contains(&guarantee.strength);
        if is_drawn && !guarantee.fixed_points && is_same {
            return Err(format!("{} is its own result", shortened(value)));
        }
        if guarantee.strength == Strength::Partial
            && value.chars().any(|c| c.is_ascii_alphanumeric())
            && value == result
        {
            return Err(format!("{} is shown whole", shortened(value)));
        }
        if guarantee.deterministic && images.insert(*value, result).is_some_and(|other| other != result) {
            return Err(format!("{value} has two results"));
        }
    }
    let distinct: HashSet<_> = images.values().collect();
    if guarantee.deterministic && guarantee.collisions != Collisions::ManyToOne && distinct.len() < images.len() {
        return Err("values collide".to_owned());
    }
    // Nothing of a value is left but how long it was.
    let lengths: HashSet<_> = images.keys().map(|value| value.chars().count()).collect();
    if guarantee.strength == Strength::Destroyed && distinct.len() > lengths.len() + 1 {
        return Err("results tell values apart".to_owned());
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Masks that leave a value which holds nothing of what they mask, as their pages say.
const MAY_SHOW: &[(&str, &str)] = &[
    ("mask", "a text of characters that are neither letters with case nor digits, as in Spark"),
    ("mask_first_n", "as mask, within the first characters"),
    ("mask_last_n", "as mask, within the last characters"),
    ("mask_show_first_n", "as mask, behind the first characters"),
    ("mask_show_last_n", "as mask, before the last characters"),
    ("scrub", "a text without personal data that it finds"),
    ("redact_regex", "a text without a match"),
    ("top_code", "a number below the limit"),
    ("bottom_code", "a number above the limit"),
];

fn may_show(spec: &FunctionSpec) -> bool {
    MAY_SHOW.iter().any(|(name, _)| *name == spec.name)
}

#[test]
fn every_combination_of_options_keeps_what_it_declares() {
    let (mut kept, mut wrong) = (0, Vec::new());
    for spec in of_text() {
        let values = values(spec);
        let column: ArrayRef = Arc::new(values.iter().collect::<StringViewArray>());
        for options in combinations(spec) {
            let call = format!("{}{options:?}", spec.name);
            let tester = UdfTester::new(KEY, spec.name, options);
            let guarantee = tester.guarantee(&DataType::Utf8View);
            if guarantee.strength == Strength::Raw {
                continue;
            }
            kept += 1;
            // A combination may refuse some of the values; those that it takes are looked at.
            let (values, masked) = match tester.mask(&column) {
                Ok(masked) => (values.clone(), masked),
                Err(_) => {
                    let takes = |value| tester.texts(&[value], &DataType::Utf8View).is_ok();
                    let taken: Vec<_> = values.iter().copied().filter(|&value| takes(value)).collect();
                    if taken.len() * 2 < values.len() {
                        wrong.push(format!("{call}: takes {} of {} values", taken.len(), values.len()));
                    }
                    let column: ArrayRef = Arc::new(taken.iter().collect::<StringViewArray>());
                    (taken, tester.mask(&column).expect("each value is taken"))
                }
            };
            for part in parts(&masked) {
                match keeps(&guarantee, &values, &as_texts(&part)) {
                    Err(what) if !(what.ends_with("whole") && may_show(spec)) => wrong.push(format!("{call}: {what}")),
                    _ => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(kept >= 500, "{kept}");
}

/// Returns the number of equal pairs among the results of a million values, all different.
fn collisions(tester: &UdfTester, value: impl Fn(u64) -> String) -> u64 {
    let mut seen: Vec<u64> = Vec::with_capacity(MILLION as usize);
    for first in (0..MILLION).step_by(50_000) {
        let column: StringViewArray = (first..first + 50_000).map(|n| Some(value(n))).collect();
        let masked = as_texts(&tester.mask(&(Arc::new(column) as ArrayRef)).expect("values fit"));
        seen.extend(masked.iter().map(|result| {
            let mut hasher = DefaultHasher::new();
            result.as_ref().expect("a value").hash(&mut hasher);
            hasher.finish()
        }));
    }
    seen.sort_unstable();
    let mut pairs = 0;
    for run in seen.chunk_by(|a, b| a == b) {
        pairs += (run.len() * (run.len() - 1) / 2) as u64;
    }
    pairs
}

const MILLION: u64 = 1_000_000;

/// The call with the fewest collision bits that it declares, and the call with only what is required.
fn telling_calls(spec: &FunctionSpec) -> Vec<(Guarantee, UdfTester)> {
    let weight = |collisions: Collisions| match collisions {
        Collisions::Bits(bits) => bits,
        Collisions::Injective => u32::MAX,
        Collisions::ManyToOne => 0,
    };
    let required = UdfTester::required(KEY, spec, "d");
    let judged = |tester: UdfTester| {
        let guarantee = tester.guarantee(&DataType::Utf8View);
        let tells = guarantee.strength != Strength::Raw && guarantee.collisions != Collisions::ManyToOne;
        tells.then_some((guarantee, tester))
    };
    let all = combinations(spec).into_iter().filter_map(|options| judged(UdfTester::new(KEY, spec.name, options)));
    let weakest = all.min_by_key(|(guarantee, _)| weight(guarantee.collisions));
    let mut calls: Vec<_> = judged(required).into_iter().collect();
    calls.extend(weakest.filter(|(weakest, _)| calls.first().is_none_or(|(usual, _)| usual != weakest)));
    calls
}

/// n values in a space of 2^b meet in n (n - 1) / 2^(b + 1) pairs, give or take the root; what is declared is b rounded down.
#[test]
fn collision_bits_and_bijections_are_borne_out_on_a_million_values() {
    let (mut told, mut wrong) = (Vec::new(), Vec::new());
    for spec in of_text() {
        for (guarantee, tester) in telling_calls(spec) {
            let is_number = matches!(accepts(spec), Accepts::Number | Accepts::Integer | Accepts::Digits);
            let is_number = is_number || spec.name == "map_id";
            let found = collisions(&tester, |n| {
                if is_number { (1_000_003 + n * 7_919).to_string() } else { format!("user{n:07}") }
            });
            let pairs = (MILLION * (MILLION - 1)) as f64 / 2.0;
            let (most, least) = match guarantee.collisions {
                Collisions::Bits(bits) => {
                    let mean = |bits: u32| pairs / 2_f64.powi(bits as i32);
                    let (upper, lower) = (mean(bits), mean(bits + 1));
                    (upper + 5.0 * upper.sqrt(), lower - 5.0 * lower.sqrt())
                }
                _ => (0.0, 0.0),
            };
            told.push(format!("{}, {}: {found} pairs", spec.name, guarantee.collisions));
            if found as f64 > most || (found as f64) < least {
                wrong.push(format!("{}: {guarantee}: {found} pairs, {least:.1} to {most:.1} were declared", spec.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The functions that promise it today. A new one adds itself above, and a line here.
    let names: HashSet<&str> = told.iter().map(|line| line.split(',').next().expect("a name")).collect();
    let expected = [
        "pseudo_int",
        "pseudo_digits",
        "pseudo_text",
        "fpe_encrypt",
        "encrypt",
        "map_id",
        "hash_keyed",
        "hash_salted",
        "hmac_sha256",
        "pseudo_uuid",
        "pseudo_email",
        "pseudo_code",
        "split_mask",
    ];
    for name in expected {
        assert!(names.contains(name), "{name} promises nothing any more: {told:#?}");
    }
}

/// Returns the calls of every function over a column `v` of its kind of value, as a query has them.
fn call(spec: &FunctionSpec) -> Option<(Expr, Vec<Option<&'static str>>)> {
    if is_volatile(spec) {
        return None;
    }
    let udf = functions(&binding(KEY)).into_iter().find(|udf| udf.name() == spec.name).expect("a function of ours");
    let required = spec.parameters[1..].iter().filter(|parameter| parameter.default.is_none());
    let mut arguments = vec![col("v")];
    arguments.extend(required.flat_map(|parameter| choices(parameter).swap_remove(0)).map(lit));
    Some((udf.call(arguments), sample(spec)))
}

#[tokio::test]
async fn partitions_and_the_order_of_rows_play_no_part() -> Result<()> {
    for spec in of_text() {
        let Some((call, sample)) = call(spec) else { continue };
        let values: Vec<Option<&str>> = sample.iter().copied().cycle().take(300).collect();
        let rows: Int64Array = (0..300).map(Some).collect();
        let columns: [(&str, ArrayRef); 2] =
            [("row", Arc::new(rows)), ("v", Arc::new(values.iter().collect::<StringViewArray>()))];
        let batch = RecordBatch::try_from_iter(columns)?;
        let mixed: UInt64Array = (0..300_u64).map(|row| Some(row * 7 % 300)).collect();
        let mixed = batch.columns().iter().map(|column| take(column, &mixed, None)).collect::<Result<_, _>>()?;
        let mixed = RecordBatch::try_new(batch.schema(), mixed)?;
        let mut results = Vec::new();
        let cut =
            |batch: &RecordBatch| vec![vec![batch.slice(0, 70), batch.slice(70, 80)], vec![batch.slice(150, 150)]];
        for (partitions, data) in [(1, vec![vec![batch.clone()]]), (4, cut(&mixed))] {
            let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(partitions));
            context.register_table("t", Arc::new(MemTable::try_new(batch.schema(), data)?))?;
            let frame = context.table("t").await?.select(vec![col("row"), call.clone().alias("masked")])?;
            let frame = frame.sort(vec![col("row").sort(true, false)])?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let masked = concat_batches(&schema, &frame.collect().await?)?;
            results.push(as_texts(masked.column_by_name("masked").expect("a column")));
        }
        assert_eq!(results[0], results[1], "{}", spec.name);
    }
    Ok(())
}

/// Texts of any characters, up to 10 kB of them: marks, controls, surrogates' neighbours, right-to-left, and the texts that
/// functions look for.
fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => any::<char>(),
        2 => prop::char::range(' ', '~'),
        1 => prop::sample::select(vec!['\0', '\u{301}', '\u{202e}', '\u{feff}', '\u{d7ff}', '\u{e000}', '\u{10ffff}', 'İ', 'ß', 'ﬀ']),
    ];
    let shape = prop::sample::select(vec![
        "@",
        "a@b.c",
        "4111111111111111",
        "{\"a\":",
        "[",
        "DE89",
        "2024-02-30",
        "1e9",
        "::",
        "%",
    ]);
    (prop::collection::vec(character, 0..600), shape, 1_usize..20, any::<bool>()).prop_map(
        |(text, shape, times, is_cut)| {
            let text: String = text.into_iter().collect();
            let mut text = format!("{text}{shape}").repeat(times);
            let end = (0..=text.len().min(10_000)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
            if is_cut { text } else { format!("{shape}{text}") }
        },
    )
}

#[test]
fn no_text_makes_a_function_panic_or_tell_the_value() {
    let config =
        ProptestConfig { cases: 12, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() };
    for spec in of_text() {
        let tester = UdfTester::required(KEY, spec, "d");
        let guarantee = tester.guarantee(&DataType::Utf8View);
        let mut runner = proptest::test_runner::TestRunner::new(config.clone());
        let outcome = runner.run(&any_text(), |text| {
            match tester.texts(&[Some(&text)], &DataType::Utf8View) {
                Ok(_) if guarantee.strength == Strength::Raw => {}
                Ok(results) => {
                    let kept = keeps(&guarantee, &[Some(&text)], &results);
                    // Parts of a struct are looked at by the combinations.
                    let is_struct = ["fake_person", "fake_address"].contains(&spec.name);
                    prop_assert!(kept.is_ok() || may_show(spec) || is_struct, "{:?}", kept);
                }
                // A value that is refused is not told, not even a part of it.
                Err(error) => {
                    let message = error.to_string();
                    let part: String = text.chars().take(24).collect();
                    prop_assert!(part.chars().count() < 8 || !message.contains(&part), "{}", spec.name);
                }
            }
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{}: {}", spec.name, shortened(&failure.to_string()));
        }
    }
}

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
    let options = spec.parameters[1..].iter().map(|parameter| match (parameter.name, parameter.default) {
        ("locale", _) => ScalarValue::from(locale),
        (_, Some(default)) => literal(default),
        (_, None) => choices(parameter).swap_remove(0).remove(0),
    });
    let tester = UdfTester::new(KEY, spec.name, options.collect());
    let column: ArrayRef = Arc::new((0..draws).map(|n| Some(format!("seed {n}"))).collect::<StringViewArray>());
    let masked = tester.mask(&column).ok()?;
    let mut counts = BTreeMap::new();
    for result in as_texts(&masked).into_iter().flatten() {
        *counts.entry(result).or_default() += 1.0;
    }
    Some(counts)
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
