//! The function that a call names, such as 'pseudo_int' in `list_mask(ids, 'pseudo_int', 'beneficiary')`.

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, internal_err, plan_err};

use crate::binding::Binding;
use crate::call::{Call, Given};
use crate::function::MaskingFunction;
use crate::functions::TABLE;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::spec::{Kind, Literal, Parameter};
use crate::udf::check_types;

/// The parameter that names a function.
pub(crate) const FUNCTION: Parameter =
    Parameter::required("function", Kind::Text, "the function that masks each of them, such as 'hash_keyed'")
        .like(&[Literal::Text("hash_keyed")]);
/// The parameter with that function's own arguments.
pub(crate) const ARGUMENTS: Parameter =
    Parameter::required("arguments", Kind::Rest, "what follows the value in a call of that function")
        .like(&[Literal::Text("customer")]);

/// A function with its arguments, named by the call of another one, which runs it on parts of its values.
pub(crate) struct NamedCall {
    function: &'static dyn MaskingFunction,
    call: Call,
}

impl NamedCall {
    /// Reads what `outer` names, to be run on values of a type.
    ///
    /// # Errors
    /// When there is no such function, when it does not depend on one value alone, and whenever it refuses its arguments.
    pub(crate) fn read(outer: &Call, value: &DataType) -> Result<Self> {
        let name = outer.text(FUNCTION.name)?.to_ascii_lowercase();
        let is_named = |function: &&&dyn MaskingFunction| {
            function.spec().name == name || function.spec().aliases.contains(&name.as_str())
        };
        let Some(function) = TABLE.iter().find(is_named) else {
            return plan_err!(
                "{}: expected the name of a function that masks one value, got '{name}'; loup.functions lists them, and \
                 those for structured values do not nest",
                outer.name()
            );
        };
        let spec = function.spec();
        if spec.has_columns() {
            return plan_err!("{}: {} looks at a second value, which a part has not", outer.name(), spec.name);
        }
        if function.is_volatile() {
            return plan_err!("{}: {} gives another result each time, so parts cannot use it", outer.name(), spec.name);
        }
        let types: Vec<DataType> = outer.rest().iter().map(datafusion::common::ScalarValue::data_type).collect();
        check_types(spec, std::iter::once(value).chain(&types))?;
        let field = Field::new("value", value.clone(), true);
        let Some(call) = Call::read(spec, &field, outer.rest().iter().map(Given::Literal))? else {
            return internal_err!("{}: a literal was read as a column", outer.name());
        };
        Ok(Self { function: *function, call })
    }

    /// Returns the function's name.
    pub(crate) fn name(&self) -> &'static str {
        self.call.name()
    }

    /// Returns the type of its results.
    pub(crate) fn result_type(&self, binding: &Binding) -> Result<DataType> {
        self.function.call_type(&self.call, binding)
    }

    /// Returns whether it may turn a value into NULL.
    pub(crate) fn may_return_null(&self) -> Result<bool> {
        self.function.may_return_null(&self.call)
    }

    /// Returns what it promises of each part.
    pub(crate) fn guarantee(&self) -> Result<Guarantee> {
        self.function.guarantee(&self.call)
    }

    /// Returns what it promises of a value that it masks part by part: their number shows, and has no bound, and a value without
    /// parts is its own result.
    pub(crate) fn guarantee_of_parts(&self) -> Result<Guarantee> {
        let of_part = self.guarantee()?;
        let strength = match of_part.strength {
            Strength::Destroyed => Strength::Generalized,
            other => other,
        };
        let collisions = match of_part.strength {
            Strength::Destroyed => Collisions::ManyToOne,
            _ => of_part.collisions,
        };
        Ok(Guarantee { strength, collisions, max_chars: None, fixed_points: true, ..of_part })
    }

    /// Makes its kernel.
    pub(crate) fn compile(&self, binding: &Binding) -> Result<Box<dyn Kernel>> {
        self.function.compile(&self.call, binding)
    }
}
