//! Functions on parts of values: each part gets what the function gives it elsewhere, all else stays.

mod tester;

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, Int64Array, ListArray, StringArray, new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int32Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::lit;
use datafusion::prelude::col;
use loup_functions::{Collisions, Strength, functions, guarantee};
use proptest::prelude::*;
use serde_json::Value;
use tester::{KEY, UdfTester, as_texts, binding, dictionary};

fn entry(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("item", data_type, true))
}

fn pseudo_ints() -> UdfTester {
    UdfTester::new(KEY, "list_mask", vec![ScalarValue::from("pseudo_int"), ScalarValue::from("beneficiary")])
}

/// `[12345, 7], NULL, [], [NULL, 12345]`, with text that is no number below the NULL.
fn texts() -> ListArray {
    let values = StringArray::from(vec![Some("12345"), Some("7"), Some("hidden"), None, Some("12345")]);
    let offsets = OffsetBuffer::from_lengths([2, 1, 0, 2]);
    let nulls = NullBuffer::from(vec![true, false, true, true]);
    ListArray::new(entry(DataType::Utf8), offsets, Arc::new(values), Some(nulls))
}

const MASKED: [Option<&str>; 4] = [Some("[1760222791, 653205869]"), None, Some("[]"), Some("[, 1760222791]")];

#[test]
fn every_kind_of_list_stays_and_hides_what_is_below_null() {
    let one = entry(DataType::Utf8);
    let lists: ArrayRef = Arc::new(texts());
    for list in [
        DataType::List(Arc::clone(&one)),
        DataType::LargeList(Arc::clone(&one)),
        DataType::ListView(Arc::clone(&one)),
        DataType::List(entry(DataType::Utf8View)),
        DataType::LargeList(entry(DataType::LargeUtf8)),
    ] {
        let masked = pseudo_ints().mask(&cast(&lists, &list).expect("a list")).expect("integers");
        assert_eq!(masked.data_type(), &list);
        assert_eq!(as_texts(&masked), MASKED.map(|text| text.map(str::to_owned)), "{list}");
    }
}

#[test]
fn lists_of_one_length_stay_so() {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(12_345), None, Some(-1), Some(2), Some(12_345), None]));
    let nulls = NullBuffer::from(vec![true, false, true]);
    let lists = FixedSizeListArray::new(entry(DataType::Int64), 2, values, Some(nulls));
    let masked = pseudo_ints().mask(&(Arc::new(lists) as ArrayRef)).expect("integers");
    assert_eq!(masked.data_type(), &DataType::FixedSizeList(entry(DataType::Int64), 2));
    let last = masked.as_fixed_size_list().value(2);
    assert_eq!(last.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1_760_222_791), None]);
    assert!(masked.is_null(1));
}

#[test]
fn slices_start_where_they_say() {
    let whole = as_texts(&pseudo_ints().mask(&(Arc::new(texts()) as ArrayRef)).expect("integers"));
    let slice: ArrayRef = Arc::new(texts().slice(2, 2));
    assert_eq!(as_texts(&pseudo_ints().mask(&slice).expect("integers")), whole[2..]);
    let empty: ArrayRef = Arc::new(texts().slice(4, 0));
    assert_eq!(pseudo_ints().mask(&empty).expect("nothing").len(), 0);
}

#[test]
fn dictionary_entries_and_lists_without_a_type_work() {
    let dictionary = dictionary(DataType::Int32, DataType::Utf8);
    let lists: ArrayRef = Arc::new(texts());
    let masked = pseudo_ints().mask(&cast(&lists, &DataType::List(entry(dictionary.clone()))).expect("a list"));
    let masked = masked.expect("integers");
    assert_eq!(masked.data_type(), &DataType::List(entry(dictionary)));
    assert!(masked.as_list::<i32>().values().as_dictionary_opt::<Int32Type>().is_some());
    assert_eq!(as_texts(&masked)[3].as_deref(), MASKED[3]);
    let untyped = new_null_array(&DataType::List(entry(DataType::Null)), 2);
    assert_eq!(as_texts(&pseudo_ints().mask(&untyped).expect("nothing")), [None, None]);
}

#[test]
fn a_call_promises_what_its_function_does() {
    let all = functions(&binding(KEY));
    let udf = all.iter().find(|udf| udf.name() == "list_mask").expect("list_mask");
    let promised = |options: &[&str]| {
        let args: Vec<_> = std::iter::once(col("v")).chain(options.iter().map(|option| lit(*option))).collect();
        let value = DataType::List(entry(DataType::Utf8));
        guarantee(udf, &args, std::slice::from_ref(&value)).expect("a function of ours")
    };
    let ids = promised(&["pseudo_int", "beneficiary"]);
    assert_eq!((ids.strength, ids.collisions, ids.max_chars), (Strength::Pseudonym, Collisions::Injective, None));
    assert_eq!(promised(&["mask_email"]).strength, Strength::Partial);
    assert_eq!(promised(&["redact"]).max_chars, None);
    for refused in [&["nobody"][..], &["pseudo_int"], &["keep_blank", "x"], &["split_mask", ",", "redact"]] {
        assert_eq!(promised(refused).strength, Strength::Raw, "{refused:?}");
    }
}

fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| leaves(value, found)),
        Value::Object(map) => map.values().for_each(|value| leaves(value, found)),
        scalar => found.push(scalar),
    }
}

proptest! {
    #[test]
    fn split_entries_get_what_they_get_alone(text in "[a-c ,;é]{0,16}", separator in "[,; ]{1,2}") {
        let job = ScalarValue::from("job");
        let options = vec![ScalarValue::from(separator.as_str()), ScalarValue::from("hash_keyed"), job.clone()];
        let split = UdfTester::new(KEY, "split_mask", options);
        let masked = split.texts(&[Some(&text)], &DataType::Utf8View).expect("hex holds no separator").remove(0);
        let masked = masked.expect("text");
        let alone = UdfTester::new(KEY, "hash_keyed", vec![job]);
        let entries: Vec<&str> = text.split(&separator).collect();
        let results: Vec<&str> = masked.split(&separator).collect();
        prop_assert_eq!(entries.len(), results.len());
        for (entry, result) in entries.into_iter().zip(results) {
            let expected = alone.texts(&[Some(entry.trim())], &DataType::Utf8View).expect("text").remove(0);
            let expected = if entry.trim().is_empty() { String::new() } else { expected.expect("text") };
            prop_assert_eq!(result.trim(), expected);
            prop_assert_eq!(entry.len() - entry.trim().len(), result.len() - result.trim().len());
        }
    }

    #[test]
    fn text_is_masked_as_json_or_refused(text in any::<String>(), bits in r#"[\[\]{}",:0-9a-e.\\ -]{0,16}"#) {
        let options = ["$", "redact", "-"].map(ScalarValue::from);
        let json = UdfTester::new(KEY, "json_mask", options.to_vec());
        for text in [&text, &bits] {
            let Ok(mut masked) = json.texts(&[Some(text)], &DataType::Utf8) else { continue };
            let masked = masked.remove(0).expect("text");
            if text.trim().is_empty() {
                prop_assert_eq!(&masked, text);
                continue;
            }
            let masked: Value = serde_json::from_str(&masked).expect("JSON");
            let mut found = Vec::new();
            leaves(&masked, &mut found);
            prop_assert!(found.iter().all(|leaf| leaf.is_null() || *leaf == "-"), "{}", masked);
        }
    }
}
