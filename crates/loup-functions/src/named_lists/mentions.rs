//! Which lists a call names, so that a session can read them before it plans the call.

use crate::aliases;
use crate::registry;
use crate::spec::{FunctionSpec, Kind};

/// Returns the lists that a call names; `texts` are its arguments in their positions, those that are text literals.
///
/// # Example
/// ```
/// assert_eq!(loup_functions::lists_named_by("fake_from", &[None, Some("jobs")]), ["jobs"]);
/// ```
pub fn lists_named_by<'a>(function: &str, texts: &[Option<&'a str>]) -> Vec<&'a str> {
    let function = function.to_ascii_lowercase();
    let is_it = |spec: &&FunctionSpec| spec.name == function || spec.aliases.contains(&function.as_str());
    match registry::specs().find(is_it) {
        Some(spec) => of(spec, texts),
        None => aliases::lists_named_by(&function, texts),
    }
}

fn of<'a>(spec: &FunctionSpec, texts: &[Option<&'a str>]) -> Vec<&'a str> {
    let named = spec.parameters.iter().zip(texts).filter(|(parameter, _)| parameter.names_list());
    let mut lists: Vec<&str> = named.filter_map(|(_, text)| *text).collect();
    if spec.parameters.last().is_some_and(|parameter| parameter.kind == Kind::Rest) {
        // One of the arguments names a function; those after it are its own, and stand where they would after its value.
        for (position, text) in texts.iter().enumerate().skip(1) {
            if let Some(inner) = text {
                let arguments: Vec<_> = std::iter::once(None).chain(texts[position + 1..].iter().copied()).collect();
                lists.extend(lists_named_by(inner, &arguments));
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arguments_that_name_lists_count() {
        let call = [Some("value"), Some("jobs"), Some("share"), Some("domain")];
        assert_eq!(lists_named_by("FAKE_FROM", &call), ["jobs"]);
        assert_eq!(lists_named_by("generalize_to", &[None, Some("age"), None, Some("null")]), ["age"]);
        assert!(lists_named_by("fake_first_name", &call).is_empty());
        assert!(lists_named_by("upper", &call).is_empty());
        assert!(lists_named_by("fake_from", &[None]).is_empty());
    }
}
