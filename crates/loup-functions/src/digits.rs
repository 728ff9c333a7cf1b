//! Decimal digits of small numbers, without the formatter.

/// Returns a number's digits, with zeros in front where it has fewer than `least`, in a buffer of the caller's.
#[inline]
pub(crate) fn digits(number: u32, least: usize, buffer: &mut [u8; 10]) -> &[u8] {
    buffer.fill(b'0');
    let (mut start, mut rest) = (buffer.len(), number);
    while rest > 0 {
        start -= 1;
        buffer[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    &buffer[start.min(buffer.len() - least.min(buffer.len()))..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_formatter() {
        for (number, least, expected) in [
            (0, 0, ""),
            (0, 1, "0"),
            (7, 4, "0007"),
            (12_345, 3, "12345"),
            (u32::MAX, 1, "4294967295"),
            (1, 99, "0000000001"),
        ] {
            assert_eq!(digits(number, least, &mut [0; 10]), expected.as_bytes(), "{number}");
        }
    }
}
