//! Decimal numbers of up to 38 digits, held exactly: no value passes through a binary fraction.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

/// The most digits a number may have, as in DECIMAL(38, s).
pub(crate) const DIGITS: usize = 38;

/// The powers of ten that fit.
const POWERS: [i128; DIGITS + 1] = {
    let mut powers = [1; DIGITS + 1];
    let mut i = 1;
    while i <= DIGITS {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Numbers below this have no digit among the first 38 decimals that a binary fraction of theirs would need all of.
const TINY: f64 = 1e-20;

/// A decimal number: `units` of its last decimal place, of which there are `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    pub(crate) units: i128,
    pub(crate) scale: u8,
}

/// Returns 10 to the power of `exponent`, None above 38.
pub(crate) fn power(exponent: u8) -> Option<i128> {
    POWERS.get(usize::from(exponent)).copied()
}

impl Exact {
    /// Returns `units` of the last of `scale` decimals.
    pub(crate) const fn new(units: i128, scale: u8) -> Self {
        Self { units, scale }
    }

    /// Reads a number as CSV files hold it: digits with at most one point among them, perhaps after a sign.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.as_bytes() {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] | digits => (false, digits),
        };
        let mut units = 0_u64;
        let mut point = None;
        // Up to 19 bytes fit 64 bits, and most numbers are shorter.
        let (head, tail) = digits.split_at(digits.len().min(19));
        for (i, byte) in head.iter().enumerate() {
            match byte {
                b'0'..=b'9' => units = units * 10 + u64::from(byte - b'0'),
                b'.' if point.is_none() => point = Some(i),
                _ => return None,
            }
        }
        let mut units = i128::from(units);
        for (i, byte) in tail.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    units = units.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                }
                b'.' if point.is_none() => point = Some(head.len() + i),
                _ => return None,
            }
        }
        let has_digit = digits.len() > usize::from(point.is_some());
        let scale = point.map_or(0, |point| digits.len() - point - 1);
        let fits = has_digit && scale <= DIGITS && units < POWERS[DIGITS];
        fits.then_some(Self { units: if is_negative { -units } else { units }, scale: scale as u8 })
    }

    /// Returns the number that a float is printed as, the shortest that reads back as the float; None from 10^38 on and for
    /// what is no number. `text` is where it is printed.
    pub(crate) fn from_float<F: Into<f64> + fmt::Display + Copy>(float: F, text: &mut String) -> Option<Self> {
        let value: f64 = float.into();
        if !value.is_finite() || value.abs() >= 1e38 {
            return None;
        }
        if value.abs() < 9e15 && value.fract() == 0.0 {
            return Some(Self::new(i128::from(value as i64), 0));
        }
        text.clear();
        let written = if value.abs() < TINY { write!(text, "{value:.DIGITS$}") } else { write!(text, "{float}") };
        written.ok()?;
        Self::parse(text)
    }

    /// Returns the float nearest to it.
    pub(crate) fn to_float(self) -> f64 {
        // Both are floats without rounding, so their quotient is rounded once.
        if self.units.unsigned_abs() < 1 << 53 && self.scale <= 22 {
            return self.units as f64 / POWERS[usize::from(self.scale)] as f64;
        }
        self.text(&mut [0; 48]).parse().unwrap_or(f64::NAN)
    }

    /// Returns its units with `scale` decimals; None where digits would be lost or there are too many.
    pub(crate) fn units_at(self, scale: u8) -> Option<i128> {
        if scale >= self.scale {
            return self.units.checked_mul(power(scale - self.scale)?);
        }
        let divisor = power(self.scale - scale)?;
        (self.units % divisor == 0).then_some(self.units / divisor)
    }

    /// Returns it without zeros at the end of its decimals.
    pub(crate) fn normalized(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self = Self::new(self.units / 10, self.scale - 1);
        }
        self
    }

    /// Returns how many whole steps fit below it: the floor of the quotient, also of negative numbers. The step is above 0.
    pub(crate) fn steps(self, step: Self) -> Option<i128> {
        let scale = self.scale.max(step.scale);
        let units = self.units_at(scale)?;
        Some(match step.units_at(scale) {
            Some(step) => units.div_euclid(step),
            // A step that is too long for the number's decimals is longer than the number.
            None => units.signum().min(0),
        })
    }

    /// Returns it with `scale` decimals, halves away from zero as in SQL.
    pub(crate) fn rounded(self, scale: u8) -> Option<Self> {
        if scale >= self.scale {
            return Some(Self::new(self.units_at(scale)?, scale));
        }
        let divisor = power(self.scale - scale)?;
        let (whole, rest) = (self.units / divisor, self.units % divisor);
        let up = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
        Some(Self::new(if up { whole + self.units.signum() } else { whole }, scale))
    }

    /// Compares two numbers, whatever their decimals.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.units_at(scale), other.units_at(scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // One is too long for the other's decimals: it is the greater one, or the lesser if negative.
            (None, _) => self.units.cmp(&0),
            (_, None) => 0.cmp(&other.units),
        }
    }

    /// Writes it with all its decimals, and returns what was written.
    pub(crate) fn text(self, buffer: &mut [u8; 48]) -> &str {
        let mut at = buffer.len();
        let mut push = |byte| {
            at -= 1;
            buffer[at] = byte;
        };
        let mut written = 0;
        let mut rest = self.units.unsigned_abs();
        // Division of 128 bits is slow; most numbers are done in 64.
        while rest > u128::from(u64::MAX) {
            if written == self.scale && written > 0 {
                push(b'.');
            }
            push(b'0' + (rest % 10) as u8);
            rest /= 10;
            written += 1;
        }
        let mut rest = rest as u64;
        while rest > 0 || written <= self.scale {
            if written == self.scale && written > 0 {
                push(b'.');
            }
            push(b'0' + (rest % 10) as u8);
            rest /= 10;
            written += 1;
        }
        if self.units < 0 {
            push(b'-');
        }
        std::str::from_utf8(&buffer[at..]).expect("digits, a point and a sign are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).expect("a number")
    }

    #[test]
    fn text_is_read_and_written_digit_for_digit() {
        for text in [
            "0",
            "7",
            "-7",
            "1.50",
            "-0.05",
            "9223372036854775808",
            "18446744073709551616.5",
            "99999999999999999999999999999999999999",
            "-0.00000000000000000000000000000000000001",
            "1234567890123456789.0123456789012345678",
        ] {
            assert_eq!(exact(text).text(&mut [0; 48]), text);
        }
        for (text, canonical) in [("+5", "5"), ("007", "7"), (".5", "0.5"), ("5.", "5"), ("-0", "0"), ("-0.0", "0.0")] {
            assert_eq!(exact(text).text(&mut [0; 48]), canonical);
        }
    }

    #[test]
    fn other_text_is_no_number() {
        for text in [
            "",
            "-",
            "+",
            ".",
            "-.",
            "1e5",
            "1,5",
            "1 000",
            " 1",
            "1 ",
            "--1",
            "1.2.3",
            "٣",
            "NaN",
            "inf",
            "0x1",
            "100000000000000000000000000000000000000",
            "0.000000000000000000000000000000000000001",
            "12345678901234567890123456789012345678901",
        ] {
            assert_eq!(Exact::parse(text), None, "{text}");
        }
    }

    #[test]
    fn steps_floor_negative_numbers_too() {
        for (number, step, steps) in [
            ("37", "10", 3),
            ("-37", "10", -4),
            ("-40", "10", -4),
            ("0.3", "0.1", 3),
            ("7", "2.5", 2),
            ("-0.01", "1", -1),
            ("-0.00000000000000000000000000000000000001", "10", -1),
            ("0.00000000000000000000000000000000000001", "10", 0),
        ] {
            assert_eq!(exact(number).steps(exact(step)), Some(steps), "{number} by {step}");
        }
    }

    #[test]
    fn rounding_moves_halves_away_from_zero() {
        for (number, scale, rounded) in [
            ("2.5", 0, "3"),
            ("-2.5", 0, "-3"),
            ("2.49", 0, "2"),
            ("1.005", 2, "1.01"),
            ("7", 2, "7.00"),
            ("-0.4", 0, "0"),
        ] {
            assert_eq!(exact(number).rounded(scale).expect("fits").text(&mut [0; 48]), rounded, "{number}");
        }
    }

    #[test]
    fn numbers_compare_whatever_their_decimals() {
        let long = exact("99999999999999999999999999999999999999");
        let short = exact("0.00000000000000000000000000000000000001");
        assert_eq!(exact("1.50").compare(exact("1.5")), Ordering::Equal);
        assert_eq!(long.compare(short), Ordering::Greater);
        assert_eq!(short.compare(long), Ordering::Less);
        assert_eq!(Exact::new(-long.units, 0).compare(short), Ordering::Less);
        assert_eq!(short.compare(Exact::new(-long.units, 0)), Ordering::Greater);
    }

    #[test]
    fn floats_are_the_numbers_that_they_print() {
        let mut text = String::new();
        for (float, printed) in
            [(0.1, "0.1"), (-2.5, "-2.5"), (42.0, "42"), (1e22, "10000000000000000000000"), (-0.0, "0")]
        {
            let number = Exact::from_float(float, &mut text).expect("finite");
            assert_eq!(number.text(&mut [0; 48]), printed);
            assert!((number.to_float() - float).abs() < f64::EPSILON);
        }
        assert_eq!(Exact::from_float(0.1_f32, &mut text), Some(Exact::new(1, 1)));
        assert_eq!(Exact::from_float(1e-300, &mut text).map(|tiny| tiny.units), Some(0));
        for float in [f64::NAN, f64::INFINITY, -1e38] {
            assert_eq!(Exact::from_float(float, &mut text), None);
        }
        let seventeen = 0.1_f64 + 0.2;
        let back = Exact::from_float(seventeen, &mut text).expect("finite").to_float();
        assert_eq!(back.to_bits(), seventeen.to_bits());
    }
}
