//! pseudo_digits: a keyed bijection on the digits of a text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use loup_crypto::frame;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::permutation::numerals::{CHECKS, NumeralKernel, check_digit};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "pseudo_digits",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces the digits of a text by others, one to one (FF1, AES-256), and keeps everything else.",
    notes: &[
        "For ids, cards, accounts and telephone numbers: length, separators, letters and leading zeros stay. The digits are \
         one number, wherever separators stand: 123-45-6789 and 123456789 get the same ones.",
        "Letters stay in clear, such as a country's or a series'. A value with more than 4, with more than digits, or with one of a \
         script without capitals, two of which can be a name, is an error; \
         pseudo_text is for those.",
        "6 to 512 digits, 7 or more with a check digit; fewer than 10^6 values are soon guessed (SP 800-38G Rev. 1). Digits of \
         other scripts are an error.",
        "check says that the last digit checks the others. The new one is right where the old one was, and as far off \
         where it was wrong: new = valid(new) + (old - valid(old)) mod 10, so that ids stay one to one.",
        "The key is that of the domain for FF1, the tweak names function and check: other checks give other digits.",
        "A bijection may leave a value as it is, with the chance of one in the number of its values.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Digits), "the text with the digits"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("check", Kind::Choice(CHECKS), Literal::Text("none"), "what the last digit is"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT pseudo_digits('00123456', 'job')", output: "93945291" },
        Example { sql: "SELECT pseudo_digits('+91-9876543210', 'job')", output: "+03-5242615183" },
        Example { sql: "SELECT pseudo_digits('4111 1111 1111 1111', 'job', 'luhn')", output: "0578 6809 5213 8049" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct PseudoDigits;

impl MaskingFunction for PseudoDigits {
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
        let key = binding.purpose_key("ff1", call.text("domain")?);
        let mut tweak = Vec::new();
        for name in [SPEC.name, call.text("check")?] {
            frame(&mut tweak, name.as_bytes());
        }
        Ok(Box::new(NumeralKernel::decimal(call.name(), &key, tweak, check_digit(call)?)?))
    }
}
