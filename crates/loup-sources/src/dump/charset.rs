//! The character set of a dump's text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// How a dump's bytes are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Charset(Option<&'static Encoding>);

impl Charset {
    /// Finds a character set by the name that `SET NAMES` or `client_encoding` gives it; `None` for one that cannot be read.
    ///
    /// MySQL's latin1 is Windows-1252. `binary` says nothing, so it is read as UTF-8, which it must then be.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Some(match name.as_str() {
            "utf8" | "utf8mb3" | "utf8mb4" | "utf-8" | "unicode" | "binary" | "ascii" | "us-ascii" | "sql_ascii" => {
                Self(None)
            }
            "latin1" | "win1252" | "windows-1252" | "cp1252" => Self(Some(encoding_rs::WINDOWS_1252)),
            "latin2" | "iso_8859_2" | "iso-8859-2" => Self(Some(encoding_rs::ISO_8859_2)),
            "latin5" | "win1254" | "iso_8859_9" => Self(Some(encoding_rs::WINDOWS_1254)),
            "latin7" | "iso_8859_13" => Self(Some(encoding_rs::ISO_8859_13)),
            "latin9" | "iso_8859_15" => Self(Some(encoding_rs::ISO_8859_15)),
            "greek" | "iso_8859_7" => Self(Some(encoding_rs::ISO_8859_7)),
            "hebrew" | "iso_8859_8" => Self(Some(encoding_rs::ISO_8859_8)),
            "cp1250" | "win1250" => Self(Some(encoding_rs::WINDOWS_1250)),
            "cp1251" | "win1251" | "win" => Self(Some(encoding_rs::WINDOWS_1251)),
            "cp1256" | "win1256" => Self(Some(encoding_rs::WINDOWS_1256)),
            "cp1257" | "win1257" => Self(Some(encoding_rs::WINDOWS_1257)),
            "cp866" | "win866" => Self(Some(encoding_rs::IBM866)),
            "koi8r" | "koi8" => Self(Some(encoding_rs::KOI8_R)),
            "koi8u" => Self(Some(encoding_rs::KOI8_U)),
            "tis620" | "win874" => Self(Some(encoding_rs::WINDOWS_874)),
            // Their second bytes are never a quote or a backslash.
            "ujis" | "eucjpms" | "euc_jp" => Self(Some(encoding_rs::EUC_JP)),
            "euckr" | "euc_kr" => Self(Some(encoding_rs::EUC_KR)),
            _ => return None,
        })
    }

    /// Returns whether text is UTF-8 as it stands.
    pub(crate) fn is_utf8(self) -> bool {
        self.0.is_none()
    }

    /// Returns text as UTF-8; `None` where it is not valid.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self.0 {
            None => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Some(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// Returns text in the character set; `None` where it lacks a character.
    pub(crate) fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        let encoding = self.0.unwrap_or(UTF_8);
        let (bytes, _, has_unmappable) = encoding.encode(text);
        (!has_unmappable).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin1_is_windows_1252() {
        let latin1 = Charset::of("latin1").unwrap();
        assert_eq!(latin1.decode(b"\x80 caf\xe9").as_deref(), Some("€ café"));
        assert_eq!(latin1.encode("€ café").as_deref(), Some(&b"\x80 caf\xe9"[..]));
        assert_eq!(latin1.encode("日本"), None);
    }

    #[test]
    fn utf8_is_checked_and_unknown_names_are_refused() {
        assert_eq!(Charset::of("utf8mb4").unwrap().decode(b"\xff"), None);
        assert_eq!(Charset::of("sjis"), None);
        assert!(Charset::of("UTF8").unwrap().is_utf8());
    }
}
