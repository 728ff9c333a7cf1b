//! Whether results keep what their call declares.

use std::collections::{BTreeMap, HashSet};

use loup_functions::{Collisions, Guarantee, Strength};

/// The least letters and digits in a row that tell something of a value.
const TELLING: usize = 7;

/// Checks results of one call against its guarantee.
pub(crate) fn keeps(guarantee: &Guarantee, values: &[Option<&str>], results: &[Option<String>]) -> Result<(), String> {
    let mut images = BTreeMap::new();
    let mut same = 0;
    for (value, result) in values.iter().zip(results) {
        let (Some(value), Some(result)) = (value, result) else {
            // A value may become NULL, and NULL stays.
            if value.is_none() && result.is_some() {
                return Err("NULL became a value".to_owned());
            }
            continue;
        };
        if let Some(most) = guarantee.max_chars
            && result.chars().count() > most
        {
            return Err(format!("{} has more than {most} characters", shortened(result)));
        }
        let is_same = value.to_lowercase() == result.to_lowercase();
        let tells_something = value.chars().any(char::is_alphanumeric);
        same += usize::from(is_same && tells_something);
        // What is left when all is destroyed is one text, which a value may be by chance.
        let is_drawn = [Strength::Pseudonym, Strength::Synthetic].contains(&guarantee.strength);
        if is_drawn && !guarantee.fixed_points {
            if is_same {
                return Err(format!("{} is its own result", shortened(value)));
            }
            if let Some(part) = shared(value, result) {
                return Err(format!("{} shows {part}", shortened(value)));
            }
        }
        let must_hide = guarantee.strength == Strength::Partial && !guarantee.fixed_points;
        if must_hide && value.chars().any(|c| c.is_ascii_alphanumeric()) && value == result {
            return Err(format!("{} is shown whole", shortened(value)));
        }
        if guarantee.deterministic && images.insert(*value, result).is_some_and(|other| other != result) {
            return Err(format!("{} has two results", shortened(value)));
        }
    }
    let distinct: HashSet<_> = images.values().collect();
    if guarantee.deterministic && guarantee.collisions != Collisions::ManyToOne && distinct.len() < images.len() {
        return Err("values collide".to_owned());
    }
    // Where a value may be its own result, most are not, of those that hold something to hide.
    let hidden = |value: &&&str| value.chars().any(char::is_alphanumeric);
    if guarantee.strength >= Strength::Pseudonym && same * 3 > images.keys().filter(hidden).count() {
        return Err(format!("{same} of {} values are their own results", images.len()));
    }
    // Nothing of a value is left but how long it was.
    let lengths: HashSet<_> = images.keys().map(|value| value.chars().count()).collect();
    if guarantee.strength == Strength::Destroyed && distinct.len() > lengths.len() + 1 {
        return Err("results tell values apart".to_owned());
    }
    Ok(())
}

/// Returns a run of letters and digits that a result shares with its value. Hosts and words that are given to every value are
/// none.
fn shared(value: &str, result: &str) -> Option<String> {
    let (value, result) = (value.to_lowercase(), result.to_lowercase());
    let runs = value.split(|c: char| !c.is_alphanumeric()).filter(|run| *run != "example");
    let chars: Vec<Vec<char>> = runs.map(|run| run.chars().collect()).collect();
    let windows = chars.iter().flat_map(|run| run.windows(TELLING));
    windows.map(|window| window.iter().collect::<String>()).find(|window| result.contains(window))
}

pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
