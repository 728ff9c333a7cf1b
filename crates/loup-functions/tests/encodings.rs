//! Every registered function over every encoding: same results, same type out, NULL and scalars kept.

mod tester;

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, StringArray, StringViewArray, new_empty_array,
};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int32Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;
use loup_functions::{Accepts, FunctionSpec};
use tester::{KEY, UdfTester, accepts, as_texts, dictionary, is_by_row, is_volatile, of_text, parts, sample};

const TEXT: [DataType; 3] = [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View];

fn array(values: &[Option<&str>], encoding: &DataType) -> ArrayRef {
    let plain: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
    cast(&plain, encoding).expect("text casts to text")
}

/// Text in gives the same text type out, in each field of a struct too; a dictionary stays one, unless another column decides
/// too.
fn check_type(spec: &FunctionSpec, encoding: &DataType, masked: &DataType) {
    match (encoding, masked) {
        (DataType::Dictionary(keys, values), DataType::Dictionary(masked_keys, masked)) => {
            assert_eq!(masked_keys, keys, "{}", spec.name);
            check_type(spec, values, masked);
        }
        (DataType::Dictionary(_, values), _) if is_by_row(spec) => check_type(spec, values, masked),
        (_, DataType::Struct(fields)) => assert!(fields.iter().all(|f| f.data_type() == encoding), "{}", spec.name),
        (DataType::Dictionary(..), _) => panic!("{}: a dictionary became {masked}", spec.name),
        (_, DataType::Binary) => assert!(spec.result.contains("BINARY"), "{}", spec.name),
        _ => assert_eq!(masked, encoding, "{}", spec.name),
    }
}

fn each(test: impl Fn(&FunctionSpec, UdfTester)) {
    for spec in of_text() {
        test(spec, UdfTester::required(KEY, spec, "d"));
    }
}

/// Those whose results are the same on every call.
fn each_repeating(test: impl Fn(&FunctionSpec, UdfTester)) {
    each(|spec, tester| {
        if !is_volatile(spec) {
            test(spec, tester);
        }
    });
}

#[test]
fn every_encoding_gives_the_same_results_and_stays() {
    each_repeating(|spec, tester| {
        let expected = tester.texts(&sample(spec), &DataType::Utf8).expect("the sample fits");
        let dictionaries = [
            dictionary(DataType::Int8, DataType::Utf8),
            dictionary(DataType::Int32, DataType::Utf8View),
            dictionary(DataType::UInt16, DataType::LargeUtf8),
        ];
        for encoding in TEXT.iter().chain(&dictionaries) {
            let masked = tester.mask(&array(&sample(spec), encoding)).expect("the sample fits");
            check_type(spec, encoding, masked.data_type());
            assert_eq!(as_texts(&masked), expected, "{} over {encoding}", spec.name);
        }
    });
}

#[test]
fn null_stays_null_and_nothing_else_becomes_it() {
    each(|spec, tester| {
        let masked = tester.texts(&sample(spec), &DataType::Utf8View).expect("the sample fits");
        for (value, result) in sample(spec).iter().zip(masked) {
            assert!(value.is_some() || result.is_none(), "{}: NULL became a value", spec.name);
            assert!(
                value.is_none() || result.is_some() || spec.name == "nullify",
                "{}: a value became NULL",
                spec.name
            );
        }
        let nulls = tester.texts(&[None, None], &dictionary(DataType::Int8, DataType::Utf8)).expect("NULL fits");
        assert_eq!(nulls, [None, None], "{}", spec.name);
    });
}

#[test]
fn a_scalar_stays_a_scalar_with_the_same_result() {
    each_repeating(|spec, tester| {
        for value in sample(spec) {
            for encoding in TEXT.iter().chain([&dictionary(DataType::Int32, DataType::Utf8)]) {
                let column = array(&[value], encoding);
                let scalar = ScalarValue::try_from_array(&column, 0).expect("one value");
                let ColumnarValue::Scalar(result) = tester.invoke(ColumnarValue::Scalar(scalar)).expect("fits") else {
                    panic!("{}: a scalar became an array", spec.name);
                };
                let as_array = result.to_array_of_size(1).expect("one value");
                assert_eq!(as_texts(&as_array), as_texts(&tester.mask(&column).expect("fits")), "{}", spec.name);
            }
        }
    });
}

