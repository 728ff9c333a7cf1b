//! keep_blank: a masked value, but a blank one as it stands.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "keep_blank",
    aliases: &[],
    section: Section::Structured,
    summary: "Returns the masked value, or the value itself where it is empty or blank.",
    notes: &[
        "For columns in which '' means that there is nothing: a fake or a hash would invent something.",
        "It masks nothing itself, so its own guarantee is raw: what the second argument does counts.",
        "Both arguments are computed for every row; NULL as the masked value stays NULL.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Text), "the text as it is"),
        Parameter::required("masked", Kind::Column(Accepts::Text), "the text masked, such as fake_first_name(x)"),
    ],
    result: "the text type of the input, a dictionary unpacked",
    examples: &[
        Example { sql: "SELECT keep_blank('', redact('')) = ''", output: "true" },
        Example { sql: "SELECT keep_blank('Anna', redact('Anna'))", output: "[REDACTED]" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct KeepBlank;

impl MaskingFunction for KeepBlank {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::raw())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        Ok(Box::new(Blanks { out: self.return_type(call.value_type()) }))
    }
}

struct Blanks {
    out: DataType,
}

impl Kernel for Blanks {
    fn run(&self, _values: &ArrayRef) -> Result<ArrayRef> {
        internal_err!("keep_blank: no masked values")
    }

    fn run_beside(&self, values: &ArrayRef, further: &[ArrayRef]) -> Result<ArrayRef> {
        let [masked] = further else {
            return internal_err!("keep_blank: expected one further value, got {}", further.len());
        };
        let (values, masked) = (cast(values, &DataType::Utf8View)?, cast(masked, &DataType::Utf8View)?);
        let (values, masked) = (values.as_string_view(), masked.as_string_view());
        let mut out = TextBuilder::new(&self.out, values.len(), 24)?;
        for row in 0..values.len() {
            if values.is_null(row) {
                out.set_null();
            } else if values.value(row).trim().is_empty() {
                out.push_str(values.value(row));
            } else if masked.is_null(row) {
                out.set_null();
            } else {
                out.push_str(masked.value(row));
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}
