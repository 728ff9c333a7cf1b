//! The first and last characters of a text.

use datafusion::common::{Result, plan_err};

use crate::call::Call;

/// Reads an option that counts characters.
///
/// # Errors
/// When it is negative.
pub(crate) fn count(call: &Call, name: &str) -> Result<usize> {
    let Ok(count) = usize::try_from(call.integer(name)?) else {
        return plan_err!("{}: {name} must be 0 or more", call.name());
    };
    Ok(count.min(usize::MAX / 4)) // so that two can be added
}

/// Returns where the first `count` characters end.
#[inline]
pub(crate) fn first(text: &str, count: usize) -> usize {
    if text.is_ascii() {
        return count.min(text.len());
    }
    text.char_indices().nth(count).map_or(text.len(), |(place, _)| place)
}

/// Returns where the last `count` characters begin.
#[inline]
pub(crate) fn last(text: &str, count: usize) -> usize {
    if text.is_ascii() {
        return text.len().saturating_sub(count);
    }
    match count.checked_sub(1) {
        None => text.len(),
        Some(before) => text.char_indices().rev().nth(before).map_or(0, |(place, _)| place),
    }
}

/// Returns what is between the first `left` and the last `right` characters; None when nothing is.
#[inline]
pub(crate) fn between(text: &str, left: usize, right: usize) -> Option<(usize, usize)> {
    let (from, to) = (first(text, left), last(text, right));
    (from < to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_count_characters() {
        for (text, left, right, expected) in [
            ("abcdef", 1, 2, Some("bcd")),
            ("éàüöß", 1, 2, Some("àü")),
            ("日本語", 0, 0, Some("日本語")),
            ("日本語", 2, 1, None),
            ("ab", 1, 1, None),
            ("ab", 9, 0, None),
            ("", 0, 0, None),
            ("é", 0, 1, None),
        ] {
            assert_eq!(between(text, left, right).map(|(from, to)| &text[from..to]), expected, "{text}");
        }
    }
}
