//! Get-or-create under random inserts: same in, same out, one to one, whatever the order, the batches and the reopening.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::StringArray;
use datafusion::arrow::array::StringViewArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use fixture::{WAIT, made, ring, strings};
use loup_mapping::{Mapping, Originals};
use proptest::prelude::*;

/// Values that meet one another: small integers, integers as text, other texts.
fn value() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        4 => (-20_i64..40).prop_map(|number| Some(number.to_string())),
        1 => any::<i64>().prop_map(|number| Some(number.to_string())),
        1 => any::<u64>().prop_map(|number| Some(number.to_string())),
        2 => "[0-9a-z +-]{0,4}".prop_map(Some),
        1 => any::<String>().prop_map(Some),
    ]
}

/// The same values as text, and as integers where all of them are.
fn column(values: &[Option<String>], form: usize) -> ArrayRef {
    let integers: Option<Vec<Option<i64>>> = values
        .iter()
        .map(|value| match value {
            None => Some(None),
            Some(text) => text.parse::<i64>().ok().filter(|number| number.to_string() == *text).map(Some),
        })
        .collect();
    match (integers, form) {
        (Some(integers), 0) => Arc::new(Int64Array::from(integers)),
        (_, 1) => Arc::new(values.iter().map(Option::as_deref).collect::<StringViewArray>()),
        _ => Arc::new(values.iter().map(Option::as_deref).collect::<StringArray>()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn pseudonyms_are_one_to_one_and_stay(
        kind in 0_usize..5,
        inserts in prop::collection::vec((prop::collection::vec(value(), 0..40), 0_usize..3, any::<bool>()), 1..6),
    ) {
        let options = [
            // Ranges that no value above reaches, but for chance in 64 bits.
            vec![("kind", "sequential"), ("prefix", "#"), ("length", "9")],
            vec![("kind", "random_int"), ("lo", "0"), ("hi", "9999"), ("prefix", "#")],
            vec![("kind", "uuid")],
            vec![("kind", "random_string"), ("length", "5"), ("prefix", "#")],
            vec![("kind", "keyed"), ("length", "9"), ("suffix", "#")],
        ];
        let (_place, mut mapping) = made(&options[kind]);
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (values, form, reopen) in inserts {
            let array = column(&values, form);
            let mut writer = mapping.writer(WAIT).unwrap();
            let mut originals = Originals::new();
            let (left, right) = (array.slice(0, array.len() / 2), array.slice(array.len() / 2, array.len() - array.len() / 2));
            originals.add(&left).unwrap();
            let mut others = Originals::new();
            others.add(&right).unwrap();
            originals.merge(&others).unwrap();
            let inserted = writer.insert(&originals).unwrap();
            let distinct: BTreeSet<&String> = values.iter().flatten().collect();
            let new = distinct.iter().filter(|value| !known.contains_key(**value)).count() as u64;
            prop_assert_eq!((inserted.new, inserted.known), (new, distinct.len() as u64 - new));
            prop_assert_eq!(inserted.nulls, values.iter().filter(|value| value.is_none()).count() as u64);
            prop_assert_eq!(writer.insert(&originals).unwrap().new, 0);
            mapping = writer.stage().unwrap().commit().unwrap();
            if reopen {
                mapping = Mapping::open(mapping.folder(), &ring()).unwrap();
            }
            let text = column(&values, 2);
            let mapped = mapping.map(&text).unwrap();
            prop_assert_eq!(&cast(&mapping.map(&array).unwrap(), &DataType::Utf8).unwrap(), &mapped, "in any type");
            for (value, pseudonym) in values.iter().zip(strings(&mapped)) {
                prop_assert_eq!(value.is_none(), pseudonym.is_none());
                if let (Some(value), Some(pseudonym)) = (value, pseudonym) {
                    let before = known.entry(value.clone()).or_insert_with(|| pseudonym.clone());
                    prop_assert_eq!(&*before, &pseudonym, "keeps its pseudonym");
                    prop_assert!(*value != pseudonym);
                }
            }
            prop_assert_eq!(&mapping.unmap(&mapped).unwrap(), &text);
            let pseudonyms: BTreeSet<&String> = known.values().collect();
            prop_assert_eq!(pseudonyms.len(), known.len(), "one to one");
            prop_assert_eq!(mapping.len(), known.len() as u64);
        }
    }

    #[test]
    fn an_insert_does_not_depend_on_the_order_of_its_rows(mut values in prop::collection::vec(value(), 1..60), seed: u64) {
        let assign = |values: &[Option<String>]| {
            let mut originals = Originals::new();
            for chunk in values.chunks(7) {
                originals.add(&column(chunk, 2)).unwrap();
            }
            originals
        };
        let (_place, mapping) = made(&[("kind", "sequential"), ("prefix", "#")]);
        let array = column(&values, 2);
        // The order is drawn under the mapping's own key, so both tries are on one mapping, and the first is dropped.
        let mut writer = mapping.writer(WAIT).unwrap();
        writer.insert(&assign(&values)).unwrap();
        let expected = writer.mapping().map(&array).unwrap();
        drop(writer);
        for at in (1..values.len()).rev() {
            values.swap(at, (seed.rotate_left(at as u32) % (at as u64 + 1)) as usize);
        }
        let mut writer = mapping.writer(WAIT).unwrap();
        writer.insert(&assign(&values)).unwrap();
        prop_assert_eq!(&writer.mapping().map(&array).unwrap(), &expected);
    }
}
