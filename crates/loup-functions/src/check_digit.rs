//! Check digits: Luhn (ISO/IEC 7812-1, annex B), Verhoeff (1969), MOD 11,10 (ISO 7064), modulus 97 (ISO 7064, MOD 97-10;
//! IBAN by ISO 13616).

/// A rule that gives decimal digits one more that depends on all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckDigit {
    /// Payment cards, IMEI, Swedish personal numbers.
    Luhn,
    /// Aadhaar.
    Verhoeff,
    /// German tax ids.
    Mod11And10,
}

impl CheckDigit {
    /// Returns the digit, 0 to 9, that follows `digits`, each 0 to 9.
    pub(crate) fn of(self, digits: &[u8]) -> u8 {
        match self {
            Self::Luhn => luhn(digits),
            Self::Verhoeff => verhoeff(digits),
            Self::Mod11And10 => mod_11_10(digits),
        }
    }

    /// Returns how far a check digit lies from the one that `digits` ask for: 0 where it is right.
    pub(crate) fn distance(self, digits: &[u8], check: u8) -> u8 {
        (check + 10 - self.of(digits)) % 10
    }

    /// Returns the check digit that lies so far from the one that `digits` ask for.
    pub(crate) fn at_distance(self, digits: &[u8], distance: u8) -> u8 {
        (self.of(digits) + distance) % 10
    }

    /// Returns whether the last of `digits` is the one the others ask for.
    pub(crate) fn holds(self, digits: &[u8]) -> bool {
        digits.split_last().is_some_and(|(last, rest)| self.of(rest) == *last)
    }
}

fn luhn(digits: &[u8]) -> u8 {
    let doubled = |digit: u8| if digit < 5 { 2 * digit } else { 2 * digit - 9 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(i, &d)| u32::from(if i % 2 == 0 { doubled(d) } else { d })).sum();
    ((10 - sum % 10) % 10) as u8
}

/// Multiplication in the dihedral group of ten elements.
const PRODUCT: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// What a digit counts as, by its place from the right.
const PLACED: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

const INVERSE: [u8; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];

fn verhoeff(digits: &[u8]) -> u8 {
    let fold = |sum: u8, (i, &digit): (usize, &u8)| {
        PRODUCT[usize::from(sum)][usize::from(PLACED[(i + 1) % 8][usize::from(digit)])]
    };
    INVERSE[usize::from(digits.iter().rev().enumerate().fold(0, fold))]
}

fn mod_11_10(digits: &[u8]) -> u8 {
    let product = digits.iter().fold(10, |product, &digit| {
        let sum = (product + digit) % 10;
        2 * (if sum == 0 { 10 } else { sum }) % 11
    });
    (11 - product) % 10
}

/// Returns an ASCII text of digits and letters (A is 10, Z is 35, either case) as a number modulo 97; None for any other.
pub(crate) fn mod_97(text: &[u8]) -> Option<u32> {
    mod_97_on(0, text)
}

/// Goes on with a text whose first part left a rest.
fn mod_97_on(rest: u32, text: &[u8]) -> Option<u32> {
    text.iter().try_fold(rest, |rest: u32, byte| {
        let value = char::from(*byte).to_digit(36)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}

/// Returns the two check digits, 2 to 98, of an IBAN of this country and account part.
pub(crate) fn iban_check(country: [u8; 2], account: &[u8]) -> Option<u32> {
    let rest = mod_97_on(mod_97(account)?, &country)?;
    mod_97_on(rest, b"00").map(|rest| 98 - rest)
}

/// Returns whether an IBAN without blanks has the check digits its other characters ask for.
pub(crate) fn iban_holds(iban: &[u8]) -> bool {
    if iban.len() < 5 || !iban[..2].iter().all(u8::is_ascii_alphabetic) || !iban[2..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (head, account) = iban.split_at(4);
    let rearranged: Vec<u8> = account.iter().chain(head).copied().collect();
    // 00, 01 and 99 leave the same rests as 97, 98 and 02, and are never given.
    !matches!(&head[2..], b"00" | b"01" | b"99") && mod_97(&rearranged) == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn luhn_holds_for_the_card_schemes_test_numbers() {
        for number in ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "79927398713"] {
            assert!(CheckDigit::Luhn.holds(&digits(number)), "{number}");
        }
        assert!(!CheckDigit::Luhn.holds(&digits("4111111111111112")));
        assert!(!CheckDigit::Luhn.holds(&[]));
    }

    #[test]
    fn verhoeff_gives_the_digits_of_the_literature() {
        for (number, check) in
            [("236", 3), ("12345", 1), ("142857", 0), ("123456789012", 0), ("84736430954837284567892", 2)]
        {
            assert_eq!(CheckDigit::Verhoeff.of(&digits(number)), check, "{number}");
        }
    }

    #[test]
    fn verhoeff_finds_each_wrong_digit_and_each_swap() {
        let number = digits("2363");
        assert!(CheckDigit::Verhoeff.holds(&number));
        for place in 0..number.len() {
            for digit in (0..10).filter(|digit| *digit != number[place]) {
                let mut wrong = number.clone();
                wrong[place] = digit;
                assert!(!CheckDigit::Verhoeff.holds(&wrong), "{wrong:?}");
            }
        }
        assert!(!CheckDigit::Verhoeff.holds(&digits("3263")));
    }

    #[test]
    fn mod_11_10_gives_the_digits_of_other_tools() {
        // python-stdnum 2.2: stdnum.iso7064.mod_11_10.calc_check_digit.
        for (number, check) in [("3657426180", 9), ("0123456789", 6), ("794", 6), ("0", 2), ("9999999999", 4)] {
            assert_eq!(CheckDigit::Mod11And10.of(&digits(number)), check, "{number}");
        }
    }

    #[test]
    fn iban_examples_of_the_registry_hold() {
        for iban in [
            "GB82WEST12345698765432",
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "SE4550000000058398257466",
        ] {
            assert!(iban_holds(iban.as_bytes()), "{iban}");
            let bytes = iban.as_bytes();
            let check = iban_check([bytes[0], bytes[1]], &bytes[4..]);
            assert_eq!(check.map(|check| format!("{check:02}")).as_deref(), Some(&iban[2..4]), "{iban}");
        }
        assert!(!iban_holds(b"GB82WEST12345698765433"));
        assert!(!iban_holds(b"GB8"));
        assert!(!iban_holds("GB82WÉST12345698765432".as_bytes()));
    }
}
