//! Every function on numbers, over all types of numbers.

mod tester;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int8Array, Int64Array, StringArray, UInt64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::lit;
use datafusion::prelude::{SessionContext, col};
use loup_functions::{Budget, Strength, functions, register_all};
use proptest::prelude::*;
use tester::{KEY, UdfTester, as_texts, binding};

const TYPES: [DataType; 16] = [
    DataType::Int8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::Decimal32(9, 2),
    DataType::Decimal64(18, 2),
    DataType::Decimal128(38, 0),
    DataType::Decimal128(20, 4),
    DataType::Decimal256(40, 2),
    DataType::Decimal256(76, 0),
    DataType::Float16,
    DataType::Float32,
    DataType::Float64,
    DataType::Utf8,
    DataType::LargeUtf8,
    DataType::Utf8View,
];

fn tester(name: &str, options: &[ScalarValue]) -> UdfTester {
    UdfTester::new(KEY, name, options.to_vec())
}

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn number(text: Option<String>) -> f64 {
    text.expect("a number").parse().expect("a number")
}

/// Casts integers to a type of numbers, as a source would hold them.
fn of_type(values: &ArrayRef, data_type: &DataType) -> ArrayRef {
    cast(&cast(values, &DataType::Utf8).expect("text"), data_type)
        .or_else(|_| cast(values, data_type))
        .expect("small integers fit every type")
}

#[test]
fn every_type_of_numbers_gives_the_same_results_and_stays() {
    let values = integers(&[0, 37, -37, 100, -100, 5]);
    for (name, options, expected) in [
        ("generalize", vec![lit_i(10)], [0, 30, -40, 100, -100, 0]),
        ("top_code", vec![lit_i(50)], [0, 37, -37, 50, -100, 5]),
        ("bottom_code", vec![lit_i(-50)], [0, 37, -37, 100, -50, 5]),
        ("generalize_geo", vec![lit_i(0)], [0, 37, -37, 100, -100, 5]),
    ] {
        for data_type in &TYPES {
            let masked = tester(name, &options).mask(&of_type(&values, data_type)).expect("numbers");
            assert_eq!(masked.data_type(), data_type, "{name}");
            let numbers: Vec<f64> = as_texts(&masked).into_iter().map(number).collect();
            assert_eq!(numbers, expected.map(f64::from), "{name} over {data_type}");
        }
    }
    for data_type in &TYPES {
        let column = of_type(&values, data_type);
        let ranges = as_texts(&tester("generalize_range", &[lit_i(50)]).mask(&column).expect("numbers"));
        assert_eq!(
            ranges.into_iter().flatten().collect::<Vec<_>>(),
            ["[0,50)", "[0,50)", "[-50,0)", "[100,150)", "[-100,-50)", "[0,50)"]
        );
        let buckets = as_texts(&tester("bucket", &[ScalarValue::from("5,37")]).mask(&column).expect("numbers"));
        assert_eq!(buckets.into_iter().flatten().collect::<Vec<_>>(), ["<5", ">=37", "<5", ">=37", "<5", "[5,37)"]);
    }
}

fn lit_i(n: i64) -> ScalarValue {
    ScalarValue::from(n)
}

#[test]
fn integers_beyond_the_floats_are_exact() {
    let masked = tester("generalize", &[lit_i(10)]).mask(&integers(&[i64::MAX, 9_007_199_254_740_993])).expect("fits");
    assert_eq!(masked.as_primitive::<Int64Type>().values(), &[9_223_372_036_854_775_800, 9_007_199_254_740_990]);
    let top: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let range = tester("generalize_range", &[lit_i(1000)]).mask(&top).expect("text holds it");
    assert_eq!(as_texts(&range)[0].as_deref(), Some("[18446744073709551000,18446744073709552000)"));
}

#[test]
fn what_a_type_does_not_hold_is_an_error_or_null() {
    let values: ArrayRef = Arc::new(Int8Array::from(vec![Some(-128), Some(7), None]));
    let error = tester("generalize", &[lit_i(10)]).mask(&values).expect_err("-130 is none").to_string();
    assert!(error.contains("generalize: expected a number whose result Int8 holds"), "{error}");
    let lenient = tester("generalize", &[lit_i(10), ScalarValue::from("null")]).mask(&values).expect("NULL instead");
    assert_eq!(as_texts(&lenient), [None, Some("0".to_owned()), None]);
    let odd: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, 1e300, 1e-300]));
    assert!(tester("generalize", &[lit_i(10)]).mask(&odd).is_err());
    let lenient = tester("generalize", &[lit_i(10), ScalarValue::from("null")]).mask(&odd).expect("NULL instead");
    assert_eq!(as_texts(&lenient), [None, None, None, Some("0.0".to_owned())]);
}

