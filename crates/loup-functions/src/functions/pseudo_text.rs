//! pseudo_text: a keyed bijection on texts of letters and digits.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use loup_crypto::frame;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::permutation::alphabet::Alphabet;
use crate::permutation::letters::LetterKernel;
use crate::permutation::numerals::{CHECKS, Direction, NumeralKernel, check_digit};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "pseudo_text",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces letters by letters and digits by digits, one to one (FF1, AES-256), and keeps everything else.",
    notes: &[
        "Upper case, lower case, digits and separators stay in their places. Values that differ by case alone still do, so \
         a key that is unique whatever its case stays so.",
        "There must be 10^6 texts or more with letters and digits in the same places (6 digits, 5 letters, 3 of each): fewer \
         are soon guessed. At most 512 letters and digits.",
        "Characters outside ASCII are an error, unless an alphabet holds them.",
        "alphabet permutes the texts of its characters instead: as FF1 in that radix, and any other character is an error.",
        "check says that the last letter or digit is a digit that checks the digits before it, as in pseudo_digits; letters \
         do not count. It does not go with an alphabet.",
        "The key is that of the domain for FF1, the tweak names function, check or alphabet, and the places of letters and \
         digits. Texts are ranked in the order of a dictionary; FF1 in radix 2 permutes the ranks, again while it leaves them.",
        "A bijection may leave a value as it is, with the chance of one in the number of its values.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Symbols), "the text"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("alphabet", Kind::Text, Literal::Text(""), "all characters that texts are made of"),
        Parameter::optional("check", Kind::Choice(CHECKS), Literal::Text("none"), "what the last digit is"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT pseudo_text('Ab-12/cD', 'job')", output: "Uw-91/wU" },
        Example { sql: "SELECT pseudo_text('deadbeef', 'job', '0123456789abcdef')", output: "5acfffdc" },
        Example { sql: "SELECT pseudo_text('AB-4111111', 'job', '', 'luhn')", output: "ET-8900535" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct PseudoText;

impl MaskingFunction for PseudoText {
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
        let (symbols, check) = (call.text("alphabet")?, check_digit(call)?);
        let tweak = |names: [&str; 3]| {
            let mut tweak = Vec::new();
            for name in names {
                frame(&mut tweak, name.as_bytes());
            }
            tweak
        };
        if symbols.is_empty() {
            let tweak = tweak([SPEC.name, "classes", call.text("check")?]);
            return Ok(Box::new(LetterKernel::new(call.name(), &key, tweak, check)));
        }
        if check.is_some() {
            return plan_err!("pseudo_text: check goes with the letters and digits of the value; leave alphabet out");
        }
        let alphabet = Alphabet::read(call.name(), symbols)?;
        let tweak = tweak([SPEC.name, "alphabet", symbols]);
        Ok(Box::new(NumeralKernel::new(call.name(), &key, tweak, alphabet, Direction::Encrypt)?))
    }
}
