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
use crate::locale::{self, files};
use crate::word_list::{WordLists, cut};

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
    use std::fmt::Write as _;

    use sha3::{Digest, Sha3_256};

    use super::*;
    use crate::locale::Locale;

    const FILES: [(&str, &str, &str); 14] = [
        (
            "de_DE.first",
            "c06615013d45257dada58678920bc75103cacdd5a419c2a246696209181ffc73",
            include_str!("data/names/de_DE.first.txt"),
        ),
        (
            "de_DE.last",
            "206bf00f92bbbbc41371d0230fde2da45012f40d2171845895ec8b6d8bb11e15",
            include_str!("data/names/de_DE.last.txt"),
        ),
        (
            "en_AU.first",
            "cece6f4f801b9370c6617320315f4ba52cd7e0a960d4642b1bc18973cc9665f4",
            include_str!("data/names/en_AU.first.txt"),
        ),
        (
            "en_AU.last",
            "204f54b4dd8002dc2aa5e94d85d22a1cee0c0cd71850bfea27e529bea2758564",
            include_str!("data/names/en_AU.last.txt"),
        ),
        (
            "en_GB.first",
            "ec4c3935bef386651b1b54796ecd3adbec4e230300274807c8b46736ed5e782b",
            include_str!("data/names/en_GB.first.txt"),
        ),
        (
            "en_GB.last",
            "a5447e8ecf2789e7bec929da9d0c57412f0929d073c37fef9030bf7ff5b4b77e",
            include_str!("data/names/en_GB.last.txt"),
        ),
        (
            "en_IN.first",
            "f31368b650ef0b6bac2b865d932a5533445bd552b8417583d03780103c38769c",
            include_str!("data/names/en_IN.first.txt"),
        ),
        (
            "en_IN.last",
            "ed0e1e448dabacee4ef78765e128ed6d179ce18f5b0178aa06e28eedd3895d92",
            include_str!("data/names/en_IN.last.txt"),
        ),
        (
            "en_US.first",
            "277cce4fc8c25f7b3cc4b36ad32bc2a9214241f443ff295ffa3afd9d6c205dbd",
            include_str!("data/names/en_US.first.txt"),
        ),
        (
            "en_US.last",
            "5b44983a8df609a6637e7b2f84d1521195fa211216356f995da0fd1854186e6b",
            include_str!("data/names/en_US.last.txt"),
        ),
        (
            "fr_FR.first",
            "e306677a3b432ecb9787ab0041863349ea234ac40cd1032b0b8c480508334569",
            include_str!("data/names/fr_FR.first.txt"),
        ),
        (
            "fr_FR.last",
            "7a1d268fcc3e36eb36c5166e5c440ef8d13fe7103297217897ba23508f331805",
            include_str!("data/names/fr_FR.last.txt"),
        ),
        (
            "sv_SE.first",
            "05a197ba5957ebc7507c7299b75610395ec359a1d29127b1a8ee5be79036a33c",
            include_str!("data/names/sv_SE.first.txt"),
        ),
        (
            "sv_SE.last",
            "b62a18de82df209f02fee4e690ea96be9f51b6b2d5ebfbd64a5b265ce8eceda5",
            include_str!("data/names/sv_SE.last.txt"),
        ),
    ];

    #[test]
    fn lists_are_pinned() {
        for (name, pin, text) in FILES {
            let mut digest = String::new();
            for byte in Sha3_256::digest(text.as_bytes()) {
                write!(digest, "{byte:02x}").expect("a String takes every character");
            }
            assert_eq!(digest, pin, "{name}: released lists never change; a change is a new version");
        }
    }

    #[test]
    fn lists_are_sorted_unique_and_hold_one_name_a_line() {
        for (name, _, text) in FILES {
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.len() >= 350, "{name}: {}", lines.len());
            assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{name}");
            assert!(
                text.ends_with('\n') && lines.iter().all(|line| !line.is_empty() && line.trim() == *line),
                "{name}"
            );
        }
    }

    #[test]
    fn a_limit_that_every_name_fits_changes_nothing() {
        let list = FIRST.of(Locale::EnUs);
        assert_eq!(list.upto(None), list.upto(Some(50)));
        assert!(list.upto(Some(4)).iter().all(|name| name.chars().count() <= 4));
        assert!(list.upto(Some(1)).is_empty());
    }
}
