//! Values whose fake would tell them: those that are themselves among few possible results, or among heavy ones.
//!
//! A fake is never its own value. Drawn from two entries it would therefore be the other one, for every key: the value could be
//! read from it. The same holds, nearly, for two entries that are drawn far more often than all others together.

use std::collections::HashMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::map::same_folded;
use super::text_builder::TextBuilder;
use crate::draw::{FEWEST, GOLDEN, mixed};

/// Draws of which so many differ come of many results.
const FIRST_LOOK: (usize, usize) = (16, 14);
/// Draws that show whether results are few, or some of them heavy.
const SECOND_LOOK: usize = 256;
/// Draws that find few results, rare ones too.
const LAST_LOOK: usize = 4096;
/// More entries than these are taken as they are written, without a look at their case.
const FOLDED: usize = 256;

/// The values that a function refuses; most functions refuse none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telling(Vec<Box<str>>);

impl Telling {
    /// Finds the values among results and how often they are drawn: all where they are fewer than [`FEWEST`], else those of which
    /// some result, taking itself out, leaves little doubt.
    pub(crate) fn of<'a>(results: impl Iterator<Item = (&'a str, u64)>) -> Self {
        Self::found(results, 1.0)
    }

    /// Finds the values that are left when all others together are `doubt` times as likely.
    ///
    /// Who sees the result f knows that the value is no f. Of the others, v gives f with a chance of p(f) / (1 - p(v)), so where
    /// values are as frequent as results, v is as likely as its odds p(v) / (1 - p(v)) are among those of all but f.
    fn found<'a>(results: impl Iterator<Item = (&'a str, u64)>, doubt: f64) -> Self {
        let mut weights: HashMap<&str, u64> = HashMap::new();
        for (result, weight) in results {
            *weights.entry(result).or_default() += weight;
        }
        let mut distinct: Vec<(&str, u64)> = Vec::with_capacity(weights.len());
        let is_folded = weights.len() <= FOLDED;
        // In one order, so that sums of fractions are the same on every run.
        let mut weights: Vec<(&str, u64)> = weights.into_iter().collect();
        weights.sort_unstable();
        for (result, weight) in weights {
            let known = distinct.iter_mut().find(|(known, _)| is_folded && same(known, result));
            match known {
                Some((_, sum)) => *sum += weight,
                None => distinct.push((result, weight)),
            }
        }
        if distinct.len() >= FEWEST {
            distinct = heavy(&distinct, doubt);
        }
        Self(distinct.into_iter().map(|(value, _)| Box::from(value)).collect())
    }

    /// Finds the values among what `draw` writes, by drawing often enough. The draws are the same for every key, and so is what
    /// is refused.
    pub(crate) fn sampled<F>(out: &DataType, mut draw: F) -> Result<Self>
    where
        F: FnMut(&[u8; 32], &mut TextBuilder) -> Result<()>,
    {
        let mut row = TextBuilder::new(out, 1, 64)?;
        let mut drawn: Vec<String> = Vec::with_capacity(FIRST_LOOK.0);
        let mut until = |draws: usize, drawn: &mut Vec<String>| {
            for position in drawn.len()..draws {
                row.clear_row();
                draw(&spread(position as u64), &mut row)?;
                drawn.push(String::from_utf8_lossy(row.row()).into_owned());
            }
            Ok::<_, datafusion::common::DataFusionError>(())
        };
        until(FIRST_LOOK.0, &mut drawn)?;
        let is_new = |position: &usize| !drawn[..*position].iter().any(|known| same(known, &drawn[*position]));
        if (0..drawn.len()).filter(is_new).count() >= FIRST_LOOK.1 {
            return Ok(Self::default());
        }
        until(SECOND_LOOK, &mut drawn)?;
        // A sample misses a little: what is near the bound is looked at more closely.
        if Self::found(drawn.iter().map(|drawn| (drawn.as_str(), 1)), 2.0).0.is_empty() {
            return Ok(Self::default());
        }
        until(LAST_LOOK, &mut drawn)?;
        Ok(Self::of(drawn.iter().map(|drawn| (drawn.as_str(), 1))))
    }

    /// Adds the values of another.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Refuses a value that its fake would tell.
    ///
    /// # Errors
    /// When the value, whatever its case, is one of these.
    #[inline]
    pub(crate) fn check(&self, name: &str, value: &[u8]) -> Result<()> {
        if self.0.iter().any(|telling| same_folded(telling.as_bytes(), value)) {
            return refuse(name);
        }
        Ok(())
    }
}

