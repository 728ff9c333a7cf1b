//! The ScalarUDFImpl of random functions: volatile, and refused until the session allows them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::RandomFunction;
use super::entropy::Entropy;
use crate::call::{Call, Given};
use crate::spec::FunctionSpec;
use crate::udf::{check_types, documentation, refuse_queries};

/// A random function, as DataFusion sees it.
pub(crate) struct RandomUdf {
    function: &'static RandomFunction,
    is_allowed: bool,
    signature: Signature,
    aliases: Vec<String>,
    documentation: Documentation,
}

impl RandomUdf {
    /// Binds a function: planning refuses it unless random values are allowed.
    pub(crate) fn new(function: &'static RandomFunction, is_allowed: bool) -> Self {
        let signature = Signature::user_defined(Volatility::Volatile);
        let aliases = function.spec.aliases.iter().map(ToString::to_string).collect();
        Self { function, is_allowed, signature, aliases, documentation: documentation(&function.spec) }
    }

    fn spec(&self) -> &'static FunctionSpec {
        &self.function.spec
    }

    fn call<'a>(&self, given: impl IntoIterator<Item = Given<'a>>) -> Result<Option<Call>> {
        Call::read(self.spec(), &Field::new("none", DataType::Null, true), given)
    }
}

impl ScalarUDFImpl for RandomUdf {
    fn name(&self) -> &str {
        self.spec().name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Casts nothing: types are checked by `return_field_from_args`.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.function.result.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let name = self.name();
        if !self.is_allowed {
            return plan_err!(
                "{name}: random values differ on every run and never join; {} repeats, or SET loup.allow_random = true",
                self.function.keyed
            );
        }
        check_types(self.spec(), args.arg_fields.iter().map(|field| field.data_type()))?;
        let given = args.scalar_arguments.iter().zip(args.arg_fields).map(|(literal, field)| match literal {
            Some(literal) => Given::Literal(literal),
            None => Given::Column(field.data_type()),
        });
        // An option may still fold to a literal; if not, invoke_with_args refuses it.
        if let Some(call) = self.call(given)? {
            drop((self.function.compile)(&call)?);
        }
        Ok(Arc::new(Field::new(name, self.function.result.clone(), false)))
    }

    /// Refuses an option that a query gives: it would be data, which messages about options and results would show.
    fn simplify(&self, args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        refuse_queries(self.name(), &args)?;
        Ok(ExprSimplifyResult::Original(args))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = args.args.iter().zip(&args.arg_fields).map(|(value, field)| match value {
            ColumnarValue::Scalar(literal) => Given::Literal(literal),
            ColumnarValue::Array(_) => Given::Column(field.data_type()),
        });
        let Some(call) = self.call(given)? else {
            return exec_err!("{}: options must be literals, got a column", self.name());
        };
        let draw = (self.function.compile)(&call)?;
        Ok(ColumnarValue::Array(draw(&mut Entropy::new(self.spec().name), args.number_rows)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

impl PartialEq for RandomUdf {
    fn eq(&self, other: &Self) -> bool {
        self.spec().name == other.spec().name && self.is_allowed == other.is_allowed
    }
}

impl Eq for RandomUdf {}

impl Hash for RandomUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec().name.hash(state);
        self.is_allowed.hash(state);
    }
}

impl fmt::Debug for RandomUdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RandomUdf").field("function", &self.spec().name).finish_non_exhaustive()
    }
}
