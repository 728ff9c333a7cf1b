//! An internal function: hands on a condition and counts the rows for which it is true.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Rows that a condition was computed for, and those for which it was true.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rows: AtomicU64,
    matched: AtomicU64,
}

impl Seen {
    /// Returns the rows looked at and the rows matched; `None` where none was looked at, so that nothing is known.
    pub(crate) fn counts(&self) -> Option<(u64, u64)> {
        let rows = self.rows.load(Ordering::Relaxed);
        (rows > 0).then(|| (rows, self.matched.load(Ordering::Relaxed)))
    }
}

/// The function. It is volatile, so that the engine computes it once for a row, where it stands.
#[derive(Debug)]
pub(super) struct CountSeen {
    seen: Arc<Seen>,
    signature: Signature,
}

impl CountSeen {
    /// Returns the call that counts into `seen`.
    pub(super) fn call(condition: Expr, seen: Arc<Seen>) -> Expr {
        let signature = Signature::any(1, Volatility::Volatile);
        ScalarUDF::new_from_impl(Self { seen, signature }).call(vec![condition])
    }
}

impl PartialEq for CountSeen {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.seen, &other.seen)
    }
}

impl Eq for CountSeen {}

impl Hash for CountSeen {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.seen).hash(state);
    }
}

impl ScalarUDFImpl for CountSeen {
    fn name(&self) -> &'static str {
        "loup_seen"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let condition = ColumnarValue::values_to_arrays(&args.args)?;
        let condition = cast(&condition[0], &DataType::Boolean)?;
        // A literal comes as one value for all rows.
        let each = if condition.len() == rows { 1 } else { rows as u64 };
        self.seen.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.seen.matched.fetch_add(condition.as_boolean().true_count() as u64 * each, Ordering::Relaxed);
        match args.args.into_iter().next() {
            Some(ColumnarValue::Scalar(value)) => Ok(ColumnarValue::Scalar(value.cast_to(&DataType::Boolean)?)),
            _ => Ok(ColumnarValue::Array(condition)),
        }
    }
}
