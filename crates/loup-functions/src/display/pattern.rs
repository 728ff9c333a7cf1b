//! Regular expressions of calls, compiled once for all batches.

use std::sync::{Mutex, PoisonError};

use datafusion::common::{Result, plan_err};
use regex::{Regex, RegexBuilder};

/// Patterns kept compiled: as many as statements of one script use side by side.
const KEPT: usize = 32;
/// The most bytes a pattern may have.
const LONGEST: usize = 4096;
/// The most bytes a compiled pattern may take.
const COMPILED: usize = 1 << 20;

/// Returns a pattern of a call, compiled; a kernel is made anew for each batch, and the expression is not.
///
/// # Errors
/// When the pattern is none, is too large, or matches the empty text, which stands between all characters.
pub(crate) fn compiled(function: &str, pattern: &str) -> Result<Regex> {
    static LATEST: Mutex<Vec<(String, Regex)>> = Mutex::new(Vec::new());
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, regex)) = latest.iter().find(|(known, _)| known == pattern) {
        return Ok(regex.clone());
    }
    let regex = compile(function, pattern)?;
    if latest.len() == KEPT {
        latest.remove(0);
    }
    latest.push((pattern.to_owned(), regex.clone()));
    Ok(regex)
}

fn compile(function: &str, pattern: &str) -> Result<Regex> {
    if pattern.len() > LONGEST {
        return plan_err!("{function}: pattern must have at most {LONGEST} bytes, got {}", pattern.len());
    }
    match RegexBuilder::new(pattern).size_limit(COMPILED).dfa_size_limit(COMPILED).build() {
        Ok(regex) if regex.is_match("") => {
            plan_err!("{function}: pattern matches the empty text; write + where it has *")
        }
        Ok(regex) => Ok(regex),
        Err(error) => plan_err!("{function}: pattern is no regular expression: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_and_a_bad_one_is_refused() {
        let (one, two) = (compiled("f", "[0-9]+x").expect("a pattern"), compiled("f", "[0-9]+x").expect("a pattern"));
        assert!(one.is_match("a12x") && two.is_match("a12x") && !two.is_match("a12"));
        for (pattern, says) in [
            ("(", "no regular expression"),
            ("a*", "empty text"),
            ("", "empty text"),
            (r"(\w{100}){100}", "size limit"),
            ("(?=a)", "look-around"),
        ] {
            let error = compiled("f", pattern).expect_err(pattern).strip_backtrace();
            assert!(error.contains(says), "{pattern}: {error}");
        }
        for n in 0..2 * KEPT {
            assert!(compiled("f", &format!("x{n}")).is_ok());
        }
        assert!(compiled("f", &"x".repeat(LONGEST + 1)).is_err());
    }
}
