//! encrypt: deterministic authenticated encryption of a value, which decrypt turns back.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::seal::{KINDS, Seal, seal};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "encrypt",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Encrypts a value to base64 text, equal values to equal ones (AES-256-GCM-SIV), for decrypt to read again.",
    notes: &[
        "The length of a value shows, and which values are equal (RFC 8452 with a zero nonce), nothing else. Not for columns \
         of few values, whose frequencies tell them.",
        "It needs a lasting key (loup key new).",
        "One id as BIGINT, INT and text gives one result: what is encrypted is the value's text form, a timestamp's in UTC. \
         Binary values are told apart from text. Floats and structs are refused.",
        "The result has 4 characters for each 3 bytes, rounded up, of the value and 16 more: base64 of RFC 4648, padded.",
        "Associated data, in frames: v1, the domain, and text or binary. A result does not open in another domain.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Scalar), "the value to encrypt"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT encrypt(12345, 'job')", output: "W0bhYILTl6A5iDQLzMjAmNBA4ue5" },
        Example {
            sql: "SELECT encrypt('alice@example.com', 'job')",
            output: "kNJgR5KFi90rxgt4N1TYZu+hJC+GXV03+VNbXVcrPg3t",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Encrypt;

impl MaskingFunction for Encrypt {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        // It is longer than its value, so never equal to it.
        Ok(Guarantee::new(Strength::Pseudonym, Collisions::Injective))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        binding.check_lasting(SPEC.name)?;
        let domain = call.text("domain")?;
        let kind = KINDS[usize::from(is_binary(call))];
        Ok(seal(call, text_like(call.value_type()), Seal::new(&binding.purpose_key("siv", domain), domain, kind)))
    }
}

/// Returns whether values are bytes without a text form.
fn is_binary(call: &Call) -> bool {
    match call.value_type() {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
        DataType::FixedSizeBinary(_) => !call.is_uuid(),
        _ => false,
    }
}
