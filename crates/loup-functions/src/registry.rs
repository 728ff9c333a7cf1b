//! All functions, whatever their kind: those of one value, random ones, and those of a window.

use datafusion::arrow::datatypes::DataType;

use crate::function::MaskingFunction;
use crate::guarantee::Guarantee;
use crate::spec::{Accepts, FunctionSpec, Kind};
use crate::udf::default_call;
use crate::{functions, random, shuffle, structured};

/// Returns the functions of one value.
pub(crate) fn masking() -> impl Iterator<Item = &'static dyn MaskingFunction> {
    functions::TABLE.iter().chain(structured::TABLE).copied()
}

/// Returns what every function is, in the order of registration.
pub(crate) fn specs() -> impl Iterator<Item = &'static FunctionSpec> {
    let random = random::TABLE.iter().map(|function| &function.spec);
    masking().map(MaskingFunction::spec).chain(std::iter::once(&shuffle::SPEC)).chain(random)
}

/// Returns every function with what it promises when its options are the typical ones.
pub(crate) fn all() -> impl Iterator<Item = (&'static FunctionSpec, Guarantee)> {
    let random = random::TABLE.iter().map(|function| (&function.spec, random::GUARANTEE));
    let windows = std::iter::once((&shuffle::SPEC, shuffle::GUARANTEE));
    masking().map(|function| (function.spec(), typical_guarantee(function))).chain(windows).chain(random)
}

fn typical_guarantee(function: &dyn MaskingFunction) -> Guarantee {
    let spec = function.spec();
    let call = default_call(spec, &typical_value(spec)).ok().flatten();
    call.and_then(|call| function.guarantee(&call).ok()).unwrap_or(Guarantee::raw())
}

/// Returns the type of value a function is mostly used on.
fn typical_value(spec: &FunctionSpec) -> DataType {
    match spec.parameters.first().map(|p| p.kind) {
        Some(Kind::Value(Accepts::Integer)) => DataType::Int64,
        Some(Kind::Value(Accepts::Date)) => DataType::Date32,
        Some(Kind::Value(Accepts::List)) => DataType::new_list(DataType::Utf8View, true),
        _ => DataType::Utf8View,
    }
}
