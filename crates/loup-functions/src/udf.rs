//! The one ScalarUDFImpl: a masking function bound to a key, as DataFusion sees it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::binding::Binding;
use crate::call::{Call, wrong_type};
use crate::function::MaskingFunction;
use crate::guarantee::Guarantee;
use crate::kernel;
use crate::spec::{Accepts, FunctionSpec, Kind, plain};

/// A masking function bound to a key and a locale.
pub(crate) struct MaskUdf {
    function: &'static dyn MaskingFunction,
    binding: Binding,
    signature: Signature,
    aliases: Vec<String>,
    documentation: Documentation,
}

impl MaskUdf {
    /// Binds a function.
    pub(crate) fn new(function: &'static dyn MaskingFunction, binding: Binding) -> Self {
        let spec = function.spec();
        Self {
            function,
            binding,
            signature: Signature::user_defined(Volatility::Immutable),
            aliases: spec.aliases.iter().map(ToString::to_string).collect(),
            documentation: documentation(spec),
        }
    }

    /// Returns what a call promises: raw when an option is no literal, or the call would be refused.
    pub(crate) fn guarantee(&self, arguments: &[Expr], types: &[DataType]) -> Guarantee {
        let literals = arguments.iter().skip(1).map(|argument| match argument {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        });
        let (Some(value), Some(literals)) = (types.first(), literals.collect::<Option<Vec<_>>>()) else {
            return Guarantee::raw();
        };
        self.promise(value, &literals).ok().flatten().unwrap_or(Guarantee::raw())
    }

    fn promise(&self, value: &DataType, literals: &[&ScalarValue]) -> Result<Option<Guarantee>> {
        let options: Vec<DataType> = literals.iter().map(|literal| literal.data_type()).collect();
        self.check_types(std::iter::once(value).chain(&options))?;
        let value = Field::new("value", value.clone(), true);
        let Some(call) = Call::read(self.spec(), &value, literals.iter().copied().map(Some))? else {
            return Ok(None);
        };
        self.function.compile(&call, &self.binding)?;
        self.function.guarantee(&call).map(Some)
    }

