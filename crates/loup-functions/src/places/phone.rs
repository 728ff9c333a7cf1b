//! Telephone numbers: their shape, the part of it that stays, and digits that could stand there.

use crate::draw::Draws;
use crate::locale::Locale;

/// A numbering plan whose rules are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    India,
    NorthAmerica,
    /// First national digits of mobile numbers; a mobile number stays one.
    Mobile(&'static [u8]),
    Other,
}

/// What is known of a number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    plan: Plan,
    /// Digits that stay: country code and trunk 0.
    kept: usize,
    /// How many digits there are, and where in the text.
    digits: usize,
    places: [u8; MOST],
    /// The first digit after those that stay.
    lead: u8,
}

/// The most digits a number has (E.164).
const MOST: usize = 15;
/// The most bytes a number is written in, separators and all.
const LONGEST: usize = 40;
/// The fewest digits a number has.
const FEWEST: usize = 7;

/// Country codes of two digits (ITU-T E.164); 1 and 7 have one, all others three.
const TWO_DIGIT_CODES: &[u8] = &[
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62,
    63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// Reads the shape of a number; None when the text has letters, or too few or too many digits.
pub(crate) fn shape(text: &[u8], locale: Locale) -> Option<Shape> {
    if text.len() > LONGEST {
        return None;
    }
    let (mut digits, mut places) = ([0_u8; MOST], [0_u8; MOST]);
    let (mut count, mut plus) = (0, false);
    for (place, &byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                *digits.get_mut(count)? = byte - b'0';
                places[count] = place as u8;
                count += 1;
            }
            b'+' if count == 0 && !plus => plus = true,
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' => {}
            _ => return None,
        }
    }
    if count < FEWEST {
        return None;
    }
    let digits = &digits[..count];
    let (plan, mut kept) = prefix(digits, plus, text, locale);
    if digits[kept] == 0 {
        kept += 1;
    }
    Some(Shape { plan, kept, digits: count, places, lead: digits[kept] })
}

/// Returns the numbering plan and how many digits the country code takes.
fn prefix(digits: &[u8], plus: bool, text: &[u8], locale: Locale) -> (Plan, usize) {
    let (country, national) = if plus { (0, digits) } else { (2, digits.get(2..).unwrap_or_default()) };
    if plus || (digits.starts_with(&[0, 0]) && digits.len() >= 11) {
        let length = code_length(national);
        return (plan_of(&national[..length]), country + length);
    }
    match digits {
        [9, 1, 6..=9, ..] if digits.len() == 12 => (Plan::India, 2),
        [1, 2..=9, _, _, 2..=9, ..] if digits.len() == 11 => (Plan::NorthAmerica, 1),
        // 98765 43210 is how Indian mobiles are written, and written nowhere else.
        [6..=9, ..] if digits.len() == 10 && text.get(5) == Some(&b' ') && text.len() == 11 => (Plan::India, 0),
        _ => (plan_of_locale(locale), 0),
    }
}

/// Returns how many digits the country code takes, of the digits after the plus sign.
pub(crate) fn code_length(digits: &[u8]) -> usize {
    match digits {
        [1 | 7, ..] => 1,
        [a, b, ..] if TWO_DIGIT_CODES.contains(&(a * 10 + b)) => 2,
        _ => 3,
    }
}

fn plan_of(code: &[u8]) -> Plan {
    match code {
        [1] => Plan::NorthAmerica,
        [9, 1] => Plan::India,
        [4, 4] => plan_of_locale(Locale::EnGb),
        [6, 1] => plan_of_locale(Locale::EnAu),
        [3, 3] => plan_of_locale(Locale::FrFr),
        [4, 9] => plan_of_locale(Locale::DeDe),
        [4, 6] => plan_of_locale(Locale::SvSe),
        _ => Plan::Other,
    }
}

fn plan_of_locale(locale: Locale) -> Plan {
    match locale {
        Locale::EnIn => Plan::India,
        Locale::EnUs => Plan::NorthAmerica,
        Locale::EnGb | Locale::SvSe => Plan::Mobile(&[7]),
        Locale::EnAu => Plan::Mobile(&[4]),
        Locale::FrFr => Plan::Mobile(&[6, 7]),
        Locale::DeDe => Plan::Mobile(&[1]),
    }
}