#[test]
fn floats_are_the_decimals_that_they_print() {
    let values: ArrayRef = Arc::new(Float64Array::from(vec![0.3, 0.1 + 0.2, -0.3, 1.1, 2.675]));
    let masked = tester("generalize", &[ScalarValue::from(0.1)]).mask(&values).expect("numbers");
    assert_eq!(masked.as_primitive::<Float64Type>().values(), &[0.3, 0.3, -0.3, 1.1, 2.6]);
    let masked = tester("generalize_geo", &[lit_i(2)]).mask(&values).expect("numbers");
    assert_eq!(masked.as_primitive::<Float64Type>().values(), &[0.3, 0.3, -0.3, 1.1, 2.68]);
}

#[test]
fn identity_settings_are_raw() {
    let strength = |name, options: &[ScalarValue], data_type: &DataType| tester(name, options).strength(data_type);
    let money = DataType::Decimal128(10, 2);
    for (name, option, data_type, expected) in [
        ("generalize", ScalarValue::from(1), DataType::Int64, Strength::Raw),
        ("generalize", ScalarValue::from(2), DataType::Int64, Strength::Generalized),
        ("generalize", ScalarValue::from(1), DataType::Utf8View, Strength::Raw),
        ("generalize", ScalarValue::from(0.01), money.clone(), Strength::Raw),
        ("generalize", ScalarValue::from(1), money.clone(), Strength::Generalized),
        ("generalize_range", ScalarValue::from(1), DataType::Int32, Strength::Raw),
        ("generalize_geo", ScalarValue::from(2), money.clone(), Strength::Raw),
        ("generalize_geo", ScalarValue::from(3), DataType::Float64, Strength::Generalized),
        ("generalize_geo", ScalarValue::from(4), DataType::Float64, Strength::Raw),
        ("generalize_ip", ScalarValue::from(32), DataType::Utf8, Strength::Raw),
        ("generalize", ScalarValue::from(1.000_000_1), DataType::Utf8View, Strength::Raw),
        ("generalize_range", ScalarValue::from(1.5), DataType::Float64, Strength::Raw),
        ("bucket", ScalarValue::from("34,35,36,37"), DataType::Int64, Strength::Raw),
        ("bucket", ScalarValue::from("34,36,40"), DataType::Int64, Strength::Generalized),
        ("bucket", ScalarValue::from("34,35,40"), money.clone(), Strength::Generalized),
        ("bucket", ScalarValue::from("37.0,37.0000001"), DataType::Utf8View, Strength::Raw),
        ("bucket", ScalarValue::from("6.5,7.0"), DataType::Float64, Strength::Generalized),
        ("generalize_ip", ScalarValue::from(30), DataType::Utf8, Strength::Raw),
        ("generalize_ip", ScalarValue::from(24), DataType::Utf8, Strength::Generalized),
        ("generalize_postcode", ScalarValue::from(6), DataType::Utf8, Strength::Raw),
        ("top_code", ScalarValue::from(127), DataType::Int8, Strength::Raw),
        ("top_code", ScalarValue::from(90), DataType::Int8, Strength::Partial),
        ("bottom_code", ScalarValue::from(0), DataType::UInt8, Strength::Raw),
    ] {
        assert_eq!(
            strength(name, std::slice::from_ref(&option), &data_type),
            expected,
            "{name}({data_type}, {option})"
        );
    }
    let domain = ScalarValue::from("d");
    assert_eq!(strength("noise", &[ScalarValue::from(0.001), domain.clone()], &DataType::Int64), Strength::Raw);
    assert_eq!(strength("noise", &[ScalarValue::from(0.01), domain], &DataType::Int64), Strength::Noised);
    assert_eq!(strength("laplace", &[lit_i(11), lit_i(1)], &DataType::Int64), Strength::Raw);
    // Noise that is mostly 0, and a delta that gives people up.
    assert_eq!(strength("laplace", &[lit_i(10), lit_i(1)], &DataType::Int64), Strength::Raw);
    assert_eq!(strength("laplace", &[lit_i(1), lit_i(1)], &DataType::Int64), Strength::Noised);
    assert_eq!(strength("laplace", &[lit_i(10), ScalarValue::from(0.001)], &DataType::Float64), Strength::Raw);
    let gaussian = |delta: f64| strength("gaussian", &[lit_i(1), delta.into(), lit_i(1)], &DataType::Int64);
    assert_eq!((gaussian(0.00001), gaussian(0.9)), (Strength::Noised, Strength::Raw));
    let at = ScalarValue::from("2026-01-01");
    let ages = |bounds: &str| strength("age_band", &[bounds.into(), at.clone()], &DataType::Date32);
    assert_eq!((ages("40,41,42"), ages("0,1,5,18")), (Strength::Raw, Strength::Generalized));
}

