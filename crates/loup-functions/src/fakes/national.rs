//! National numbers of persons, with their check digits, in ranges that are never issued where there are such.

use super::code::{self, Code};
use super::dice::Dice;
use super::fake::Ask;
use super::parameters::PLAUSIBLE;
use crate::calendar;
use crate::check_digit::CheckDigit;
use crate::locale::Locale;

/// The number that a person has with the government of a locale.
pub(crate) fn government_id(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    match ask.locale {
        Locale::DeDe => tax_id(ask, dice, out),
        Locale::EnAu => tax_file_number(dice, out),
        Locale::EnGb => insurance_number(ask, dice, out),
        Locale::EnIn => aadhaar(ask, dice, out),
        Locale::EnUs => social_security_number(ask, dice, out),
        Locale::FrFr => registration_number(ask, dice, out),
        Locale::SvSe => personal_number(ask, dice, out),
    }
}

/// India: 11 digits and a Verhoeff digit. UIDAI issues none that start with 0 or 1 (A UID Numbering Scheme, 2010).
pub(crate) fn aadhaar(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let first = if ask.choice == PLAUSIBLE { 2 + dice.below(8) } else { dice.below(2) };
    out.number(u64::from(first), 1);
    out.pattern("##########", dice);
    close(out, CheckDigit::Verhoeff);
}

/// United States: area, group and serial number. No area from 900 is issued, nor 000 and 666, nor group 00 and serial
/// 0000 (20 CFR 422.103; SSA, randomization, 2011). Under 9xx the tax office's numbers take groups from 50.
pub(crate) fn social_security_number(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let (area, groups) = if ask.choice == PLAUSIBLE {
        let area = 1 + dice.below(898);
        (if area >= 666 { area + 1 } else { area }, 99)
    } else {
        (900 + dice.below(100), 49)
    };
    out.number(u64::from(area), 3);
    out.push(b'-');
    out.number(1 + u64::from(dice.below(groups)), 2);
    out.push(b'-');
    out.number(1 + u64::from(dice.below(9_999)), 4);
}

