//! Bank account numbers (IBAN, ISO 13616) of the countries whose account part is known to the digit.

use super::code::Code;
use super::dice::Dice;
use crate::check_digit;
use crate::locale::Locale;

/// A country's account part (BBAN, from the registry of SWIFT): a pattern, and what its check digits are.
struct Country {
    code: [u8; 2],
    /// As [`Code::pattern`] has it. The bank's code stands first: one that no bank has.
    pattern: &'static str,
    national: National,
}

/// The check digits of the account part, written after or into it.
#[derive(Clone, Copy)]
enum National {
    None,
    /// 97 - n mod 97, two digits at the end (France).
    Key97,
    /// n mod 97, or 97 for 0, two digits at the end (Belgium).
    Rest97,
    /// ISO 7064 MOD 97-10, two digits at the end (Portugal).
    Mod97And10,
    /// Two digits of modulus 11 after bank and branch (Spain).
    Modulus11,
    /// Luhn, one digit at the end (Finland).
    Luhn,
    /// A letter at the start (Italy).
    Letter,
}

/// The countries. Bank codes are all zeros, or XXXX where they are letters, which no bank has; in Belgium 999, which
/// stands in the range of circular cheques; in Germany the first digit, the clearing area, is 0, which is none.
const COUNTRIES: &[Country] = &[
    country(*b"AT", "00000###########", National::None),
    country(*b"BE", "999#######", National::Rest97),
    country(*b"CH", "00000############", National::None),
    country(*b"DE", "0#################", National::None),
    country(*b"DK", "0000##########", National::None),
    country(*b"ES", "0000##############", National::Modulus11),
    country(*b"FI", "000##########", National::Luhn),
    country(*b"FR", "00000################", National::Key97),
    country(*b"GB", "XXXX00############", National::None),
    country(*b"IE", "XXXX00############", National::None),
    country(*b"IT", "00000#################", National::Letter),
    country(*b"LU", "000#############", National::None),
    country(*b"NL", "XXXX##########", National::None),
    country(*b"PL", "00000000################", National::None),
    country(*b"PT", "0000###############", National::Mod97And10),
    country(*b"SE", "000#################", National::None),
];

const fn country(code: [u8; 2], pattern: &'static str, national: National) -> Country {
    Country { code, pattern, national }
}

/// Draws an IBAN of the country that a value starts with, where that is one of the list; else of the locale's, and of
/// the United Kingdom where the locale's country has no IBAN.
pub(crate) fn draw(value: &[u8], locale: Locale, dice: &mut Dice<'_>, out: &mut Code) {
    let home = match locale {
        Locale::DeDe => *b"DE",
        Locale::FrFr => *b"FR",
        Locale::SvSe => *b"SE",
        Locale::EnAu | Locale::EnGb | Locale::EnIn | Locale::EnUs => *b"GB",
    };
    let given = value.get(..2).map(|code| [code[0].to_ascii_uppercase(), code[1].to_ascii_uppercase()]);
    // Other text than an IBAN may start with two such letters too.
    let is_iban = value.get(2..4).is_some_and(|check| check.iter().all(u8::is_ascii_digit)) && value.len() >= 15;
    let of = |code: [u8; 2]| COUNTRIES.iter().find(|country| country.code == code);
    let Some(country) = given.filter(|_| is_iban).and_then(of).or_else(|| of(home)) else { return };
    let account = account(country, dice);
    let check = check_digit::iban_check(country.code, account.as_bytes()).unwrap_or_default();
    out.push(country.code[0]);
    out.push(country.code[1]);
    out.number(u64::from(check), 2);
    for byte in account.as_bytes() {
        out.push(*byte);
    }
}

