//! Numbers of accounts and persons: cards, IBAN, social security, Aadhaar and PAN.

use super::number::{Gap, Number};
use super::{Found, PiiKind, is_end};
use crate::check_digit::{CheckDigit, iban_holds};

/// The most letters and digits of an IBAN.
const LONGEST_IBAN: usize = 34;

/// Returns where the word around a digit starts, looking back as far as any account needs.
pub(super) fn word_start(bytes: &[u8], digit: usize, from: usize) -> usize {
    let before = bytes[from..digit].iter().rev().take(6).take_while(|byte| byte.is_ascii_alphanumeric());
    digit - before.count()
}

/// Returns the card number that a number starts with: the longest of a card scheme that Luhn holds for.
pub(super) fn card(number: &Number<'_>) -> Option<(usize, usize)> {
    (1..=number.count()).rev().find_map(|groups| {
        let digits = number.digits(groups);
        let (lengths, count) = number.lengths(groups);
        let grouped = lengths[..count - 1].iter().all(|length| (4..=6).contains(length))
            && number.gaps(groups).iter().all(|gap| matches!(gap, Gap::Blank | Gap::Hyphen));
        if !grouped || !is_card_scheme(digits) || !CheckDigit::Luhn.holds(digits) {
            return None;
        }
        number.whole(groups)
    })
}

/// Returns whether a number has the start and the length of a card scheme (ISO/IEC 7812 issuer ranges).
fn is_card_scheme(digits: &[u8]) -> bool {
    let start = digits.iter().take(4).fold(0, |start: u16, digit| start * 10 + u16::from(*digit));
    let length = digits.len();
    match start {
        1800 | 2131 | 3400..=3499 | 3700..=3799 => length == 15, // JCB's old ones, American Express
        2200..=2204 | 3500..=3599 | 8100..=8199 => (16..=19).contains(&length), // Mir, JCB, UnionPay
        2221..=2720 | 5100..=5599 => length == 16,               // Mastercard
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&length), // Diners Club
        4000..=4999 => matches!(length, 13 | 16 | 19),           // Visa
        5000..=5099 | 5600..=5899 | 6000..=6999 => (12..=19).contains(&length), // Maestro, Discover, UnionPay, RuPay
        _ => false,
    }
}

/// Returns the Aadhaar number that a number starts with.
pub(super) fn aadhaar(number: &Number<'_>) -> Option<(usize, usize)> {
    [1, 3].into_iter().filter(|groups| *groups <= number.count()).find_map(|groups| {
        let (lengths, count) = number.lengths(groups);
        let grouped = matches!(lengths[..count], [12] | [4, 4, 4])
            && number.gaps(groups).iter().all(|gap| matches!(gap, Gap::Blank | Gap::Hyphen));
        let digits = number.digits(groups);
        if !grouped || digits[0] < 2 || !CheckDigit::Verhoeff.holds(digits) {
            return None;
        }
        number.whole(groups)
    })
}

/// Returns the social security number that a number starts with.
pub(super) fn ssn(number: &Number<'_>) -> Option<(usize, usize)> {
    let groups = 3;
    if number.count() < groups || number.plus || number.lengths(groups).0[..3] != [3, 2, 4] {
        return None;
    }
    let gaps = number.gaps(groups);
    let digits = number.digits(groups);
    // Never given: areas 000 and 666, group 00, serial 0000. Areas from 900 are taxpayer numbers, personal too.
    let given = !matches!(digits[..3], [0, 0, 0] | [6, 6, 6]) && digits[3..5] != [0, 0] && digits[5..] != [0; 4];
    if !given || gaps[0] != gaps[1] || gaps[0] == Gap::Other {
        return None;
    }
    number.whole(groups)
}

/// Returns the IBAN that starts at a place where two letters are, in one or in groups of four with blanks between.
pub(super) fn iban(text: &str, start: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let mut plain = [0; LONGEST_IBAN];
    let (mut length, mut place, mut end) = (0, start, None);
    loop {
        let is_marked = bytes.get(place).is_some_and(u8::is_ascii_alphanumeric);
        if is_marked && length < LONGEST_IBAN {
            plain[length] = bytes[place].to_ascii_uppercase();
            (length, place) = (length + 1, place + 1);
            continue;
        }
        if length >= 15 && is_end(text, place) && iban_holds(&plain[..length]) {
            end = Some(place);
        }
        let goes_on = !is_marked && length % 4 == 0 && matches!(bytes.get(place), Some(b' ' | b'-'));
        if !goes_on || !bytes.get(place + 1).is_some_and(u8::is_ascii_alphanumeric) {
            break;
        }
        place += 1;
    }
    end.map(|end| Found { start, end, kind: PiiKind::Iban })
}

/// Returns the Indian tax number that starts at a place where five letters are.
pub(super) fn pan(text: &str, start: usize) -> Option<Found> {
    let word = text.as_bytes().get(start..start + 10)?;
    let (letters, rest) = word.split_at(5);
    let (digits, last) = rest.split_at(4);
    // The fourth letter tells who holds it: a company, a person, a trust, ..
    let is_pan = letters.iter().chain(last).all(u8::is_ascii_uppercase)
        && b"ABCEFGHJLPT".contains(&letters[3])
        && digits.iter().all(u8::is_ascii_digit)
        && is_end(text, start + 10);
    is_pan.then_some(Found { start, end: start + 10, kind: PiiKind::Pan })
}
