//! The one ScalarUDFImpl: a masking function bound to a key, as DataFusion sees it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Column, Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use crate::binding::Binding;
use crate::call::{Call, Given, wrong_type};
use crate::function::MaskingFunction;
use crate::guarantee::{Budget, Guarantee};
use crate::kernel;
use crate::spec::{Accepts, FunctionSpec, Kind, Literal, Parameter, plain};

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
            signature: Signature::user_defined(if function.is_volatile() {
                Volatility::Volatile
            } else {
                Volatility::Immutable
            }),
            aliases: spec.aliases.iter().map(ToString::to_string).collect(),
            documentation: documentation(spec),
        }
    }

    /// Returns what a call promises: raw when an option is no literal, or the call would be refused.
    pub(crate) fn guarantee(&self, arguments: &[Expr], types: &[DataType]) -> Guarantee {
        let call = self.call(arguments, types).ok().flatten();
        call.and_then(|call| self.function.guarantee(&call).ok()).unwrap_or(Guarantee::raw())
    }

    /// Returns what each result of a call spends; None when it is not differentially private, or would be refused.
    pub(crate) fn budget(&self, arguments: &[Expr], types: &[DataType]) -> Option<Budget> {
        self.function.budget(&self.call(arguments, types).ok()??).ok()?
    }

    /// Reads and checks a call; None when an option is no literal.
    fn call(&self, arguments: &[Expr], types: &[DataType]) -> Result<Option<Call>> {
        let Some(value) = types.first() else { return Ok(None) };
        let literals: Vec<Option<ScalarValue>> = arguments.iter().skip(1).map(literal_of).collect();
        // Of types only the value's must be given; a further column's type is known when it is.
        let unknown = DataType::Null;
        let given: Vec<Given<'_>> = (1..)
            .zip(&literals)
            .map(|(position, literal)| match literal {
                Some(literal) => Given::Literal(literal),
                None => Given::Column(types.get(position).unwrap_or(&unknown)),
            })
            .collect();
        let further: Vec<DataType> = given.iter().map(Given::data_type).collect();
        check_types(self.spec(), std::iter::once(value).chain(&further))?;
        let value = Field::new("value", value.clone(), true);
        let Some(call) = Call::read(self.spec(), &value, given)? else {
            return Ok(None);
        };
        self.function.compile(&call, &self.binding)?;
        Ok(Some(call))
    }

    fn spec(&self) -> &'static FunctionSpec {
        self.function.spec()
    }

    /// Returns whether equal values of one column may get different results.
    fn by_row(&self) -> bool {
        self.function.is_volatile() || self.spec().has_columns()
    }

    /// Returns the type of a result whose values are of type `masked`: a dictionary stays one where equal values get equal
    /// results.
    fn encoded(&self, value: &DataType, masked: DataType) -> DataType {
        match value {
            DataType::Dictionary(keys, _) if !self.by_row() => DataType::Dictionary(keys.clone(), Box::new(masked)),
            _ => masked,
        }
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
        let shown =
            args.iter().enumerate().map(|(position, argument)| self.binding.shown(position == 0, &named(argument)?));
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
            *value = match accepts {
                Accepts::List => DataType::new_list(DataType::Utf8View, true),
                _ => DataType::Utf8View,
            };
        }
        // A further value that is NULL without a type is NULL in every row.
        for (given, parameter) in types.iter_mut().zip(self.spec().parameters) {
            if matches!(parameter.kind, Kind::Column(_)) && *given == DataType::Null {
                *given = DataType::Utf8View;
            }
        }
        Ok(types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let Some(value) = types.first() else {
            return internal_err!("{}: no argument", self.name());
        };
        Ok(self.encoded(value, self.function.return_type(plain(value))))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        check_types(self.spec(), args.arg_fields.iter().map(|field| field.data_type()))?;
        let Some(value) = args.arg_fields.first() else {
            return internal_err!("{}: no argument", self.name());
        };
        let given = args.scalar_arguments.iter().zip(args.arg_fields).skip(1).map(|(literal, field)| match literal {
            Some(literal) => Given::Literal(literal),
            None => Given::Column(field.data_type()),
        });
        let (masked, nullable, is_uuid) = match Call::read(self.spec(), value, given)? {
            Some(call) => {
                self.function.compile(&call, &self.binding)?;
                let further =
                    self.spec().has_columns() && args.arg_fields.iter().skip(1).any(|field| field.is_nullable());
                let nullable = value.is_nullable() || further || self.function.may_return_null(&call)?;
                (self.function.call_type(&call, &self.binding)?, nullable, call.is_uuid())
            }
            // An option may still fold to a literal; if not, invoke_with_args refuses it.
            None => (self.function.return_type(plain(value.data_type())), true, false),
        };
        let stays_uuid = is_uuid && masked == DataType::FixedSizeBinary(16);
        let field = Field::new(self.name(), self.encoded(value.data_type(), masked), nullable);
        Ok(Arc::new(if stays_uuid { field.with_metadata(value.metadata().clone()) } else { field }))
    }

    fn is_strict(&self) -> bool {
        self.spec().is_strict()
    }

    /// Refuses an option that a query gives: it would be data, which messages about options and results would show.
    fn simplify(&self, args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        refuse_queries(self.name(), args.get(1..).unwrap_or_default())?;
        Ok(ExprSimplifyResult::Original(args))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (Some(value), Some(field)) = (args.args.first(), args.arg_fields.first()) else {
            return internal_err!("{}: no argument", self.name());
        };
        let given = args.args.iter().zip(&args.arg_fields).skip(1).map(|(value, field)| match value {
            ColumnarValue::Scalar(literal) => Given::Literal(literal),
            ColumnarValue::Array(_) => Given::Column(field.data_type()),
        });
        let Some(call) = Call::read(self.spec(), field, given)? else {
            return exec_err!("{}: options must be literals, got a column", self.name());
        };
        let kernel = self.function.compile(&call, &self.binding)?;
        if !self.by_row() {
            return kernel::execute(kernel.as_ref(), value);
        }
        // A literal under a volatile function still gets a result of its own in each row.
        let rows = args.number_rows;
        let value = &match value {
            ColumnarValue::Scalar(scalar) if self.function.is_volatile() => {
                ColumnarValue::Array(scalar.to_array_of_size(rows)?)
            }
            other => other.clone(),
        };
        let is_column = |(parameter, _): &(&Parameter, _)| matches!(parameter.kind, Kind::Column(_));
        let further = self.spec().parameters.iter().zip(&args.args).filter(is_column).map(|(_, value)| value);
        kernel::execute_rows(kernel.as_ref(), value, &further.collect::<Vec<_>>(), rows)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Checks the count and the types of the arguments of a call.
pub(crate) fn check_types<'a>(spec: &FunctionSpec, types: impl Iterator<Item = &'a DataType>) -> Result<()> {
    let types: Vec<&DataType> = types.collect();
    let least = spec.required();
    if types.len() < least || spec.most().is_some_and(|most| types.len() > most) {
        let range = match spec.most() {
            Some(most) if most == least => least.to_string(),
            Some(most) => format!("{least} to {most}"),
            None => format!("{least} or more"),
        };
        let noun = if range == "1" { "argument" } else { "arguments" };
        return plan_err!("{}: expected {range} {noun}, got {}; usage: {}", spec.name, types.len(), spec.syntax());
    }
    for (parameter, given) in spec.parameters.iter().zip(types) {
        let fits = match (parameter.kind, plain(given)) {
            (Kind::Value(Accepts::Identifier | Accepts::Scalar), value) if value.is_floating() => {
                return plan_err!(
                    "{}: a float has no single text form, so it cannot be an identifier; cast it to BIGINT or DECIMAL",
                    spec.name
                );
            }
            (Kind::Value(accepts) | Kind::Window(accepts), value) => accepts.admits(value),
            (_, DataType::Null) => true, // refused with its own message when the option is read
            (Kind::Column(accepts), value) => accepts.admits(value),
            (Kind::Text | Kind::TextOrNull | Kind::Choice(_), option) => Accepts::Text.admits(option),
            (Kind::Number, option) => option.is_numeric(),
            (Kind::List, option) => Accepts::Text.admits(option) || Accepts::List.admits(option),
            (Kind::Rest, _) => break,
            (Kind::Integer, option) => option.is_integer() || matches!(option, DataType::Decimal128(_, 0)),
            (Kind::Boolean, option) => *option == DataType::Boolean,
        };
        if !fits {
            return wrong_type(spec, parameter, given);
        }
    }
    Ok(())
}

