//! Telephone numbers, as people write them.

use super::is_end;
use super::number::{Gap, Number};

/// Returns the telephone number that a number starts with, with its extension.
pub(super) fn phone(number: &Number<'_>) -> Option<(usize, usize)> {
    (1..=number.count()).rev().find_map(|groups| {
        let end = end(number, groups)?;
        is_phone(number, groups).then_some((number.start, end))
    })
}

/// Returns where a number of these groups ends, an extension included; None when more of the same follows.
fn end(number: &Number<'_>, groups: usize) -> Option<usize> {
    let (after, end) = number.after(groups);
    let extension = after.trim_start_matches([' ', ',']);
    let mark = ["ext.", "ext", "x", "#"]
        .into_iter()
        .find(|mark| extension.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)));
    if let Some(mark) = mark.filter(|_| after.len() - extension.len() <= 2) {
        let digits = extension[mark.len()..].trim_start_matches([' ', ':']);
        let count = digits.bytes().take(7).take_while(u8::is_ascii_digit).count();
        let skipped = after.len() - digits.len();
        if (1..=6).contains(&count) && skipped <= 8 && is_end(digits, count) {
            return Some(end + skipped + count);
        }
    }
    let goes_on = matches!(after.as_bytes(), [b'.' | b'-' | b'/' | b':', next, ..] if next.is_ascii_digit());
    (is_end(after, 0) && !goes_on).then_some(end)
}

fn is_phone(number: &Number<'_>, groups: usize) -> bool {
    let digits = number.digits(groups);
    let count = digits.len();
    let (lengths, _) = number.lengths(groups);
    let (lengths, gaps) = (&lengths[..groups], number.gaps(groups));
    if number.plus {
        return (7..=15).contains(&count);
    }
    if number.is_decimal() || is_date(number, lengths, gaps) {
        return false;
    }
    let area = |digit: u8| (2..=9).contains(&digit);
    match lengths {
        _ if number.bracket => (7..=13).contains(&count),
        [10] => digits[0] == 0 || (area(digits[0]) && area(digits[3])),
        [11] => digits[0] == 0 || (digits[0] == 1 && area(digits[1]) && area(digits[4])),
        [_] => count >= 12 && digits[..2] == [0, 0],
        // North America: 555-123-4567, 1 555 123 4567. India: 98765 43210.
        [3, 3, 4] | [3, 7] => true,
        [1, 3, 3, 4] | [1, 3, 7] => digits[0] == 1,
        [5, 5] => digits[0] >= 6,
        // A social security or Aadhaar number that cannot be one is no telephone number either.
        [3, 2, 4] | [4, 4, 4] => false,
        _ if !number.fresh => false,
        _ if digits[0] == 0 => (9..=14).contains(&count),
        // Groups of any plan, where no other digits stand around them.
        _ => groups == number.count() && (7..=12).contains(&count) && is_grouped(lengths, gaps, digits),
    }
}

/// Returns whether three groups are a day, a month and a year.
fn is_date(number: &Number<'_>, lengths: &[u8], gaps: &[Gap]) -> bool {
    let value = |group: usize| number.group(group).parse::<u32>().unwrap_or(u32::MAX);
    let day_and_month = |a: usize, b: usize| (1..=31).contains(&value(a)) && (1..=31).contains(&value(b));
    match lengths {
        [4, 1 | 2, 1 | 2, ..] => (1000..=2999).contains(&value(0)) && day_and_month(1, 2),
        [1 | 2, 1 | 2, 4] => gaps[0] == gaps[1] && (1000..=2999).contains(&value(2)) && day_and_month(0, 1),
        _ => false,
    }
}

/// Returns whether groups are those of a telephone number, and not a range of years, thousands with dots, two numbers side
/// by side or a postcode.
fn is_grouped(lengths: &[u8], gaps: &[Gap], digits: &[u8]) -> bool {
    let is_year = |digits: &[u8]| matches!(digits, [1, 8 | 9, ..] | [2, 0, ..]);
    let alike = gaps.iter().all(|gap| *gap == gaps[0]) || gaps.contains(&Gap::Other);
    let blank = gaps[0] == Gap::Blank;
    alike
        && match lengths {
            [4, 4] => !(is_year(&digits[..4]) && is_year(&digits[4..])),
            [5, 4] | [4, 3] => !matches!(gaps[0], Gap::Blank | Gap::Hyphen),
            [a, b] => {
                lengths.iter().all(|length| (2..=7).contains(length))
                    && (!blank || matches!((a, b), (3, 4) | (2, 6 | 7)))
            }
            [first, rest @ ..] => {
                let thousands = *first <= 3 && gaps[0] == Gap::Dot && rest.iter().all(|length| *length == 3);
                !thousands && lengths.iter().all(|length| (2..=5).contains(length))
            }
            [] => false,
        }
}
