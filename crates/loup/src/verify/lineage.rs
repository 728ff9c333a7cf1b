//! What a column is made of: the source columns that reach it and the functions on the way.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Alias, Case, Cast, ScalarFunction, TryCast};
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF};
use loup_functions::{Collisions, Guarantee, Literal, Section, Strength, expand_alias};

/// Functions after which a pseudonym still differs from the value as it was: they change case and outer blanks alone.
const FOLDS: [&str; 6] = ["lower", "upper", "trim", "btrim", "ltrim", "rtrim"];

/// What one column of a plan is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lineage {
    /// Functions that it went through, outermost first.
    pub(crate) functions: Vec<Applied>,
    /// Numbers of the source columns whose values reach it.
    pub(crate) origins: BTreeSet<usize>,
    /// Whether it is a source column as it stands, under whatever name.
    pub(crate) is_plain: bool,
    /// Whether rows differ in what was done to them.
    pub(crate) is_conditional: bool,
    /// Whether it, or something it is made of, comes from a node that mixes rows, below which nothing is known.
    pub(crate) is_untraced: bool,
    /// The masking function that every row of it comes from.
    pub(crate) mask: Option<Mask>,
}

/// A function that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) name: String,
    /// What a masking function promises; `None` for any other.
    pub(crate) guarantee: Option<Guarantee>,
}

/// A call of a masking function.
#[derive(Debug, Clone)]
pub(crate) struct Mask {
    function: Arc<ScalarUDF>,
    /// Its options with the defaults, as text.
    options: Vec<String>,
    guarantee: Guarantee,
    value: MaskedValue,
}

/// What a masking function was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MaskedValue {
    /// A column as it stands.
    Column,
    /// A column whose case or outer blanks were changed.
    Folded,
    Other,
}

impl Lineage {
    /// Makes the lineage of a column of a table.
    pub(super) fn source(column: usize) -> Self {
        Self { origins: BTreeSet::from([column]), is_plain: true, ..Self::default() }
    }

    /// Makes the lineage of a column of which nothing is known.
    pub(super) fn untraced() -> Self {
        Self { is_untraced: true, ..Self::default() }
    }