#[tokio::test]
async fn nonsense_is_refused_when_the_statement_is_planned() {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx, &binding(KEY)).expect("registers");
    for (sql, says) in [
        ("SELECT generalize(1, 0)", "step must be above 0"),
        ("SELECT generalize(1, -5)", "step must be above 0"),
        ("SELECT generalize(1, 0.5)", "step has more decimals than Int64 holds"),
        ("SELECT generalize_range(1, 0)", "step must be above 0"),
        ("SELECT generalize(1, 1e300)", "at most 38 digits"),
        ("SELECT generalize(true, 10)", "x must be integer, decimal, float"),
        ("SELECT bucket(1, '')", "bounds must be one number or more"),
        ("SELECT bucket(1, '1,1')", "each above the one before"),
        ("SELECT bucket(1, 'a')", "bounds must be numbers"),
        ("SELECT bucket(1, '1,2', 'low,high')", "2 bounds take 3 labels, got 2"),
        ("SELECT age_band(DATE '2000-01-01', '18.5', '2026-01-01')", "bounds must be whole numbers"),
        ("SELECT age_band(DATE '2000-01-01', '18', '01/01/2026')", "at must be a date of the form"),
        ("SELECT age_band(DATE '2000-01-01', '18', '2026-02-29')", "at must be a date of the form"),
        ("SELECT generalize_postcode('12345', 0)", "keep must be 1 to 9"),
        ("SELECT generalize_geo(1.5, 16)", "decimals must be 0 to 15"),
        ("SELECT generalize_ip('192.0.2.1', 48)", "prefix must be 0 to 32; prefix6 is for IPv6"),
        ("SELECT generalize_ip('192.0.2.1', 24, 129)", "prefix6 must be 0 to 128"),
        ("SELECT top_code(1, 1.5)", "hi has more decimals than Int64"),
        ("SELECT noise(1, 0, 'd')", "ratio must be above 0 and at most 1"),
        ("SELECT noise(1, 1.5, 'd')", "ratio must be above 0 and at most 1"),
        ("SELECT noise_abs(1, 0, 'd')", "amount must be above 0"),
        ("SELECT noise_abs(1, 0.5, 'd')", "amount must be at least one unit"),
        ("SELECT date_shift(DATE '2000-01-01', 1, 0, 'd')", "days must be 1 to 36500"),
        ("SELECT date_shift(DATE '2000-01-01', 1.5e0, 30, 'd')", "entity must be text, integer"),
        ("SELECT laplace(1, 0, 1)", "epsilon must be above 0"),
        ("SELECT laplace(1, 1, 0)", "sensitivity must be above 0"),
        ("SELECT laplace(1, 1, 1, 2)", "decimals is for floats and text"),
        ("SELECT laplace('1', 1, 1, 16)", "decimals must be 0 to 15"),
        ("SELECT laplace(1, 1, 1e20)", "too many digits"),
        ("SELECT gaussian(1, 1, 0, 1)", "delta must be above 0 and below 1"),
        ("SELECT gaussian(1, 1, 1, 1)", "delta must be above 0 and below 1"),
        ("SELECT gaussian(1, 0.000001, 0.1, 100000000000)", "too many digits"),
    ] {
        let error = ctx.sql(sql).await.expect_err(sql).strip_backtrace();
        assert!(error.contains(says), "{sql}\n  {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_stays_within_reach_and_is_the_same_for_every_type(values in prop::collection::vec(-100..=100_i64, 1..20)) {
        let options = [ScalarValue::from(0.25), ScalarValue::from("d")];
        let column = integers(&values);
        let noisy = tester("noise", &options).mask(&column).expect("numbers");
        for (value, noisy) in values.iter().zip(noisy.as_primitive::<Int64Type>().values()) {
            prop_assert!(4 * (noisy - value).abs() <= value.abs().max(4) && (*value != 0 || *noisy == 0));
        }
        for data_type in [DataType::Int16, DataType::Decimal128(38, 0), DataType::Utf8] {
            let typed = tester("noise", &options).mask(&of_type(&column, &data_type)).expect("numbers");
            prop_assert_eq!(as_texts(&typed), as_texts(&noisy));
        }
    }

    #[test]
    fn noise_never_leaves_the_type(value in any::<i8>(), ratio in 0.01..=1.0_f64) {
        let ratio = (ratio * 100.0).round() / 100.0;
        let values: ArrayRef = Arc::new(Int8Array::from(vec![value]));
        let noise = tester("noise", &[ScalarValue::from(ratio), ScalarValue::from("d")]);
        prop_assert!(noise.mask(&values).is_ok());
        prop_assert!(tester("noise_abs", &[lit_i(200), ScalarValue::from("d")]).mask(&values).is_ok());
    }

    #[test]
    fn a_generalized_number_is_the_multiple_below(value in any::<i64>(), step in 1..1_000_000_i64) {
        let lenient = tester("generalize", &[lit_i(step), ScalarValue::from("null")]);
        let masked = lenient.mask(&integers(&[value])).expect("NULL at worst");
        let expected = i128::from(value).div_euclid(i128::from(step)) * i128::from(step);
        prop_assert_eq!(as_texts(&masked)[0].clone(), i64::try_from(expected).ok().map(|n| n.to_string()));
    }
}

