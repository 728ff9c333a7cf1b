//! Short codes under construction, on the stack: numbers, letters and separators, all ASCII.

use super::dice::Dice;

/// The most characters a code has, separators and all.
pub(crate) const LONGEST: usize = 64;

/// A code of ASCII characters.
#[derive(Clone)]
pub(crate) struct Code {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Code {
    /// Returns an empty code.
    pub(crate) fn new() -> Self {
        Self { bytes: [0; LONGEST], length: 0 }
    }

    /// Appends one character.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// Appends a text.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes[self.length..self.length + text.len()].copy_from_slice(text.as_bytes());
        self.length += text.len();
    }

    /// Appends a number with leading zeros.
    pub(crate) fn number(&mut self, mut number: u64, digits: usize) {
        for place in self.bytes[self.length..self.length + digits].iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.length += digits;
    }

    /// Appends characters drawn by a pattern: `#` is a digit, `%` one from 1 to 9, `@` a letter, `*` either of the two;
    /// any other stands for itself.
    #[inline]
    pub(crate) fn pattern(&mut self, pattern: &str, dice: &mut Dice<'_>) {
        for byte in pattern.bytes() {
            let drawn = match byte {
                b'#' => dice.digit(),
                b'%' => dice.digit_from_1(),
                b'@' => dice.letter(),
                b'*' => dice.one_of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                other => other,
            };
            self.push(drawn);
        }
    }

    /// Appends lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize, dice: &mut Dice<'_>) {
        for _ in 0..digits {
            self.push(dice.one_of(b"0123456789abcdef"));
        }
    }

    /// Appends characters that `write` fills in.
    pub(crate) fn fill(&mut self, length: usize, write: impl FnOnce(&mut [u8])) {
        write(&mut self.bytes[self.length..self.length + length]);
        self.length += length;
    }

    /// Appends letters of an alphabet.
    pub(crate) fn letters(&mut self, count: usize, alphabet: &[u8], dice: &mut Dice<'_>) {
        for _ in 0..count {
            self.push(dice.one_of(alphabet));
        }
    }

    /// Appends a digit for each digit of a value and a capital for each letter.
    pub(crate) fn like(&mut self, value: &[u8], dice: &mut Dice<'_>) {
        for byte in value.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            self.push(if byte.is_ascii_digit() { dice.digit() } else { dice.letter() });
        }
    }

    /// Returns the characters so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Returns the digits so far as numbers.
    pub(crate) fn digits(&self) -> Digits {
        let mut digits = Digits { values: [0; LONGEST], length: 0 };
        for byte in self.as_bytes().iter().filter(|byte| byte.is_ascii_digit()) {
            digits.values[digits.length] = byte - b'0';
            digits.length += 1;
        }
        digits
    }

    /// Writes the code as a value is written: with its separators, in its case. Leaves it as it is where the value has
    /// another count of letters and digits, other characters, or a letter where the code has a digit.
    pub(crate) fn dress(&mut self, value: &[u8], keeps: Keeps) {
        if keeps == Keeps::Nothing || value.len() > LONGEST {
            return;
        }
        let mut dressed = Self::new();
        let (mut upper, mut lower) = (false, false);
        let mut signs = self.as_bytes().iter().filter(|byte| byte.is_ascii_alphanumeric());
        for &byte in value {
            if byte.is_ascii_alphanumeric() {
                let Some(&sign) = signs.next() else { return };
                if keeps == Keeps::Format && byte.is_ascii_digit() != sign.is_ascii_digit() {
                    return;
                }
                upper |= byte.is_ascii_uppercase();
                lower |= byte.is_ascii_lowercase();
                dressed.push(sign);
            } else if is_separator(byte) {
                dressed.push(byte);
            } else {
                return;
            }
        }
        if signs.next().is_some() || dressed.length == 0 {
            return;
        }
        let written = &mut dressed.bytes[..dressed.length];
        match (upper, lower) {
            (true, false) => written.make_ascii_uppercase(),
            (false, true) => written.make_ascii_lowercase(),
            _ => {}
        }
        *self = dressed;
    }

    /// Cuts the code to so many characters: separators go first, then what stands at the start.
    pub(crate) fn fit(&mut self, most: usize) {
        if self.length <= most {
            return;
        }
        let mut plain = Self::new();
        for &byte in self.as_bytes().iter().filter(|byte| !is_separator(**byte)) {
            plain.push(byte);
        }
        let start = plain.length.saturating_sub(most);
        plain.bytes.copy_within(start..plain.length, 0);
        plain.length -= start;
        *self = plain;
    }
}

