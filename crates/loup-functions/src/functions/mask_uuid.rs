//! mask_uuid: hides every digit of a UUID.

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
    name: "mask_uuid",
    aliases: &[],
    section: Section::Display,
    summary: "Hides every digit of a UUID.",
    notes: &[
        "MySQL's and Percona's function of this name. Hyphens stay; anything but 32 hexadecimal digits, in one or with the four hyphens, becomes `****`.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the UUID as text"),
        Parameter::optional("ch", Kind::Text, Literal::Text("*"), "what stands for each hidden character"),
    ],
    result: "the text type of the input",
    examples: &[
        Example {
            sql: "SELECT mask_uuid('5f1b1c9e-3c4d-4e5f-8a6b-7c8d9e0f1a2b')",
            output: "********-****-****-****-************",
        },
        Example { sql: "SELECT mask_uuid('5f1b1c9e')", output: "****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskUuid;

impl MaskingFunction for MaskUuid {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Destroyed, Collisions::ManyToOne).with_max_chars(36))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let ch = MaskChar::read_unlike_digits(call)?;
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            if is_uuid(text.as_bytes()) {
                ch.hide(text, |place| text.as_bytes()[place] != b'-', out);
            } else {
                out.push_str(WHOLE);
            }
            Ok(())
        }))
    }
}

fn is_uuid(text: &[u8]) -> bool {
    match text.len() {
        32 => text.iter().all(u8::is_ascii_hexdigit),
        36 => text.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        }),
        _ => false,
    }
}
