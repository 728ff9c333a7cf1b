//! What counts as an e-mail address.

/// Splits an address into local part and host; None when the text is no address of the plain kind.
///
/// Plain: one @, a local part of 1 to 64 characters without spaces or quotes, a host of two labels or more. An address
/// inside other text (`Alice <alice@example.com>`) is none: the rest of the text would be shown with its host.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let (local, host) = text.split_once('@')?;
    let local_is_plain = !local.is_empty() && local.len() <= 64 && local.chars().all(in_local_part);
    (local_is_plain && is_host(host)).then_some((local, host))
}

fn in_local_part(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_host(host: &str) -> bool {
    host.len() <= 253 && host.contains('.') && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_plain_addresses() {
        assert_eq!(split("alice@example.com"), Some(("alice", "example.com")));
        assert_eq!(split("o'neil+x@mail.example.co.uk"), Some(("o'neil+x", "mail.example.co.uk")));
        assert_eq!(split("françois@exämple.de"), Some(("françois", "exämple.de")));
    }

    #[test]
    fn everything_else_is_no_address() {
        for text in [
            "",
            "@",
            "alice",
            "alice@",
            "@example.com",
            "a@b@example.com",
            "alice@localhost",
            "Alice <a@example.com>",
            "alice@example..com",
            "alice@-example.com",
            "alice@example.com ",
            "al ice@example.com",
            "\"a b\"@example.com",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
