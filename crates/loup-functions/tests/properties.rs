//! What holds for every function, whatever the value.

mod tester;

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use loup_functions::{Accepts, Collisions, FunctionSpec, Section, Strength};
use proptest::prelude::*;
use tester::{KEY, OTHER_KEY, UdfTester, accepts, as_texts, is_volatile, literal, of_text, parts, sample};

/// Texts that a function takes.
fn values(spec: &FunctionSpec) -> BoxedStrategy<Vec<Option<String>>> {
    let typical: Vec<String> = sample(spec).into_iter().flatten().map(str::to_owned).collect();
    let value = match accepts(spec) {
        _ if !spec.parameters[0].typical.is_empty() => prop::sample::select(typical).boxed(),
        Accepts::Number => (any::<i32>(), 0..4_u32).prop_map(|(n, scale)| decimal(n, scale)).boxed(),
        Accepts::Integer => any::<i64>().prop_map(|n| n.to_string()).boxed(),
        Accepts::Date => (1..=9999, 1..=12, 1..=28).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")).boxed(),
        Accepts::Digits => {
            // One letter each: more than 4 could be a name, and are refused.
            let kept = "[ /.-]{0,3}[A-Za-zéß]?";
            let text = (kept, "[0-9]{6,9}", kept, "[0-9]{0,60}", kept);
            text.prop_map(|(a, b, c, d, e)| format!("{a}{b}{c}{d}{e}")).boxed()
        }
        Accepts::Symbols => "[0-9]{6,20}|[0-9A-Za-z]{6,60}|[A-Z]{2}[0-9]{8}".boxed(),
        Accepts::Sealed => prop_oneof![any::<String>(), "[a-z]{0,3}"]
            .prop_map(|text| {
                let encrypt = UdfTester::new(KEY, "encrypt", vec![ScalarValue::from("d")]);
                let sealed = encrypt.texts(&[Some(&text)], &DataType::Utf8).expect("text is encrypted").remove(0);
                sealed.expect("a value")
            })
            .boxed(),
        _ => prop_oneof![
            any::<String>(),
            "[a-zA-Z.]{1,8}@[a-z]{1,8}\\.[a-z]{2,3}",
            "\\+?[0-9 -]{7,15}",
            "[A-Z][a-z]{2,6}"
        ]
        .boxed(),
    };
    prop::collection::vec(prop::option::weighted(0.9, value), 0..40).boxed()
}

fn decimal(n: i32, scale: u32) -> String {
    format!("{:.*}", scale as usize, f64::from(n) / f64::from(10_u32.pow(scale)))
}

/// Whether results come from the session's key, and not from a named salt or from none.
fn keyed(spec: &FunctionSpec) -> bool {
    spec.parameters.iter().any(|parameter| parameter.name == "domain")
}

fn column(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().collect::<StringViewArray>())
}

fn for_each(
    filter: impl Fn(&FunctionSpec) -> bool,
    test: impl Fn(&FunctionSpec, &[Option<&str>]) -> Result<(), TestCaseError>,
) {
    for spec in of_text().filter(|spec| filter(spec)) {
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            failure_persistence: None,
            cases: 48,
            ..ProptestConfig::default()
        });
        let outcome = runner.run(&values(spec), |values| {
            let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
            test(spec, &values)
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", spec.name));
    }
}

#[test]
fn results_do_not_depend_on_run_batch_or_encoding() {
    for_each(
        |spec| !is_volatile(spec),
        |spec, values| {
            let tester = UdfTester::required(KEY, spec, "d");
            let whole = tester.texts(values, &DataType::Utf8View).expect("fits");
            let again = UdfTester::required(KEY, spec, "d").texts(values, &DataType::LargeUtf8).expect("fits");
            prop_assert_eq!(&whole, &again);
            let one_by_one: Vec<_> =
                values.iter().map(|v| tester.texts(&[*v], &DataType::Utf8).expect("fits").remove(0)).collect();
            prop_assert_eq!(&whole, &one_by_one);
            let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            prop_assert_eq!(&whole, &tester.texts(values, &dictionary).expect("fits"));
            Ok(())
        },
    );
}

