//! fpe_decrypt: turns back what fpe_encrypt gave.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::permutation::alphabet::Alphabet;
use crate::permutation::numerals::{Direction, NumeralKernel};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fpe_decrypt",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Decrypts what fpe_encrypt gave, under the same key, alphabet, domain and tweak.",
    notes: &[
        "It gives clear text: its result counts as raw.",
        "Nothing tells a wrong key, domain or tweak: they give another text of the alphabet. encrypt and decrypt notice.",
        "It needs a lasting key, as fpe_encrypt does, and takes the same lengths.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Symbols), "the encrypted text"),
        Parameter::required(
            "alphabet",
            Kind::Text,
            "all characters that texts are made of, in the order of their digits",
        )
        .like(&[Literal::Text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("tweak", Kind::Text, Literal::Text(""), "what else the result depends on"),
    ],
    result: "the text type of the input",
    examples: &[Example {
        sql: "SELECT fpe_decrypt('4352704308978821', '0123456789', 'job')",
        output: "4111111111111111",
    }],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FpeDecrypt;

impl MaskingFunction for FpeDecrypt {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::raw())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        binding.check_lasting(call.name())?;
        let key = binding.purpose_key("ff1", call.text("domain")?);
        let alphabet = Alphabet::read(call.name(), call.text("alphabet")?)?;
        let tweak = call.text("tweak")?.as_bytes().to_vec();
        Ok(Box::new(NumeralKernel::new(call.name(), &key, tweak, alphabet, Direction::Decrypt)?))
    }
}
