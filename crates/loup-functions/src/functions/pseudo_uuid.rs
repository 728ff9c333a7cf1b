//! pseudo_uuid: a keyed UUID for a value.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::encoding;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::kernel::map_uuid::map_uuid;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "pseudo_uuid",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces a value by a keyed UUID of version 8 (RFC 9562).",
    notes: &[
        "For ids of any kind: 122 bits of the keyed digest.",
        "16 bytes of fixed length (UUID, BINARY(16)) give 16 bytes and are digested as the UUID's lower-case text, so they \
         join with a column of such text. Anything else gives text, in lower case.",
        "Text is taken as it stands: write lower(x) where UUIDs are in capitals.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Identifier), "the value"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
    ],
    result: "the type of the input for 16 bytes and for text, Utf8View for anything else",
    examples: &[
        Example {
            sql: "SELECT pseudo_uuid('550e8400-e29b-41d4-a716-446655440000', 'job')",
            output: "fb64e3f0-edaa-8fe4-bb69-3996119b89e6",
        },
        Example { sql: "SELECT pseudo_uuid(12345, 'job')", output: "bdb6c74e-7e4d-8221-a9b9-01738c74e3a2" },
    ],
};

/// Characters of a UUID.
const LENGTH: usize = 36;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct PseudoUuid;

impl MaskingFunction for PseudoUuid {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        match value {
            DataType::FixedSizeBinary(16) => value.clone(),
            other => text_like(other),
        }
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let guarantee = Guarantee::new(Strength::Pseudonym, Collisions::Bits(encoding::UUID_BITS));
        Ok(match call.value_type() {
            DataType::FixedSizeBinary(16) => guarantee,
            _ => guarantee.with_max_chars(LENGTH),
        })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        Ok(match self.return_type(call.value_type()) {
            DataType::FixedSizeBinary(_) => map_uuid(call.name(), digest, encoding::uuid_bytes),
            text => map_digest(call, text, digest, LENGTH, |_, digest, out| {
                out.push_ascii(LENGTH, |text| encoding::uuid(digest, text));
                Ok(())
            }),
        })
    }
}
