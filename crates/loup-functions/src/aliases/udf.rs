//! The ScalarUDFImpl of an alias: maps the arguments, and hands the call to the function that it stands for.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::FixedSizeBinaryArray;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, internal_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, lit,
};

use super::form::{Form, Slot};
use super::{Alias, forms};
use crate::binding::Binding;
use crate::guarantee::Guarantee;
use crate::spec::{Accepts, Kind, Section};
use crate::udf::literal_of;
use crate::udf::refuse_queries;

/// Bytes of a seed that nobody gave.
const SEED: usize = 16;

/// A name of another tool, with the calls that it stands for.
pub(crate) struct AliasUdf {
    name: &'static str,
    calls: Vec<Call>,
    binding: Binding,
    signature: Signature,
    documentation: Documentation,
}

/// One form of its calls.
struct Call {
    form: &'static Form,
    target: Arc<ScalarUDF>,
}

impl AliasUdf {
    /// Makes the aliases of functions that are bound.
    pub(crate) fn all(functions: &[Arc<ScalarUDF>], binding: &Binding) -> Vec<Self> {
        let mut names: BTreeMap<&'static str, Vec<Call>> = BTreeMap::new();
        for form in forms() {
            if let Some(target) = functions.iter().find(|function| function.name() == form.alias.target()) {
                names.entry(form.alias.name()).or_default().push(Call { form, target: Arc::clone(target) });
            }
        }
        names.into_iter().map(|(name, calls)| Self::new(name, calls, binding.clone())).collect()
    }

    fn new(name: &'static str, calls: Vec<Call>, binding: Binding) -> Self {
        let is_volatile =
            |call: &Call| call.form.is_random() || call.target.signature().volatility == Volatility::Volatile;
        let volatility = if calls.iter().any(is_volatile) { Volatility::Volatile } else { Volatility::Immutable };
        let documentation = documentation(&calls);
        Self { name, calls, binding, signature: Signature::user_defined(volatility), documentation }
    }

    /// Returns the call that one of the alias stands for; None where not all literals are known.
    pub(super) fn expand(&self, arguments: &[Expr]) -> Option<(Arc<ScalarUDF>, Vec<Expr>)> {
        let literals: Vec<_> = arguments.iter().map(literal_of).collect();
        let (call, slots) = self.resolve(&literals).ok()??;
        let expand = |slot| match slot {
            Slot::Given(position) => arguments[position].clone(),
            Slot::Literal(literal) => lit(literal),
            // Of a seed nothing is known but that it comes from no column.
            Slot::Seed => lit(ScalarValue::FixedSizeBinary(SEED as i32, None)),
        };
        Some((Arc::clone(&call.target), slots.into_iter().map(expand).collect()))
    }

    /// Returns what a call promises.
    pub(crate) fn guarantee(&self, arguments: &[Expr], types: &[DataType]) -> Guarantee {
        let literals: Vec<_> = arguments.iter().map(literal_of).collect();
        let Ok(Some((call, slots))) = self.resolve(&literals) else { return Guarantee::raw() };
        let Some((target, expanded)) = self.expand(arguments) else { return Guarantee::raw() };
        let types = slots.iter().map(|slot| match slot {
            Slot::Given(position) => types.get(*position).cloned(),
            Slot::Literal(literal) => Some(literal.data_type()),
            Slot::Seed => Some(seed_type()),
        });
        let Some(types) = types.collect::<Option<Vec<_>>>() else { return Guarantee::raw() };
        let guarantee = crate::guarantee(&target, &expanded, &types).unwrap_or(Guarantee::raw());
        Guarantee { deterministic: guarantee.deterministic && !call.form.is_random(), ..guarantee }
    }

    /// Finds the form of a call, and what the positions of the target's call get.
    fn resolve(&self, given: &[Option<ScalarValue>]) -> Result<Option<(&Call, Vec<Slot>)>> {
        let Some(call) = self.calls.iter().find(|call| call.form.fits(given)) else {
            return self.refuse(given);
        };
        if call.form.is_random() && !self.binding.allows_random() {
            return plan_err!(
                "{}: without a seed it gives other values on every run, so nothing joins; write {}(column ..), or SET \
                 loup.allow_random = true",
                self.name,
                call.target.name()
            );
        }
        Ok(call.form.slots(given)?.map(|slots| (call, slots)))
    }

    /// Says what calls there are.
    fn refuse<T>(&self, given: &[Option<ScalarValue>]) -> Result<Option<T>> {
        let methods: Vec<_> =
            self.calls.iter().filter_map(|call| call.form.parameters.first().and_then(|first| first.selects)).collect();
        match given.first() {
            Some(None) if !methods.is_empty() => plan_err!("{}: the method must be a text literal", self.name),
            Some(Some(method)) if !methods.is_empty() => {
                let known = method.try_as_str().flatten().is_some_and(|method| methods.contains(&method));
                if !known {
                    return plan_err!("{}: there is no such method; there are {}", self.name, methods.join(", "));
                }
                self.wrong_count(given.len())
            }
            _ => self.wrong_count(given.len()),
        }
    }

    fn wrong_count<T>(&self, given: usize) -> Result<Option<T>> {
        let usage: Vec<_> = self.calls.iter().take(4).map(|call| call.form.alias.form).collect();
        plan_err!("{}: no form takes {given} arguments; usage: {}", self.name, usage.join(" or "))
    }
}

