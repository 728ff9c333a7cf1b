//! Which values of a JSON text are masked: a path such as `$.contact.phones[*]`, or names of keys at any depth.

use datafusion::common::{Result, plan_err};

/// The places in a text that the steps so far may have led to: bit i stands for the first i steps.
pub(super) type Places = u64;

/// The value itself is chosen, and all below it.
pub(super) const CHOSEN: Places = 1 << 63;
/// More steps would not fit the bits below.
const MOST_STEPS: usize = 62;

/// A child of an object or an array.
#[derive(Debug, Clone, Copy)]
pub(super) enum Child<'a> {
    Key(&'a str),
    Element(usize),
}

/// Chooses values of a JSON text.
#[derive(Debug, PartialEq)]
pub(super) struct Selector {
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq)]
struct Step {
    /// Whether it may also be taken any number of levels further down.
    is_deep: bool,
    test: Test,
}

#[derive(Debug, PartialEq)]
enum Test {
    Key(String),
    Element(usize),
    Any,
    /// Names in lower case, `*` in them for any characters.
    Names(Vec<String>),
}

impl Selector {
    /// Reads a path: `$`, then steps `.key`, `['key']`, `[0]`, `.*` or `[*]`; two dots look at every level below.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn path(function: &str, path: &str) -> Result<Self> {
        let mut rest = path.strip_prefix('$').map(|rest| (rest, Vec::new()));
        while let Some((text, mut steps)) = rest {
            if text.is_empty() && steps.len() <= MOST_STEPS {
                return Ok(Self { steps });
            }
            rest = step(text).map(|(step, behind)| {
                steps.push(step);
                (behind, steps)
            });
        }
        plan_err!("{function}: path must look like $.a.b, $['a'], $.a[0], $.a[*], $.* or $..a, with 62 steps at most")
    }

    /// Reads names of keys with `|` between them, matched at any depth and whatever their case.
    ///
    /// # Errors
    /// When one is empty.
    pub(super) fn keys(function: &str, names: &str) -> Result<Self> {
        let names: Vec<String> = names.split('|').map(|name| name.trim().to_lowercase()).collect();
        if names.iter().any(String::is_empty) {
            return plan_err!("{function}: keys must be names with | between them, such as 'email|*phone*'");
        }
        Ok(Self { steps: vec![Step { is_deep: true, test: Test::Names(names) }] })
    }

    /// Returns where a whole text stands.
    pub(super) fn start(&self) -> Places {
        if self.steps.is_empty() { CHOSEN } else { 1 }
    }

    /// Returns whether children of a value can be in different places.
    pub(super) fn tells_children_apart(places: Places) -> bool {
        places != 0 && places != CHOSEN
    }

    /// Returns where a child of a value stands.
    pub(super) fn child(&self, places: Places, child: Child<'_>) -> Places {
        if !Self::tells_children_apart(places) {
            return places;
        }
        let mut next = 0;
        for (number, step) in self.steps.iter().enumerate().filter(|(number, _)| places >> number & 1 == 1) {
            if step.is_deep {
                next |= 1 << number;
            }
            if step.test.admits(child) {
                if number + 1 == self.steps.len() {
                    return CHOSEN;
                }
                next |= 1 << (number + 1);
            }
        }
        next
    }
}

impl Test {
    fn admits(&self, child: Child<'_>) -> bool {
        match (self, child) {
            (Self::Any, _) => true,
            (Self::Key(wanted), Child::Key(key)) => wanted == key,
            (Self::Element(wanted), Child::Element(number)) => *wanted == number,
            (Self::Names(names), Child::Key(key)) if key.is_ascii() => names.iter().any(|name| is_like(name, key)),
            (Self::Names(names), Child::Key(key)) => {
                let key = key.to_lowercase();
                names.iter().any(|name| is_like(name, &key))
            }
            _ => false,
        }
    }
}

/// Returns whether a key has a name's form; ASCII letters of the key may be upper case.
fn is_like(name: &str, key: &str) -> bool {
    let (name, key) = (name.as_bytes(), key.as_bytes());
    let (mut n, mut k) = (0, 0);
    // Behind the last star, and where in the key it stopped.
    let mut star = None;
    while k < key.len() {
        if name.get(n) == Some(&b'*') {
            n += 1;
            star = Some((n, k));
        } else if name.get(n) == Some(&key[k].to_ascii_lowercase()) {
            n += 1;
            k += 1;
        } else if let Some((behind, stopped)) = star {
            n = behind;
            k = stopped + 1;
            star = Some((behind, k));
        } else {
            return false;
        }
    }
    name[n..].iter().all(|byte| *byte == b'*')
}