    fn spec(&self) -> &'static FunctionSpec {
        self.function.spec()
    }

    /// Checks the count and the types of the arguments.
    fn check_types<'a>(&self, types: impl Iterator<Item = &'a DataType>) -> Result<()> {
        let spec = self.spec();
        let types: Vec<&DataType> = types.collect();
        let (least, most) = (spec.required(), spec.parameters.len());
        if types.len() < least || types.len() > most {
            let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let noun = if range == "1" { "argument" } else { "arguments" };
            return plan_err!("{}: expected {range} {noun}, got {}; usage: {}", spec.name, types.len(), spec.syntax());
        }
        for (parameter, given) in spec.parameters.iter().zip(types) {
            let fits = match (parameter.kind, plain(given)) {
                (Kind::Value(Accepts::Identifier), value) if value.is_floating() => {
                    return plan_err!(
                        "{}: a float has no single text form, so it cannot be an identifier; cast it to BIGINT or DECIMAL",
                        spec.name
                    );
                }
                (Kind::Value(accepts), value) => accepts.admits(value),
                (_, DataType::Null) => true, // refused with its own message when the option is read
                (Kind::Text | Kind::Choice(_), option) => Accepts::Text.admits(option),
                (Kind::Integer, option) => option.is_integer() || matches!(option, DataType::Decimal128(_, 0)),
                (Kind::Boolean, option) => *option == DataType::Boolean,
            };
            if !fits {
                return wrong_type(spec, parameter, given);
            }
        }
        Ok(())
    }

    /// Returns an argument as a column name shows it. A literal value could be a secret of the data: its place is taken by
    /// a keyed digest of it, so that two literals still make two column names.
    fn shown(&self, position: usize, argument: &Expr) -> Result<String> {
        if let (Expr::Literal(option, _), 1..) = (argument, position) {
            return Ok(option.to_string());
        }
        let hidden = argument.clone().transform(|node| match node {
            Expr::Literal(value, _) if !value.is_null() => {
                let digest = self.binding.digest("column_name", "").digest(value.to_string().as_bytes());
                let name = format!("<{:02x}{:02x}{:02x}>", digest[0], digest[1], digest[2]);
                Ok(Transformed::yes(Expr::Column(Column::new_unqualified(name))))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(hidden.data.schema_name().to_string())
    }
}

impl ScalarUDFImpl for MaskUdf {
    fn name(&self) -> &str {
        self.spec().name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let shown = args.iter().enumerate().map(|(position, argument)| self.shown(position, argument));
        Ok(format!("{}({})", self.name(), shown.collect::<Result<Vec<_>>>()?.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Casts nothing: text keeps its encoding, a dictionary stays one. Types are checked by `return_field_from_args`, whose
    /// errors DataFusion shows as they are; around an error from here it wraps advice about casts.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let mut types = types.to_vec();
        if let (Some(value @ DataType::Null), Some(Kind::Value(accepts))) =
            (types.first_mut(), self.spec().parameters.first().map(|p| p.kind))
            && accepts != Accepts::Any
        {
            *value = DataType::Utf8View;
        }
        Ok(types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let Some(value) = types.first() else {
            return internal_err!("{}: no argument", self.name());
        };
        Ok(encoded(value, self.function.return_type(plain(value))))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.check_types(args.arg_fields.iter().map(|field| field.data_type()))?;
        let Some(value) = args.arg_fields.first() else {
            return internal_err!("{}: no argument", self.name());
        };
        let options = args.scalar_arguments.iter().skip(1).copied();
        let (masked, nullable) = match Call::read(self.spec(), value, options)? {
            Some(call) => {
                self.function.compile(&call, &self.binding)?;
                let nullable = value.is_nullable() || self.function.may_return_null(&call)?;
                (self.function.call_type(&call, &self.binding)?, nullable)
            }
            // An option may still fold to a literal; if not, invoke_with_args refuses it.
            None => (self.function.return_type(plain(value.data_type())), true),
        };
        Ok(Arc::new(Field::new(self.name(), encoded(value.data_type(), masked), nullable)))
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (Some(value), Some(field)) = (args.args.first(), args.arg_fields.first()) else {
            return internal_err!("{}: no argument", self.name());
        };
        let options = args.args[1..].iter().map(|option| match option {
            ColumnarValue::Scalar(literal) => Some(literal),
            ColumnarValue::Array(_) => None,
        });
        let Some(call) = Call::read(self.spec(), field, options)? else {
            return exec_err!("{}: options must be literals, got a column", self.name());
        };
        let kernel = self.function.compile(&call, &self.binding)?;
        kernel::execute(kernel.as_ref(), value)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Returns the type of a result whose values are of type `masked`: a dictionary stays one.
fn encoded(value: &DataType, masked: DataType) -> DataType {
    match value {
        DataType::Dictionary(keys, _) => DataType::Dictionary(keys.clone(), Box::new(masked)),
        _ => masked,
    }
}

/// Returns the docs in the form that information_schema and SHOW FUNCTIONS read.
fn documentation(spec: &FunctionSpec) -> Documentation {
    let section = DocSection { include: true, label: spec.section.title(), description: Some(spec.section.about()) };
    let mut builder = Documentation::builder(section, spec.summary, spec.syntax());
    for parameter in spec.parameters {
        builder = builder.with_argument(parameter.name, parameter.doc);
    }
    if let Some(example) = spec.examples.first() {
        builder = builder.with_sql_example(format!("{}\n-- {}", example.sql, example.output));
    }
    builder.build()
}

impl PartialEq for MaskUdf {
    fn eq(&self, other: &Self) -> bool {
        self.spec().name == other.spec().name && self.binding == other.binding
    }
}

impl Eq for MaskUdf {}

impl Hash for MaskUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec().name.hash(state);
        self.binding.hash(state);
    }
}

impl fmt::Debug for MaskUdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskUdf")
            .field("function", &self.spec().name)
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}

/// Returns a value's default call, for the docs.
pub(crate) fn default_call(spec: &'static FunctionSpec, value: &DataType) -> Result<Option<Call>> {
    let required = spec.parameters.iter().skip(1).filter(|p| p.default.is_none());
    let options = required.map(|parameter| match parameter.kind {
        Kind::Choice(allowed) => ScalarValue::from(allowed.first().copied()),
        _ => ScalarValue::from("domain"),
    });
    let options: Vec<ScalarValue> = options.collect();
    Call::read(spec, &Field::new("value", value.clone(), true), options.iter().map(Some))
}
