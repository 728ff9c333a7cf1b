//! Masks a dictionary array: each distinct value that a row uses is masked once.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    AnyDictionaryArray, Array, ArrayRef, ArrowPrimitiveType, DictionaryArray, PrimitiveArray, UInt64Array,
    downcast_dictionary_array, new_null_array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, DataType};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, internal_err};

use super::Kernel;

/// Masks the values that rows use and points the keys at the results.
///
/// Values that no row uses are left out: a fallible mask must not fail on them, and clear text must not travel with the
/// result. Equal results share one key, so that a many-to-one mask does not keep its values apart in the keys.
pub(super) fn run<K: Kernel + ?Sized>(kernel: &K, dictionary: &dyn AnyDictionaryArray) -> Result<ArrayRef> {
    let distinct = dictionary.values();
    let keys = dictionary.keys();
    if distinct.is_empty() || keys.null_count() == keys.len() {
        let masked = kernel.run(&new_null_array(distinct.data_type(), 0))?;
        let DataType::Dictionary(key_type, _) = dictionary.data_type() else {
            return internal_err!("a dictionary array without a dictionary type");
        };
        let target = DataType::Dictionary(key_type.clone(), Box::new(masked.data_type().clone()));
        return Ok(new_null_array(&target, keys.len()));
    }

    // used[i] lists the i-th value some row points at; slot[v] is where value v stands in it.
    let positions = dictionary.normalized_keys();
    let mut slot = vec![None; distinct.len()];
    let mut used = Vec::new();
    for (row, &value) in positions.iter().enumerate() {
        if keys.is_valid(row) && slot[value].is_none() {
            slot[value] = Some(used.len());
            used.push(value as u64);
        }
    }
    let masked = kernel.run(&take(distinct, &UInt64Array::from(used), None)?)?;
    let (masked, merged) = merge_equal(&masked)?;
    let row_slots = positions
        .iter()
        .enumerate()
        .map(|(row, &v)| if keys.is_valid(row) { slot[v].map(|s| merged[s]) } else { None });
    let row_slots: Vec<Option<usize>> = row_slots.collect();
    let array: &dyn Array = dictionary;
    downcast_dictionary_array!(
        array => rebuild(array, &row_slots, masked),
        other => internal_err!("expected a dictionary, got {other}")
    )
}

/// Returns the distinct ones of `values`, and for each of `values` where it stands among them.
fn merge_equal(values: &ArrayRef) -> Result<(ArrayRef, Vec<usize>)> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let rows = converter.convert_columns(&[Arc::clone(values)])?;
    let mut seen = HashMap::with_capacity(rows.num_rows());
    let mut first = Vec::new();
    let mut merged = Vec::with_capacity(rows.num_rows());
    for (position, row) in rows.iter().enumerate() {
        let index = *seen.entry(row.owned()).or_insert_with(|| {
            first.push(position as u64);
            first.len() - 1
        });
        merged.push(index);
    }
    if first.len() == values.len() {
        return Ok((Arc::clone(values), merged));
    }
    Ok((take(values, &UInt64Array::from(first), None)?, merged))
}

fn rebuild<K: ArrowDictionaryKeyType>(
    _like: &DictionaryArray<K>,
    slots: &[Option<usize>],
    values: ArrayRef,
) -> Result<ArrayRef> {
    let keys: PrimitiveArray<K> = slots.iter().map(|slot| slot.and_then(native::<K>)).collect();
    Ok(Arc::new(DictionaryArray::try_new(keys, values)?))
}

/// Fits by construction: there are no more slots than the keys that were there before.
fn native<K: ArrowPrimitiveType>(slot: usize) -> Option<K::Native> {
    K::Native::from_usize(slot)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray, Int8Array, StringArray};
    use datafusion::arrow::datatypes::Int8Type;
    use datafusion::common::exec_err;

    use super::*;
    use crate::kernel::map::map_text;

    fn dictionary(keys: Vec<Option<i8>>, values: Vec<Option<&str>>) -> DictionaryArray<Int8Type> {
        DictionaryArray::new(Int8Array::from(keys), Arc::new(StringArray::from(values)))
    }

    fn first_char(values: &DictionaryArray<Int8Type>) -> Result<ArrayRef> {
        let kernel = map_text(DataType::Utf8, |text, out| {
            let Some(c) = text.chars().next() else {
                return exec_err!("first_char: expected text, got none");
            };
            out.push_char(c);
            Ok(())
        });
        run(kernel.as_ref(), values)
    }

    fn texts(array: &ArrayRef) -> Vec<Option<String>> {
        let typed = array.as_dictionary::<Int8Type>().downcast_dict::<StringArray>().expect("text values");
        typed.into_iter().map(|v| v.map(str::to_owned)).collect()
    }

    #[test]
    fn values_no_row_uses_are_neither_masked_nor_kept() {
        let masked = first_char(&dictionary(vec![Some(1), Some(1)], vec![Some(""), Some("bo")])).expect("'' is unused");
        assert_eq!(texts(&masked), [Some("b".to_owned()), Some("b".to_owned())]);
        assert_eq!(masked.as_any_dictionary().values().len(), 1);
    }

    #[test]
    fn equal_results_share_one_key() {
        let masked = first_char(&dictionary(vec![Some(0), Some(1)], vec![Some("bo"), Some("bee")])).expect("masks");
        let keys = masked.as_dictionary::<Int8Type>().keys();
        assert_eq!(keys.value(0), keys.value(1));
    }

    #[test]
    fn null_in_keys_and_in_values_stays_null() {
        let masked = first_char(&dictionary(vec![None, Some(0), Some(1)], vec![None, Some("bo")])).expect("masks");
        assert_eq!(texts(&masked), [None, None, Some("b".to_owned())]);
    }

    #[test]
    fn empty_and_all_null_dictionaries_keep_their_length() {
        assert_eq!(first_char(&dictionary(vec![], vec![])).expect("empty").len(), 0);
        assert_eq!(texts(&first_char(&dictionary(vec![None, None], vec![Some("bo")])).expect("nulls")), [None, None]);
    }
}