/// Reads one step, and returns what stands behind it.
fn step(text: &str) -> Option<(Step, &str)> {
    let (is_deep, text) = match text.strip_prefix("..") {
        Some(behind) => (true, behind),
        None => (false, text),
    };
    let (test, behind) = match (text.strip_prefix('['), text.strip_prefix('.')) {
        (Some(inside), _) => bracket(inside)?,
        (None, Some(behind)) if !is_deep => key(behind)?,
        (None, None) if is_deep => key(text)?,
        _ => return None,
    };
    Some((Step { is_deep, test }, behind))
}

fn key(text: &str) -> Option<(Test, &str)> {
    let (key, behind) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
    let is_plain = !key.is_empty() && !key.contains(['*', ']', '\'', '"', '?', '@', '(', ')']);
    match key {
        "*" => Some((Test::Any, behind)),
        _ if is_plain => Some((Test::Key(key.to_owned()), behind)),
        _ => None,
    }
}

fn bracket(text: &str) -> Option<(Test, &str)> {
    if let Some(behind) = text.strip_prefix("*]") {
        return Some((Test::Any, behind));
    }
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let Some(quote) = quote else {
        let (number, behind) = text.split_once(']')?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        return is_number.then(|| number.parse().ok()).flatten().map(|number| (Test::Element(number), behind));
    };
    let mut key = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => key.push(characters.next()?.1),
            _ if c == quote => return Some((Test::Key(key), text[at + 1..].strip_prefix(']')?)),
            _ => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_chosen(path: &str, children: &[Child<'_>]) -> bool {
        let selector = Selector::path("json_mask", path).expect("a path");
        children.iter().fold(selector.start(), |places, child| selector.child(places, *child)) == CHOSEN
    }

    #[test]
    fn paths_choose_what_they_name_and_all_below() {
        use Child::{Element, Key};
        assert!(is_chosen("$", &[]));
        assert!(is_chosen("$.a.b", &[Key("a"), Key("b"), Key("c"), Element(3)]));
        assert!(!is_chosen("$.a.b", &[Key("a")]) && !is_chosen("$.a.b", &[Key("b")]));
        assert!(!is_chosen("$.a", &[Key("A")]));
        assert!(is_chosen("$['a.b'][\"it\\\"s\"]", &[Key("a.b"), Key("it\"s")]));
        assert!(is_chosen("$.a[1].b", &[Key("a"), Element(1), Key("b")]));
        assert!(!is_chosen("$.a[1].b", &[Key("a"), Element(0), Key("b")]));
        assert!(is_chosen("$.a[*].*", &[Key("a"), Element(7), Key("x")]));
        assert!(is_chosen("$..b", &[Key("b")]) && is_chosen("$..b", &[Key("a"), Element(0), Key("b")]));
        assert!(is_chosen("$..a..b", &[Key("x"), Key("a"), Key("y"), Key("b")]));
        assert!(!is_chosen("$..a.b", &[Key("a"), Key("y"), Key("b")]));
        assert!(is_chosen("$..a.b", &[Key("a"), Key("a"), Key("b")]));
        assert!(is_chosen("$..[0]", &[Key("a"), Element(0)]));
        assert!(!is_chosen("$[0]", &[Key("0")]));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let long = format!("${}", ".a".repeat(63));
        for path in [
            "",
            "a.b",
            "$a",
            "$.",
            "$..",
            "$...a",
            "$.a.",
            "$[",
            "$[a]",
            "$[-1]",
            "$[]",
            "$['a]",
            "$[?(@.a)]",
            "$.a*",
            "$[0:2]",
            &long,
        ] {
            assert!(Selector::path("json_mask", path).is_err(), "{path}");
        }
        assert!(Selector::path("json_mask", &long[2..].replacen('a', "$", 1)).is_ok());
    }

    #[test]
    fn names_are_whole_keys_in_any_case_at_any_depth() {
        let selector = Selector::keys("json_mask_keys", "email| *Phone* |straße|a*b*c").expect("names");
        let is_chosen = |key| selector.child(selector.child(1, Child::Element(0)), Child::Key(key)) == CHOSEN;
        for key in ["email", "EMail", "phone", "homePhoneNumber", "STRAßE", "abc", "aXbYc", "abbcbc"] {
            assert!(is_chosen(key), "{key}");
        }
        for key in ["emails", "e-mail", "", "phon", "ab", "acb"] {
            assert!(!is_chosen(key), "{key}");
        }
        assert!(Selector::keys("json_mask_keys", "a||b").is_err() && Selector::keys("json_mask_keys", " ").is_err());
    }
}
