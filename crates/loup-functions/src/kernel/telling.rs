//! Values whose fake would tell them: those that are themselves among few possible results, or are the likeliest of all.
//!
//! A fake is never its own value. Drawn from two entries it would therefore be the other one, for every key: the value could be
//! read from it. The same holds, nearly, for a value that is drawn more often than all others together: most fakes that are
//! something else then stand for it.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::map::same_folded;
use super::text_builder::TextBuilder;
use crate::draw::FEWEST;

/// Draws of which so many differ come of many results.
const FIRST_LOOK: (usize, usize) = (16, 14);
/// Draws that show whether results are few, or one of them the likeliest.
const SECOND_LOOK: usize = 256;
/// Draws that find few results, rare ones too.
const LAST_LOOK: usize = 4096;

/// The values that a function refuses; most functions refuse none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telling(Vec<Box<str>>);

impl Telling {
    /// Finds the values among results that are given as often as they are drawn: all where they are few, else one that is more
    /// than half of them.
    pub(crate) fn of<'a>(results: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut distinct: Vec<&str> = Vec::with_capacity(FEWEST);
        for result in results.clone() {
            if !distinct.iter().any(|known| same(known, result)) {
                distinct.push(result);
                if distinct.len() == FEWEST {
                    return Self(majority(results).map(Box::from).into_iter().collect());
                }
            }
        }
        Self(distinct.into_iter().map(Box::from).collect())
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
        let found = Self::of(drawn.iter().map(String::as_str));
        if found.0.len() < 2 {
            // None, or the likeliest.
            return Ok(found);
        }
        until(LAST_LOOK, &mut drawn)?;
        Ok(Self::of(drawn.iter().map(String::as_str)))
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
        "{name}: expected a value that its fake does not tell, got one of the few results that there are, or the likeliest; \
         draw for another column, such as an id, or allow more results"
    )
}

fn same(a: &str, b: &str) -> bool {
    same_folded(a.as_bytes(), b.as_bytes())
}

/// Returns the entry that is more than half of all (Boyer and Moore 1981).
fn majority<'a>(entries: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let (mut candidate, mut lead) = (None, 0_usize);
    for entry in entries.clone() {
        match candidate {
            Some(held) if same(held, entry) => lead += 1,
            _ if lead == 0 => (candidate, lead) = (Some(entry), 1),
            _ => lead -= 1,
        }
    }
    let candidate = candidate?;
    let (mut count, mut all) = (0, 0);
    for entry in entries {
        all += 1;
        count += usize::from(same(candidate, entry));
    }
    (count * 2 > all).then_some(candidate)
}

/// Returns bytes that look like a digest, by SplitMix64 (Steele, Lea, Flood 2014).
fn spread(position: u64) -> [u8; 32] {
    let mut digest = [0; 32];
    for (word, place) in (1..).zip(digest.as_chunks_mut::<8>().0) {
        let mut x = (position * 4 + word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *place = (x ^ (x >> 31)).to_le_bytes();
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
    fn many_results_are_none_but_the_likeliest() {
        let many: Vec<String> = (0..10).map(|entry| entry.to_string()).collect();
        let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(values(&sampled(&many)).len(), 0);
        many.extend(["England"; 12]);
        assert_eq!(values(&sampled(&many)), ["England"]);
        assert_eq!(values(&Telling::of(many.iter().copied())), ["England"]);
        many.extend(["x", "y"]);
        assert_eq!(values(&Telling::of(many.iter().copied())).len(), 0, "half is not more than half");
    }
}
