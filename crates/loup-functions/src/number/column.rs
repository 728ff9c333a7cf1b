//! Columns of numbers, integers, decimals, floats and text alike: read into exact numbers, and written in the type they had.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, ArrowPrimitiveType, AsArray, NullBufferBuilder, PrimitiveArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};
use datafusion::common::{Result, internal_err, plan_err};

use crate::call::Call;
use crate::exact::{self, DIGITS, Exact};
use crate::kernel::text_builder::TextBuilder;
use crate::on_error::OnError;

/// The numbers of a column; where a row is NULL, its number is 0 and means nothing.
pub(crate) struct Numbers {
    pub(crate) rows: Vec<Exact>,
    pub(crate) nulls: Option<NullBuffer>,
}

/// What the type of a column says of its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// How many decimals each has; None where they differ, in floats and text.
    pub(crate) scale: Option<u8>,
    /// The least and the greatest one, in units of the last decimal.
    pub(crate) limits: (i128, i128),
    /// Whether they are floats.
    pub(crate) is_float: bool,
}

impl Form {
    /// Returns the form of a call's values.
    pub(crate) fn of(call: &Call) -> Result<Self> {
        let value = call.value_type();
        let decimal = |precision: u8, scale: i8| match (u8::try_from(scale), exact::power(precision)) {
            (Ok(scale), power) => {
                let most = power.map_or(i128::MAX, |power| power - 1);
                Ok(Self { scale: Some(scale), limits: (-most, most), is_float: false })
            }
            (Err(_), _) => plan_err!("{}: expected a DECIMAL of scale 0 or more, got {value}", call.name()),
        };
        let integer = |lo: i128, hi: i128| Self { scale: Some(0), limits: (lo, hi), is_float: false };
        let most = exact::power(DIGITS as u8).unwrap_or(i128::MAX) - 1;
        Ok(match value {
            DataType::Int8 => integer(i8::MIN.into(), i8::MAX.into()),
            DataType::Int16 => integer(i16::MIN.into(), i16::MAX.into()),
            DataType::Int32 => integer(i32::MIN.into(), i32::MAX.into()),
            DataType::Int64 => integer(i64::MIN.into(), i64::MAX.into()),
            DataType::UInt8 => integer(0, u8::MAX.into()),
            DataType::UInt16 => integer(0, u16::MAX.into()),
            DataType::UInt32 => integer(0, u32::MAX.into()),
            DataType::UInt64 => integer(0, u64::MAX.into()),
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale)
            | DataType::Decimal256(precision, scale) => decimal(*precision, *scale)?,
            other => Self { scale: None, limits: (-most, most), is_float: other.is_floating() },
        })
    }

    /// Returns a number option in a form that results of this type can hold.
    ///
    /// # Errors
    /// When it has more decimals than the column.
    pub(crate) fn option(self, call: &Call, name: &str) -> Result<Exact> {
        let number = call.exact(name)?;
        match self.scale {
            Some(scale) if number.scale > scale => {
                plan_err!("{}: {name} has more decimals than {} holds", call.name(), call.value_type())
            }
            _ => Ok(number),
        }
    }
}

/// A native number of Arrow's, to and from 128 bits.
trait Native: Copy {
    fn widen(self) -> Option<i128>;
    fn narrow(units: i128) -> Option<Self>;
}

macro_rules! native {
    ($($native:ty),*) => {$(
        impl Native for $native {
            #[inline]
            fn widen(self) -> Option<i128> {
                Some(i128::from(self))
            }

            #[inline]
            fn narrow(units: i128) -> Option<Self> {
                Self::try_from(units).ok()
            }
        }
    )*};
}

native!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

impl Native for i256 {
    fn widen(self) -> Option<i128> {
        self.to_i128()
    }

    fn narrow(units: i128) -> Option<Self> {
        Some(Self::from_i128(units))
    }
}

/// Runs `$body` with `$native` as the Arrow type of a column of integers or decimals, else `$other`.
macro_rules! with_native {
    ($data_type:expr, $native:ident => $body:expr, $other:pat => $rest:expr) => {
        match $data_type {
            DataType::Int8 => {
                type $native = Int8Type;
                $body
            }
            DataType::Int16 => {
                type $native = Int16Type;
                $body
            }
            DataType::Int32 => {
                type $native = Int32Type;
                $body
            }
            DataType::Int64 => {
                type $native = Int64Type;
                $body
            }
            DataType::UInt8 => {
                type $native = UInt8Type;
                $body
            }
            DataType::UInt16 => {
                type $native = UInt16Type;
                $body
            }
            DataType::UInt32 => {
                type $native = UInt32Type;
                $body
            }
            DataType::UInt64 => {
                type $native = UInt64Type;
                $body
            }
            DataType::Decimal32(..) => {
                type $native = Decimal32Type;
                $body
            }
            DataType::Decimal64(..) => {
                type $native = Decimal64Type;
                $body
            }
            DataType::Decimal128(..) => {
                type $native = Decimal128Type;
                $body
            }
            DataType::Decimal256(..) => {
                type $native = Decimal256Type;
                $body
            }
            $other => $rest,
        }
    };
}