/// The digits of a code, each 0 to 9.
pub(crate) struct Digits {
    values: [u8; LONGEST],
    length: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.values[..self.length]
    }
}

/// What of a value's form stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Nothing: every fake has the common form.
    Nothing,
    /// Separators and case, where letters and digits stand as in the fake.
    Format,
    /// Separators and case, where there are as many letters and digits, in whatever places.
    Separators,
}

fn is_separator(byte: u8) -> bool {
    b" -./:{}".contains(&byte)
}

/// Returns how many letters and digits a value has; None where it has anything but those and separators.
pub(crate) fn signs(value: &[u8]) -> Option<usize> {
    if value.len() > LONGEST {
        return None;
    }
    let mut count = 0;
    for &byte in value {
        match byte {
            _ if byte.is_ascii_alphanumeric() => count += 1,
            _ if is_separator(byte) => {}
            _ => return None,
        }
    }
    Some(count)
}

/// Returns whether a value looks like a number that somebody assigned: 4 to 20 letters and digits, digits among them.
pub(crate) fn is_assigned_number(value: &[u8]) -> bool {
    signs(value).is_some_and(|count| (4..=20).contains(&count)) && value.iter().any(u8::is_ascii_digit)
}

/// Returns how many digits a value has; None where it has anything but those and separators.
pub(crate) fn digits(value: &[u8]) -> Option<usize> {
    if value.iter().any(u8::is_ascii_alphabetic) { None } else { signs(value) }
}

impl Dice<'_> {
    fn digit_from_1(&mut self) -> u8 {
        b'1' + self.below(9) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(code: &str, value: &str, keeps: Keeps) -> String {
        let mut written = Code::new();
        written.text(code);
        written.dress(value.as_bytes(), keeps);
        String::from_utf8(written.as_bytes().to_vec()).expect("ASCII")
    }

    #[test]
    fn a_code_takes_the_form_of_the_value() {
        assert_eq!(dressed("912-34-5678", "123456789", Keeps::Format), "912345678");
        assert_eq!(dressed("912-34-5678", "123 45 6789", Keeps::Format), "912 34 5678");
        assert_eq!(dressed("02:ab:cd:ef:01:23", "A1-B2-C3-D4-E5-F6", Keeps::Separators), "02-AB-CD-EF-01-23");
        assert_eq!(dressed("02:ab:cd:ef:01:23", "0011.2233.4455", Keeps::Separators), "02ab.cdef.0123");
        assert_eq!(dressed("ABCPD0000Z", "abcpe1234f", Keeps::Format), "abcpd0000z");
    }

    #[test]
    fn other_values_leave_it_as_it_is() {
        for value in ["", "12345678", "1234567890", "12345678A", "123-45-678é", "123_45_6789", "---"] {
            assert_eq!(dressed("912-34-5678", value, Keeps::Format), "912-34-5678", "{value}");
        }
        assert_eq!(dressed("912-34-5678", "123456789", Keeps::Nothing), "912-34-5678");
    }

    #[test]
    fn what_is_too_long_loses_separators_then_its_start() {
        let fitted = |most| {
            let mut code = Code::new();
            code.text("912-34-5678");
            code.fit(most);
            String::from_utf8(code.as_bytes().to_vec()).expect("ASCII")
        };
        assert_eq!([fitted(11), fitted(10), fitted(9), fitted(4)], ["912-34-5678", "912345678", "912345678", "5678"]);
    }
}
