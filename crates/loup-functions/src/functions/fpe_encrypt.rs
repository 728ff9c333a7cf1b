//! fpe_encrypt: format-preserving encryption by the standard, which fpe_decrypt turns back.

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
    name: "fpe_encrypt",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Encrypts a text to one of the same length and alphabet (FF1 of NIST SP 800-38G, AES-256).",
    notes: &[
        "fpe_decrypt reads it again, and so does any FF1 with the key of purpose 'ff1' and this domain: digits are places in \
         the alphabet, the tweak its UTF-8 bytes.",
        "It needs a lasting key (loup key new). What need not be read again is for pseudo_digits and pseudo_text.",
        "There must be 10^6 texts or more of the value's length (6 digits, 5 letters), and at most 512 characters. A character \
         that is not in the alphabet is an error.",
        "The length of a value shows, and which values are equal. A value may be its own result, by chance.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Symbols), "the text"),
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
    examples: &[
        Example { sql: "SELECT fpe_encrypt('4111111111111111', '0123456789', 'job')", output: "4352704308978821" },
        Example {
            sql: "SELECT fpe_encrypt('4111111111111111', '0123456789', 'job', 'card')",
            output: "9700995738431197",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FpeEncrypt;

impl MaskingFunction for FpeEncrypt {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::permutation())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        binding.check_lasting(call.name())?;
        let key = binding.purpose_key("ff1", call.text("domain")?);
        let alphabet = Alphabet::read(call.name(), call.text("alphabet")?)?;
        let tweak = call.text("tweak")?.as_bytes().to_vec();
        Ok(Box::new(NumeralKernel::new(call.name(), &key, tweak, alphabet, Direction::Encrypt)?))
    }
}
