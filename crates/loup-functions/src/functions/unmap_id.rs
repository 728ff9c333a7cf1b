//! unmap_id: the identifier that a mapping table gave a pseudonym for.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::mappings::IdMapping;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "unmap_id",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Turns a pseudonym of a mapping table back into the identifier it stands for.",
    notes: &[
        "It gives clear text: its result counts as raw, and only who has the mapping's key can open the mapping.",
        "What is no pseudonym of the mapping is an error, or NULL where it was made with 'on_missing' 'null'.",
        "The example's mapping holds 7 and gives it 1000000000.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Integer), "the pseudonym"),
        Parameter::required("mapping", Kind::Text, "the mapping table's name"),
    ],
    result: "the type of the input where pseudonyms are numbers, else text",
    examples: &[Example { sql: "SELECT unmap_id(1000000000, 'customers')", output: "7" }],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct UnmapId;

impl MaskingFunction for UnmapId {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn call_type(&self, call: &Call, binding: &Binding) -> Result<DataType> {
        binding.mapping(call.name(), call.text("mapping")?)?.result_type(call.value_type())
    }

    fn may_return_null(&self, _call: &Call) -> Result<bool> {
        Ok(true)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::raw())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        Ok(Box::new(Originals(binding.mapping(call.name(), call.text("mapping")?)?)))
    }
}

struct Originals(Arc<dyn IdMapping>);

impl Kernel for Originals {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        self.0.unmap(values.as_ref())
    }
}