#[test]
fn sliced_and_empty_arrays_work() {
    each_repeating(|spec, tester| {
        let whole = tester.texts(&sample(spec), &DataType::Utf8).expect("the sample fits");
        for encoding in TEXT.iter().chain([&dictionary(DataType::Int32, DataType::Utf8)]) {
            let slice = array(&sample(spec), encoding).slice(1, 3);
            assert_eq!(as_texts(&tester.mask(&slice).expect("fits")), whole[1..4], "{} over {encoding}", spec.name);
            assert_eq!(tester.mask(&new_empty_array(encoding)).expect("nothing fits").len(), 0);
        }
    });
}

#[test]
fn views_never_share_a_buffer_with_their_input() {
    each(|spec, tester| {
        let values = array(&sample(spec), &DataType::Utf8View);
        let masked = tester.mask(&values).expect("the sample fits");
        let inputs: Vec<_> = values.as_string_view().data_buffers().iter().map(Buffer::data_ptr).collect();
        for part in parts(&masked) {
            for buffer in part.as_string_view_opt().map(StringViewArray::data_buffers).unwrap_or_default() {
                assert!(!inputs.contains(&buffer.data_ptr()), "{}", spec.name);
            }
        }
    });
}

#[test]
fn a_dictionary_value_no_row_uses_is_not_touched() {
    each(|spec, tester| {
        let (good, bad) = (sample(spec)[0], Some("no such value"));
        let values: ArrayRef = Arc::new(StringArray::from(vec![bad, good]));
        let column: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(vec![1, 1]), values));
        let masked = tester.mask(&column).unwrap_or_else(|e| panic!("{}: {e}", spec.name));
        assert_ne!(as_texts(&masked)[0].as_deref(), bad, "{}", spec.name);
    });
}

#[test]
fn identifiers_of_every_type_are_taken_and_agree() {
    let text = array(&[Some("42"), Some("7")], &DataType::Utf8);
    let types = [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
        DataType::Decimal128(20, 0),
        DataType::Decimal128(20, 2),
        DataType::Decimal256(40, 0),
        DataType::Binary,
        DataType::BinaryView,
    ];
    for spec in of_text().filter(|spec| accepts(spec) == Accepts::Identifier) {
        let tester = UdfTester::required(KEY, spec, "d");
        let expected = as_texts(&tester.mask(&text).expect("text fits"));
        for data_type in &types {
            let masked = tester.mask(&cast(&text, data_type).expect("a number")).expect("an identifier");
            check_type(spec, &DataType::Utf8View, masked.data_type());
            assert_eq!(as_texts(&masked), expected, "{} over {data_type}", spec.name);
        }
        let pair = Fields::from(vec![Field::new("a", DataType::Utf8, true), Field::new("b", DataType::Int32, true)]);
        let other_types = [
            DataType::Boolean,
            DataType::Date32,
            DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Microsecond, None),
            DataType::FixedSizeBinary(16),
            DataType::Struct(pair),
        ];
        for data_type in other_types {
            let value = ScalarValue::new_default(&data_type).expect("a default value");
            let masked = tester.mask(&value.to_array_of_size(2).expect("an array")).expect("an identifier");
            assert!(as_texts(&masked).iter().all(Option::is_some), "{} over {data_type}", spec.name);
        }
        let float: ArrayRef = Arc::new(datafusion::arrow::array::Float64Array::from(vec![42.0]));
        let refused = tester.mask(&float).expect_err("floats are refused").to_string();
        assert!(refused.contains(spec.name) && refused.contains("BIGINT"), "{refused}");
    }
}

#[test]
fn a_bigint_parent_an_int_child_and_text_join() {
    let tester = UdfTester::new(KEY, "pseudo_int", vec![ScalarValue::from("beneficiary")]);
    let text = array(&[Some("0"), Some("12345"), Some("-7"), None, Some("2147483647")], &DataType::Utf8);
    let expected = as_texts(&tester.mask(&text).expect("canonical integers"));
    for data_type in [DataType::Int32, DataType::Int64, DataType::Decimal128(20, 0)] {
        let masked = tester.mask(&cast(&text, &data_type).expect("numbers")).expect("integers");
        assert_eq!(masked.data_type(), &data_type);
        assert_eq!(as_texts(&masked), expected, "{data_type}");
    }
}
