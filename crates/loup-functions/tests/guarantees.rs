//! What calls declare is what they keep: for every combination of options, in any order, over any text.
//!
//! Functions are found through the catalog, so that a new one cannot be forgotten.

mod tester;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, UInt64Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::prelude::{Expr, SessionConfig, SessionContext, col, lit};
use loup_functions::{Accepts, FunctionSpec, Guarantee, Strength, functions};
use proptest::prelude::*;
use tester::kept::{keeps, shortened};
use tester::options::{choices, combinations, is_usual};
use tester::{KEY, UdfTester, accepts, as_texts, binding, is_volatile, of_text, parts, sample};

/// Values of the kind that the function takes, and more of them where it takes any text.
fn values(spec: &FunctionSpec) -> Vec<Option<&'static str>> {
    let mut values = sample(spec);
    if spec.parameters[0].typical.is_empty() && matches!(accepts(spec), Accepts::Any | Accepts::Text) {
        values.extend(["Ann", "Marty", "12345", "7", "4111 1111 1111 1111", "192.168.1.100", "2024-02-29"].map(Some));
        values.extend(["https://x.example/a?b=c", "x", "[REDACTED]", "****", "{\"a\":1}"].map(Some));
    }
    values
}

/// Calls whose values must fit their options, which fewer than half of them do.
const CHOOSY: &[(&str, &str)] = &[
    ("fpe_encrypt", "the alphabet holds every character, and the text is long enough for it"),
    ("fpe_decrypt", "as fpe_encrypt"),
    ("pseudo_text", "as fpe_encrypt"),
    ("pseudo_int", "the range holds the value"),
    ("noise_abs", "the number has as many decimals as the amount"),
    ("unmap_id", "the mapping holds the value"),
    ("decrypt", "the text was encrypted in the domain"),
];

/// What became of the calls of one function.
#[derive(Default)]
struct Tally {
    kept: usize,
    /// Calls of nothing but values that the docs list: those refused, and all.
    usual: (usize, usize),
    /// For each parameter, the values with which a call was not refused.
    taken: BTreeMap<&'static str, HashSet<String>>,
}

#[test]
fn every_combination_of_options_keeps_what_it_declares() {
    let mut wrong = Vec::new();
    let mut all = 0;
    for spec in of_text() {
        let mut tally = Tally::default();
        let values = values(spec);
        for options in combinations(spec) {
            let call = format!("{}{:?}", spec.name, options.concat());
            let outcome = outcome(spec, options.concat(), &values);
            let is_refused = matches!(outcome, Outcome::Refused);
            if spec.parameters[1..].iter().zip(&options).all(|(parameter, choice)| is_usual(parameter, choice)) {
                tally.usual.0 += usize::from(is_refused);
                tally.usual.1 += 1;
            }
            match outcome {
                Outcome::Refused => continue,
                Outcome::Raw => {}
                Outcome::Kept => tally.kept += 1,
                Outcome::Wrong(what) => wrong.push(format!("{call}: {what}")),
            }
            for (parameter, choice) in spec.parameters[1..].iter().zip(options) {
                tally.taken.entry(parameter.name).or_default().insert(format!("{choice:?}"));
            }
        }
        // Whatever is refused, no option that the docs list is refused in every call.
        for parameter in &spec.parameters[1..] {
            for choice in choices(parameter).into_iter().filter(|choice| is_usual(parameter, choice)) {
                if !tally.taken.get(parameter.name).is_some_and(|taken| taken.contains(&format!("{choice:?}"))) {
                    wrong.push(format!("{}: {} = {choice:?} is always refused", spec.name, parameter.name));
                }
            }
        }
        let (refused, usual) = tally.usual;
        if refused * 4 > usual {
            wrong.push(format!("{}: {refused} of {usual} usual calls are refused", spec.name));
        }
        all += tally.kept;
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    assert!(all >= 4_000, "{all}");
}

enum Outcome {
    Refused,
    Raw,
    Kept,
    Wrong(String),
}

/// Runs one call and compares it with what it declares. A call may refuse some of the values; those that it takes are looked at.
fn outcome(spec: &FunctionSpec, options: Vec<ScalarValue>, values: &[Option<&str>]) -> Outcome {
    let tester = UdfTester::new(KEY, spec.name, options);
    let guarantee = tester.guarantee(&DataType::Utf8View);
    let no_rows: ArrayRef = Arc::new(StringViewArray::from(Vec::<Option<&str>>::new()));
    if tester.mask(&no_rows).is_err() {
        return if guarantee == Guarantee::raw() {
            Outcome::Refused
        } else {
            Outcome::Wrong(format!("is refused, and declares {guarantee}"))
        };
    }
    if guarantee.strength == Strength::Raw {
        return Outcome::Raw;
    }
    let column: ArrayRef = Arc::new(values.iter().collect::<StringViewArray>());
    let (values, masked) = match tester.mask(&column) {
        Ok(masked) => (values.to_vec(), masked),
        Err(_) => {
            let takes = |value| tester.texts(&[value], &DataType::Utf8View).is_ok();
            let taken: Vec<_> = values.iter().copied().filter(|&value| takes(value)).collect();
            if taken.len() * 2 < values.len() && !CHOOSY.iter().any(|(name, _)| *name == spec.name) {
                return Outcome::Wrong(format!("takes {} of {} values", taken.len(), values.len()));
            }
            let column: ArrayRef = Arc::new(taken.iter().collect::<StringViewArray>());
            (taken, tester.mask(&column).expect("each value is taken"))
        }
    };
    for part in parts(&masked) {
        if let Err(what) = keeps(&guarantee, &values, &as_texts(&part)) {
            return Outcome::Wrong(format!("{guarantee}: {what}"));
        }
    }
    Outcome::Kept
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
            let column: ArrayRef = Arc::new(StringViewArray::from(vec![Some(text.as_str())]));
            match tester.mask(&column) {
                Ok(_) if guarantee.strength == Strength::Raw => {}
                Ok(masked) => {
                    for part in parts(&masked) {
                        let kept = keeps(&guarantee, &[Some(&text)], &as_texts(&part));
                        prop_assert!(kept.is_ok(), "{:?}", kept);
                    }
                }
                // A value that is refused is not told, not even a part of it.
                Err(error) => {
                    let message: Vec<char> = error.to_string().chars().collect();
                    let told = message.windows(8).map(String::from_iter).find(|part| text.contains(part));
                    prop_assert!(told.is_none(), "{}", spec.name);
                }
            }
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{}: {}", spec.name, shortened(&failure.to_string()));
        }
    }
}
