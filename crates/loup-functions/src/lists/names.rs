//! Lists of names, and the kernel that draws from one.

use std::sync::LazyLock;

use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{below, word};
use crate::function::text_like;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::lists::files;
use crate::lists::word_list::{WordLists, cut};
use crate::locale;

/// First names.
pub(crate) static FIRST: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("names", "first")));
/// Last names.
pub(crate) static LAST: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("names", "last")));

/// Returns what a call that draws from the lists promises.
pub(crate) fn guarantee(call: &Call, names: &WordLists) -> Result<Guarantee> {
    let longest = names.longest();
    let chars = call.max_chars()?.map_or(longest, |most| most.min(longest));
    Ok(Guarantee::new(Strength::Synthetic, Collisions::ManyToOne).with_max_chars(chars))
}

/// Makes the kernel that draws a name for each value.
pub(crate) fn compile(call: &Call, binding: &Binding, names: &'static WordLists) -> Result<Box<dyn Kernel>> {
    let list = names.of(locale::of(call, binding)?);
    let max_chars = call.max_chars()?;
    let choices = list.upto_or_all(max_chars);
    let digest = binding.digest(call.name(), call.text("domain")?);
    Ok(map_digest(call, text_like(call.value_type()), digest, 8, move |_, digest, out| {
        out.push_str(cut(choices[below(word(digest, 0), choices.len())], max_chars));
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_limit_that_every_name_fits_changes_nothing() {
        let list = FIRST.of(Locale::EnUs);
        assert_eq!(list.upto(None), list.upto(Some(50)));
        assert!(list.upto(Some(4)).iter().all(|name| name.chars().count() <= 4));
        assert!(list.upto(Some(1)).is_empty());
    }
}
