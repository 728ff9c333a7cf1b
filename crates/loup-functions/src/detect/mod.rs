//! Personal data in free text: one scan that stops at the bytes such data must hold, and looks around them.
//!
//! Each stop looks at a bounded stretch of text, so the whole is linear in the text's length. What has a check digit is
//! taken only where it holds. Detection favours finding too much over too little.

mod account;
mod email;
mod network;
mod number;
mod telephone;

pub(crate) use network::SIX_TO_FOUR;

use number::Number;

/// A kind of personal data that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PiiKind {
    /// An e-mail address.
    Email,
    /// A payment card number, by its scheme and Luhn.
    Card,
    /// An International Bank Account Number, by modulus 97.
    Iban,
    /// A social security number of the United States.
    Ssn,
    /// A telephone number.
    Phone,
    /// An IPv4 or IPv6 address.
    Ip,
    /// An Indian resident's number, by Verhoeff.
    Aadhaar,
    /// An Indian tax number.
    Pan,
    /// A URL.
    Url,
}

impl PiiKind {
    /// Every kind, each at its own discriminant.
    pub(crate) const ALL: [Self; 9] =
        [Self::Email, Self::Card, Self::Iban, Self::Ssn, Self::Phone, Self::Ip, Self::Aadhaar, Self::Pan, Self::Url];

    /// Returns its name in SQL.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Ssn => "ssn",
            Self::Phone => "phone",
            Self::Ip => "ip",
            Self::Aadhaar => "aadhaar",
            Self::Pan => "pan",
            Self::Url => "url",
        }
    }
}

/// What was found, and where in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it starts.
    pub(crate) start: usize,
    /// Where it ends.
    pub(crate) end: usize,
    /// What it is.
    pub(crate) kind: PiiKind,
}

/// Finds some kinds of personal data.
#[derive(Debug)]
pub(crate) struct Detector {
    wanted: [bool; PiiKind::ALL.len()],
    /// The bytes to stop at.
    triggers: [bool; 256],
}

impl Detector {
    /// Makes a detector of these kinds.
    pub(crate) fn new(kinds: impl IntoIterator<Item = PiiKind>) -> Self {
        let mut detector = Self { wanted: [false; PiiKind::ALL.len()], triggers: [false; 256] };
        for kind in kinds {
            detector.wanted[kind as usize] = true;
            let triggers: &[u8] = match kind {
                PiiKind::Email => b"@",
                PiiKind::Ip => b":0123456789",
                PiiKind::Url => b":",
                _ => b"0123456789",
            };
            for byte in triggers {
                detector.triggers[usize::from(*byte)] = true;
            }
        }
        detector
    }

    /// Finds the first personal data at or after `from`, the end of what was found before.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<Found> {
        let bytes = text.as_bytes();
        let mut at = from;
        loop {
            at += bytes[at..].iter().position(|byte| self.triggers[usize::from(*byte)])?;
            let (found, resume) = match bytes[at] {
                b'@' => (email::around(text, at, from), at + 1),
                b':' => (self.around_colon(text, at, from), at + 1),
                _ => self.around_digit(text, at, from),
            };
            if found.is_some() {
                return found;
            }
            at = resume;
        }
    }

    fn wants(&self, kind: PiiKind) -> bool {
        self.wanted[kind as usize]
    }

    fn around_colon(&self, text: &str, colon: usize, from: usize) -> Option<Found> {
        let url = || network::url(text, colon, from).filter(|_| self.wants(PiiKind::Url));
        url().or_else(|| network::ipv6(text, colon, from).filter(|_| self.wants(PiiKind::Ip)))
    }

    /// Returns what the digit at `digit` belongs to, and where to go on when it is nothing.
    fn around_digit(&self, text: &str, digit: usize, from: usize) -> (Option<Found>, usize) {
        let bytes = text.as_bytes();
        let resume = number::run_end(bytes, digit);
        let word = account::word_start(bytes, digit, from);
        if !is_start(text, word) {
            return (None, resume);
        }
        let found = match digit - word {
            0 => Number::read(text, digit, from).and_then(|number| self.number(&number)),
            2 if self.wants(PiiKind::Iban) => account::iban(text, word),
            5 if self.wants(PiiKind::Pan) => account::pan(text, word),
            _ => None,
        };
        (found, resume)
    }

    fn number(&self, number: &Number<'_>) -> Option<Found> {
        let found = |kind: PiiKind, range: Option<(usize, usize)>| {
            range.map(|(start, end)| Found { start, end, kind }).filter(|_| self.wants(kind))
        };
        found(PiiKind::Ip, network::ipv4(number))
            .or_else(|| found(PiiKind::Card, account::card(number)))
            .or_else(|| found(PiiKind::Aadhaar, account::aadhaar(number)))
            .or_else(|| found(PiiKind::Ssn, account::ssn(number)))
            .or_else(|| found(PiiKind::Phone, telephone::phone(number)))
    }
}

