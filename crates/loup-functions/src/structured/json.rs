//! JSON texts: finds the scalars to mask without building a document, so that all else stays byte for byte.

use std::borrow::Cow;
use std::ops::Range;

use datafusion::common::{Result, exec_err};

use super::json_selector::{CHOSEN, Child, Places, Selector};
use super::parts::{Format, Parts};
use crate::kernel::text_builder::TextBuilder;

/// Objects and arrays that may stand inside one another.
const DEPTH: usize = 128;

/// JSON texts of which a selector chooses the values to mask.
pub(super) struct Json {
    pub(super) function: &'static str,
    pub(super) selector: Selector,
    /// Whether a number whose result is one stays a number.
    pub(super) keeps_numbers: bool,
}

/// Where a text stops being JSON, and what would have to stand there.
#[derive(Debug, PartialEq)]
struct Fault {
    at: usize,
    expected: &'static str,
}

impl Format for Json {
    fn cut(&self, text: &str, parts: &mut Parts) -> Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let mut taken = Ok(());
        let scanned = scan(text, &self.selector, |place| {
            let part = &text[place.clone()];
            let value = if part.starts_with('"') { unescaped(part, place.start)? } else { Cow::Borrowed(part) };
            if taken.is_ok() {
                taken = parts.push(place, &value);
            }
            Ok(())
        });
        match scanned {
            Ok(()) => taken,
            Err(Fault { at, expected }) => exec_err!("{}: expected JSON: {expected} at byte {at}", self.function),
        }
    }

    fn put(&self, part: &str, masked: Option<&str>, out: &mut TextBuilder) -> Result<()> {
        let is_number = |text: &str| text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        match masked {
            None => out.push_str("null"),
            Some(masked) if self.keeps_numbers && is_number(part) && is_json_number(masked) => out.push_str(masked),
            Some(masked) => push_string(masked, out),
        }
        Ok(())
    }
}

/// Writes text as a JSON string: only what must be escaped is.
fn push_string(text: &str, out: &mut TextBuilder) {
    out.push_str("\"");
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| *byte < b' ' || matches!(byte, b'"' | b'\\')) {
        out.push_str(&text[written..at]);
        written = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => out.push_ascii(6, |place| {
                let hex = b"0123456789abcdef";
                place.copy_from_slice(&[
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    hex[usize::from(control >> 4)],
                    hex[usize::from(control & 15)],
                ]);
            }),
        }
    }
    out.push_str(&text[written..]);
    out.push_str("\"");
}

/// Returns what a string with its quotes stands for.
fn unescaped(string: &str, at: usize) -> Result<Cow<'_, str>, Fault> {
    if !string.contains('\\') {
        return Ok(Cow::Borrowed(&string[1..string.len() - 1]));
    }
    // Its grammar has been checked: what can still be wrong is half of a surrogate pair.
    serde_json::from_str(string)
        .map(Cow::Owned)
        .map_err(|_| Fault { at, expected: "whole surrogate pairs in a string" })
}

fn is_json_number(text: &str) -> bool {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    scanner.number().is_ok() && scanner.at == text.len()
}

/// An object or array whose end has not come yet.
struct Open {
    places: Places,
    /// The number of its last element; None in an object.
    element: Option<usize>,
}

/// Reads one JSON text (RFC 8259), and calls `found` with the place of each chosen scalar that is not null.
fn scan(
    text: &str,
    selector: &Selector,
    mut found: impl FnMut(Range<usize>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    let mut open: Vec<Open> = Vec::with_capacity(8);
    let mut places = selector.start();
    loop {
        scanner.blanks();
        let start = scanner.at;
        match scanner.peek() {
            Some(bracket @ (b'{' | b'[')) => {
                if open.len() == DEPTH {
                    return scanner.fault("at most 128 values inside one another");
                }
                scanner.at += 1;
                scanner.blanks();
                let is_object = bracket == b'{';
                if scanner.peek() == Some(if is_object { b'}' } else { b']' }) {
                    scanner.at += 1;
                } else {
                    let element = (!is_object).then_some(0);
                    open.push(Open { places, element });
                    places = match element {
                        Some(number) => selector.child(places, Child::Element(number)),
                        None => scanner.key(text, selector, places)?,
                    };
                    continue;
                }
            }
            Some(b'n') => scanner.word("null")?,
            first => {
                match first {
                    Some(b'"') => scanner.string()?,
                    Some(b't') => scanner.word("true")?,
                    Some(b'f') => scanner.word("false")?,
                    _ => scanner.number()?,
                }
                if places == CHOSEN {
                    found(start..scanner.at)?;
                }
            }
        }
        // Behind a value: the end of what is open, or the next one in it.
        loop {
            scanner.blanks();
            let Some(top) = open.last_mut() else {
                return if scanner.peek().is_none() { Ok(()) } else { scanner.fault("the end") };
            };
            match (scanner.peek(), top.element.as_mut()) {
                (Some(b','), Some(number)) => {
                    scanner.at += 1;
                    *number += 1;
                    places = selector.child(top.places, Child::Element(*number));
                    break;
                }
                (Some(b','), None) => {
                    scanner.at += 1;
                    places = scanner.key(text, selector, top.places)?;
                    break;
                }
                (Some(b']'), Some(_)) | (Some(b'}'), None) => {
                    scanner.at += 1;
                    open.pop();
                }
                _ => return scanner.fault("a comma or a closing bracket"),
            }
        }
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault<T>(&self, expected: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, expected })
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Reads a key and its colon, and returns where its value stands.
    fn key(&mut self, text: &str, selector: &Selector, places: Places) -> Result<Places, Fault> {
        self.blanks();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return self.fault("a key");
        }
        self.string()?;
        let key = start..self.at;
        self.blanks();
        if self.peek() != Some(b':') {
            return self.fault("a colon");
        }
        self.at += 1;
        if !Selector::tells_children_apart(places) {
            return Ok(places);
        }
        Ok(selector.child(places, Child::Key(&unescaped(&text[key], start)?)))
    }

    fn word(&mut self, word: &'static str) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.fault("a value");
        }
        self.at += word.len();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let digits = self.bytes.get(self.at + 2..self.at + 6);
                    self.at += match self.bytes.get(self.at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') if digits.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => 6,
                        _ => return self.fault("an escape"),
                    };
                }
                Some(0..=0x1f) | None => return self.fault("a character of a string or its end"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { self.fault("a value") } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
