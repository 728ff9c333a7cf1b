//! mask_card: shows the last four digits of a card number.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::digit_places::{DigitPlaces, LONGEST};
use crate::display::mask_char::{MaskChar, WHOLE};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_card",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the last four digits of a card number.",
    notes: &[
        "MySQL's mask_pan. Blanks and hyphens between digits stay.",
        "A value that has not 13 to 19 digits, or holds anything else, becomes `****`.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the card number"),
        Parameter::optional("ch", Kind::Text, Literal::Text("X"), "what stands for each hidden character"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_card('4111-1111-1111-1111')", output: "XXXX-XXXX-XXXX-1111" },
        Example { sql: "SELECT mask_card('4111111111111111', '*')", output: "************1111" },
        Example { sql: "SELECT mask_card('1111')", output: "****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskCard;

impl MaskingFunction for MaskCard {
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
            match DigitPlaces::read(text, |byte| matches!(byte, b' ' | b'-')) {
                Some(number) if number.digits().len() >= 13 => number.hide(text, 0, 4, ch, out),
                _ => out.push_str(WHOLE),
            }
            Ok(())
        }))
    }
}
