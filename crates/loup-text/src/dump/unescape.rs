//! From written literals to the bytes they stand for.

use memchr::{memchr, memchr2};

use super::Syntax;

/// A value that cannot be read. Holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The value is DEFAULT.
    #[error("expected a value, found DEFAULT")]
    Default,
    /// The value is computed by the server.
    #[error("expected a value, found an expression")]
    Expression,
    /// Hexadecimal digits are not, or are not in pairs.
    #[error("expected pairs of hexadecimal digits")]
    Hex,
    /// Binary digits are not.
    #[error("expected binary digits")]
    Bits,
    /// A `\u` escape is not followed by the digits of a character.
    #[error("an escape does not stand for a character")]
    Escape,
}

/// Appends the content of a string without its escapes: the quote doubled, and a backslash before a byte where
/// `backslash_escapes` (MySQL Reference Manual, "String Literals").
pub(super) fn quoted_into(mut content: &[u8], quote: u8, backslash_escapes: bool, out: &mut Vec<u8>) {
    loop {
        let found = if backslash_escapes { memchr2(quote, b'\\', content) } else { memchr(quote, content) };
        let Some(at) = found else {
            out.extend_from_slice(content);
            return;
        };
        out.extend_from_slice(&content[..at]);
        // A quote inside a string is the first of two.
        let byte = content.get(at + 1).copied().unwrap_or(content[at]);
        if content[at] == b'\\' {
            match byte {
                b'0' => out.push(0),
                b'b' => out.push(8),
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b't' => out.push(b'\t'),
                b'Z' => out.push(0x1a),
                // Kept for LIKE: the server takes both bytes.
                b'%' | b'_' => out.extend_from_slice(&[b'\\', byte]),
                _ => out.push(byte),
            }
        } else {
            out.push(quote);
        }
        content = content.get(at + 2..).unwrap_or_default();
    }
}

/// Appends the content of a PostgreSQL string with backslash escapes (PostgreSQL manual, 4.1.2.2).
pub(super) fn postgres_escapes_into(mut content: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    while let Some(at) = memchr2(b'\'', b'\\', content) {
        out.extend_from_slice(&content[..at]);
        let byte = content.get(at + 1).copied().unwrap_or(content[at]);
        let mut read = at + 2;
        if content[at] == b'\'' {
            out.push(b'\'');
        } else if let b'u' | b'U' = byte {
            read = at + unicode_into(&content[at..], out)?;
        } else {
            read = at + byte_escape(&content[at..], out);
        }
        content = content.get(read..).unwrap_or_default();
    }
    out.extend_from_slice(content);
    Ok(())
}

/// Appends the character of `\uXXXX` or `\UXXXXXXXX`, or of a surrogate pair of them; returns the bytes read.
fn unicode_into(escape: &[u8], out: &mut Vec<u8>) -> Result<usize, ValueError> {
    let unit = |at: usize| -> Option<(u32, usize)> {
        let rest = escape.get(at..)?.strip_prefix(b"\\")?;
        let digits = match rest.first()? {
            b'u' => 4,
            b'U' => 8,
            _ => return None,
        };
        let digits = std::str::from_utf8(rest.get(1..=digits)?).ok()?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some((u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?, at + 2 + digits.len()))
    };
    let (first, mut read) = unit(0).ok_or(ValueError::Escape)?;
    let mut code = first;
    if (0xd800..0xdc00).contains(&first) {
        let (second, end) = unit(read).filter(|(unit, _)| (0xdc00..0xe000).contains(unit)).ok_or(ValueError::Escape)?;
        code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        read = end;
    }
    let character = char::from_u32(code).ok_or(ValueError::Escape)?;
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(read)
}

/// Appends the byte that `escape`, which starts with a backslash, stands for in a PostgreSQL string or COPY cell; returns the
/// bytes read.
pub(super) fn byte_escape(escape: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&byte) = escape.get(1) else {
        return 1;
    };
    let digits = |from: usize, most: usize, radix: u32| {
        let digits = escape[from..].iter().take(most).map_while(|&byte| char::from(byte).to_digit(radix));
        digits.fold((0_u32, from), |(value, at), digit| (value * radix + digit, at + 1))
    };
    let (value, read) = match byte {
        b'b' => (8, 2),
        b'f' => (0x0c, 2),
        b'n' => (b'\n', 2),
        b'r' => (b'\r', 2),
        b't' => (b'\t', 2),
        b'v' => (0x0b, 2),
        b'0'..=b'7' => {
            let (value, read) = digits(1, 3, 8);
            (value as u8, read)
        }
        b'x' => match digits(2, 2, 16) {
            (_, 2) => (b'x', 2),
            (value, read) => (value as u8, read),
        },
        other => (other, 2),
    };
    out.push(value);
    read
}

/// Appends the bytes of `0x..` or of `'..'`: a digit alone before pairs is allowed in the first form.
pub(super) fn hex_into(body: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let digits = match body {
        [b'\'', digits @ .., b'\''] if digits.len().is_multiple_of(2) => digits,
        [b'0', b'x', digits @ ..] if !digits.is_empty() => digits,
        _ => return Err(ValueError::Hex),
    };
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8).ok_or(ValueError::Hex);
    let (alone, pairs) = digits.split_at(digits.len() % 2);
    for &byte in alone {
        out.push(digit(byte)?);
    }
    for pair in pairs.chunks_exact(2) {
        out.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Ok(())
}

/// Appends MySQL's bits as bytes, the last bit lowest; PostgreSQL's as their digits.
pub(super) fn bits_into(body: &[u8], syntax: Syntax, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let digits = match body {
        [b'\'', digits @ .., b'\''] => digits,
        [b'0', b'b', digits @ ..] if !digits.is_empty() => digits,
        _ => return Err(ValueError::Bits),
    };
    if !digits.iter().all(|digit| matches!(digit, b'0' | b'1')) {
        return Err(ValueError::Bits);
    }
    if syntax.is_mysql() {
        let byte = |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
        let (short, whole) = digits.split_at(digits.len() % 8);
        if !short.is_empty() {
            out.push(byte(short));
        }
        out.extend(whole.chunks_exact(8).map(byte));
    } else {
        out.extend_from_slice(digits);
    }
    Ok(())
}
