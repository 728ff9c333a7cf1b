//! The masker on batches of every text encoding.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type};
use futures::TryStreamExt;
use loup::{Error, Masker};
use loup_crypto::KeyRing;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn keys() -> KeyRing {
    KeyRing::from_base64(KEY).unwrap()
}

fn batch(emails: ArrayRef) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), None]));
    RecordBatch::try_from_iter_with_nullable([("Email", emails, true), ("id", ids, true)]).unwrap()
}

const CLEAR: [Option<&str>; 3] = [Some("a.person.with.a.long.name@acme.test"), None, Some("bob@acme.test")];

#[test]
fn every_text_encoding_gives_the_same_values_and_keeps_its_type() {
    let mut results = Vec::new();
    let dictionary: DictionaryArray<Int32Type> = CLEAR.into_iter().collect();
    let encodings: [ArrayRef; 4] = [
        Arc::new(StringArray::from(CLEAR.to_vec())),
        Arc::new(LargeStringArray::from(CLEAR.to_vec())),
        Arc::new(StringViewArray::from(CLEAR.to_vec())),
        Arc::new(dictionary),
    ];
    for emails in encodings {
        let batch = batch(emails);
        let assignments = "email = pseudo_email(EMAIL, 'c', keep_domain => true), ID = pseudo_int(id, 'p')";
        let masker = Masker::with_key_ring(batch.schema(), assignments, keys()).unwrap();
        let masked = masker.apply(&batch).unwrap();
        assert_eq!(masked.schema(), batch.schema());
        let text = cast(masked.column(0), &DataType::Utf8).unwrap();
        let text = text.as_string::<i32>().iter().map(|value| value.map(str::to_owned)).collect::<Vec<_>>();
        assert!(text[1].is_none() && text[0].as_ref().unwrap().ends_with("@acme.test"), "{text:?}");
        results.push((text, masked.column(1).to_data()));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Views and slices share buffers with their input: none of it may leave, not even for an untouched column's hidden rows.
#[test]
fn no_buffer_of_the_result_holds_clear_text() {
    let hidden = "hidden.in.a.buffer.canary@acme.test";
    let emails = StringViewArray::from(vec![hidden, "another.long.address@acme.test", "third.address@acme.test"]);
    let notes = StringArray::from(vec![hidden, "kept one", "kept two"]);
    let columns: [(&str, ArrayRef); 3] =
        [("email", Arc::new(emails.clone())), ("part", Arc::new(emails)), ("note", Arc::new(notes))];
    let batch = RecordBatch::try_from_iter(columns).unwrap().slice(1, 2);
    let assignments = "email = hash_keyed(email, 'c'), part = substr(part, 1, 14)";
    let masked = Masker::with_key_ring(batch.schema(), assignments, keys()).unwrap().apply(&batch).unwrap();
    assert_eq!(masked.column(2).as_string::<i32>().value(0), "kept one");
    for column in masked.columns() {
        for buffer in column.to_data().buffers() {
            let text = String::from_utf8_lossy(buffer.as_slice());
            assert!(!text.contains("canary") && !text.contains("another.long.address@"), "{:?}", column.data_type());
        }
    }
}

#[test]
fn mistakes_are_found_when_it_is_compiled() {
    let schema = batch(Arc::new(StringArray::from(CLEAR.to_vec()))).schema();
    for (assignments, word) in [
        ("emial = redact(email)", "Email"),
        ("email = redact(email), EMAIL = nullify(email)", "twice"),
        ("email = reduct(email)", "redact"),
        ("email = redact(emial)", "emial"),
        ("email", "="),
        ("email = (SELECT 1)", ""),
        ("email = count(email)", ""),
        ("email = redact(email); DROP TABLE x", ""),
    ] {
        let error = Masker::with_key_ring(Arc::clone(&schema), assignments, keys()).unwrap_err();
        assert!(error.to_string().contains(word), "{assignments}: {error}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_an_error_without_it() {
    let batch = batch(Arc::new(StringArray::from(vec![Some("canary-x7"), None, None])));
    let masker = Masker::with_key_ring(batch.schema(), "email = pseudo_int(email, 'p')", keys()).unwrap();
    let error = masker.apply(&batch).unwrap_err();
    assert!(matches!(error, Error::Data(_)) && !error.to_string().contains("canary"), "{error}");
    let other = RecordBatch::try_from_iter([("x", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    assert!(masker.apply(&other).is_err());
}

#[tokio::test]
async fn a_stream_is_masked_batch_by_batch() {
    let batch = batch(Arc::new(StringArray::from(CLEAR.to_vec())));
    let masker = Masker::with_key_ring(batch.schema(), "email = redact(email)", keys()).unwrap();
    let input = futures::stream::iter([Ok(batch.clone()), Ok(batch.slice(0, 1))]);
    let masked: Vec<_> = masker.apply_stream(input).try_collect().await.unwrap();
    assert_eq!(masked.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(masked[1].column(0).as_string::<i32>().value(0), "[REDACTED]");
}
