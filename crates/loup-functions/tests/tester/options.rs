//! Calls of a function with its options set in every way that matters: usual values, edges, and what it must refuse.

use datafusion::common::ScalarValue;
use loup_functions::{FunctionSpec, Kind, Literal, Parameter};

use super::literal;

/// The most calls of one function that are looked at.
const MOST: usize = 400;

/// Further values of options that have any number of them: ordinary ones, edges, and ones that are refused.
fn further(parameter: &Parameter) -> &'static [Literal] {
    use Literal::{Integer, Null, Number, Text};
    match (parameter.name, parameter.kind) {
        ("max_chars", _) => &[Integer(1), Integer(2), Integer(3), Integer(5), Integer(8), Integer(13), Integer(40)],
        ("length", _) => &[Integer(8), Integer(12), Integer(36), Integer(64), Integer(7), Integer(999)],
        ("prefix", Kind::Text) => &[Text("id_"), Text("é"), Text("alice@example.com")],
        ("suffix", Kind::Text) => &[Text("_x"), Text("é")],
        ("prefix", Kind::Integer) => &[Integer(0), Integer(1), Integer(8), Integer(32), Integer(-1)],
        ("suffix" | "left" | "right" | "n", _) => &[Integer(0), Integer(1), Integer(9), Integer(17), Integer(-1)],
        ("pepper", _) => &[Text("e"), Text("session"), Text("nobody")],
        ("salt" | "key_name", _) => &[Text("e"), Text("jefe"), Text("nobody")],
        ("lo", Kind::Integer) => &[Integer(-5_000_000), Integer(1), Integer(9_000_000_000_000_000_000)],
        ("hi", Kind::Integer) => &[Integer(10_000_000), Integer(9_007_199_254_740_993), Integer(1)],
        ("lo", _) => &[Integer(-50), Number("0.5"), Integer(9_999)],
        ("hi", _) => &[Integer(50), Number("10.25"), Integer(1_000_000)],
        ("decimals", _) => &[Integer(0), Integer(1), Integer(9), Integer(16)],
        ("alphabet", _) => &[
            Text("0123456789"),
            Text("0123456789abcdefghijklmnopqrstuvwxyz"),
            Text("01"),
            Text("aab"),
            Text(
                " !#%+,-./0123456789:@ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzéçè№日本語の名前です、とても長い",
            ),
        ],
        ("tweak", _) => &[Text("t"), Text("é, a long tweak")],
        ("pattern", _) => &[Text("99999999"), Text("AA-999999"), Text("9"), Text("")],
        ("labels", _) => &[Text("a,b,c,d"), Text("a,a,a,a"), Text("a")],
        ("bounds", _) => &[Text("10,20,30"), Text("-10,0,1000"), Text("5"), Text("20,10")],
        ("ch", _) => &[Text("#"), Text("é"), Text("1"), Text(""), Text("ab")],
        ("text", _) => &[Text(""), Text("x"), Text("alice@example.com")],
        ("padding", _) => &[Text(""), Text("…")],
        ("separator", _) => &[Text("; "), Text("ab"), Text("")],
        ("days", _) => &[Integer(1), Integer(36_500), Integer(0)],
        ("step", _) => &[Integer(1), Number("0.5"), Integer(1_000_000), Integer(0)],
        ("ratio", _) => &[Number("0.001"), Number("0.01"), Integer(1), Integer(2)],
        ("amount", _) => &[Number("0.5"), Integer(1), Integer(1_000_000), Integer(0)],
        ("level", _) => &[Integer(2), Integer(0), Integer(99)],
        ("keep", Kind::Integer) => &[Integer(1), Integer(9), Integer(0), Integer(99)],
        ("upper" | "lower" | "digit" | "other", _) => &[Null, Text("#"), Text("é"), Text("ab"), Text("")],
        ("weights", _) => &[Text("nothing")],
        _ => &[],
    }
}

/// Returns what a parameter may be: its typical values, its default, and further ones.
pub(crate) fn choices(parameter: &Parameter) -> Vec<Vec<ScalarValue>> {
    let mut values = match (parameter.name, parameter.kind) {
        ("domain", _) => vec![Literal::Text("d")],
        (_, Kind::Rest) => return vec![parameter.samples().into_iter().map(literal).collect()],
        (_, Kind::Text) if parameter.typical.is_empty() && parameter.default.is_none() => vec![Literal::Text("d")],
        _ => parameter.samples(),
    };
    let more = parameter.default.iter().chain(further(parameter));
    for value in more {
        if !values.contains(value) {
            values.push(*value);
        }
    }
    values.into_iter().map(|value| vec![literal(value)]).collect()
}

/// Returns whether an option has a value that a call is not refused for: the first of its choices and those the spec lists.
pub(crate) fn is_usual(parameter: &Parameter, choice: &[ScalarValue]) -> bool {
    let listed = |value: &Literal| choice == [literal(*value)];
    parameter.kind == Kind::Rest || choices(parameter)[0] == choice || parameter.samples().iter().any(listed)
}

/// Returns calls of a function: each value of each option beside the usual others, then combinations of all, every one of them
/// where they are not too many.
pub(crate) fn combinations(spec: &FunctionSpec) -> Vec<Vec<Vec<ScalarValue>>> {
    let choices: Vec<_> = spec.parameters[1..].iter().map(choices).collect();
    let usual: Vec<usize> = vec![0; choices.len()];
    let mut calls = vec![usual.clone()];
    for (position, values) in choices.iter().enumerate() {
        for value in 1..values.len() {
            let mut call = usual.clone();
            call[position] = value;
            calls.push(call);
        }
    }
    let all: usize = choices.iter().map(Vec::len).product();
    let mut state = 0_u64;
    for number in 0..all.min(MOST) {
        let mut rest = number as u64;
        if all > MOST {
            // Knuth's generator; its upper bits draw a call.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rest = state >> 11;
        }
        let mut call = Vec::with_capacity(choices.len());
        for values in &choices {
            call.push((rest % values.len() as u64) as usize);
            rest /= values.len() as u64;
        }
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    let options =
        |call: Vec<usize>| call.into_iter().zip(&choices).map(|(value, values)| values[value].clone()).collect();
    calls.into_iter().map(options).collect()
}
