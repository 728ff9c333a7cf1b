//! Columns whose values repeat, such as names and codes: each distinct value of a batch is masked once.
//!
//! A function's result depends on the value alone, so this changes no result. Only short texts are looked at: they stand
//! inside their views, and two views are compared like two integers. A column that does not repeat is given up after a
//! few hundred rows.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::common::Result;

/// Fewer rows are masked one by one.
const FEWEST_ROWS: usize = 1024;
/// More distinct values are masked one by one.
const MOST_VALUES: usize = 256;
const SLOTS: usize = 4 * MOST_VALUES;
const EMPTY: u16 = u16::MAX;
/// Text of this length or less stands inside its view.
const INLINE: u32 = 12;
/// Stands for NULL among views; no view has this length.
const NULL: u128 = u128::MAX;

/// Returns the distinct values of a column that repeats them, and for each row which one it has.
pub(super) fn distinct(values: &ArrayRef) -> Result<Option<(ArrayRef, UInt32Array)>> {
    let Some(text) = values.as_string_view_opt().filter(|text| text.len() >= FEWEST_ROWS) else { return Ok(None) };
    let mut slots = [EMPTY; SLOTS];
    let mut seen: Vec<u128> = Vec::with_capacity(MOST_VALUES);
    let mut first_rows: Vec<u32> = Vec::with_capacity(MOST_VALUES);
    let mut keys: Vec<u32> = Vec::with_capacity(text.len());
    for (row, &view) in text.views().iter().enumerate() {
        let view = if text.is_null(row) { NULL } else { view };
        if view != NULL && view as u32 > INLINE {
            return Ok(None);
        }
        let mut slot = hash(view);
        let key = loop {
            match slots[slot] {
                EMPTY if seen.len() == MOST_VALUES => return Ok(None),
                EMPTY => {
                    slots[slot] = seen.len() as u16;
                    seen.push(view);
                    first_rows.push(row as u32);
                    break seen.len() - 1;
                }
                key if seen[usize::from(key)] == view => break usize::from(key),
                _ => slot = (slot + 1) % SLOTS,
            }
        };
        keys.push(key as u32);
    }
    let first_rows: ArrayRef = Arc::new(UInt32Array::from(first_rows));
    Ok(Some((take(values, &first_rows, None)?, UInt32Array::from(keys))))
}

/// Spreads views over the slots (Fibonacci hashing).
fn hash(view: u128) -> usize {
    let folded = (view as u64) ^ ((view >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOTS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringViewArray;

    use super::*;

    fn column(rows: usize, value: impl Fn(usize) -> Option<String>) -> ArrayRef {
        Arc::new((0..rows).map(value).collect::<StringViewArray>())
    }

    #[test]
    fn every_row_gets_its_own_value_back() {
        let values = column(5000, |i| (i % 7 != 0).then(|| format!("name{}", i * i % 101)));
        let (distinct, keys) = distinct(&values).expect("takes").expect("repeats");
        assert!(distinct.len() <= 102);
        assert_eq!(&take(&distinct, &keys, None).expect("in range"), &values);
    }

    #[test]
    fn columns_that_do_not_repeat_or_are_long_or_few_are_left() {
        for values in [
            column(5000, |i| Some(format!("n{i}"))),
            column(5000, |i| Some(format!("a value of some length {}", i % 3))),
            column(100, |_| Some("x".to_owned())),
        ] {
            assert!(distinct(&values).expect("no error").is_none());
        }
    }
}
