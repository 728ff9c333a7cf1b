//! Tests of the JSON scanner: serde_json as the oracle of what is JSON, and bytes outside masked scalars that stay.

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::DataType;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn everything() -> Selector {
    Selector::path("json_mask", "$").expect("a path")
}

fn chosen<'a>(text: &'a str, selector: &Selector) -> Result<Vec<&'a str>, Fault> {
    let mut found = Vec::new();
    scan(text, selector, |place| {
        found.push(&text[place]);
        Ok(())
    })?;
    Ok(found)
}

fn at<'a>(text: &'a str, path: &str) -> Vec<&'a str> {
    chosen(text, &Selector::path("json_mask", path).expect("a path")).expect("JSON")
}

#[test]
fn scalars_are_found_where_the_path_leads() {
    let text = r#" {"a": {"e\u006dail": "x", "n":1.50}, "b":[{"email":"y"},2,null,true], "a": "twice"} "#;
    assert_eq!(at(text, "$.a.email"), [r#""x""#]);
    assert_eq!(at(text, "$.a"), [r#""x""#, "1.50", r#""twice""#]);
    assert_eq!(at(text, "$.b[0].email"), [r#""y""#]);
    assert_eq!(at(text, "$.b[*]"), [r#""y""#, "2", "true"]);
    assert_eq!(at(text, "$..email"), [r#""x""#, r#""y""#]);
    assert_eq!(at(text, "$.c"), Vec::<&str>::new());
    assert_eq!(at("\"alone\"", "$"), ["\"alone\""]);
}

#[test]
fn faults_are_told_without_content() {
    let fault = |text| chosen(text, &everything()).expect_err("no JSON");
    assert_eq!(fault(r#"{"secret""#), Fault { at: 9, expected: "a colon" });
    assert_eq!(fault("[1,]"), Fault { at: 3, expected: "a value" });
    assert_eq!(fault("[1}"), Fault { at: 2, expected: "a comma or a closing bracket" });
    assert_eq!(fault("1 2"), Fault { at: 2, expected: "the end" });
    assert_eq!(fault("\"a"), Fault { at: 2, expected: "a character of a string or its end" });
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(chosen(&nested(128), &everything()).is_ok());
    assert!(chosen(&nested(129), &everything()).is_err());
    assert!(chosen(&"[".repeat(1_000_000), &everything()).is_err());
}

#[test]
fn half_a_surrogate_pair_is_an_error_where_it_is_read() {
    assert!(unescaped(r#""\ud83d""#, 0).is_err());
    assert_eq!(unescaped(r#""\ud83d\ude00""#, 0).as_deref(), Ok("😀"));
    assert!(chosen(r#"{"\ud83d": 1}"#, &Selector::path("json_mask", "$.a").expect("a path")).is_err());
}

#[test]
fn strings_are_written_so_that_they_read_back() {
    let mut out = TextBuilder::new(&DataType::Utf8, 1, 8).expect("a text type");
    push_string("a\"b\\c\n\u{1}\u{1f}é", &mut out);
    let written = String::from_utf8_lossy(out.row()).into_owned();
    assert_eq!(written, r#""a\"b\\c\n\u0001\u001fé""#);
    assert_eq!(serde_json::from_str::<String>(&written).expect("a string"), "a\"b\\c\n\u{1}\u{1f}é");
}

/// JSON texts with blanks, repeated keys, escapes and all spellings of numbers.
fn documents() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("-0.50E+2".to_owned()),
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        "[a-c]{1,2}".prop_map(|text| format!("\"\\u00{:02x}{}\"", text.as_bytes()[0], &text[1..])),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        let blank = "[ \n]{0,2}";
        let entry = (blank, inner.clone(), blank).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        let pair = (blank, "[a-c]", blank, inner).prop_map(|(a, key, b, value)| format!("{a}\"{key}\"{b}:{value}"));
        prop_oneof![
            prop::collection::vec(entry, 0..4).prop_map(|entries| format!("[{}]", entries.join(","))),
            prop::collection::vec(pair, 0..4).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
        ]
    })
}

/// Masks through the format as the kernel does, each part by `mask`.
fn masked(text: &str, path: &str, mask: impl Fn(&str) -> String) -> (String, Vec<Range<usize>>) {
    let selector = Selector::path("json_mask", path).expect("a path");
    let json = Json { function: "json_mask", selector, keeps_numbers: true };
    let mut out = TextBuilder::new(&DataType::Utf8, 1, 8).expect("a text type");
    let (mut copied, mut places) = (0, Vec::new());
    scan(text, &json.selector, |place| {
        out.push_str(&text[copied..place.start]);
        json.put(&text[place.clone()], Some(&mask(&text[place.clone()])), &mut out).expect("puts");
        copied = place.end;
        places.push(place);
        Ok(())
    })
    .expect("JSON");
    out.push_str(&text[copied..]);
    out.finish_row().expect("fits");
    let column: ArrayRef = out.finish();
    let column: &StringArray = column.as_string();
    (column.value(0).to_owned(), places)
}

proptest! {
    #[test]
    fn arbitrary_text_is_json_or_an_error(text in any::<String>(), bits in r#"[\[\]{}",:0-9eE.\\ut -]{0,24}"#) {
        for text in [text, bits] {
            let oracle = serde_json::from_str::<&serde_json::value::RawValue>(&text);
            prop_assert_eq!(chosen(&text, &everything()).is_ok(), oracle.is_ok(), "{:?}", text);
        }
    }

    #[test]
    fn bytes_outside_masked_scalars_stay_and_the_result_is_json(text in documents(), deep in any::<bool>()) {
        let path = if deep { "$..a" } else { "$.a[*]" };
        let (result, places) = masked(&text, path, |_| "\"\u{1}é".to_owned());
        prop_assert!(serde_json::from_str::<Value>(&result).is_ok());
        let replacement = r#""\"\u0001é""#;
        let mut expected = String::new();
        let mut copied = 0;
        for place in places {
            expected.push_str(&text[copied..place.start]);
            expected.push_str(replacement);
            copied = place.end;
        }
        expected.push_str(&text[copied..]);
        prop_assert_eq!(result, expected);
    }

    #[test]
    fn a_deep_path_finds_what_a_walk_over_the_document_finds(text in documents()) {
        fn leaves(value: &Value, is_below: bool, found: &mut usize) {
            match value {
                Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, is_below || key == "a", found)),
                Value::Array(values) => values.iter().for_each(|value| leaves(value, is_below, found)),
                Value::Null => {}
                _ => *found += usize::from(is_below),
            }
        }
        // Of repeated keys the walk sees the last one only.
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let unique = value.to_string();
        let mut expected = 0;
        leaves(&value, false, &mut expected);
        prop_assert_eq!(at(&unique, "$..a").len(), expected);
    }
}
