//! Entries to draw from, each as likely as its weight says.

use std::collections::HashSet;

use datafusion::arrow::array::{Array, StringArray};
use datafusion::common::{Result, plan_err};

use crate::kernel::telling::Telling;
use crate::lists::word_list::cut;

/// Decimals of a weight that count.
const DECIMALS: u32 = 9;

/// Entries in the order of their bytes, so that the order of the list's rows plays no part.
#[derive(Debug)]
pub(crate) struct Choices {
    entries: Vec<Box<str>>,
    /// Sums of the weights up to and with each entry; None where all are alike.
    ends: Option<Vec<u64>>,
    total: u64,
    telling: Telling,
}

impl Choices {
    /// Takes entries and their weights, those that fit `max_chars` characters. Where fewer than two do, all are cut.
    pub(super) fn try_new(
        list: &str,
        values: &StringArray,
        weights: Option<&StringArray>,
        max_chars: Option<usize>,
    ) -> Result<Self> {
        let blank = values.iter().filter(|value| value.is_none_or(|value| value.trim().is_empty())).count();
        if blank > 0 {
            return plan_err!("{list}: expected entries that are neither NULL nor blank, got {blank} other");
        }
        let weights = weights.map_or_else(|| Ok(vec![1; values.len()]), |weights| parse(list, weights))?;
        let mut entries: Vec<(&str, u64)> = values.iter().flatten().zip(weights).collect();
        entries.sort_unstable();
        let repeats = entries.windows(2).filter(|pair| pair[0].0 == pair[1].0).count();
        if repeats > 0 {
            return plan_err!(
                "{list}: expected every entry once, got {repeats} repeated; SELECT DISTINCT them, or give each a weight"
            );
        }
        let mut fitting = entries.clone();
        fitting.retain(|(entry, _)| max_chars.is_none_or(|most| entry.chars().count() <= most));
        if are_several(&fitting, None) {
            entries = fitting;
        }
        if !are_several(&entries, max_chars) {
            return plan_err!(
                "{list}: expected two entries or more that differ in more than case, as a fake never is its value"
            );
        }
        let alike = entries.iter().all(|(_, weight)| *weight == entries[0].1);
        let mut total = 0_u64;
        let mut ends = Vec::with_capacity(if alike { 0 } else { entries.len() });
        for (_, weight) in &entries {
            let Some(sum) = total.checked_add(if alike { 1 } else { *weight }) else {
                return plan_err!("{list}: the weights are too large: their sum must stay below 18 000 million");
            };
            total = sum;
            if !alike {
                ends.push(sum);
            }
        }
        let telling = Telling::of(entries.iter().map(|(entry, weight)| (cut(entry, max_chars), *weight)));
        let entries = entries.into_iter().map(|(entry, _)| cut(entry, max_chars).into()).collect();
        Ok(Self { entries, ends: (!alike).then_some(ends), total, telling })
    }

    /// Returns the entries whose fakes would tell them.
    pub(crate) fn telling(&self) -> &Telling {
        &self.telling
    }

    /// Returns an entry by its place.
    pub(crate) fn entry(&self, place: usize) -> &str {
        &self.entries[place]
    }

    /// Returns the place that a word of a digest draws: each as likely as its share of the weights, to within 1 in 2^64.
    #[inline]
    pub(crate) fn draw(&self, word: u64) -> usize {
        self.place(((u128::from(word) * u128::from(self.total)) >> 64) as u64)
    }

    /// Returns the place that a word draws among all but one, by their shares of the weights that are left.
    pub(crate) fn draw_other(&self, word: u64, not: usize) -> usize {
        let (start, end) = match &self.ends {
            Some(ends) => (if not == 0 { 0 } else { ends[not - 1] }, ends[not]),
            None => (not as u64, not as u64 + 1),
        };
        let left = self.total - (end - start);
        let at = ((u128::from(word) * u128::from(left)) >> 64) as u64;
        self.place(if at < start { at } else { at + (end - start) })
    }

