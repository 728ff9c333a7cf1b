//! An internal function: the cell that a value becomes in a dialect.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use loup_text::csv::{Dialect, Encoder};

/// Encodes values as cells, for columns of which some cells are raw.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CsvCell {
    dialect: Dialect,
    signature: Signature,
}

impl CsvCell {
    /// Returns the call that encodes `value`.
    pub(crate) fn call(value: Expr, dialect: Dialect) -> Expr {
        let signature = Signature::any(1, Volatility::Immutable);
        ScalarUDF::new_from_impl(Self { dialect, signature }).call(vec![value])
    }
}

impl ScalarUDFImpl for CsvCell {
    fn name(&self) -> &'static str {
        "loup_csv_cell"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let values = ColumnarValue::values_to_arrays(&args.args)?;
        let values = cast(&values[0], &DataType::Utf8View)?;
        let values = values.as_string_view();
        let encoder = Encoder::new(self.dialect.clone());
        let mut cells = StringViewBuilder::with_capacity(values.len());
        let mut cell = Vec::new();
        for value in values {
            cell.clear();
            match value {
                None => encoder.null(&mut cell),
                Some(value) => encoder
                    .value(value.as_bytes(), &mut cell)
                    .map_err(|error| exec_datafusion_err!("loup_csv_cell: {error}"))?,
            }
            // Quotes and delimiters are ASCII, so what is encoded stays UTF-8.
            cells.append_value(
                std::str::from_utf8(&cell).map_err(|_| exec_datafusion_err!("loup_csv_cell: not UTF-8"))?,
            );
        }
        Ok(ColumnarValue::Array(Arc::new(cells.finish())))
    }
}
