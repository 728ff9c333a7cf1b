//! The character that stands for each hidden one, and the text that stands for a value of the wrong shape.

use datafusion::common::{Result, plan_err};

use crate::call::Call;
use crate::display::class_mask::single;
use crate::kernel::text_builder::TextBuilder;

/// What a shaped mask makes of a value that has not its shape: nothing of it is left, its length neither.
pub(crate) const WHOLE: &str = "****";

/// Characters that a mask may show before it counts as no mask: most names, phone numbers and ids are not longer.
pub(crate) const SHOWN_AT_MOST: usize = 16;

/// The character that stands for a hidden one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaskChar(char);

impl MaskChar {
    /// Returns a mask character.
    pub(crate) const fn new(c: char) -> Self {
        Self(c)
    }

    /// Reads the option `ch`.
    ///
    /// # Errors
    /// When it is not one character.
    pub(crate) fn read(call: &Call) -> Result<Self> {
        let text = call.text("ch")?;
        let Some(c) = single(text) else {
            return plan_err!("{}: ch must be one character, got {}", call.name(), text.chars().count());
        };
        Ok(Self(c))
    }

    /// Reads the option `ch` of a mask over digits or letters: neither may stand for a hidden one but X and x, or a
    /// masked value could be a real one.
    ///
    /// # Errors
    /// When it is not one character of that kind.
    pub(crate) fn read_unlike_digits(call: &Call) -> Result<Self> {
        let ch = Self::read(call)?;
        if ch.0.is_numeric() || (ch.0.is_alphabetic() && !matches!(ch.0, 'X' | 'x')) {
            return plan_err!("{}: ch must be no digit, and no letter but X", call.name());
        }
        Ok(ch)
    }

    /// Appends `count` of them.
    pub(crate) fn repeat(self, count: usize, out: &mut TextBuilder) {
        match u8::try_from(self.0) {
            Ok(byte) if byte.is_ascii() => out.push_ascii(count, |bytes| bytes.fill(byte)),
            _ => (0..count).for_each(|_| out.push_char(self.0)),
        }
    }

    /// Appends ASCII text with the bytes hidden for which `is_hidden` says so by their place.
    pub(crate) fn hide(self, text: &str, is_hidden: impl Fn(usize) -> bool, out: &mut TextBuilder) {
        match u8::try_from(self.0) {
            Ok(byte) if byte.is_ascii() && text.is_ascii() => out.push_ascii(text.len(), |masked| {
                for (place, (to, from)) in masked.iter_mut().zip(text.bytes()).enumerate() {
                    *to = if is_hidden(place) { byte } else { from };
                }
            }),
            _ => text.char_indices().for_each(|(place, c)| out.push_char(if is_hidden(place) { self.0 } else { c })),
        }
    }
}