fn account(country: &Country, dice: &mut Dice<'_>) -> Code {
    let mut drawn = Code::new();
    drawn.pattern(country.pattern, dice);
    let digits = drawn.digits();
    let number = || digits.iter().fold(0_u128, |number, digit| number * 10 + u128::from(*digit));
    let mut account = Code::new();
    match country.national {
        National::None => return drawn,
        National::Key97 => drawn.number(97 - (number() * 100 % 97) as u64, 2),
        National::Rest97 => drawn.number(((number() + 96) % 97 + 1) as u64, 2),
        National::Mod97And10 => drawn.number(98 - (number() * 100 % 97) as u64, 2),
        National::Luhn => super::national::close(&mut drawn, check_digit::CheckDigit::Luhn),
        National::Modulus11 => {
            let (bank, rest) = digits.split_at(8);
            for digit in bank {
                account.number(u64::from(*digit), 1);
            }
            account.number(modulus_11(bank), 1);
            account.number(modulus_11(rest), 1);
            for digit in rest {
                account.number(u64::from(*digit), 1);
            }
            return account;
        }
        National::Letter => {
            account.push(cin(&digits));
            for byte in drawn.as_bytes() {
                account.push(*byte);
            }
            return account;
        }
    }
    drawn
}

/// Spain's digit: weights 1, 2, 4, .. 512 modulo 11 on ten places, filled with zeros at the start.
fn modulus_11(digits: &[u8]) -> u64 {
    let start = 10 - digits.len();
    let sum: u64 = digits.iter().enumerate().map(|(place, digit)| u64::from(*digit) << (start + place)).sum();
    match sum % 11 {
        rest @ (0 | 1) => rest,
        rest => 11 - rest,
    }
}

/// Italy's letter (CIN): digits at odd places count by a table, those at even ones as they are, modulo 26.
fn cin(digits: &[u8]) -> u8 {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let value = |(place, digit): (usize, &u8)| {
        if place.is_multiple_of(2) { ODD[usize::from(*digit)] } else { u32::from(*digit) }
    };
    b'A' + (digits.iter().enumerate().map(value).sum::<u32>() % 26) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(value: &str, locale: Locale, seed: u32) -> String {
        let mut out = Code::new();
        draw(value.as_bytes(), locale, &mut Dice::new(&super::super::test_digest(seed)), &mut out);
        String::from_utf8(out.as_bytes().to_vec()).expect("ASCII")
    }

    /// The lengths that the registry gives.
    const LENGTHS: &[(&str, usize)] = &[
        ("AT", 20),
        ("BE", 16),
        ("CH", 21),
        ("DE", 22),
        ("DK", 18),
        ("ES", 24),
        ("FI", 18),
        ("FR", 27),
        ("GB", 22),
        ("IE", 22),
        ("IT", 27),
        ("LU", 20),
        ("NL", 18),
        ("PL", 28),
        ("PT", 25),
        ("SE", 24),
    ];

    #[test]
    fn ibans_hold_and_are_as_long_as_their_country_has_them() {
        assert_eq!(LENGTHS.len(), COUNTRIES.len());
        for seed in 0..10_000 {
            for (code, length) in LENGTHS {
                let iban = drawn(&format!("{code}00 0000 0000 0000"), Locale::EnUs, seed);
                assert!(iban.starts_with(code) && iban.len() == *length, "{iban}");
                assert!(check_digit::iban_holds(iban.as_bytes()), "{iban}");
            }
        }
    }

    #[test]
    fn national_check_digits_are_those_of_real_examples() {
        // The examples of the registry, and the rule of python-stdnum's stdnum.es.ccc.
        assert_eq!(
            [modulus_11(b"\x02\x01\x00\x00\x00\x04\x01\x08"), modulus_11(&[0, 2, 0, 0, 0, 5, 1, 3, 3, 2])],
            [4, 5]
        );
        let digits: Vec<u8> = "0542811101000000123456".bytes().map(|byte| byte - b'0').collect();
        assert_eq!(cin(&digits), b'X');
    }

    #[test]
    fn text_that_is_no_iban_gets_the_locales_country() {
        for (locale, code) in [(Locale::DeDe, "DE"), (Locale::FrFr, "FR"), (Locale::SvSe, "SE"), (Locale::EnIn, "GB")] {
            for value in ["", "PLEASE ASK THE BANK", "ZZ12345678901234567", "PL"] {
                assert!(drawn(value, locale, 7).starts_with(code), "{value}");
            }
        }
    }
}