impl ScalarUDFImpl for AliasUdf {
    fn name(&self) -> &str {
        self.name
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let is_value = |position| self.calls.iter().any(|call| call.form.is_value(position));
        let shown =
            args.iter().enumerate().map(|(position, argument)| self.binding.shown(is_value(position), argument));
        Ok(format!("{}({})", self.name, shown.collect::<Result<Vec<_>>>()?.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Casts nothing, as the functions that aliases stand for.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let typed = |(position, given): (usize, &DataType)| {
            let takes_any = |call: &Call| {
                let first = call.form.target.parameters.first();
                first.is_some_and(|parameter| parameter.kind == Kind::Value(Accepts::Any))
            };
            let is_masked = |call: &Call| call.form.is_value(position) && !takes_any(call);
            let is_null = given.is_null() && self.calls.iter().any(is_masked);
            if is_null { DataType::Utf8View } else { given.clone() }
        };
        Ok(types.iter().enumerate().map(typed).collect())
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        internal_err!("{}: its type depends on its literals", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let literals: Vec<_> = args.scalar_arguments.iter().map(|literal| literal.cloned()).collect();
        let Some((call, slots)) = self.resolve(&literals)? else {
            // A literal may still be computed; if not, invoke_with_args refuses it.
            let masked = self.calls.iter().find(|call| call.form.fits(&literals));
            let value = masked.and_then(|call| (0..args.arg_fields.len()).find(|at| call.form.is_value(*at)));
            let Some(call) = masked else { return plan_err!("{}: its options must be literals", self.name) };
            if call.form.target.section == Section::Random && !self.binding.allows_random() {
                return plan_err!("{}: it gives other values on every run; SET loup.allow_random = true", self.name);
            }
            let value = value.map(|value| args.arg_fields[value].data_type().clone());
            let masked = call.target.return_type(&value.into_iter().collect::<Vec<_>>())?;
            return Ok(Arc::new(Field::new(self.name, masked, true)));
        };
        let fields: Vec<FieldRef> = slots.iter().map(|slot| field(slot, args.arg_fields)).collect();
        let scalars: Vec<Option<&ScalarValue>> = slots
            .iter()
            .map(|slot| match slot {
                Slot::Given(position) => args.scalar_arguments[*position],
                Slot::Literal(literal) => Some(literal),
                Slot::Seed => None,
            })
            .collect();
        let args = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars };
        Ok(Arc::new(call.target.return_field_from_args(args)?.as_ref().clone().with_name(self.name)))
    }

    fn is_strict(&self) -> bool {
        let passes_all = |form: &Form| (0..form.parameters.len()).all(|position| form.passes(position));
        self.calls.iter().all(|call| passes_all(call.form) && call.target.inner().is_strict())
    }

    /// Refuses an option that a query gives: it would be data, which messages about options and results would show.
    fn simplify(&self, args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        refuse_queries(self.name(), args.get(1..).unwrap_or_default())?;
        Ok(ExprSimplifyResult::Original(args))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let literals: Vec<_> = args
            .args
            .iter()
            .map(|value| match value {
                ColumnarValue::Scalar(literal) => Some(literal.clone()),
                ColumnarValue::Array(_) => None,
            })
            .collect();
        let Some((call, slots)) = self.resolve(&literals)? else {
            return exec_err!("{}: options must be literals, got a column", self.name);
        };
        let arg_fields: Vec<FieldRef> = slots.iter().map(|slot| field(slot, &args.arg_fields)).collect();
        let mapped = slots.into_iter().map(|slot| match slot {
            Slot::Given(position) => Ok(args.args[position].clone()),
            Slot::Literal(literal) => Ok(ColumnarValue::Scalar(literal)),
            Slot::Seed => seeds(self.name, args.number_rows),
        });
        let mapped = mapped.collect::<Result<Vec<_>>>()?;
        call.target.invoke_with_args(ScalarFunctionArgs { args: mapped, arg_fields, ..args })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Returns the field of a position of the target's call.
fn field(slot: &Slot, given: &[FieldRef]) -> FieldRef {
    match slot {
        Slot::Given(position) => Arc::clone(&given[*position]),
        Slot::Literal(literal) => Arc::new(Field::new("literal", literal.data_type(), literal.is_null())),
        Slot::Seed => Arc::new(Field::new("seed", seed_type(), false)),
    }
}

const fn seed_type() -> DataType {
    DataType::FixedSizeBinary(SEED as i32)
}

/// Draws a seed for each row.
fn seeds(name: &str, rows: usize) -> Result<ColumnarValue> {
    let mut bytes = vec![0; rows * SEED];
    getrandom::fill(&mut bytes).map_err(|_| exec_datafusion_err!("{name}: the system gives no random bytes"))?;
    let seeds = FixedSizeBinaryArray::try_new(SEED as i32, bytes.into(), None)?;
    Ok(ColumnarValue::Array(Arc::new(seeds)))
}

fn documentation(calls: &[Call]) -> Documentation {
    let section =
        DocSection { include: true, label: "Aliases", description: Some("Names that other tools have for a call.") };
    let alias = calls.first().map(|call| call.form.alias);
    let form = alias.map_or("", |alias| alias.form);
    let stands_for = |alias: &Alias| format!("{} stands for {}", alias.form, alias.call);
    let lines: Vec<_> = calls.iter().map(|call| stands_for(call.form.alias)).collect();
    Documentation::builder(section, lines.join("; "), form).build()
}

impl PartialEq for AliasUdf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.calls.len() == other.calls.len()
            && self.calls.iter().zip(&other.calls).all(|(a, b)| a.target == b.target)
    }
}

impl Eq for AliasUdf {}

impl Hash for AliasUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.calls.first().map(|call| &call.target).hash(state);
    }
}

impl fmt::Debug for AliasUdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets: Vec<_> = self.calls.iter().map(|call| call.form.alias.target()).collect();
        f.debug_struct("AliasUdf").field("name", &self.name).field("stands_for", &targets).finish_non_exhaustive()
    }
}
