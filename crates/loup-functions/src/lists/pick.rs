//! The kernel of functions that draw one entry of a list for each value.

use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{Fraction, word};
use crate::function::text_like;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::lists::word_list::WordLists;
use crate::locale;

/// Returns what a call promises whose results have at most `longest` characters, or `max_chars` where that is less.
pub(crate) fn synthetic(call: &Call, longest: usize) -> Result<Guarantee> {
    let chars = call.max_chars()?.map_or(longest, |most| most.min(longest));
    Ok(Guarantee::new(Strength::Synthetic, Collisions::ManyToOne).with_max_chars(chars))
}

/// Makes the kernel that draws an entry for each value.
pub(crate) fn compile(call: &Call, binding: &Binding, lists: &'static WordLists) -> Result<Box<dyn Kernel>> {
    let choices = lists.of(locale::of(call, binding)?).within(call.max_chars()?);
    let digest = binding.digest(call.name(), call.text("domain")?);
    Ok(map_digest(call, text_like(call.value_type()), digest, 12, move |_, digest, out| {
        out.push_str(choices.draw(&mut Fraction::new(word(digest, 0))));
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use loup_crypto::{KeyRing, KeyedDigest};

    use super::*;
    use crate::lists::names::FIRST;
    use crate::locale::Locale;

    /// A million keyed draws under a fixed key: chi-squared, its bound at p = 0.001 by Wilson and Hilferty (1931).
    #[test]
    fn every_entry_of_a_list_is_as_likely_as_the_others() {
        let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").expect("a key");
        let digest = KeyedDigest::new(&ring.active().purpose_key("fake_first_name", "fake_first_name"));
        let list = FIRST.of(Locale::EnUs);
        let choices = list.within(None);
        let position: std::collections::HashMap<&str, usize> =
            list.all().iter().enumerate().map(|(position, word)| (*word, position)).collect();
        let mut counts = vec![0_u32; list.all().len()];
        let draws = 1_000_000_u32;
        for first in (1..=draws).step_by(1000) {
            let values: Vec<String> = (first..first + 1000).map(|value| value.to_string()).collect();
            let values: Vec<&[u8]> = values.iter().map(String::as_bytes).collect();
            let mut digests = vec![[0; 32]; values.len()];
            digest.digest_batch(&values, &mut digests);
            for digest in &digests {
                counts[position[choices.draw(&mut Fraction::new(word(digest, 0)))]] += 1;
            }
        }
        let expected = f64::from(draws) / counts.len() as f64;
        let squares = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum::<f64>();
        let freedom = (counts.len() - 1) as f64;
        let spread = 2.0 / (9.0 * freedom);
        let bound = freedom * (1.0 - spread + 3.0902 * spread.sqrt()).powi(3);
        assert!(squares < bound, "{squares} of {bound}");
        // An independent program finds the same.
        assert!((squares - 1401.4007).abs() < 0.001, "{squares}");
    }
}
