//! hmac_sha256: the HMAC of a value under a named key, as other systems compute it.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_datafusion_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::digest_text::{self, DigestText, ENCODINGS};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map_value::map_value;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "hmac_sha256",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces a value by its HMAC-SHA256 (RFC 2104) under a key of the salts file, as text.",
    notes: &[
        "For codes that must equal another system's. For pseudonyms of your own take hash_keyed.",
        "key_name is a name in the salts file (--salts-file), never the key itself; keys may have any length.",
        digest_text::ABOUT,
        "In the examples jefe is the text Jefe.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Identifier), "the value"),
        Parameter::required("key_name", Kind::Text, "the name of the key"),
        Parameter::optional("encoding", Kind::Choice(ENCODINGS), Literal::Text("hex"), "how the code is written"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example {
            sql: "SELECT hmac_sha256('what do ya want for nothing?', 'jefe')",
            output: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        },
        Example {
            sql: "SELECT hmac_sha256('what do ya want for nothing?', 'jefe', 'base64')",
            output: "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM",
        },
    ],
};

/// Bytes of the code.
const LENGTH: usize = 32;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct HmacSha256;

impl MaskingFunction for HmacSha256 {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let form = DigestText::read(call, LENGTH)?;
        Ok(Guarantee::new(Strength::Pseudonym, form.collisions()).with_max_chars(form.chars()))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let form = DigestText::read(call, LENGTH)?;
        let hmac = binding
            .salts(SPEC.name)?
            .hmac_sha256(call.text("key_name")?)
            .map_err(|error| plan_datafusion_err!("{}: {error}", SPEC.name))?;
        Ok(map_value(call, text_like(call.value_type()), form.chars(), move |value, out| {
            form.write(&hmac.mac(value), out);
        }))
    }
}