/// Reads a column; what is no number of 38 digits at most is a misfit.
pub(crate) fn read(values: &ArrayRef, form: Form, on_error: OnError) -> Result<Numbers> {
    let scale = form.scale.unwrap_or(0);
    with_native!(values.data_type(), T => {
        let typed: &PrimitiveArray<T> = values.as_primitive();
        rows(&typed, on_error, |value| value.widen().map(|units| Exact::new(units, scale)), long)
    }, other => match other {
        DataType::Float16 => {
            let typed: &PrimitiveArray<Float16Type> = values.as_primitive();
            let mut text = String::new();
            rows(&typed, on_error, |value| Exact::from_float(f32::from(value), &mut text), long)
        }
        DataType::Float32 => {
            let typed: &PrimitiveArray<Float32Type> = values.as_primitive();
            let mut text = String::new();
            rows(&typed, on_error, |value| Exact::from_float(value, &mut text), long)
        }
        DataType::Float64 => {
            let typed: &PrimitiveArray<Float64Type> = values.as_primitive();
            let mut text = String::new();
            rows(&typed, on_error, |value| Exact::from_float(value, &mut text), long)
        }
        DataType::Utf8 => rows(&values.as_string::<i32>(), on_error, Exact::parse, no_number),
        DataType::LargeUtf8 => rows(&values.as_string::<i64>(), on_error, Exact::parse, no_number),
        DataType::Utf8View => rows(&values.as_string_view(), on_error, Exact::parse, no_number),
        other => internal_err!("expected numbers, got {other}"),
    })
}

fn rows<A: ArrayAccessor>(
    values: &A,
    on_error: OnError,
    mut number: impl FnMut(A::Item) -> Option<Exact>,
    expected: impl Fn(A::Item) -> String,
) -> Result<Numbers> {
    let mut rows = Vec::with_capacity(values.len());
    let mut nulls = NullBufferBuilder::new(values.len());
    for i in 0..values.len() {
        let read = if values.is_null(i) {
            None
        } else {
            let read = number(values.value(i));
            if read.is_none() {
                on_error.misfit(expected(values.value(i)))?;
            }
            read
        };
        nulls.append(read.is_some());
        rows.push(read.unwrap_or(Exact::new(0, 0)));
    }
    Ok(Numbers { rows, nulls: nulls.finish() })
}

fn long<T>(_: T) -> String {
    format!("a number of at most {DIGITS} digits, got another one")
}

fn no_number(text: &str) -> String {
    format!(
        "a number of at most {DIGITS} digits such as 42 or -7.50, got other text of {} characters",
        text.chars().count()
    )
}

/// Replaces the numbers of the rows that are not NULL; those without a result are misfits, with what was expected instead.
pub(crate) fn replace(
    numbers: &mut Numbers,
    on_error: OnError,
    mut result: impl FnMut(usize, Exact) -> std::result::Result<Exact, &'static str>,
) -> Result<()> {
    let mut nulls = NullBufferBuilder::new(numbers.rows.len());
    for (i, number) in numbers.rows.iter_mut().enumerate() {
        let mut is_valid = numbers.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(i));
        if is_valid {
            match result(i, *number) {
                Ok(result) => *number = result,
                Err(expected) => {
                    on_error.misfit(expected)?;
                    is_valid = false;
                }
            }
        }
        nulls.append(is_valid);
    }
    numbers.nulls = nulls.finish();
    Ok(())
}

/// Writes numbers as a column of a type; one that the type does not hold is a misfit.
pub(crate) fn write(numbers: &Numbers, data_type: &DataType, form: Form, on_error: OnError) -> Result<ArrayRef> {
    let scale = form.scale.unwrap_or(0);
    let within = |units: &i128| (form.limits.0..=form.limits.1).contains(units);
    with_native!(data_type, T => primitive::<T>(numbers, data_type, on_error, |number| {
        Native::narrow(number.units_at(scale).filter(within)?)
    }), other => match other {
        DataType::Float16 => primitive::<Float16Type>(numbers, data_type, on_error, |number| {
            Some(<Float16Type as ArrowPrimitiveType>::Native::from_f64(number.to_float()))
        }),
        DataType::Float32 => primitive::<Float32Type>(numbers, data_type, on_error, |number| {
            Some(number.to_float() as f32)
        }),
        DataType::Float64 => primitive::<Float64Type>(numbers, data_type, on_error, |number| Some(number.to_float())),
        text => {
            let mut out = TextBuilder::new(text, numbers.rows.len(), 12)?;
            let mut buffer = [0; 48];
            for (i, number) in numbers.rows.iter().enumerate() {
                if numbers.nulls.as_ref().is_some_and(|nulls| nulls.is_null(i)) {
                    out.set_null();
                } else {
                    out.push_str(number.text(&mut buffer));
                }
                out.finish_row()?;
            }
            Ok(out.finish())
        }
    })
}

fn primitive<T: ArrowPrimitiveType>(
    numbers: &Numbers,
    data_type: &DataType,
    on_error: OnError,
    native: impl Fn(Exact) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let mut natives = Vec::with_capacity(numbers.rows.len());
    let mut nulls = NullBufferBuilder::new(numbers.rows.len());
    for (i, number) in numbers.rows.iter().enumerate() {
        let result = if numbers.nulls.as_ref().is_some_and(|nulls| nulls.is_null(i)) {
            None
        } else {
            let result = native(*number);
            if result.is_none() {
                on_error.misfit(format_args!(
                    "a number whose result {data_type} holds, got one whose result it does not"
                ))?;
            }
            result
        };
        nulls.append(result.is_some());
        natives.push(result.unwrap_or_default());
    }
    let column = PrimitiveArray::<T>::new(natives.into(), nulls.finish());
    Ok(Arc::new(column.with_data_type(data_type.clone())))
}
