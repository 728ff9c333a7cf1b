//! mask: every character replaced by its class's, as in Spark.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::class_mask::{CLASSES_NOTE, ClassMask, DIGIT, LOWER, OTHER, UPPER};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask",
    aliases: &[],
    section: Section::Display,
    summary: "Replaces upper-case letters by X, lower-case letters by x and digits by n.",
    notes: &[
        "Spark's function of this name, to the character. NULL keeps a class.",
        CLASSES_NOTE,
        "A character outside the basic plane counts as two others, as in Spark: mask('😀', 'X', 'x', 'n', '-') is --.",
        "Length and punctuation show, and a value that already looks masked is its own result. A call that keeps upper-case \
         letters, lower-case letters or digits is raw: a value may hold nothing else.",
    ],
    parameters: &[Parameter::required("s", Kind::Value(Accepts::Text), "the text to mask"), UPPER, LOWER, DIGIT, OTHER],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask('AbCD123-@$#')", output: "XxXXnnn-@$#" },
        Example { sql: "SELECT mask('AbCD123-@$#', 'Q', 'q', 'd', 'o')", output: "QqQQdddoooo" },
        Example { sql: "SELECT mask('AbCD123-@$#', NULL, 'q', 'd', 'o')", output: "AqCDdddoooo" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Mask;

impl MaskingFunction for Mask {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        Ok(ClassMask::read(call)?.guarantee())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let classes = ClassMask::read(call)?;
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            classes.mask(text, out);
            Ok(())
        }))
    }
}
