//! Lists to draw from: names, streets, trades and more of each locale, pinned in the repository, and what is made of them.
//!
//! `data/README.md` says where each list comes from.

pub(crate) mod companies;
pub(crate) mod countries;
pub(crate) mod names;
pub(crate) mod pick;
pub(crate) mod word_list;
pub(crate) mod words;

/// Returns the text of `data/<folder>/<locale>.<kind>.txt` for each locale, in the order of `Locale::ALL`.
macro_rules! files {
    ($folder:literal, $kind:literal) => {
        [
            $crate::lists::text!($folder, "/de_DE.", $kind),
            $crate::lists::text!($folder, "/en_AU.", $kind),
            $crate::lists::text!($folder, "/en_GB.", $kind),
            $crate::lists::text!($folder, "/en_IN.", $kind),
            $crate::lists::text!($folder, "/en_US.", $kind),
            $crate::lists::text!($folder, "/fr_FR.", $kind),
            $crate::lists::text!($folder, "/sv_SE.", $kind),
        ]
    };
}
pub(crate) use files;

/// Returns the text of a file of `data`, whose path without its ending comes in pieces.
macro_rules! text {
    ($($piece:literal),+) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lists/data/", $($piece),+, ".txt"))
    };
}
pub(crate) use text;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use sha2::{Digest, Sha256};

    use crate::locale::LOCALES;

    /// The SHA-256 of `data/SHA256SUMS`, which holds that of every list.
    const PIN: &str = "ca2d2ea6d1327b9da2d7641ae5a2e822f9b83a3d8a396ecc533b5c1ee8a2b6dc";

    fn folder() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lists/data"))
    }

    fn sha256(bytes: &[u8]) -> String {
        let digest = format!("{:02x?}", Sha256::digest(bytes).as_slice());
        digest.replace(['[', ']', ',', ' '], "")
    }

    fn sums() -> String {
        fs::read_to_string(folder().join("SHA256SUMS")).expect("a file of the repository")
    }

    /// Every list: its path in `data`, and its text.
    fn lists() -> Vec<(String, String)> {
        let sums = sums();
        let paths = sums.lines().map(|line| line.split_once("  ").expect("a digest and a path").1);
        paths.map(|path| (path.to_owned(), fs::read_to_string(folder().join(path)).expect("a list"))).collect()
    }

    #[test]
    fn lists_are_pinned() {
        let sums = sums();
        assert_eq!(sha256(sums.as_bytes()), PIN, "released lists never change; a change is a new version");
        for (line, (path, text)) in sums.lines().zip(lists()) {
            assert_eq!(line, format!("{}  {path}", sha256(text.as_bytes())), "released lists never change");
        }
    }

    #[test]
    fn no_list_is_left_out_of_the_pins() {
        let pinned: BTreeSet<String> = lists().into_iter().map(|(path, _)| path).collect();
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(folder()).expect("a folder of the repository") {
            let kind = entry.expect("an entry").path();
            if kind.is_dir() {
                for list in fs::read_dir(&kind).expect("a folder of the repository") {
                    let path = list.expect("an entry").path();
                    let path = path.strip_prefix(folder()).expect("inside the folder");
                    found.insert(path.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        assert_eq!(found, pinned);
    }

    #[test]
    fn lists_are_sorted_unique_and_hold_one_entry_a_line() {
        for (path, text) in lists() {
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{path}: sorted, no line twice");
            assert!(text.ends_with('\n') && !text.contains('\r'), "{path}");
            assert!(lines.iter().all(|line| !line.is_empty() && line.trim() == *line), "{path}");
        }
    }

    #[test]
    fn every_locale_has_enough_of_each_kind() {
        for (kind, least) in [
            ("companies/{}.form.txt", 3),
            ("companies/{}.stem.txt", 150),
            ("companies/{}.trade.txt", 150),
            ("names/{}.first.txt", 1000),
            ("names/{}.last.txt", 1000),
            ("places/{}.building.txt", 250),
            ("places/{}.place.txt", 350),
            ("places/{}.street.txt", 1000),
        ] {
            for locale in LOCALES {
                let path = kind.replace("{}", locale);
                let count = fs::read_to_string(folder().join(&path)).expect("a list").lines().count();
                assert!(count >= least, "{path}: {count}");
            }
        }
        for (kind, least) in [("color", 50), ("job", 300), ("word", 1000)] {
            for language in ["de", "en", "fr", "sv"] {
                let path = format!("words/{language}.{kind}.txt");
                let count = fs::read_to_string(folder().join(&path)).expect("a list").lines().count();
                assert!(count >= least, "{path}: {count}");
            }
        }
    }
}
