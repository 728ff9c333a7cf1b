//! hash_keyed: the keyed digest of a value, as text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::encoding;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "hash_keyed",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces a value by its keyed digest (SHA3-256 of key and value), as text.",
    notes: &[
        "One id as BIGINT, INT and text gives one hash. Text is taken as it stands: write lower(trim(x)) to fold it.",
        "STRUCT hashes composite keys: hash_keyed(struct(a, b), 'd'). Floats are refused.",
        "length cuts the encoded text and with it the collision bits; prefix comes on top of it.",
        "base32 is lower-case RFC 4648, base64 the standard alphabet, both without padding; uuid is version 8.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Identifier), "the value to hash"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("encoding", Kind::Choice(ENCODINGS), Literal::Text("hex"), "how the digest is written"),
        Parameter::optional("length", Kind::Integer, Literal::Integer(0), "characters kept, 8 or more; 0 keeps all"),
        Parameter::optional("prefix", Kind::Text, Literal::Text(""), "text put before the hash"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example {
            sql: "SELECT hash_keyed('alice@example.com', 'customer')",
            output: "138df181f5f8de6ce2b6ab882a53de36f7ad2dad9f529c4cc302137ec8be6bd3",
        },
        Example { sql: "SELECT hash_keyed(12345, 'job', 'hex', 12)", output: "08c91889dc87" },
        Example { sql: "SELECT hash_keyed(12345, 'job', 'base58', 16, 'job_')", output: "job_bJ7V1Y3j4pYszmCm" },
    ],
};

const ENCODINGS: &[&str] = &["hex", "base32", "base58", "base64", "uuid"];
const SHORTEST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Hex,
    Base32,
    Base58,
    Base64,
    Uuid,
}

impl Encoding {
    const fn full_length(self) -> usize {
        match self {
            Self::Hex => 64,
            Self::Base32 => 52,
            Self::Base58 => 44,
            Self::Base64 => 43,
            Self::Uuid => 36,
        }
    }

    fn bits(self, length: usize) -> u32 {
        let bits = match self {
            Self::Hex => length * 4,
            Self::Base32 => length * 5,
            // log2(58) = 5.857; the first character is not uniform and does not count.
            Self::Base58 => (length - 1) * 5857 / 1000,
            Self::Base64 => length * 6,
            Self::Uuid => 122,
        };
        bits.min(256) as u32
    }
}

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct HashKeyed;

/// Reads how the digest is written, and how many characters of it are kept.
fn form(call: &Call) -> Result<(Encoding, usize)> {
    let encoding = match call.text("encoding")? {
        "base32" => Encoding::Base32,
        "base58" => Encoding::Base58,
        "base64" => Encoding::Base64,
        "uuid" => Encoding::Uuid,
        _ => Encoding::Hex,
    };
    let full = encoding.full_length();
    match usize::try_from(call.integer("length")?) {
        Ok(0) => Ok((encoding, full)),
        Ok(length) if length == full || (encoding != Encoding::Uuid && (SHORTEST..full).contains(&length)) => {
            Ok((encoding, length))
        }
        _ if encoding == Encoding::Uuid => plan_err!("hash_keyed: a uuid is not cut; leave length out"),
        _ => plan_err!("hash_keyed: length must be {SHORTEST} to {full} for this encoding, or 0 for all of it"),
    }
}

impl MaskingFunction for HashKeyed {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let (encoding, length) = form(call)?;
        let chars = length + call.text("prefix")?.chars().count();
        Ok(Guarantee::new(Strength::Pseudonym, Collisions::Bits(encoding.bits(length))).with_max_chars(chars))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (encoding, length) = form(call)?;
        let prefix = call.text("prefix")?.to_owned();
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        let out = self.return_type(call.value_type());
        Ok(map_digest(call, out, digest, prefix.len() + length, move |_, digest, out| {
            out.push_str(&prefix);
            match encoding {
                Encoding::Hex if length == 64 => out.push_ascii(64, |text| encoding::hex(digest, text)),
                Encoding::Hex => {
                    let mut text = [0; 64];
                    encoding::hex(digest, &mut text[..length.next_multiple_of(8)]);
                    out.push_ascii(length, |cut| cut.copy_from_slice(&text[..length]));
                }
                Encoding::Base32 => out.push_ascii(length, |text| encoding::base32(digest, text)),
                Encoding::Base64 => out.push_ascii(length, |text| encoding::base64(digest, text)),
                Encoding::Uuid => out.push_ascii(length, |text| encoding::uuid(digest, text)),
                Encoding::Base58 => {
                    let (text, full) = encoding::base58(digest);
                    let length = length.min(full);
                    out.push_ascii(length, |cut| cut.copy_from_slice(&text[..length]));
                }
            }
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_follow_the_characters_kept() {
        assert_eq!(Encoding::Hex.bits(12), 48);
        assert_eq!(Encoding::Hex.bits(64), 256);
        assert_eq!(Encoding::Base32.bits(52), 256);
        assert_eq!(Encoding::Base58.bits(16), 87);
        assert_eq!(Encoding::Base64.bits(8), 48);
        assert_eq!(Encoding::Uuid.bits(36), 122);
    }
}