/// Fails with the message for a value that its fake would tell.
#[cold]
pub(crate) fn refuse<T>(name: &str) -> Result<T> {
    exec_err!(
        "{name}: expected a value that its fake does not tell, got one of few results, or a heavy one; \
         draw for another column, such as an id, or allow more results"
    )
}

fn same(a: &str, b: &str) -> bool {
    same_folded(a.as_bytes(), b.as_bytes())
}

/// Returns the entries whose odds, `doubt` times, are more than those of all others together, once the heaviest other is known to
/// be none.
fn heavy<'a>(entries: &[(&'a str, u64)], doubt: f64) -> Vec<(&'a str, u64)> {
    let total: f64 = entries.iter().map(|(_, weight)| *weight as f64).sum();
    let odds = |weight: u64| weight as f64 / (total - weight as f64);
    let sum: f64 = entries.iter().map(|(_, weight)| odds(*weight)).sum();
    let mut heaviest: Vec<u64> = entries.iter().map(|(_, weight)| *weight).collect();
    heaviest.sort_unstable_by(|a, b| b.cmp(a));
    let is_heavy = |(_, weight): &(&str, u64)| {
        // The heaviest but itself.
        let known = heaviest[usize::from(*weight == heaviest[0])];
        odds(*weight) * doubt > sum - odds(*weight) - odds(known)
    };
    entries.iter().copied().filter(is_heavy).collect()
}

/// Returns bytes that look like a digest.
fn spread(position: u64) -> [u8; 32] {
    let mut digest = [0; 32];
    for (word, place) in (1..).zip(digest.as_chunks_mut::<8>().0) {
        *place = mixed((position * 4 + word).wrapping_mul(GOLDEN)).to_le_bytes();
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{below, word};

    fn values(telling: &Telling) -> Vec<&str> {
        let mut values: Vec<&str> = telling.0.iter().map(AsRef::as_ref).collect();
        values.sort_unstable();
        values
    }

    fn sampled(entries: &[&str]) -> Telling {
        let draw = |digest: &[u8; 32], out: &mut TextBuilder| {
            out.push_str(entries[below(word(digest, 0), entries.len())]);
            Ok(())
        };
        Telling::sampled(&DataType::Utf8View, draw).expect("draws")
    }

    #[test]
    fn few_results_are_all_found_whatever_their_case() {
        assert_eq!(values(&sampled(&["m", "f"])), ["f", "m"]);
        assert_eq!(values(&sampled(&["M", "F", "m", "f"])).len(), 2);
        assert_eq!(values(&sampled(&["a", "b", "c", "d", "e", "f", "g"])).len(), 7);
        assert!(sampled(&["m", "f"]).check("fake_from", b"M").is_err());
        assert!(sampled(&["m", "f"]).check("fake_from", b"x").is_ok());
    }

    #[test]
    fn many_results_are_none_but_the_heavy_ones() {
        let many: Vec<String> = (0..10).map(|entry| entry.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(values(&sampled(&many)).len(), 0);
        let weighted = |heavy: &[(&'static str, u64)]| {
            let telling = Telling::of(many.iter().map(|entry| (*entry, 10)).chain(heavy.iter().copied()));
            values(&telling).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        // One that outweighs all others: half of its fakes' readers would guess it.
        assert_eq!(weighted(&[("England", 900)]), ["England"]);
        assert!(weighted(&[("Nguyen", 60)]).is_empty(), "3 of 8 is common among names");
        // Two that do: each is the other's fake.
        assert_eq!(weighted(&[("m", 1000), ("f", 1000)]), ["f", "m"]);
        let entries: Vec<&str> = many.iter().copied().chain(["England"; 90]).collect();
        assert_eq!(values(&sampled(&entries)), ["England"]);
    }
}