/// Returns whether a word may start at a place: no letter or digit stands right before it.
fn is_start(text: &str, place: usize) -> bool {
    match text.as_bytes()[..place].last() {
        None => true,
        Some(byte) if byte.is_ascii() => !(byte.is_ascii_alphanumeric() || *byte == b'_'),
        Some(_) => !text[..place].chars().next_back().is_some_and(char::is_alphanumeric),
    }
}

/// Returns whether a word may end at a place: no letter or digit stands right after it, and no at sign.
fn is_end(text: &str, place: usize) -> bool {
    match text.as_bytes().get(place) {
        None => true,
        Some(byte) if byte.is_ascii() => !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@')),
        Some(_) => !text[place..].chars().next().is_some_and(char::is_alphanumeric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes what is found as `kind=text`.
    fn found(text: &str) -> Vec<String> {
        let detector = Detector::new(PiiKind::ALL);
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some(found) = detector.find(text, from) {
            assert!(found.start >= from && found.end > found.start);
            all.push(format!("{}={}", found.kind.name(), &text[found.start..found.end]));
            from = found.end;
        }
        all
    }

    #[test]
    fn each_kind_is_found_in_prose() {
        for (text, expected) in [
            ("mail alice@example.com.", "email=alice@example.com"),
            ("5551234567@example.com", "email=5551234567@example.com"),
            ("card 4111-1111-1111-1111 12/27", "card=4111-1111-1111-1111"),
            ("Amex 3782 822463 10005.", "card=3782 822463 10005"),
            ("pay to GB82 WEST 1234 5698 7654 32 and wait", "iban=GB82 WEST 1234 5698 7654 32"),
            ("gb82west12345698765432", "iban=gb82west12345698765432"),
            ("SSN 123-45-6789", "ssn=123-45-6789"),
            ("Aadhaar 2341 2341 2346", "aadhaar=2341 2341 2346"),
            ("PAN ABCPE1234F,", "pan=ABCPE1234F"),
            ("from 192.168.1.100:8080", "ip=192.168.1.100"),
            ("net 10.0.0.0/8", "ip=10.0.0.0"),
            ("ip:2001:db8::8a2e:370:7334.", "ip=2001:db8::8a2e:370:7334"),
            ("address:fe80::1", "ip=fe80::1"),
            ("see https://example.com/a?b=1, or", "url=https://example.com/a?b=1"),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
    }

    #[test]
    fn telephone_numbers_in_the_forms_people_write() {
        for text in [
            "555-123-4567",
            "(555) 123-4567",
            "+1 (555) 123-4567",
            "+1-555-123-4567 ext. 89",
            "555.123.4567x4587",
            "+91-9876543210",
            "98765 43210",
            "9876543210",
            "+44 (0)20 7946 0958",
            "07700 900123",
            "06 12 34 56 78",
            "467 3395",
            "9472 7916",
            "0044 20 7946 0958",
            "555\u{2013}123\u{2011}4567",
            "555\u{a0}123\u{a0}4567",
        ] {
            assert_eq!(found(&format!("call {text}, please")), [format!("phone={text}")], "{text}");
        }
    }

    #[test]
    fn other_numbers_and_words_stay() {
        for text in [
            "born 1984-07-15, moved 15/07/2019, left 15.07.2020",
            "2019-2020, at 10:30:45, in 1.000.000 pieces, 3.14159265358",
            "4111 1111 1111 1112 and 2341 2341 2347",
            "000-45-6789 and 123-00-6789",
            "GB82 WEST 1234 5698 7654 33",
            "ABCDE1234Z, ABCPE1234FX",
            "version 1.2.3, 1.2.3.4.5, 256.1.1.1",
            "std::vector, a::b, ::1, 12:34:56",
            "order 1234567, zip 94105-1234, epoch 1609459200",
            "user@localhost, @handle, a @ b",
            "Pune 411001",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn nothing_is_looked_for_that_was_not_asked_for() {
        let detector = Detector::new([PiiKind::Ssn]);
        let text = "alice@example.com 10.0.0.1 123-45-6789";
        assert_eq!(detector.find(text, 0).map(|found| (found.start, found.kind)), Some((27, PiiKind::Ssn)));
    }

    #[test]
    fn any_text_is_searched_without_panic() {
        let pieces = [
            "1",
            "1 ",
            "@",
            "a@b.",
            "::",
            "1:",
            "+",
            "(1",
            "1.",
            "GB82 ",
            "ABCDE1234",
            "http://",
            "é@é.",
            "\u{2013}1",
            "4111 ",
        ];
        for first in pieces {
            for second in pieces {
                found(&format!("{first}{second}").repeat(200));
            }
        }
    }
}
