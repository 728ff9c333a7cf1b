//! E-mail addresses around an at sign.

use super::{Found, PiiKind};

/// How many characters on each side are looked at: more than an address may have.
const REACH: usize = 256;

/// Returns the address around an at sign, none of it before `from`.
pub(super) fn around(text: &str, at: usize, from: usize) -> Option<Found> {
    let before = text[from..at].chars().rev().take(REACH).take_while(|c| in_local_part(*c)).map(char::len_utf8);
    let mut start = at - before.sum::<usize>();
    start += text[start..at].len() - text[start..at].trim_start_matches(['.', '\'', '-']).len();
    let end = at + 1 + host(&text[at + 1..])?;
    (start < at).then_some(Found { start, end, kind: PiiKind::Email })
}

fn in_local_part(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%&'*+-=?^_`{|}~".contains(c)
}

/// Returns how many bytes of a text are a host of two labels or more.
fn host(text: &str) -> Option<usize> {
    let (mut end, mut labels, mut last) = (0, 0, 0);
    loop {
        let label = text[end..].chars().take(REACH).take_while(|c| c.is_alphanumeric() || *c == '-');
        let label: usize = label.map(char::len_utf8).sum();
        let label = text[end..end + label].trim_end_matches('-').len();
        if label == 0 || labels == REACH {
            break;
        }
        (end, labels, last) = (end + label, labels + 1, label);
        let more = text[end..].strip_prefix('.').and_then(|rest| rest.chars().next());
        if !more.is_some_and(char::is_alphanumeric) {
            break;
        }
        end += 1;
    }
    (labels >= 2 && last >= 2).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        around(text, text.find('@')?, 0).map(|found| &text[found.start..found.end])
    }

    #[test]
    fn addresses_end_where_prose_goes_on() {
        for (text, address) in [
            ("write to alice@example.com.", "alice@example.com"),
            ("<mailto:o'neil+x@mail.example.co.uk>", "o'neil+x@mail.example.co.uk"),
            ("'alice@example.com'", "alice@example.com"),
            ("(françois@exämple.de)", "françois@exämple.de"),
            ("a@b.io, c@d.io", "a@b.io"),
        ] {
            assert_eq!(found(text).unwrap_or_default(), address, "{text}");
        }
        for text in ["@example.com", "alice@localhost", "alice @ example.com", "a@b.c", "@", "a@.com"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_word_costs_no_more_than_the_reach() {
        let text = format!("{}@example.com", "a".repeat(10_000));
        assert_eq!(found(&text).map(str::len), Some(REACH + "@example.com".len()));
    }
}
