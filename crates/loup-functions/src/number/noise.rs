//! Noise on numbers that is drawn from their keyed digest: one number always gets the same noise.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryBuilder};
use datafusion::common::{Result, plan_err};
use loup_crypto::KeyedDigest;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw;
use crate::exact::{self, Exact};
use crate::kernel::Kernel;
use crate::kernel::map::each_digest;
use crate::number::column::{self, Form};
use crate::number::map::{Fits, SHORTER};
use crate::on_error::OnError;

/// How far noise reaches, on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This part of the number.
    Ratio(Exact),
    /// This much.
    Amount(Exact),
}

impl Reach {
    /// Reads the option `ratio`.
    pub(crate) fn ratio(call: &Call) -> Result<Self> {
        let ratio = call.exact("ratio")?;
        if ratio.units <= 0 || ratio.compare(Exact::new(1, 0)).is_gt() {
            return plan_err!("{}: ratio must be above 0 and at most 1", call.name());
        }
        Ok(Self::Ratio(ratio))
    }

    /// Reads the option `amount`.
    pub(crate) fn amount(call: &Call) -> Result<Self> {
        let amount = call.exact("amount")?;
        if amount.units <= 0 {
            return plan_err!("{}: amount must be above 0", call.name());
        }
        let scale = Form::of(call)?.scale;
        if scale.is_some_and(|scale| floor_at(amount, scale).is_none_or(|units| units == 0)) {
            return plan_err!(
                "{}: amount must be at least one unit of the last decimal of {}",
                call.name(),
                call.value_type()
            );
        }
        Ok(Self::Amount(amount))
    }

    /// Returns how many units of its last decimal a number may move.
    fn units(self, number: Exact) -> Fits<i128> {
        match self {
            Self::Ratio(ratio) => {
                let product = number.units.abs().checked_mul(ratio.units).ok_or(SHORTER)?;
                let units = product / exact::power(ratio.scale).ok_or(SHORTER)?;
                // Small numbers would stay as they are.
                Ok(if number.units == 0 { 0 } else { units.max(1) })
            }
            Self::Amount(amount) => match floor_at(amount, number.scale) {
                Some(0) => Err("a number with as many decimals as amount, got one with fewer"),
                Some(units) => Ok(units),
                None => Err(SHORTER),
            },
        }
    }
}

/// Returns a number above 0 in units of the last of `scale` decimals, rounded down.
fn floor_at(number: Exact, scale: u8) -> Option<i128> {
    number.steps(Exact::new(1, scale))
}

/// Adds noise to each number, evenly distributed over the numbers that its type holds within reach.
pub(crate) struct KeyedNoise {
    form: Form,
    on_error: OnError,
    digest: KeyedDigest,
    reach: Reach,
}

impl KeyedNoise {
    /// Makes the kernel of a call.
    pub(crate) fn compile(call: &Call, binding: &Binding, reach: Reach) -> Result<Box<dyn Kernel>> {
        let (form, on_error) = (Form::of(call)?, OnError::of(call)?);
        let digest = binding.digest(call.name(), call.text("domain")?);
        Ok(Box::new(Self { form, on_error, digest, reach }))
    }

    fn noisy(&self, number: Exact, digest: &[u8; 32], text: &mut String) -> Fits<Exact> {
        if self.form.is_float {
            let value = number.to_float();
            let reach = match self.reach {
                Reach::Ratio(ratio) => value.abs() * ratio.to_float(),
                Reach::Amount(amount) => amount.to_float(),
            };
            if reach > 0.0 && (value + reach).to_bits() == value.to_bits() {
                return Err("a number that the noise can move, got one of which it is less than the last bit");
            }
            // 53 bits, as many as a float holds, over -1 to 1.
            let draw = (draw::word(digest, 0) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
            return Exact::from_float(value + reach * draw, text).ok_or(SHORTER);
        }
        let reach = self.reach.units(number)?;
        let (lo, hi) = self.form.limits;
        let lo = number.units.saturating_sub(reach).max(lo);
        let hi = number.units.saturating_add(reach).min(hi);
        let count = hi.abs_diff(lo).saturating_add(1);
        let drawn = draw::below_wide(digest, count) as i128;
        Ok(Exact::new(lo + drawn, number.scale))
    }
}

impl Kernel for KeyedNoise {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let mut numbers = column::read(values, self.form, self.on_error)?;
        // One number in any type and with any zeros at its end has one digest.
        let mut canonical = BinaryBuilder::with_capacity(numbers.rows.len(), numbers.rows.len() * 12);
        let mut buffer = [0; 48];
        for number in &numbers.rows {
            canonical.append_value(number.normalized().text(&mut buffer));
        }
        let canonical: ArrayRef = Arc::new(canonical.finish());
        let mut digests = Vec::with_capacity(numbers.rows.len());
        each_digest(&self.digest, &canonical, |digest| {
            digests.push(digest.copied().unwrap_or_default());
            Ok(())
        })?;
        let mut text = String::new();
        column::replace(&mut numbers, self.on_error, |row, number| self.noisy(number, &digests[row], &mut text))?;
        column::write(&numbers, values.data_type(), self.form, self.on_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).expect("a number")
    }

    #[test]
    fn reach_is_counted_in_units_of_the_last_decimal() {
        for (reach, number, units) in [
            (Reach::Ratio(exact("0.1")), "1000", Ok(100)),
            (Reach::Ratio(exact("0.1")), "-12.50", Ok(125)),
            (Reach::Ratio(exact("0.1")), "3", Ok(1)),
            (Reach::Ratio(exact("0.1")), "0", Ok(0)),
            (Reach::Amount(exact("2.5")), "7", Ok(2)),
            (Reach::Amount(exact("2.5")), "7.00", Ok(250)),
        ] {
            assert_eq!(reach.units(exact(number)), units, "{number}");
        }
        assert!(Reach::Amount(exact("0.5")).units(exact("7")).is_err());
        assert!(Reach::Ratio(exact("0.1234")).units(exact(&"9".repeat(38))).is_err());
    }
}