#[test]
fn null_is_kept() {
    for_each(
        |_| true,
        |spec, values| {
            let masked = UdfTester::required(KEY, spec, "d").texts(values, &DataType::Utf8View).expect("fits");
            for (value, result) in values.iter().zip(masked) {
                prop_assert!(value.is_some() || result.is_none());
            }
            Ok(())
        },
    );
}

#[test]
fn a_pseudonym_or_stronger_never_equals_its_input() {
    for_each(
        |_| true,
        |spec, values| {
            let tester = UdfTester::required(KEY, spec, "d");
            let guarantee = tester.guarantee(&DataType::Utf8View);
            if guarantee.strength >= Strength::Pseudonym && !guarantee.fixed_points {
                for part in parts(&tester.mask(&column(values)).expect("fits")) {
                    for (value, result) in values.iter().zip(as_texts(&part)) {
                        let (Some(value), Some(result)) = (value, result) else {
                            continue;
                        };
                        prop_assert_ne!(value.to_lowercase(), result.to_lowercase());
                    }
                }
            }
            Ok(())
        },
    );
}

#[test]
fn another_key_or_domain_gives_other_results() {
    // What is sealed does not open under another key or in another domain at all.
    for_each(
        |spec| keyed(spec) && accepts(spec) != Accepts::Sealed,
        |spec, values| {
            let mask = |key, domain: &str| {
                UdfTester::in_domain(key, spec, domain).texts(values, &DataType::Utf8View).expect("fits")
            };
            // Short lists of names meet by chance: only whole columns of distinct values are compared.
            let distinct: HashSet<_> = values.iter().flatten().collect();
            if distinct.len() >= 12 {
                let masked = mask(KEY, "d");
                prop_assert_ne!(&masked, &mask(OTHER_KEY, "d"));
                prop_assert_ne!(&masked, &mask(KEY, "e"));
            }
            Ok(())
        },
    );
}

#[test]
fn another_salt_gives_other_results() {
    for_each(
        |spec| ["hash_salted", "hmac_sha256"].contains(&spec.name),
        |spec, values| {
            let mask = |key, salt: &str| {
                let tester = UdfTester::new(key, spec.name, vec![ScalarValue::from(salt)]);
                tester.texts(values, &DataType::Utf8View).expect("fits")
            };
            let masked = mask(KEY, "d");
            prop_assert_eq!(&masked, &mask(OTHER_KEY, "d"), "the session's key plays no part");
            if values.iter().any(Option::is_some) {
                prop_assert_ne!(&masked, &mask(KEY, "e"));
            }
            Ok(())
        },
    );
}

#[test]
fn injective_functions_are() {
    let is_injective = |spec: &FunctionSpec| {
        let guarantee = UdfTester::required(KEY, spec, "d").guarantee(&DataType::Utf8View);
        // Of a raw result nothing is promised.
        guarantee.strength != Strength::Raw && guarantee.collisions == Collisions::Injective
    };
    let mut names: Vec<&str> = of_text().filter(|spec| is_injective(spec)).map(|spec| spec.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["encrypt", "fpe_encrypt", "map_id", "pseudo_digits", "pseudo_int", "pseudo_text"]);
    for_each(is_injective, |spec, values| {
        let distinct: HashSet<_> = values.iter().flatten().copied().collect();
        let column: Vec<_> = distinct.iter().copied().map(Some).collect();
        let masked = UdfTester::required(KEY, spec, "d").texts(&column, &DataType::Utf8View).expect("fits");
        prop_assert_eq!(masked.into_iter().collect::<HashSet<_>>().len(), distinct.len());
        Ok(())
    });
}