/// Returns the value of an expression that is a literal, or a list of literals before it is folded to one.
pub(crate) fn literal_of(argument: &Expr) -> Option<ScalarValue> {
    match argument {
        Expr::Literal(value, _) => Some(value.clone()),
        Expr::Cast(cast) => literal_of(&cast.expr)?.cast_to(cast.field.data_type()).ok(),
        Expr::Alias(alias) => literal_of(&alias.expr),
        Expr::ScalarFunction(call) if call.func.name() == "make_array" => {
            let entries = call.args.iter().map(literal_of).collect::<Option<Vec<_>>>()?;
            let first = entries.first()?.data_type();
            let alike = entries.iter().all(|entry| entry.data_type() == first);
            alike.then(|| ScalarValue::List(ScalarValue::new_list_nullable(&entries, &first)))
        }
        _ => None,
    }
}

/// Names the masking calls inside an argument as they are named alone: the optimizer takes what is computed twice out, under
/// that name, and the column's name must stay.
fn named(argument: &Expr) -> Result<Expr> {
    let named = argument.clone().transform_down(|node| match &node {
        Expr::ScalarFunction(call) if call.func.inner().downcast_ref::<MaskUdf>().is_some() => {
            let name = node.schema_name().to_string();
            Ok(Transformed::new(Expr::Column(Column::new_unqualified(name)), true, TreeNodeRecursion::Jump))
        }
        _ => Ok(Transformed::no(node)),
    });
    Ok(named?.data)
}

