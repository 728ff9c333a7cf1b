//! map_id: the pseudonym that a mapping table gives an identifier.

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
    name: "map_id",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces an identifier by the pseudonym that a mapping table holds for it.",
    notes: &[
        "CREATE EXTERNAL TABLE m STORED AS MAPPING makes or opens the table, INSERT INTO m SELECT fills it.",
        "7 as BIGINT, INT and text is one original. Text keeps its blanks and zeros: '007' is another one.",
        "A value that is not in the mapping is an error, or NULL where the mapping was made with 'on_missing' 'null'.",
        "The example's mapping holds 7 and gives it 1000000000.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Integer), "the identifier"),
        Parameter::required("mapping", Kind::Text, "the mapping table's name"),
    ],
    result: "the type of the input where pseudonyms are numbers, else text",
    examples: &[Example { sql: "SELECT map_id(7, 'customers')", output: "1000000000" }],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MapId;

impl MaskingFunction for MapId {
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
        // Pairs that were given and not drawn may be any.
        Ok(Guarantee::permutation())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        Ok(Box::new(Pseudonyms(binding.mapping(call.name(), call.text("mapping")?)?)))
    }
}

struct Pseudonyms(Arc<dyn IdMapping>);

impl Kernel for Pseudonyms {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        self.0.map(values.as_ref())
    }
}
