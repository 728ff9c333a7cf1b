//! Addresses of networks: IPv4, IPv6 and URLs.

use std::net::Ipv6Addr;

use super::number::{Gap, Number};
use super::{Found, PiiKind, is_end, is_start};

/// The first 16 bits of IPv6 networks that are made of an IPv4 address (RFC 3056).
pub(crate) const SIX_TO_FOUR: u16 = 0x2002;
/// The most bytes of an IPv6 address (RFC 4291), on either side of a colon.
const LONGEST_IPV6: usize = 45;
/// The most bytes of a scheme, and of a URL.
const LONGEST_SCHEME: usize = 16;
const LONGEST_URL: usize = 2048;

/// Returns the IPv4 address that a number starts with.
pub(super) fn ipv4(number: &Number<'_>) -> Option<(usize, usize)> {
    let groups = 4;
    if number.count() < groups || number.plus || number.is_decimal() || number.gaps(groups) != [Gap::Dot; 3] {
        return None;
    }
    let is_byte = |group: &str| (group == "0" || !group.starts_with('0')) && group.parse::<u8>().is_ok();
    if !(0..groups).all(|group| is_byte(number.group(group))) {
        return None;
    }
    let (after, end) = number.after(groups);
    let goes_on = matches!(after.as_bytes(), [b'.', next, ..] if next.is_ascii_digit());
    (!goes_on && is_end(after, 0)).then_some((number.digits_start(), end))
}

/// Returns the IPv6 address around a colon.
pub(super) fn ipv6(text: &str, colon: usize, from: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let in_address = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let before = bytes[from..colon].iter().rev().take(LONGEST_IPV6).take_while(in_address).count();
    let after = bytes[colon..].iter().take(LONGEST_IPV6).take_while(in_address).count();
    let (mut start, end) = (colon - before, colon + after);
    // A label may stand before it: `ip:2001:db8::1`, `address:fe80::1`.
    let labelled = !is_start(text, start) || (bytes[start] == b':' && bytes.get(start + 1) != Some(&b':'));
    if labelled {
        start += text[start..end].find(':').map_or(0, |label| label + 1);
    }
    // A sentence may end with it, or go on with a colon.
    let written = text[start..end].trim_end_matches('.');
    let written = if written.ends_with("::") { written } else { written.trim_end_matches(':') };
    let end = start + written.len();
    let groups = written.split(':').filter(|group| !group.is_empty()).count();
    let looks = groups >= 2 && written.bytes().any(|byte| byte.is_ascii_digit());
    (looks && is_end(text, end) && written.parse::<Ipv6Addr>().is_ok()).then_some(Found {
        start,
        end,
        kind: PiiKind::Ip,
    })
}

/// Returns the URL whose scheme ends at a colon.
pub(super) fn url(text: &str, colon: usize, from: usize) -> Option<Found> {
    let rest = text[colon..].strip_prefix("://")?;
    let scheme = text.as_bytes()[from..colon].iter().rev().take(LONGEST_SCHEME);
    let scheme = scheme.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')).count();
    let in_url = |c: &char| !c.is_whitespace() && !c.is_control() && !"<>\"`{}|\\^".contains(*c);
    let length: usize = rest.chars().take(LONGEST_URL).take_while(in_url).map(char::len_utf8).sum();
    let length = rest[..length].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']).len();
    (scheme > 0 && length > 0).then_some(Found { start: colon - scheme, end: colon + 3 + length, kind: PiiKind::Url })
}
