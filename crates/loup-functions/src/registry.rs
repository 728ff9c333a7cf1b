//! All functions, whatever their kind: those of one value, random ones, and those of a window.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{ScalarUDF, WindowUDF};

use crate::aliases::AliasUdf;
use crate::binding::Binding;
use crate::function::MaskingFunction;
use crate::functions::TABLE;
use crate::guarantee::Guarantee;
use crate::random::RandomUdf;
use crate::shuffle::Shuffle;
use crate::spec::{Accepts, FunctionSpec, Kind};
use crate::udf::{MaskUdf, default_call};
use crate::{random, shuffle, structured};

/// Returns every scalar function, bound to a key and a locale, and the aliases that other tools have for them.
pub fn functions(binding: &Binding) -> Vec<Arc<ScalarUDF>> {
    let masks = masking().map(|function| ScalarUDF::new_from_impl(MaskUdf::new(function, binding.clone())));
    let random = random::TABLE.iter().map(|function| RandomUdf::new(function, binding.allows_random()));
    let functions: Vec<_> = masks.chain(random.map(ScalarUDF::new_from_impl)).map(Arc::new).collect();
    let aliases = AliasUdf::all(&functions, binding).into_iter().map(|alias| Arc::new(ScalarUDF::new_from_impl(alias)));
    functions.iter().cloned().chain(aliases).collect()
}

/// Returns every window function, bound to a key.
pub fn window_functions(binding: &Binding) -> Vec<Arc<WindowUDF>> {
    vec![Arc::new(WindowUDF::new_from_impl(Shuffle::new(binding.clone())))]
}

/// Registers every masking function, bound to a key and a locale.
///
/// # Errors
/// When the registry refuses a function.
pub fn register_all(registry: &mut dyn FunctionRegistry, binding: &Binding) -> Result<()> {
    for udf in functions(binding) {
        registry.register_udf(udf)?;
    }
    for udwf in window_functions(binding) {
        registry.register_udwf(udwf)?;
    }
    Ok(())
}

/// Returns the functions of one value.
pub(crate) fn masking() -> impl Iterator<Item = &'static dyn MaskingFunction> {
    TABLE.iter().chain(structured::TABLE).copied()
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
