//! Bits and bijections that calls declare, on a million values.

mod tester;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use loup_functions::{Accepts, Collisions, FunctionSpec, Guarantee, Strength};
use tester::options::combinations;
use tester::{KEY, UdfTester, accepts, as_texts, of_text};

const MILLION: u64 = 1_000_000;

/// What was found among the results of a million values, all different.
struct Found {
    /// Pairs of values with one result.
    pairs: u64,
    /// Values that are their own results.
    same: u64,
}

fn found(tester: &UdfTester, value: impl Fn(u64) -> String) -> Found {
    let mut seen: Vec<u64> = Vec::with_capacity(MILLION as usize);
    let mut same = 0;
    for first in (0..MILLION).step_by(50_000) {
        let column: StringViewArray = (first..first + 50_000).map(|n| Some(value(n))).collect();
        let masked = as_texts(&tester.mask(&(Arc::new(column) as ArrayRef)).expect("values fit"));
        for (n, result) in (first..).zip(masked) {
            let result = result.expect("a value");
            same += u64::from(result == value(n));
            let mut hasher = DefaultHasher::new();
            result.hash(&mut hasher);
            seen.push(hasher.finish());
        }
    }
    seen.sort_unstable();
    let mut pairs = 0;
    for run in seen.chunk_by(|a, b| a == b) {
        pairs += (run.len() * (run.len() - 1) / 2) as u64;
    }
    Found { pairs, same }
}

/// Returns the n-th value for a function: of numbers where it takes them, else of the ids that users have.
fn value(spec: &FunctionSpec, n: u64) -> String {
    let is_number = matches!(accepts(spec), Accepts::Number | Accepts::Integer | Accepts::Digits);
    if is_number || spec.name == "map_id" { (1_000_003 + n * 7_919).to_string() } else { format!("user{n:07}") }
}

/// The call with only what is required, and those with the fewest collision bits that other options leave: the more of them
/// there are, the more a million values tell.
fn telling_calls(spec: &FunctionSpec) -> Vec<(Guarantee, UdfTester)> {
    let judged = |tester: UdfTester| {
        let guarantee = tester.guarantee(&DataType::Utf8View);
        let tells = guarantee.strength != Strength::Raw && guarantee.collisions != Collisions::ManyToOne;
        let takes = || tester.texts(&[Some(&value(spec, 0)), Some(&value(spec, 999_999))], &DataType::Utf8View).is_ok();
        (tells && takes()).then_some((guarantee, tester))
    };
    let mut calls: Vec<_> = judged(UdfTester::required(KEY, spec, "d")).into_iter().collect();
    let options = combinations(spec).into_iter().map(|options| UdfTester::new(KEY, spec.name, options.concat()));
    let weakest = options.filter_map(judged).min_by_key(|(guarantee, _)| bits(guarantee));
    calls.extend(weakest.filter(|(weakest, _)| calls.first().is_none_or(|(usual, _)| bits(usual) > bits(weakest))));
    calls
}

fn bits(guarantee: &Guarantee) -> u32 {
    match guarantee.collisions {
        Collisions::Bits(bits) => bits,
        Collisions::Injective => u32::MAX,
        Collisions::ManyToOne => 0,
    }
}

/// n values in a space of 2^b meet in n (n - 1) / 2^(b + 1) pairs, give or take the root; what is declared is b rounded down.
#[test]
fn collision_bits_and_bijections_are_borne_out_on_a_million_values() {
    let (mut told, mut wrong) = (Vec::new(), Vec::new());
    for spec in of_text() {
        for (guarantee, tester) in telling_calls(spec) {
            let found = found(&tester, |n| value(spec, n));
            let pairs = (MILLION * (MILLION - 1)) as f64 / 2.0;
            let (most, least) = match guarantee.collisions {
                Collisions::Bits(bits) => {
                    let mean = |bits: u32| pairs / 2_f64.powi(bits as i32);
                    let (upper, lower) = (mean(bits), mean(bits + 1));
                    (upper + 5.0 * upper.sqrt(), lower - 5.0 * lower.sqrt())
                }
                _ => (0.0, 0.0),
            };
            let Found { pairs: found, same } = found;
            told.push(format!("{}, {}: {found} pairs, {same} their own", spec.name, guarantee.collisions));
            if found as f64 > most || (found as f64) < least {
                wrong.push(format!("{}: {guarantee}: {found} pairs, {least:.1} to {most:.1} were declared", spec.name));
            }
            // Of a permutation of a million values or more, one is expected; more than ten come once in 10^8 keys.
            if same > if guarantee.fixed_points { 10 } else { 0 } {
                wrong.push(format!("{}: {guarantee}: {same} values are their own results", spec.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What has few bits shows them: without such calls, the test would pass whatever the others do.
    let shown = told.iter().filter(|line| !line.contains(": 0 pairs")).count();
    assert!(shown >= 2, "{told:#?}");
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
