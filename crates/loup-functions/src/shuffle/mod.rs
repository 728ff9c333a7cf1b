//! shuffle: a keyed permutation of a column's rows, as a window function.

mod permutation;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, new_null_array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Documentation, PartitionEvaluator, Signature, Volatility, WindowUDFImpl};
use datafusion::physical_expr::expressions::Literal as LiteralExpr;
use loup_crypto::KeyedDigest;

use self::permutation::permutation;
use crate::binding::Binding;
use crate::call::{Call, Given};
use crate::draw::FEWEST;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};
use crate::udf::{check_types, documentation};

pub(crate) static SPEC: FunctionSpec = FunctionSpec {
    name: "shuffle",
    aliases: &[],
    section: Section::Generalization,
    summary: "Gives each row the value of another row, by a keyed permutation of a whole column.",
    notes: &[
        "Every value survives, and only whose it is gets lost: names, e-mail addresses and numbers of records need more.",
        "NULL moves like any value: where it stands changes, how often it stands stays.",
        "No row keeps its own value, unless another row has an equal one. PARTITION BY shuffles inside each group.",
        "The permutation follows from key, domain and the number of rows: columns of one table under one domain move \
         together, so a city keeps its postcode; other domains tear them apart.",
        "ORDER BY inside OVER makes the result independent of the order that rows come in.",
        "A partition of fewer than eight rows is an error, or NULL in all of them with few => 'null': no row keeps its own value, \
         so two would just swap theirs.",
        "An UPDATE with it keeps the order of rows, and sorts the table for that; under a WHERE, rows still take from all rows.",
        "A partition is held in memory.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Window(Accepts::Any), "the column"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that move together share one"),
        Parameter::optional(
            "few",
            Kind::Choice(&["error", "null"]),
            Literal::Text("error"),
            "what the rows of a partition get that has few of them",
        ),
    ],
    result: "the type of the input",
    examples: &[Example {
        sql: "SELECT array_agg(s ORDER BY v) FROM (SELECT v, shuffle(v, 'job') OVER (ORDER BY v) AS s \
              FROM (VALUES ('a'), ('b'), ('c'), ('d'), ('e'), ('f'), ('g'), ('h')) AS t(v)) AS u",
        output: "[d, f, e, g, h, c, b, a]",
    }],
};

/// What every call promises: the values are real, and which row they belong to is lost.
pub(crate) const GUARANTEE: Guarantee = Guarantee::new(Strength::Noised, Collisions::ManyToOne);

/// The function bound to a key.
pub(crate) struct Shuffle {
    binding: Binding,
    signature: Signature,
    documentation: Documentation,
}

impl Shuffle {
    /// Binds it.
    pub(crate) fn new(binding: Binding) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { binding, signature, documentation: documentation(&SPEC) }
    }
}

impl WindowUDFImpl for Shuffle {
    fn name(&self) -> &str {
        SPEC.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Casts nothing: types are checked by `field`.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        check_types(&SPEC, args.input_fields().iter().map(|field| field.data_type()))?;
        let Some(value) = args.get_input_field(0) else {
            return internal_err!("shuffle: no argument");
        };
        Ok(Arc::new(Field::new(args.name(), value.data_type().clone(), true)))
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        let Some((value, options)) = args.input_fields().split_first() else {
            return internal_err!("shuffle: no argument");
        };
        if args.ignore_nulls() {
            return plan_err!("shuffle: IGNORE NULLS has no meaning here; NULL moves like any value");
        }
        let literals = args.input_exprs().iter().skip(1).map(|option| option.downcast_ref::<LiteralExpr>());
        let given = literals.zip(options).map(|(literal, field)| match literal {
            Some(literal) => Given::Literal(literal.value()),
            None => Given::Column(field.data_type()),
        });
        let Some(call) = Call::read(&SPEC, value, given)? else {
            return plan_err!("shuffle: options must be literals, got a column");
        };
        let digest = self.binding.digest(SPEC.name, call.text("domain")?);
        Ok(Box::new(Partition { digest, few_are_null: call.text("few")? == "null" }))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

impl PartialEq for Shuffle {
    fn eq(&self, other: &Self) -> bool {
        self.binding == other.binding
    }
}

impl Eq for Shuffle {}

impl Hash for Shuffle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.binding.hash(state);
    }
}

impl fmt::Debug for Shuffle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shuffle").field("binding", &self.binding).finish_non_exhaustive()
    }
}

struct Partition {
    digest: KeyedDigest,
    few_are_null: bool,
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partition").finish_non_exhaustive()
    }
}

impl PartitionEvaluator for Partition {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let Some(values) = values.first() else {
            return internal_err!("shuffle: no argument");
        };
        match rows {
            0 => Ok(Arc::clone(values)),
            1..FEWEST if self.few_are_null || values.null_count() == rows => {
                Ok(new_null_array(values.data_type(), rows))
            }
            1..FEWEST => exec_err!(
                "shuffle: expected {FEWEST} rows or more in every partition, got {rows}; partition by less, or say few => 'null'"
            ),
            _ => Ok(take(values, &permutation(&self.digest, rows), None)?),
        }
    }
}
