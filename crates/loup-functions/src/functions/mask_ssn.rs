//! mask_ssn: shows the last four digits of a US social security number.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::digit_places::DigitPlaces;
use crate::display::mask_char::{MaskChar, WHOLE};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_ssn",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the last four digits of a US social security number.",
    notes: &["123-45-6789, 123 45 6789 and 123456789 are such numbers; anything else becomes `****`."],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the number"),
        Parameter::optional("ch", Kind::Text, Literal::Text("*"), "what stands for each hidden character"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_ssn('123-45-6789')", output: "***-**-6789" },
        Example { sql: "SELECT mask_ssn('123456789', 'X')", output: "XXXXX6789" },
        Example { sql: "SELECT mask_ssn('6789')", output: "****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskSsn;

impl MaskingFunction for MaskSsn {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_max_chars(11))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let ch = MaskChar::read_unlike_digits(call)?;
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match DigitPlaces::read(text, |byte| matches!(byte, b' ' | b'-')) {
                Some(number) if is_written_as_ssn(text.as_bytes(), number.digits().len()) => {
                    number.hide(text, 0, 4, ch, out);
                }
                _ => out.push_str(WHOLE),
            }
            Ok(())
        }))
    }
}

/// Returns whether text of digits and separators has its nine digits together, or in groups of three, two and four.
fn is_written_as_ssn(text: &[u8], digits: usize) -> bool {
    digits == 9 && (text.len() == 9 || (text.len() == 11 && !text[3].is_ascii_digit() && !text[6].is_ascii_digit()))
}
