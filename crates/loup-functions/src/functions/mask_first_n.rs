//! mask_first_n: masks the first n characters by class and shows the rest.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::class_mask::{CLASSES_NOTE, ClassMask, DIGIT, LOWER, OTHER, UPPER};
use crate::display::margins;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_first_n",
    aliases: &[],
    section: Section::Display,
    summary: "Masks the first n characters by class and shows the rest.",
    notes: &[
        "Hive's function of this name. In a value of n characters or fewer, letters without case are masked too.",
        "All but the first n characters show. With n = 0, or a class that NULL keeps, the call is raw.",
        CLASSES_NOTE,
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to mask"),
        Parameter::optional("n", Kind::Integer, Literal::Integer(4), "how many characters to mask"),
        UPPER,
        LOWER,
        DIGIT,
        OTHER,
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_first_n('1234-5678-8765-4321', 4)", output: "nnnn-5678-8765-4321" },
        Example { sql: "SELECT mask_first_n('Ab1', 4)", output: "Xxn" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskFirstN;

impl MaskingFunction for MaskFirstN {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let classes = ClassMask::read(call)?.guarantee();
        Ok(if margins::count(call, "n")? == 0 { Guarantee::raw() } else { classes })
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (classes, n) = (ClassMask::read(call)?, margins::count(call, "n")?);
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match margins::first(text, n) {
                end if end == text.len() => classes.mask_whole(text, out),
                end => {
                    classes.mask(&text[..end], out);
                    out.push_str(&text[end..]);
                }
            }
            Ok(())
        }))
    }
}