    /// Returns what `expr` is made of; `column` tells of the columns that it names.
    pub(super) fn of(expr: &Expr, schema: &DFSchema, column: &dyn Fn(&Expr) -> Self) -> Self {
        let of = |expr: &Expr| Self::of(expr, schema, column);
        match expr {
            Expr::Column(_) => column(expr),
            Expr::Alias(Alias { expr, .. }) => of(expr),
            Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. }) => {
                let inner = of(expr);
                Self { is_plain: false, ..inner }
            }
            Expr::ScalarFunction(ScalarFunction { func, args })
                if let Some((func, args)) = expand_alias(func, args) =>
            {
                of(&Expr::ScalarFunction(ScalarFunction { func, args }))
            }
            Expr::ScalarFunction(ScalarFunction { func, args }) => match mask_of(func, args, schema) {
                Some(guarantee) => {
                    let value = args.first().map(of).unwrap_or_default();
                    value.masked(func, args, guarantee)
                }
                None => Self::computed(func.name(), args.iter().map(of)),
            },
            Expr::Case(Case { when_then_expr, else_expr, .. }) => {
                let arms = when_then_expr.iter().map(|(_, then)| then.as_ref()).chain(else_expr.as_deref());
                let mut all = Self { is_conditional: true, ..Self::default() };
                arms.map(of).for_each(|arm| all.add(arm));
                all
            }
            Expr::WindowFunction(window) => Self::computed(window.fun.name(), window.params.args.first().map(of)),
            Expr::BinaryExpr(binary) => Self::computed(&binary.op.to_string(), [&*binary.left, &*binary.right].map(of)),
            other => {
                let mut all = Self::default();
                let walk = other.apply_children(|child| {
                    all.add(of(child));
                    Ok(TreeNodeRecursion::Continue)
                });
                // Nothing above returns an error.
                debug_assert!(walk.is_ok());
                all
            }
        }
    }

    fn computed(name: &str, arguments: impl IntoIterator<Item = Self>) -> Self {
        let functions = vec![Applied { name: name.to_owned(), guarantee: None }];
        let mut all = Self { functions, ..Self::default() };
        arguments.into_iter().for_each(|argument| all.add(argument));
        all
    }

    /// Adds what reaches it from another way.
    fn add(&mut self, other: Self) {
        for function in other.functions {
            if !self.functions.contains(&function) {
                self.functions.push(function);
            }
        }
        self.origins.extend(other.origins);
        self.is_conditional |= other.is_conditional;
        self.is_untraced |= other.is_untraced;
    }

    fn masked(self, function: &Arc<ScalarUDF>, arguments: &[Expr], guarantee: Guarantee) -> Self {
        let is_fold = |applied: &Applied| FOLDS.contains(&applied.name.as_str());
        let value = match self.functions.as_slice() {
            _ if self.is_conditional || self.is_untraced || self.origins.len() != 1 => MaskedValue::Other,
            [] => MaskedValue::Column,
            folds if folds.iter().all(is_fold) => MaskedValue::Folded,
            _ => MaskedValue::Other,
        };
        let mask = Mask { function: Arc::clone(function), options: options(function, arguments), guarantee, value };
        let mut functions = vec![Applied { name: function.name().to_owned(), guarantee: Some(guarantee) }];
        functions.extend(self.functions.iter().cloned());
        let mask = (!self.is_conditional).then_some(mask);
        Self { functions, is_plain: false, mask, ..self }
    }

    /// Returns the lineage of a column whose rows come from `parts`, one of several plans each.
    pub(super) fn union(parts: &[Self], column: usize) -> Self {
        let mut all = Self::default();
        parts.iter().cloned().for_each(|part| all.add(part));
        // Rows without an origin, such as inserted ones, are compared with nothing.
        let mut known = parts.iter().filter(|part| !part.origins.is_empty());
        let first = known.next();
        let same = |part: &Self| match (&part.mask, first.and_then(|first| first.mask.as_ref())) {
            (Some(a), Some(b)) => a.is_same_call(b) && a.value == b.value,
            (None, None) => part.functions.is_empty() && first.is_some_and(|first| first.functions.is_empty()),
            _ => false,
        };
        let is_same = known.all(same);
        all.is_conditional |= !is_same;
        all.is_plain = first.is_some() && parts.iter().all(|part| part.is_plain || part.origins.is_empty());
        all.mask = first.filter(|_| is_same).and_then(|first| first.mask.clone());
        all.origins = if first.is_some() { BTreeSet::from([column]) } else { BTreeSet::new() };
        all
    }

    /// Returns whether a value must differ from its original, whatever its case.
    pub(crate) fn never_equal(&self) -> bool {
        self.mask.as_ref().is_some_and(|mask| {
            // What is destroyed becomes a constant, which a cell may have held before.
            matches!(mask.guarantee.strength, Strength::Pseudonym | Strength::Synthetic)
                && !mask.guarantee.fixed_points
                && mask.value != MaskedValue::Other
                && !mask.leaves_parts()
        })
    }

    /// Returns whether different originals may have one value; `None` where nothing is promised.
    pub(crate) fn collisions(&self) -> Option<Collisions> {
        let mask = self.mask.as_ref().filter(|mask| mask.value == MaskedValue::Column)?;
        Some(mask.guarantee.collisions).filter(|collisions| *collisions != Collisions::ManyToOne)
    }

    /// Returns the call that makes it a key: a column as it stands, masked so that it still joins.
    pub(crate) fn key(&self) -> Option<&Mask> {
        let is_pseudonym = |mask: &&Mask| mask.guarantee.strength == Strength::Pseudonym;
        self.collisions().and(self.mask.as_ref()).filter(is_pseudonym)
    }
}

impl Mask {
    /// Returns whether both calls give one value the same result: function, key, domain and options agree.
    pub(crate) fn is_same_call(&self, other: &Self) -> bool {
        self.function == other.function && self.options == other.options
    }

    /// Returns the function's name.
    pub(crate) fn name(&self) -> &str {
        self.function.name()
    }

    /// Returns what the call promises.
    pub(crate) fn guarantee(&self) -> &Guarantee {
        &self.guarantee
    }

    /// Returns whether a value without anything to mask, such as an empty list, stays as it is.
    fn leaves_parts(&self) -> bool {
        let mut specs = loup_functions::catalog().iter();
        specs.any(|spec| spec.name == self.name() && spec.section == Section::Structured)
    }
}

/// Returns what a call promises, where it is one of a masking function.
fn mask_of(function: &ScalarUDF, arguments: &[Expr], schema: &DFSchema) -> Option<Guarantee> {
    let types = arguments.iter().map(|argument| argument.get_type(schema)).collect::<Result<Vec<_>, _>>();
    // A call whose types cannot be told promises nothing.
    loup_functions::guarantee(function, arguments, &types.unwrap_or_default())
}

/// Returns the options of a call as text, those left out by their defaults.
fn options(function: &ScalarUDF, arguments: &[Expr]) -> Vec<String> {
    let spec = loup_functions::catalog().iter().find(|spec| spec.name == function.name());
    let parameters = spec.map(|spec| spec.parameters).unwrap_or_default();
    let given = |argument: &Expr| match argument {
        Expr::Literal(value, _) => value.to_string(),
        other => other.to_string(),
    };
    let default = |literal: Literal| match literal {
        Literal::Text(text) => text.to_owned(),
        other => other.to_string(),
    };
    let missing = parameters.iter().skip(arguments.len()).filter_map(|parameter| parameter.default);
    arguments.iter().skip(1).map(given).chain(missing.map(default)).collect()
}
