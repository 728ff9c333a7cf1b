//! The row loops of numbers: number to number of the same type, and number to text.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::call::Call;
use crate::exact::Exact;
use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;
use crate::number::column::{self, Form};
use crate::on_error::OnError;

/// A result, or what was expected instead of the number.
pub(crate) type Fits<T> = std::result::Result<T, &'static str>;

/// What is expected where a result would be too long.
pub(crate) const SHORTER: &str = "a number that leaves room for the result, got a longer one";

/// Makes a kernel that gives each number another one.
pub(crate) fn map_number<F>(call: &Call, row: F) -> Result<Box<dyn Kernel>>
where
    F: Fn(Exact) -> Fits<Exact> + Send + Sync + 'static,
{
    Ok(Box::new(MapNumber { form: Form::of(call)?, on_error: OnError::of(call)?, row }))
}

struct MapNumber<F> {
    form: Form,
    on_error: OnError,
    row: F,
}

impl<F> Kernel for MapNumber<F>
where
    F: Fn(Exact) -> Fits<Exact> + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let mut numbers = column::read(values, self.form, self.on_error)?;
        column::replace(&mut numbers, self.on_error, |_, number| (self.row)(number))?;
        column::write(&numbers, values.data_type(), self.form, self.on_error)
    }
}

/// Makes a kernel that writes a text for each number.
pub(crate) fn map_number_text<F>(call: &Call, out: DataType, row: F) -> Result<Box<dyn Kernel>>
where
    F: Fn(Exact, &mut TextBuilder) -> Fits<()> + Send + Sync + 'static,
{
    Ok(Box::new(MapNumberText { form: Form::of(call)?, on_error: OnError::of(call)?, out, row }))
}

struct MapNumberText<F> {
    form: Form,
    on_error: OnError,
    out: DataType,
    row: F,
}

impl<F> Kernel for MapNumberText<F>
where
    F: Fn(Exact, &mut TextBuilder) -> Fits<()> + Send + Sync,
{
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let numbers = column::read(values, self.form, self.on_error)?;
        let mut out = TextBuilder::new(&self.out, numbers.rows.len(), 12)?;
        for (i, number) in numbers.rows.iter().enumerate() {
            if numbers.nulls.as_ref().is_some_and(|nulls| nulls.is_null(i)) {
                out.set_null();
            } else if let Err(expected) = (self.row)(*number, &mut out) {
                self.on_error.misfit(expected)?;
                out.set_null();
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}
