//! What one masking function is: the trait every file under `functions/` implements.

use std::fmt::Debug;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::guarantee::{Budget, Guarantee};
use crate::kernel::Kernel;
use crate::spec::{FunctionSpec, Kind};

/// One masking function. Types, options, dictionaries, scalars, NULL and docs are handled around it, once for all.
pub(crate) trait MaskingFunction: Debug + Send + Sync + 'static {
    /// Returns its name, parameters and docs.
    fn spec(&self) -> &'static FunctionSpec;

    /// Returns the result's type for a value's type (dictionaries unpacked).
    fn return_type(&self, value: &DataType) -> DataType;

    /// Returns the result's type where the options or the binding decide on it too.
    fn call_type(&self, call: &Call, _binding: &Binding) -> Result<DataType> {
        Ok(self.return_type(call.value_type()))
    }

    /// Returns whether the call may turn a value into NULL.
    fn may_return_null(&self, _call: &Call) -> Result<bool> {
        Ok(false)
    }

    /// Returns whether the same call may give other results; then every row is masked by itself.
    fn is_volatile(&self) -> bool {
        false
    }

    /// Returns whether results depend on lists of the session, by itself or by a function that calls name.
    fn reads_lists(&self) -> bool {
        self.spec().parameters.iter().any(|parameter| parameter.kind == Kind::Rest)
    }

    /// Returns what the call promises.
    fn guarantee(&self, call: &Call) -> Result<Guarantee>;

    /// Returns what each result spends, where the call is differentially private.
    fn budget(&self, _call: &Call) -> Result<Option<Budget>> {
        Ok(None)
    }

    /// Checks the call and makes the kernel that runs it. Called when a statement is planned, and then once a batch.
    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>>;
}

/// Returns the type of a text result: the text type that came in, Utf8View for a value that is no text.
pub(crate) fn text_like(value: &DataType) -> DataType {
    match value {
        DataType::Utf8 | DataType::LargeUtf8 => value.clone(),
        _ => DataType::Utf8View,
    }
}
