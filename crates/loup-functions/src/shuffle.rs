//! shuffle: a keyed permutation of a column's rows, as a window function.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, UInt64Array, new_null_array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Documentation, PartitionEvaluator, Signature, Volatility, WindowUDFImpl};
use datafusion::physical_expr::expressions::Literal as LiteralExpr;
use loup_crypto::KeyedDigest;

use crate::binding::Binding;
use crate::call::{Call, Given};
use crate::draw::word;
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
        "No row keeps its own value, unless another row has an equal one. PARTITION BY shuffles inside each group.",
        "The permutation follows from key, domain and the number of rows: columns of one table under one domain move \
         together, so a city keeps its postcode; other domains tear them apart.",
        "ORDER BY inside OVER makes the result independent of the order that rows come in.",
        "A partition of a single row is an error, or NULL with alone => 'null': there is no other row to take from.",
        "An UPDATE with it keeps the order of rows, and sorts the table for that; under a WHERE, rows still take from all rows.",
        "A partition is held in memory.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Window(Accepts::Any), "the column"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that move together share one"),
        Parameter::optional(
            "alone",
            Kind::Choice(&["error", "null"]),
            Literal::Text("error"),
            "what a row gets that is alone in its partition",
        ),
    ],
    result: "the type of the input",
    examples: &[Example {
        sql: "SELECT array_agg(s ORDER BY v) FROM (SELECT v, shuffle(v, 'job') OVER (ORDER BY v) AS s \
              FROM (VALUES ('a'), ('b'), ('c'), ('d'), ('e')) AS t(v)) AS u",
        output: "[c, e, d, b, a]",
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
        Ok(Box::new(Partition { digest, alone_is_null: call.text("alone")? == "null" }))
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
    alone_is_null: bool,
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
            1 if self.alone_is_null || values.is_null(0) => Ok(new_null_array(values.data_type(), 1)),
            1 => exec_err!(
                "shuffle: expected 2 rows or more in every partition, got 1; partition by less, or say alone => 'null'"
            ),
            _ => Ok(take(values, &permutation(&self.digest, rows), None)?),
        }
    }
}

/// Returns for each row the row whose value it gets: one keyed cycle through all of them, so that no row keeps its own
/// (S. Sattolo, An algorithm to generate a random cyclic permutation, 1986).
///
/// The draw for row i comes from a word of the digest of the number of rows and i / 4, without bias beyond 2^-32 for any
/// column that fits in memory.
fn permutation(digest: &KeyedDigest, rows: usize) -> UInt64Array {
    const BATCH: usize = 64;
    let mut order: Vec<u64> = (0..rows as u64).collect();
    let mut seeds = [[0; 16]; BATCH];
    let mut digests = [[0; 32]; BATCH];
    for start in (0..rows.div_ceil(4)).step_by(BATCH) {
        for (seed, block) in seeds.iter_mut().zip(start as u64..) {
            seed[..8].copy_from_slice(&(rows as u64).to_le_bytes());
            seed[8..].copy_from_slice(&block.to_le_bytes());
        }
        let texts = seeds.each_ref().map(<[u8; 16]>::as_slice);
        digest.digest_batch(&texts, &mut digests);
        let rows_here = (start * 4..rows.min((start + BATCH) * 4)).filter(|row| *row > 0);
        for row in rows_here {
            let drawn = word(&digests[row / 4 - start], row % 4);
            let other = ((u128::from(drawn) * row as u128) >> 64) as usize;
            order.swap(row, other);
        }
    }
    UInt64Array::from(order)
}

#[cfg(test)]
mod tests {
    use loup_crypto::KeyRing;

    use super::*;

    fn drawn(domain: &str, rows: usize) -> Vec<u64> {
        let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").expect("a key");
        let digest = Binding::new(ring.active()).digest(SPEC.name, domain);
        permutation(&digest, rows).values().to_vec()
    }

    #[test]
    fn it_is_one_cycle_through_all_rows() {
        for rows in [2, 3, 4, 5, 255, 256, 257, 1000, 5000] {
            let order = drawn("d", rows);
            let (mut row, mut steps) = (0, 0);
            loop {
                row = order[row] as usize;
                steps += 1;
                if row == 0 {
                    break;
                }
            }
            assert_eq!(steps, rows);
        }
    }

    #[test]
    fn it_follows_from_domain_and_number_of_rows() {
        assert_eq!(drawn("d", 300), drawn("d", 300));
        assert_ne!(drawn("d", 300), drawn("e", 300));
        assert_ne!(drawn("d", 300), drawn("d", 301)[..300]);
    }

    #[test]
    fn every_cycle_is_as_likely() {
        // Five rows have 24 cycles.
        let mut counts = std::collections::HashMap::new();
        for domain in 0..24_000 {
            *counts.entry(drawn(&domain.to_string(), 5)).or_insert(0_i64) += 1;
        }
        assert_eq!(counts.len(), 24);
        // Chi-squared with 23 degrees of freedom: 66 is the value of one in 200,000; the draws are fixed, so it never flakes.
        let chi: i64 = counts.values().map(|count| (count - 1000).pow(2)).sum();
        assert!(chi < 66 * 1000, "{counts:?}");
    }
}
