//! Walks a Wycheproof file.

use serde_json::Value;

/// All tests of a Wycheproof file, each with its group.
pub(crate) fn tests(corpus: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = corpus["testGroups"].as_array().expect("test groups");
    groups.iter().flat_map(|group| group["tests"].as_array().expect("tests").iter().map(move |test| (group, test)))
}