    fn place(&self, at: u64) -> usize {
        match &self.ends {
            Some(ends) => ends.partition_point(|end| *end <= at),
            None => at as usize,
        }
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> Vec<&str> {
        self.entries.iter().map(AsRef::as_ref).collect()
    }
}

/// Returns whether there are two entries that differ in more than case, once they are cut.
fn are_several(entries: &[(&str, u64)], max_chars: Option<usize>) -> bool {
    let mut folded = HashSet::new();
    entries.iter().any(|(entry, _)| folded.insert(cut(entry, max_chars).to_lowercase()) && folded.len() > 1)
}

/// Reads weights as whole numbers of 10^-9.
fn parse(list: &str, weights: &StringArray) -> Result<Vec<u64>> {
    let read: Vec<Option<u64>> = weights.iter().map(|weight| units(weight?.trim())).collect();
    let wrong = read.iter().filter(|weight| weight.is_none_or(|weight| weight == 0)).count();
    if wrong > 0 {
        return plan_err!(
            "{list}: expected weights above 0, got {wrong} other; a weight is a number of at most {DECIMALS} decimals"
        );
    }
    Ok(read.into_iter().flatten().collect())
}

/// Reads `12`, `0.25` or `1.50`; None for any other form.
fn units(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > DECIMALS as usize {
        return None;
    }
    let scale = 10_u64.pow(DECIMALS - decimals.len() as u32);
    let decimals = if decimals.is_empty() { 0 } else { decimals.parse::<u64>().ok()? * scale };
    whole.parse::<u64>().ok()?.checked_mul(10_u64.pow(DECIMALS))?.checked_add(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(entries: &[&str], weights: Option<&[&str]>, max_chars: Option<usize>) -> Result<Choices> {
        let weights = weights.map(|weights| weights.iter().map(|weight| Some(*weight)).collect::<StringArray>());
        Choices::try_new("l", &StringArray::from(entries.to_vec()), weights.as_ref(), max_chars)
    }

    fn refusal(entries: &[&str], weights: Option<&[&str]>) -> String {
        choices(entries, weights, None).expect_err("refused").strip_backtrace()
    }

    /// Words spread evenly over all there are.
    fn words(n: u64) -> impl Iterator<Item = u64> {
        (0..n).map(move |i| ((u128::from(2 * i + 1) << 63) / u128::from(n)) as u64)
    }

    #[test]
    fn the_order_of_rows_plays_no_part() {
        let a = choices(&["x", "b", "a"], Some(&["1", "2", "3"]), None).expect("a list");
        let b = choices(&["a", "x", "b"], Some(&["3", "1", "2"]), None).expect("a list");
        for word in words(999) {
            assert_eq!(a.entry(a.draw(word)), b.entry(b.draw(word)));
        }
    }

    #[test]
    fn entries_are_drawn_by_their_weights() {
        let list = choices(&["a", "b", "c"], Some(&["0.5", "0.25", "0.250"]), None).expect("a list");
        let mut counts = [0; 3];
        words(4000).for_each(|word| counts[list.draw(word)] += 1);
        assert_eq!(counts, [2000, 1000, 1000]);
        let mut counts = [0; 3];
        words(3000).for_each(|word| counts[list.draw_other(word, 1)] += 1);
        assert_eq!(counts, [2000, 0, 1000]);
        assert_eq!((list.draw(0), list.draw(u64::MAX)), (0, 2));
        let even = choices(&["a", "b", "c"], Some(&["7", "7", "7.0"]), None).expect("a list");
        assert!(even.ends.is_none());
        let mut counts = [0; 3];
        words(3000).for_each(|word| counts[even.draw_other(word, 0)] += 1);
        assert_eq!(counts, [0, 1500, 1500]);
    }

    #[test]
    fn the_scale_of_weights_plays_no_part() {
        let a = choices(&["a", "b", "c"], Some(&["1", "2", "4"]), None).expect("a list");
        let b = choices(&["a", "b", "c"], Some(&["0.000000001", "0.000000002", "0.000000004"]), None).expect("a list");
        words(7777).for_each(|word| assert_eq!(a.draw(word), b.draw(word)));
    }

    #[test]
    fn entries_that_fit_are_drawn_and_cut_where_too_few_do() {
        let fitting = choices(&["abc", "b", "cd"], None, Some(2)).expect("a list");
        assert_eq!(fitting.entries(), ["b", "cd"]);
        let cut = choices(&["abc", "bcd", "c"], None, Some(1)).expect("a list");
        assert_eq!(cut.entries(), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_no_list_is_refused_without_its_entries() {
        assert!(refusal(&["secret", " "], None).contains("neither NULL nor blank, got 1 other"));
        assert!(refusal(&["secret", "b", "secret"], None).contains("every entry once, got 1 repeated"));
        for short in [&["secret"][..], &["secret", "SECRET"], &[]] {
            let refused = refusal(short, None);
            assert!(refused.contains("two entries or more") && !refused.contains("ecret"), "{refused}");
        }
        for weight in ["0", "-1", "1e3", "x", "", ".5", "0.0000000001"] {
            assert!(refusal(&["a", "b"], Some(&["1", weight])).contains("weights above 0, got 1 other"), "{weight}");
        }
        assert!(refusal(&["a", "b"], Some(&["1", "18446744073"])).contains("too large"));
    }
}
