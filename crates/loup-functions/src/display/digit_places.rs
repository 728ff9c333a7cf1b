//! Numbers as people write them: digits with separators between.

use crate::display::mask_char::MaskChar;
use crate::kernel::text_builder::TextBuilder;

/// The most digits such a number has (ISO/IEC 7812 cards).
pub(crate) const MOST: usize = 19;
/// The most bytes it is written in, separators and all.
pub(crate) const LONGEST: usize = 40;

/// The digits of a written number, and where they stand.
#[derive(Debug)]
pub(crate) struct DigitPlaces {
    digits: [u8; MOST],
    places: [u8; MOST],
    count: usize,
}

impl DigitPlaces {
    /// Reads a number; None when the text is too long, has too many digits, or holds anything else.
    #[inline]
    pub(crate) fn read(text: &str, is_separator: impl Fn(u8) -> bool) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut read = Self { digits: [0; MOST], places: [0; MOST], count: 0 };
        for (place, byte) in text.bytes().enumerate() {
            if byte.is_ascii_digit() {
                *read.digits.get_mut(read.count)? = byte - b'0';
                read.places[read.count] = place as u8;
                read.count += 1;
            } else if !byte.is_ascii() || !is_separator(byte) {
                return None;
            }
        }
        Some(read)
    }

    /// Returns the digits, each 0 to 9.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    /// Appends the text it was read from, with all digits hidden but the first `first` and the last `last`.
    pub(crate) fn hide(&self, text: &str, first: usize, last: usize, ch: MaskChar, out: &mut TextBuilder) {
        let mut hidden = 0_u64; // a bit for each byte of the text
        for place in self.places[..self.count].iter().skip(first).take(self.count.saturating_sub(first + last)) {
            hidden |= 1 << place;
        }
        ch.hide(text, |place| (hidden >> place) & 1 == 1, out);
    }
}
