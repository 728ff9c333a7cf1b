//! The text forms of digests that other systems compute too, as those systems write them.

use datafusion::common::{Result, plan_err};

use crate::call::Call;
use crate::encoding;
use crate::guarantee::Collisions;
use crate::kernel::text_builder::TextBuilder;

/// What the option `encoding` may be.
pub(crate) const ENCODINGS: &[&str] = &["hex", "base32", "base58", "base64", "uuid"];
/// What the docs say about the forms, which are not all those of `hash_keyed`.
pub(crate) const ABOUT: &str = "Unlike hash_keyed's, base32 is upper-case, base64 has the alphabet for URLs (- and _) \
                                and uuid is the first 16 bytes as they are, without a version; nothing is padded.";

const SHORTEST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Hex,
    Base32,
    Base58,
    Base64,
    Uuid,
}

/// How a digest of so many bytes is written, and how many characters of it are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DigestText {
    encoding: Encoding,
    bytes: usize,
    length: usize,
}

impl DigestText {
    /// Reads the option `encoding`.
    pub(crate) fn read(call: &Call, bytes: usize) -> Result<Self> {
        let encoding = match call.text("encoding")? {
            "base32" => Encoding::Base32,
            "base58" => Encoding::Base58,
            "base64" => Encoding::Base64,
            "uuid" => Encoding::Uuid,
            _ => Encoding::Hex,
        };
        Ok(Self { encoding, bytes, length: full_length(encoding, bytes) })
    }

    /// Reads the option `length` too.
    pub(crate) fn cut(mut self, call: &Call) -> Result<Self> {
        let full = self.length;
        self.length = match usize::try_from(call.integer("length")?) {
            Ok(0) => full,
            Ok(length) if length == full => full,
            _ if self.encoding == Encoding::Uuid => {
                return plan_err!("{}: a uuid is not cut; leave length out", call.name());
            }
            Ok(length) if (SHORTEST..full).contains(&length) => length,
            _ => {
                return plan_err!(
                    "{}: length must be {SHORTEST} to {full} for this encoding, or 0 for all of it",
                    call.name()
                );
            }
        };
        Ok(self)
    }

    /// Returns the most characters a text has.
    pub(crate) fn chars(self) -> usize {
        self.length
    }

    /// Returns what chance tells two texts apart.
    pub(crate) fn collisions(self) -> Collisions {
        let bits = match self.encoding {
            Encoding::Hex => self.length * 4,
            Encoding::Base32 => self.length * 5,
            // log2(58) = 5.857; the first character is not uniform and does not count, unless all the others are there.
            Encoding::Base58 if self.length == full_length(self.encoding, self.bytes) => self.bytes * 8,
            Encoding::Base58 => (self.length - 1) * 5857 / 1000,
            Encoding::Base64 => self.length * 6,
            Encoding::Uuid => 128,
        };
        Collisions::Bits(bits.min(self.bytes * 8) as u32)
    }

    /// Writes a digest.
    pub(crate) fn write(self, digest: &[u8], out: &mut TextBuilder) {
        match self.encoding {
            Encoding::Hex => {
                let mut text = [0; 128];
                for (digits, bytes) in text.as_chunks_mut::<64>().0.iter_mut().zip(digest.as_chunks::<32>().0) {
                    encoding::hex(bytes, digits);
                }
                out.push_ascii(self.length, |cut| cut.copy_from_slice(&text[..self.length]));
            }
            Encoding::Base32 => out.push_ascii(self.length, |text| encoding::base32_upper(digest, text)),
            Encoding::Base64 => out.push_ascii(self.length, |text| encoding::base64_url(digest, text)),
            Encoding::Base58 => {
                let (text, full) = encoding::base58(digest);
                let length = self.length.min(full);
                out.push_ascii(length, |cut| cut.copy_from_slice(&text[..length]));
            }
            Encoding::Uuid => {
                if let Some(first) = digest.first_chunk::<32>() {
                    out.push_ascii(self.length, |text| encoding::dashed(first, text));
                }
            }
        }
    }
}

fn full_length(encoding: Encoding, bytes: usize) -> usize {
    match encoding {
        Encoding::Hex => bytes * 2,
        Encoding::Base32 => (bytes * 8).div_ceil(5),
        // 256 bits fill 43.7 characters of log2(58) = 5.857 bits, 512 bits 87.4.
        Encoding::Base58 => (bytes * 8000).div_ceil(5857),
        Encoding::Base64 => (bytes * 8).div_ceil(6),
        Encoding::Uuid => 36,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_hold_every_digest() {
        for (encoding, short, long) in [
            (Encoding::Hex, 64, 128),
            (Encoding::Base32, 52, 103),
            (Encoding::Base58, 44, 88),
            (Encoding::Base64, 43, 86),
            (Encoding::Uuid, 36, 36),
        ] {
            assert_eq!((full_length(encoding, 32), full_length(encoding, 64)), (short, long), "{encoding:?}");
        }
        assert_eq!(encoding::base58(&[255; 32]).1, 44);
        assert_eq!(encoding::base58(&[255; 64]).1, 88);
    }

    #[test]
    fn bits_follow_the_characters_kept() {
        let bits = |encoding, bytes, length| DigestText { encoding, bytes, length }.collisions();
        assert_eq!(bits(Encoding::Hex, 32, 12), Collisions::Bits(48));
        assert_eq!(bits(Encoding::Hex, 64, 128), Collisions::Bits(512));
        assert_eq!(bits(Encoding::Base32, 32, 52), Collisions::Bits(256));
        assert_eq!(bits(Encoding::Base58, 32, 16), Collisions::Bits(87));
        assert_eq!(bits(Encoding::Base58, 32, 44), Collisions::Bits(256));
        assert_eq!(bits(Encoding::Base64, 64, 8), Collisions::Bits(48));
        assert_eq!(bits(Encoding::Uuid, 32, 36), Collisions::Bits(128));
    }
}
