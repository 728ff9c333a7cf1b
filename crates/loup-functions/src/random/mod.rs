//! Functions that draw a value for each row from the system's randomness: nothing joins, nothing repeats.
//!
//! They take no value, so they are no masking functions of `functions`; one file for each kind of result.

mod date;
mod entropy;
mod number;
mod text;
mod udf;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use self::entropy::Entropy;
pub(crate) use self::udf::RandomUdf;
use crate::call::Call;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::spec::FunctionSpec;

/// A compiled call: draws as many values as there are rows.
type Draw = Box<dyn Fn(&mut Entropy, usize) -> Result<ArrayRef>>;

/// One random function.
pub(crate) struct RandomFunction {
    /// Its name, parameters and docs.
    pub(crate) spec: FunctionSpec,
    /// What a message advises instead: a keyed function, which repeats and joins.
    keyed: &'static str,
    result: DataType,
    compile: fn(&Call) -> Result<Draw>,
}

/// Every random function.
pub(crate) static TABLE: &[&RandomFunction] = &[
    &number::RANDOM_INT,
    &number::RANDOM_NUMBER,
    &date::RANDOM_DATE,
    &text::RANDOM_STRING,
    &text::RANDOM_PHONE,
    &text::RANDOM_ZIP,
    &text::RANDOM_UUID,
    &text::RANDOM_IN,
];

/// What every call promises: nothing of a row is left, and nothing repeats.
pub(crate) const GUARANTEE: Guarantee = Guarantee {
    strength: Strength::Destroyed,
    collisions: Collisions::ManyToOne,
    deterministic: false,
    max_chars: None,
    fixed_points: false,
};

/// A note of each of them.
const EACH_ROW: &str = "Every row gets a value of its own, NULL rows too, and another one each time that the table is read: a check \
                        sees other values than an export. Off until SET loup.allow_random = true.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_advise_functions_that_exist() {
        for function in TABLE {
            let advised = function.keyed.split('(').next();
            let exists = crate::registry::masking().any(|known| Some(known.spec().name) == advised);
            assert!(exists, "{}: {}", function.spec.name, function.keyed);
        }
    }
}
