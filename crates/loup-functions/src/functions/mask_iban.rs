//! mask_iban: shows the country of an IBAN.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::mask_char::{MaskChar, WHOLE};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_iban",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the country of an IBAN.",
    notes: &[
        "MySQL's and Percona's function of this name. Blanks and hyphens stay.",
        "Two letters, two digits and 11 to 30 letters and digits are an IBAN, whatever its check digits; anything else becomes `****`.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the account number"),
        Parameter::optional("ch", Kind::Text, Literal::Text("*"), "what stands for each hidden character"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_iban('DE27100777770209299700')", output: "DE********************" },
        Example { sql: "SELECT mask_iban('GB82 WEST 1234 5698 7654 32', 'X')", output: "GBXX XXXX XXXX XXXX XXXX XX" },
        Example { sql: "SELECT mask_iban('0209299700')", output: "****" },
    ],
};

/// The most characters an IBAN is written in, a blank after each four.
const LONGEST: usize = 42;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskIban;

impl MaskingFunction for MaskIban {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_max_chars(LONGEST))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let ch = MaskChar::read_unlike_digits(call)?;
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            if is_iban(text.as_bytes()) {
                ch.hide(text, |place| place >= 2 && text.as_bytes()[place].is_ascii_alphanumeric(), out);
            } else {
                out.push_str(WHOLE);
            }
            Ok(())
        }))
    }
}

fn is_iban(text: &[u8]) -> bool {
    let (mut marks, mut ends) = (0, text.len() <= LONGEST);
    for &byte in text {
        marks += usize::from(byte.is_ascii_alphanumeric());
        ends &= byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-');
    }
    let starts = matches!(text, [a, b, c, d, ..]
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit());
    starts && ends && (15..=34).contains(&marks)
}