/// United Kingdom: two letters, six digits, A to D. The prefix QQ is never allocated (HMRC, NIM39110).
fn insurance_number(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    const FIRST: &[u8] = b"ABCEGHJKLMNOPRSTWXYZ";
    const SECOND: &[u8] = b"ABCEGHJKLMNPRSTWXYZ";
    const NEVER: [[u8; 2]; 7] = [*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"];
    let mut prefix = *b"QQ";
    if ask.choice == PLAUSIBLE {
        prefix = [dice.one_of(FIRST), dice.one_of(SECOND)];
        while NEVER.contains(&prefix) {
            prefix = [dice.one_of(FIRST), dice.one_of(SECOND)];
        }
    }
    out.push(prefix[0]);
    out.push(prefix[1]);
    out.pattern("######", dice);
    out.push(dice.one_of(b"ABCD"));
}

/// Australia: nine digits whose weighted sum is a multiple of 11. No range is known to be kept free.
fn tax_file_number(dice: &mut Dice<'_>, out: &mut Code) {
    const WEIGHTS: [u32; 8] = [1, 4, 3, 7, 5, 8, 6, 9];
    let mut digits: [u32; 8] = std::array::from_fn(|place| if place == 0 { 1 + dice.below(9) } else { dice.below(10) });
    // The last weight is 10, so the last digit is the others' sum modulo 11, which must not be 10.
    let sum = |digits: &[u32; 8]| digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    while sum(&digits) == 10 {
        digits[7] = (digits[7] + 1) % 10;
    }
    for digit in digits {
        out.number(u64::from(digit), 1);
    }
    out.number(u64::from(sum(&digits)), 1);
}

/// Germany: ten digits, of which one stands twice and none more often, and a check digit by ISO 7064, MOD 11,10. None
/// that is issued starts with 0 (Bayerisches Landesamt für Steuern, Prüfung der Steuer- und
/// Steueridentifikationsnummer).
fn tax_id(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let mut digits: [u8; 10] = std::array::from_fn(|digit| digit as u8);
    if ask.choice == PLAUSIBLE {
        digits.swap(0, 1 + dice.below(9) as usize);
    }
    for place in 1..9 {
        digits.swap(place, place + dice.below(10 - place as u32) as usize);
    }
    let again = 1 + dice.below(9) as usize;
    let other = dice.below(9) as usize;
    digits[again] = digits[if other >= again { other + 1 } else { other }];
    for digit in digits {
        out.number(u64::from(digit), 1);
    }
    close(out, CheckDigit::Mod11And10);
}

/// France: sex, year, month, department, commune, order and the key 97 - n mod 97. Orders are 001 to 999 (INSEE), so
/// nobody has 000.
fn registration_number(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let department = 1 + u64::from(dice.below(94));
    let order = if ask.choice == PLAUSIBLE { 1 + dice.below(999) } else { 0 };
    // Corsica's 20 has given way to 2A and 2B.
    let parts = [
        (1 + u64::from(dice.below(2)), 1),
        (u64::from(dice.below(100)), 2),
        (1 + u64::from(dice.below(12)), 2),
        (if department >= 20 { department + 1 } else { department }, 2),
        (1 + u64::from(dice.below(700)), 3),
        (u64::from(order), 3),
    ];
    let mut number = 0;
    for (part, digits) in parts {
        out.number(part, digits as usize);
        number = number * 10_u64.pow(digits) + part;
    }
    out.number(97 - number % 97, 2);
}

/// Sweden: birth date, birth number and a Luhn digit over the last nine. The tax agency's published test numbers have
/// the birth numbers 980 and 981 up to 1989, 238 and 239 from then on.
pub(crate) fn personal_number(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut Code) {
    let (year, month, day) = calendar::date_from_days(birth_day(dice));
    let birth_number = match (ask.choice, year) {
        (PLAUSIBLE, _) => 1 + dice.below(999),
        (_, ..=1989) => 980 + dice.below(2),
        _ => 238 + dice.below(2),
    };
    let mut short = Code::new();
    short.number(year as u64 % 100, 2);
    short.number(u64::from(month), 2);
    short.number(u64::from(day), 2);
    short.number(u64::from(birth_number), 3);
    close(&mut short, CheckDigit::Luhn);
    // 850709-9805 and 19850709-9805 are both common; the value says which.
    if code::digits(ask.value) != Some(10) {
        out.number(year as u64 / 100, 2);
    }
    for (place, byte) in short.as_bytes().iter().enumerate() {
        if place == 6 {
            out.push(b'-');
        }
        out.push(*byte);
    }
}

/// Codes of India's states and territories on licences and plates.
pub(crate) const INDIAN_STATES: &[&str] = &[
    "AN", "AP", "AR", "AS", "BR", "CG", "CH", "DD", "DL", "GA", "GJ", "HP", "HR", "JH", "JK", "KA", "KL", "LA", "LD",
    "MH", "ML", "MN", "MP", "MZ", "NL", "OD", "PB", "PY", "RJ", "SK", "TN", "TR", "TS", "UK", "UP", "WB",
];

/// Draws a birth day of an age of 18 to 90 years on 2025-01-01, the day that ages are counted to for ever.
pub(crate) fn birth_day(dice: &mut Dice<'_>) -> i64 {
    // From 1934-01-02, whose children are 90, to 2007-01-01, whose children are 18.
    let first = calendar::days_from_date(1934, 1, 2);
    let days = calendar::days_from_date(2007, 1, 2) - first;
    first + i64::from(dice.below(days as u32))
}

/// Appends the check digit of the digits so far.
pub(crate) fn close(out: &mut Code, rule: CheckDigit) {
    let digit = rule.of(&out.digits());
    out.push(b'0' + digit);
}

#[cfg(test)]
mod tests {
    use super::super::dice::Dice;
    use super::*;

    fn drawn(choice: usize, value: &str, seed: u32, draw: fn(&Ask<'_>, &mut Dice<'_>, &mut Code)) -> String {
        let digest = super::super::test_digest(seed);
        let ask = Ask { value: value.as_bytes(), locale: Locale::EnUs, choice, most: usize::MAX };
        let mut code = Code::new();
        draw(&ask, &mut Dice::new(&digest), &mut code);
        String::from_utf8(code.as_bytes().to_vec()).expect("ASCII")
    }

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
    }

    #[test]
    fn aadhaar_numbers_hold_and_start_as_no_issued_one() {
        for seed in 0..100_000 {
            let number = drawn(0, "", seed, aadhaar);
            assert!(number.len() == 12 && CheckDigit::Verhoeff.holds(&digits(&number)), "{number}");
            assert!(number.starts_with(['0', '1']), "{number}");
            let number = drawn(PLAUSIBLE, "", seed, aadhaar);
            assert!(CheckDigit::Verhoeff.holds(&digits(&number)) && number.as_bytes()[0] >= b'2', "{number}");
        }
    }

    #[test]
    fn social_security_numbers_are_in_areas_that_are_never_issued() {
        for seed in 0..100_000 {
            let number = drawn(0, "", seed, social_security_number);
            let part = |range: std::ops::Range<usize>| number[range].parse::<u32>().expect("digits");
            assert!((900..=999).contains(&part(0..3)) && (1..=49).contains(&part(4..6)) && part(7..11) > 0, "{number}");
            let number = drawn(PLAUSIBLE, "", seed, social_security_number);
            let area: u32 = number[..3].parse().expect("digits");
            assert!((1..=899).contains(&area) && area != 666 && &number[4..6] != "00", "{number}");
        }
    }

    #[test]
    fn insurance_numbers_have_a_prefix_that_is_never_allocated() {
        for seed in 0..100_000 {
            let number = drawn(0, "", seed, insurance_number);
            assert!(
                number.len() == 9 && number.starts_with("QQ") && number.ends_with(['A', 'B', 'C', 'D']),
                "{number}"
            );
            let number = drawn(PLAUSIBLE, "", seed, insurance_number);
            assert!(!number.starts_with("QQ") && !number.starts_with("GB") && !number[..2].contains('D'), "{number}");
        }
    }

    #[test]
    fn tax_file_numbers_hold() {
        for seed in 0..100_000 {
            let number = drawn(0, "", seed, |_, dice, out| tax_file_number(dice, out));
            let sum: u32 =
                digits(&number).iter().zip([1, 4, 3, 7, 5, 8, 6, 9, 10]).map(|(d, w)| u32::from(*d) * w).sum();
            assert!(number.len() == 9 && sum.is_multiple_of(11) && !number.starts_with('0'), "{number}");
        }
    }

    #[test]
    fn tax_ids_repeat_one_digit_and_hold() {
        for seed in 0..100_000 {
            for choice in [0, PLAUSIBLE] {
                let number = drawn(choice, "", seed, tax_id);
                let all = digits(&number);
                assert!(all.len() == 11 && CheckDigit::Mod11And10.holds(&all), "{number}");
                assert_eq!(number.starts_with('0'), choice == 0, "{number}");
                let distinct: std::collections::HashSet<_> = all[..10].iter().collect();
                assert_eq!(distinct.len(), 9, "{number}");
            }
        }
    }

    #[test]
    fn registration_numbers_have_their_key_and_no_order() {
        for seed in 0..100_000 {
            let number = drawn(0, "", seed, registration_number);
            let (body, key) = number.split_at(13);
            let body_number: u64 = body.parse().expect("digits");
            assert_eq!(97 - body_number % 97, key.parse::<u64>().expect("digits"), "{number}");
            assert!(number.len() == 15 && body.ends_with("000") && &body[5..7] != "20", "{number}");
        }
    }

    #[test]
    fn personal_numbers_hold_in_both_lengths() {
        for seed in 0..100_000 {
            let long = drawn(0, "", seed, personal_number);
            let short = drawn(0, "850709-9805", seed, personal_number);
            assert!(long.len() == 13 && long.ends_with(&short), "{long} {short}");
            assert!(CheckDigit::Luhn.holds(&digits(&short)), "{short}");
            let birth_number = &short[7..10];
            assert!(["980", "981", "238", "239"].contains(&birth_number), "{short}");
            let year: i64 = long[..4].parse().expect("digits");
            assert!((1934..=2007).contains(&year), "{long}");
        }
    }
}