/// Refuses options that hold a query: its result would pass for a literal.
pub(crate) fn refuse_queries(name: &str, options: &[Expr]) -> Result<()> {
    let is_query = |part: &Expr| Ok(matches!(part, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)));
    for option in options {
        if option.exists(is_query)? {
            return plan_err!("{name}: options must be literals, got a query");
        }
    }
    Ok(())
}

/// Returns the docs in the form that information_schema and SHOW FUNCTIONS read.
pub(crate) fn documentation(spec: &FunctionSpec) -> Documentation {
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

impl Budget {
    /// Returns what each result of a call spends, or None when the function is not differentially private.
    ///
    /// `args` are the call's arguments and `types` their types, as of [`guarantee`](crate::guarantee()).
    pub fn of(udf: &ScalarUDF, args: &[Expr], types: &[DataType]) -> Option<Self> {
        udf.inner().downcast_ref::<MaskUdf>()?.budget(args, types)
    }
}

impl PartialEq for MaskUdf {
    fn eq(&self, other: &Self) -> bool {
        self.spec().name == other.spec().name
            && self.binding == other.binding
            && (!self.function.reads_lists() || self.binding.has_lists_of(&other.binding))
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

/// Returns a call with the options it requires, as they typically are, for the docs.
pub(crate) fn default_call(spec: &'static FunctionSpec, value: &DataType) -> Result<Option<Call>> {
    let required = spec.options().iter().filter(|p| p.default.is_none());
    let options: Vec<ScalarValue> = required
        .flat_map(|p| p.samples().into_iter().take(if p.kind == Kind::Rest { usize::MAX } else { 1 }))
        .map(Literal::to_scalar)
        .collect();
    Call::read(spec, &Field::new("value", value.clone(), true), options.iter().map(Given::Literal))
}