#[test]
fn noise_keeps_the_form_of_text() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["52000.00", "+52000.00", "007", "-12.5"]));
    let noisy =
        as_texts(&tester("noise", &[ScalarValue::from(0.1), ScalarValue::from("d")]).mask(&texts).expect("numbers"));
    let decimals = |text: &Option<String>| text.as_deref().and_then(|text| Some(text.split_once('.')?.1.len()));
    assert_eq!(noisy.iter().map(decimals).collect::<Vec<_>>(), [Some(2), Some(2), None, Some(1)]);
    assert_eq!(noisy[0], noisy[1], "a sign in front changes nothing");
}

/// Computed with Python's hashlib: the first 16 bytes of the digest, little-endian, as a fraction of the 2 reach + 1 results;
/// of floats the first 53 bits of the first 8.
#[test]
fn noise_is_the_digest_as_another_program_computes_it() {
    let noisy = |name, value: ScalarValue, reach: ScalarValue, domain: &str| {
        let values = value.to_array_of_size(1).expect("an array");
        as_texts(&tester(name, &[reach, ScalarValue::from(domain)]).mask(&values).expect("a number")).remove(0)
    };
    let tenth = || ScalarValue::from(0.1);
    assert_eq!(noisy("noise", lit_i(52_000), tenth(), "salary").as_deref(), Some("55135"));
    assert_eq!(noisy("noise", ScalarValue::from("52000.00"), tenth(), "salary").as_deref(), Some("55135.16"));
    assert_eq!(
        noisy("noise", ScalarValue::Decimal128(Some(-1234), 10, 2), ScalarValue::from(0.5), "d").as_deref(),
        Some("-12.14")
    );
    assert_eq!(noisy("noise", ScalarValue::from(52_000.5), tenth(), "salary").as_deref(), Some("54344.878161469234"));
    assert_eq!(noisy("noise_abs", lit_i(37), lit_i(5), "age").as_deref(), Some("41"));
}

#[test]
fn noise_is_even() {
    // 201 results around 10,000 numbers each; chi-squared over 20 cells of ten, 19 degrees of freedom: above 66 once in 10^6.
    let values: Vec<i64> = (0..20_100).map(|n| 1_000_000 + n * 1000).collect();
    let noisy = tester("noise_abs", &[lit_i(100), ScalarValue::from("d")]).mask(&integers(&values)).expect("numbers");
    let mut counts = [0_f64; 21];
    for (value, noisy) in values.iter().zip(noisy.as_primitive::<Int64Type>().values()) {
        let moved = noisy - value;
        assert!(moved.abs() <= 100);
        counts[((moved + 100) / 10) as usize] += 1.0;
    }
    // The last cell holds one result, +100, and the others ten.
    let chi: f64 =
        counts[..20].iter().map(|n| (n - 1000.0).powi(2) / 1000.0).sum::<f64>() + (counts[20] - 100.0).powi(2) / 100.0;
    assert!(chi < 68.0, "{chi}");
}

