//! How much memory an entry takes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use fixture::{insert, integers, made};
use loup_mapping::Mapping;

/// Just above a power of two, where tables that double are at their emptiest.
const IDS: i64 = 263_000;

#[test]
fn an_integer_id_takes_at_most_40_bytes() {
    let kinds: [&[(&str, &str)]; 3] = [
        &[("kind", "sequential"), ("start", "1000000000000")],
        &[("kind", "random_int"), ("lo", "1000000000000"), ("hi", "1999999999999")],
        &[("kind", "keyed"), ("lo", "1000000000000"), ("hi", "1999999999999999")],
    ];
    for options in kinds {
        let (_place, mapping) = made(options);
        let ids = integers((0..IDS).map(|id| id * 7 + 3));
        let (grown, _) = insert(&mapping, std::slice::from_ref(&ids)).unwrap();
        let loaded = Mapping::open(grown.folder(), &fixture::ring()).unwrap();
        loaded.unmap(&loaded.map(&ids).unwrap()).expect("both directions, so that both indexes are there");
        for mapping in [&grown, &loaded] {
            let each = mapping.memory_size() as f64 / IDS as f64;
            assert!((16.0..=40.0).contains(&each), "{options:?}: {each:.1} bytes an id");
        }
    }
}