/// Returns a number in the locale's format, for values that have no shape of their own.
pub(crate) const fn template(locale: Locale) -> &'static str {
    match locale {
        Locale::DeDe => "0151 23456789",
        Locale::EnAu => "0412 345 678",
        Locale::EnGb => "07700 900123",
        Locale::EnIn => "+91-9876543210",
        Locale::EnUs => "(212) 555-0123",
        Locale::FrFr => "06 12 34 56 78",
        Locale::SvSe => "070-123 45 67",
    }
}

/// Writes the number with new digits into as many bytes as the text has: separators, country code and trunk 0 stay.
pub(crate) fn write(text: &[u8], shape: &Shape, digest: &[u8; 32], out: &mut [u8]) {
    out.copy_from_slice(text);
    let mut draws = Draws::new(digest);
    for (position, place) in shape.places[shape.kept..shape.digits].iter().enumerate() {
        out[usize::from(*place)] = b'0' + shape.draw(position, &mut draws);
    }
}

impl Shape {
    /// Draws the digit at a position of the national number.
    #[inline]
    fn draw(&self, position: usize, draws: &mut Draws<'_>) -> u8 {
        let national = self.digits - self.kept;
        match (self.plan, position) {
            (Plan::India, 0) if national == 10 => draws.one_of(&[6, 7, 8, 9]),
            // Area code and exchange, or the exchange alone.
            (Plan::NorthAmerica, 0) if national == 10 || national == 7 => 2 + draws.below(8),
            (Plan::NorthAmerica, 3) if national == 10 => 2 + draws.below(8),
            (Plan::Mobile(leads), 0) if leads.contains(&self.lead) => draws.one_of(leads),
            (_, 0) => 1 + draws.below(9),
            _ => draws.below(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, locale: Locale) -> Option<usize> {
        shape(text.as_bytes(), locale).map(|shape| shape.kept)
    }

    #[test]
    fn country_code_and_trunk_zero_stay() {
        for (text, expected) in [
            ("+91-9876543210", 2),
            ("919876543210", 2),
            ("98765 43210", 0),
            ("09876543210", 1),
            ("(555) 123-4567", 0),
            ("+1-604-438-9279", 1),
            ("1-604-438-9279", 1),
            ("+44 (0)20 7946 0958", 3),
            ("0044 20 7946 0958", 4),
            ("+358 40 1234567", 3),
            ("020 7946 0958", 1),
        ] {
            assert_eq!(kept(text, Locale::EnUs), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_text_has_no_shape() {
        for text in
            ["", "123456", "1-800-FLOWERS", "555 1234 x99", "1234567890123456", "12345+67", "٠١٢٣٤٥٦٧", "++1234567"]
        {
            assert_eq!(kept(text, Locale::EnUs), None, "{text}");
        }
    }

    #[test]
    fn templates_have_a_shape_of_their_own() {
        for locale in Locale::ALL {
            assert!(shape(template(locale).as_bytes(), locale).is_some(), "{locale:?}");
        }
    }

    #[test]
    fn plans_start_as_their_numbers_do() {
        for seed in 0..=255_u8 {
            let digest = std::array::from_fn(|i| seed.wrapping_mul(31).wrapping_add((i as u8).wrapping_mul(97)));
            let drawn = |text: &str, locale| {
                let mut out = vec![0; text.len()];
                write(text.as_bytes(), &shape(text.as_bytes(), locale).expect("a number"), &digest, &mut out);
                String::from_utf8(out).expect("ASCII")
            };
            let first_is = |text: String, at: usize, allowed: &str| assert!(allowed.contains(&text[at..=at]), "{text}");
            first_is(drawn("+91-9876543210", Locale::EnUs), 4, "6789");
            first_is(drawn("98765 43210", Locale::EnUs), 0, "6789");
            first_is(drawn("(555) 123-4567", Locale::EnUs), 1, "23456789");
            first_is(drawn("(555) 123-4567", Locale::EnUs), 6, "23456789");
            first_is(drawn("0412 345 678", Locale::EnAu), 1, "4");
            first_is(drawn("020 7946 0958", Locale::EnGb), 1, "123456789");
        }
    }
}