/// A fake with a limit on its length: a domain or dictionary `d`, everything else as the spec has it.
fn limited(spec: &FunctionSpec, max_chars: i64) -> UdfTester {
    let mut options = Vec::new();
    for parameter in &spec.parameters[1..] {
        options.push(match (parameter.name, parameter.default) {
            ("max_chars", _) => ScalarValue::from(max_chars),
            ("domain" | "dictionary", _) => ScalarValue::from("d"),
            (_, Some(default)) => literal(default),
            (_, None) => literal(parameter.samples()[0]),
        });
        if parameter.name == "max_chars" {
            return UdfTester::new(KEY, spec.name, options);
        }
    }
    panic!("{}: a fake takes max_chars", spec.name);
}

#[test]
fn fakes_keep_max_chars() {
    for_each(
        |spec| spec.section == Section::Fakes && !spec.name.starts_with("fake_unique_"),
        |spec, values| {
            for max_chars in [1_i64, 2, 5, 12] {
                let masked = match limited(spec, max_chars).mask(&column(values)) {
                    Ok(masked) => masked,
                    // So short, a value may be one of few results.
                    Err(error) => {
                        prop_assert!(error.to_string().contains("its fake does not tell"), "{}: {}", spec.name, error);
                        continue;
                    }
                };
                for result in parts(&masked).iter().flat_map(as_texts).flatten() {
                    prop_assert!((1..=max_chars).contains(&(result.chars().count() as i64)), "{}", result);
                }
            }
            Ok(())
        },
    );
}

#[test]
fn unique_fakes_fit_or_are_refused_when_planned() {
    for_each(
        |spec| spec.name.starts_with("fake_unique_"),
        |spec, values| {
            for max_chars in [1_i64, 19, 20, 31, 32, 33, 40, 64, 200] {
                let options = vec![ScalarValue::from("d"), ScalarValue::from(""), ScalarValue::from(max_chars)];
                let masked = UdfTester::new(KEY, spec.name, options).mask(&column(values));
                let least = if spec.name == "fake_unique_email" { 32 } else { 20 };
                prop_assert_eq!(masked.is_ok(), max_chars >= least, "{}", max_chars);
                for result in masked.iter().flat_map(as_texts).flatten() {
                    prop_assert!((20..=max_chars).contains(&(result.chars().count() as i64)), "{}", result);
                }
            }
            Ok(())
        },
    );
}

#[test]
fn pseudo_email_is_always_a_short_plain_address() {
    for_each(
        |spec| spec.name == "pseudo_email",
        |spec, values| {
            for keep in [false, true] {
                let options = vec![ScalarValue::from("d"), ScalarValue::from(keep)];
                let masked = UdfTester::new(KEY, spec.name, options).texts(values, &DataType::Utf8View).expect("fits");
                for result in masked.iter().flatten() {
                    let (local, host) = result.split_once('@').expect("an @");
                    prop_assert!(local.len() <= 64 && local.bytes().all(|b| b.is_ascii_alphanumeric()));
                    prop_assert!(!host.contains('@') && host.contains('.') && host.len() <= 253);
                }
            }
            Ok(())
        },
    );
}

/// Display masks whose result shows no more than a fixed number of the value's characters.
#[test]
fn shaped_masks_never_show_the_whole_value() {
    let shaped = [
        "mask_email",
        "mask_phone",
        "mask_card",
        "mask_card_relaxed",
        "mask_ssn",
        "mask_iban",
        "mask_uuid",
        "mask_ip",
        "mask_url",
        "mask_name",
        "mask_postcode",
    ];
    for_each(
        |spec| shaped.contains(&spec.name),
        |spec, values| {
            let tester = UdfTester::required(KEY, spec, "d");
            let masked = tester.texts(values, &DataType::Utf8View).expect("fits");
            for (value, result) in values.iter().zip(masked) {
                let (Some(value), Some(result)) = (value, result) else {
                    continue;
                };
                prop_assert!(*value != result || value.contains(['*', 'X']), "{}", value);
                prop_assert!(result.contains(['*', 'X']), "{}", result);
            }
            Ok(())
        },
    );
}
