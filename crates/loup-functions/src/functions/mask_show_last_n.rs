//! mask_show_last_n: shows the last n characters and masks the rest by class.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::class_mask::{CLASSES_NOTE, ClassMask, DIGIT, LOWER, OTHER, UPPER};
use crate::display::margins;
use crate::display::mask_char::SHOWN_AT_MOST;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_show_last_n",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the last n characters and masks the rest by class.",
    notes: &[
        "Hive's function of this name, but for short values: one of n characters or fewer, which Hive shows, is masked whole.",
        "With n above 16, or a class that NULL keeps, the call is raw.",
        CLASSES_NOTE,
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to mask"),
        Parameter::optional("n", Kind::Integer, Literal::Integer(4), "how many characters to show"),
        UPPER,
        LOWER,
        DIGIT,
        OTHER,
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_show_last_n('1234-5678-8765-4321', 4)", output: "nnnn-nnnn-nnnn-4321" },
        Example { sql: "SELECT mask_show_last_n('Ab1', 4)", output: "Xxn" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskShowLastN;

impl MaskingFunction for MaskShowLastN {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let classes = ClassMask::read(call)?.guarantee();
        Ok(if margins::count(call, "n")? > SHOWN_AT_MOST { Guarantee::raw() } else { classes })
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (classes, n) = (ClassMask::read(call)?, margins::count(call, "n")?);
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match margins::last(text, n) {
                0 => classes.mask_whole(text, out),
                start => {
                    classes.mask(&text[..start], out);
                    out.push_str(&text[start..]);
                }
            }
            Ok(())
        }))
    }
}
