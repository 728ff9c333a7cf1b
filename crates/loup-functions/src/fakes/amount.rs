//! Amounts of money: numbers between two bounds, in the type and with the decimals of others.

use std::cmp::Ordering;
use std::fmt::{Display, Write as _};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type};
use datafusion::common::{Result, plan_err};
use loup_crypto::KeyedDigest;

use super::dice::Dice;
use crate::call::Call;
use crate::draw::FEWEST;
use crate::exact::{Exact, power};
use crate::kernel::Kernel;
use crate::kernel::map::each_drawn;
use crate::kernel::telling;
use crate::number::column::{self, Form, Numbers};
use crate::on_error::OnError;

/// The most decimals that are drawn.
const MOST_DECIMALS: u8 = 9;
/// Decimals of floats and of text that is no number.
const USUAL_DECIMALS: u8 = 2;

/// What is drawn from: so many units of the last of so many decimals.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    decimals: u8,
    least: i128,
    count: u64,
}

/// The bounds of a call, for each count of decimals.
#[derive(Clone)]
pub(crate) struct Amounts {
    bounds: [Bounds; MOST_DECIMALS as usize + 1],
    /// The same for every value; None where text says how many it has.
    decimals: Option<u8>,
}

impl Amounts {
    /// Reads the options lo, hi and decimals; `most` is how many characters a text may have.
    pub(crate) fn of(call: &Call, form: Form, most: usize) -> Result<Self> {
        let wanted = match call.integer("decimals")? {
            -1 => None,
            decimals @ 0..=9 => Some(decimals as u8),
            _ => return plan_err!("{}: decimals must be 0 to 9, or -1 for those of the value", call.name()),
        };
        let decimals = match form.scale {
            Some(scale) => Some(wanted.unwrap_or(scale).min(scale).min(MOST_DECIMALS)),
            None if form.is_float => Some(wanted.unwrap_or(USUAL_DECIMALS)),
            None => wanted,
        };
        let mut bounds = [Bounds::of(call, form, most, decimals.unwrap_or(0))?; MOST_DECIMALS as usize + 1];
        for drawn in 1..=MOST_DECIMALS {
            // A text with more decimals than there is room for gets as many as there is.
            let most_that_fit = bounds[usize::from(drawn) - 1];
            let at = &mut bounds[usize::from(drawn)];
            *at = if decimals.is_some() { *at } else { Bounds::of(call, form, most, drawn).unwrap_or(most_that_fit) };
        }
        Ok(Self { bounds, decimals })
    }

    /// Draws an amount, never the one it is drawn for.
    ///
    /// # Errors
    /// When the value is one of few amounts that there are.
    pub(crate) fn draw(&self, name: &str, value: &[u8], dice: &mut Dice<'_>) -> Result<Exact> {
        let given = std::str::from_utf8(value).ok().and_then(Exact::parse);
        let decimals = self.decimals.unwrap_or_else(|| given.map_or(USUAL_DECIMALS, |given| given.scale));
        let bounds = self.bounds[usize::from(decimals.min(MOST_DECIMALS))];
        if bounds.count < FEWEST as u64 && given.is_some_and(|given| bounds.hold(given)) {
            return telling::refuse(name);
        }
        loop {
            let units = bounds.least + i128::from(dice.below_wide(bounds.count));
            let drawn = Exact::new(units, bounds.decimals);
            if given.is_none_or(|given| drawn.compare(given) != Ordering::Equal) {
                return Ok(drawn);
            }
        }
    }
}

impl Bounds {
    /// Returns whether an amount is one of those that are drawn.
    fn hold(self, given: Exact) -> bool {
        let last = Exact::new(self.least + i128::from(self.count - 1), self.decimals);
        let is_between = given.compare(Exact::new(self.least, self.decimals)).is_ge() && given.compare(last).is_le();
        is_between && given.rounded(self.decimals).is_some_and(|rounded| rounded.compare(given).is_eq())
    }

    /// Returns what the options, the type and the length leave at so many decimals.
    fn of(call: &Call, form: Form, most: usize, decimals: u8) -> Result<Self> {
        // A sign is counted for negative bounds, where there is room for it; what has no room for its decimals loses them.
        let is_negative = call.exact("lo")?.units < 0 && most > 1;
        let room = most.saturating_sub(usize::from(is_negative));
        let decimals = if decimals > 0 && room < usize::from(decimals) + 2 { 0 } else { decimals };
        let digits = room.saturating_sub(usize::from(decimals > 0)).clamp(1, 18) as u8;
        let longest = if most == usize::MAX { i128::MAX } else { power(digits).unwrap_or(i128::MAX) - 1 };
        let limit = |units: i128| match form.scale {
            Some(scale) if scale >= decimals => units / power(scale - decimals).unwrap_or(1),
            _ => units,
        };
        let at = |name: &str| -> Result<i128> {
            Ok(call.exact(name)?.rounded(decimals).map_or(i128::MAX, |number| number.units))
        };
        let (lo, hi) = (at("lo")?, at("hi")?);
        let greatest = hi.min(limit(form.limits.1)).min(longest);
        let mut least = lo.max(limit(form.limits.0)).max(if most > 1 { -longest } else { 0 });
        if lo < hi && least >= greatest && form.scale.is_none() {
            // A text has no room for lo.
            least = 0;
        }
        match u64::try_from(greatest.saturating_sub(least)) {
            Ok(span @ 1..1_000_000_000_000_000_000) => Ok(Self { decimals, least, count: span + 1 }),
            _ => plan_err!(
                "{}: lo must be below hi, in what the type holds, and with its decimals less than 10^18 below it",
                call.name()
            ),
        }
    }
}

/// Draws for columns of numbers.
pub(crate) struct AmountKernel {
    amounts: Amounts,
    form: Form,
    on_error: OnError,
    digest: KeyedDigest,
    name: &'static str,
}

impl AmountKernel {
    /// Makes the kernel for a call on numbers.
    pub(crate) fn compile(call: &Call, amounts: Amounts, form: Form, digest: KeyedDigest) -> Box<dyn Kernel> {
        Box::new(Self { amounts, form, on_error: OnError::always(call.name()), digest, name: call.name() })
    }
}

impl Kernel for AmountKernel {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let mut rows = Vec::with_capacity(values.len());
        let written = match values.data_type() {
            DataType::Float16 => in_digits::<Float16Type>(values),
            DataType::Float32 => in_digits::<Float32Type>(values),
            DataType::Float64 => in_digits::<Float64Type>(values),
            _ => Arc::clone(values),
        };
        each_drawn(&self.digest, &written, |drawn| {
            rows.push(match drawn {
                Some((value, digest)) => self.amounts.draw(self.name, value, &mut Dice::new(digest))?,
                None => Exact::new(0, 0),
            });
            Ok(())
        })?;
        let numbers = Numbers { rows, nulls: values.nulls().cloned() };
        column::write(&numbers, values.data_type(), self.form, self.on_error)
    }
}

/// Writes floats with the digits they need and without exponents, as the same numbers of other types are.
fn in_digits<T>(values: &ArrayRef) -> ArrayRef
where
    T: ArrowPrimitiveType,
    T::Native: Display,
{
    let mut out = StringBuilder::with_capacity(values.len(), values.len() * 12);
    for value in values.as_primitive::<T>() {
        match value {
            Some(value) => {
                write!(out, "{value}").expect("a column of text takes every character");
                out.append_value("");
            }
            None => out.append_null(),
        }
    }
    Arc::new(out.finish())
}
