//! decrypt: turns back what encrypt gave.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::seal::{KINDS, Seal, open};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "decrypt",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Decrypts what encrypt gave, under the same key and domain.",
    notes: &[
        "It gives clear text: its result counts as raw.",
        "Another key or domain, or text of which a character was changed, is an error.",
        "Numbers, dates and timestamps come back as their text form: CAST(decrypt(x, 'job') AS BIGINT). What was binary \
         comes back with type => 'binary'.",
        "SET loup.key to the id of an older key reads what that one encrypted.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Sealed), "the encrypted text"),
        Parameter::required("domain", Kind::Text, "the domain that encrypt was given"),
        Parameter::optional("type", Kind::Choice(KINDS), Literal::Text("text"), "what was encrypted"),
    ],
    result: "the text type of the input, BINARY for type => 'binary'",
    examples: &[
        Example { sql: "SELECT decrypt('W0bhYILTl6A5iDQLzMjAmNBA4ue5', 'job')", output: "12345" },
        Example {
            sql: "SELECT decrypt('kNJgR5KFi90rxgt4N1TYZu+hJC+GXV03+VNbXVcrPg3t', 'job')",
            output: "alice@example.com",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Decrypt;

fn result(call: &Call) -> Result<DataType> {
    Ok(match call.text("type")? {
        "binary" => DataType::Binary,
        _ => text_like(call.value_type()),
    })
}

impl MaskingFunction for Decrypt {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn call_type(&self, call: &Call, _binding: &Binding) -> Result<DataType> {
        result(call)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::raw())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        binding.check_lasting(SPEC.name)?;
        let domain = call.text("domain")?;
        let seal = Seal::new(&binding.purpose_key("siv", domain), domain, call.text("type")?);
        Ok(open(call, result(call)?, seal))
    }
}