#[test]
fn private_noise_has_the_variance_of_its_budget() {
    let values = integers(&vec![500; 20_000]);
    let spread = |name, options: &[ScalarValue], column: &ArrayRef| {
        let noisy = as_texts(&tester(name, options).mask(column).expect("numbers"));
        let noise: Vec<f64> = noisy.into_iter().map(|text| number(text) - 500.0).collect();
        let mean = noise.iter().sum::<f64>() / noise.len() as f64;
        (mean, noise.iter().map(|y| y * y).sum::<f64>() / noise.len() as f64)
    };
    // sensitivity 10, epsilon 0.5: scale 20. With p = exp(-1/20) the variance is 2p / (1-p)^2.
    let p = (-1.0_f64 / 20.0).exp();
    let variance = 2.0 * p / (1.0 - p).powi(2);
    for column in [Arc::clone(&values), of_type(&values, &DataType::Utf8), of_type(&values, &DataType::Float64)] {
        let (mean, square) = spread("laplace", &[ScalarValue::from(0.5), lit_i(10)], &column);
        // Six deviations of a mean, and of a variance with kurtosis 6, over 20,000 draws.
        assert!(mean.abs() < 6.0 * (variance / 2e4).sqrt(), "{mean}");
        assert!((square / variance - 1.0).abs() < 6.0 * (5.0_f64 / 2e4).sqrt(), "{square}");
    }
    let log = -(1e-6_f64).ln();
    let sigma = 10.0 / (2.0_f64.sqrt() * ((log + 0.5).sqrt() - log.sqrt()));
    let (mean, square) = spread("gaussian", &[ScalarValue::from(0.5), ScalarValue::from(1e-6), lit_i(10)], &values);
    assert!(mean.abs() < 6.0 * sigma / 2e4_f64.sqrt(), "{mean}");
    assert!((square / (sigma * sigma) - 1.0).abs() < 6.0 * (2.0_f64 / 2e4).sqrt(), "{square}");
}

#[test]
fn private_results_lie_on_a_grid_that_values_do_not_choose() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["1", "1.5", "1.23456"]));
    let decimals = |options: &[ScalarValue]| {
        let noisy = as_texts(&tester("laplace", options).mask(&texts).expect("numbers"));
        let of =
            |text: Option<String>| text.expect("a number").split_once('.').map_or(0, |(_, decimals)| decimals.len());
        noisy.into_iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(decimals(&[lit_i(1), lit_i(1)]), [0, 0, 0]);
    assert_eq!(decimals(&[lit_i(1), ScalarValue::from(0.25)]), [2, 2, 2]);
    assert_eq!(decimals(&[lit_i(1), lit_i(1), lit_i(3)]), [3, 3, 3]);
}

#[test]
fn results_beyond_a_type_become_its_limit() {
    let values: ArrayRef = Arc::new(Int8Array::from(vec![127; 1000]));
    let noisy = tester("laplace", &[ScalarValue::from(0.1), lit_i(100)]).mask(&values).expect("all fit");
    let at_limit = as_texts(&noisy).iter().filter(|text| text.as_deref() == Some("127")).count();
    assert!(at_limit > 400, "{at_limit}");
}

#[test]
fn a_budget_is_told() {
    let all = functions(&binding(KEY));
    let told = |name: &str, options: &[ScalarValue]| {
        let udf = all.iter().find(|udf| udf.name() == name).expect("a function of ours");
        let args: Vec<_> = std::iter::once(col("v")).chain(options.iter().cloned().map(lit)).collect();
        Budget::of(udf, &args, &[DataType::Int64]).map(|budget| (budget.epsilon, budget.delta))
    };
    assert_eq!(told("laplace", &[ScalarValue::from(0.5), lit_i(10)]), Some((0.5, 0.0)));
    assert_eq!(told("gaussian", &[lit_i(2), ScalarValue::from(1e-6), lit_i(10)]), Some((2.0, 1e-6)));
    assert_eq!(told("laplace", &[lit_i(-1), lit_i(10)]), None);
    assert_eq!(told("generalize", &[lit_i(10)]), None);
}
