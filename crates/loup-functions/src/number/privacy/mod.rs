//! Differential privacy: noise that is calibrated to a budget, drawn anew for every row.

mod random_bits;
mod sampler;

use std::sync::{Mutex, PoisonError};

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{DataFusionError, Result, plan_err};

use crate::call::Call;
use crate::exact::{self, Exact};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::number::column::{self, Form};
use crate::number::map::SHORTER;
use crate::on_error::OnError;

use random_bits::RandomBits;
use sampler::{DiscreteGaussian, DiscreteLaplace, MOST, MOST_DEVIATION};

/// Above this epsilon, noise of integers is 0 but once in ten thousand times: the call counts as raw.
const LOOSE: i128 = 10;

/// Where the noise comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noise {
    Laplace(DiscreteLaplace),
    Gaussian(DiscreteGaussian),
}

/// Adds noise to each number on a grid that does not depend on the numbers.
pub(crate) struct Mechanism {
    form: Form,
    on_error: OnError,
    grid: Grid,
    noise: Noise,
    bits: Mutex<RandomBits>,
}

/// The decimals of all results, and how far apart two people's numbers can lie on that grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    decimals: u8,
    sensitivity: u128,
}

impl Grid {
    fn of(call: &Call, form: Form) -> Result<Self> {
        let sensitivity = call.exact("sensitivity")?;
        if sensitivity.units <= 0 {
            return plan_err!("{}: sensitivity must be above 0", call.name());
        }
        let decimals = match (form.scale, call.integer("decimals")?) {
            (Some(scale), -1) => scale,
            (Some(scale), given) if given == i128::from(scale) => scale,
            (Some(_), _) => {
                return plan_err!(
                    "{}: decimals is for floats and text; {} has its own",
                    call.name(),
                    call.value_type()
                );
            }
            (None, -1) => sensitivity.scale,
            (None, given) => match u8::try_from(given) {
                Ok(decimals) if decimals <= 15 => decimals,
                _ => return plan_err!("{}: decimals must be 0 to 15, or -1 for those of sensitivity", call.name()),
            },
        };
        // Two numbers lie up to this many units apart after each was rounded to the grid, so it is rounded up.
        let floor = sensitivity.steps(Exact::new(1, decimals));
        let is_whole = sensitivity.units_at(decimals).is_some();
        let units = floor.and_then(|units| units.checked_add(i128::from(!is_whole)));
        match units.map(i128::unsigned_abs) {
            Some(sensitivity) if sensitivity <= MOST => Ok(Self { decimals, sensitivity }),
            _ => plan_err!("{}: sensitivity has too many digits for the decimals of the result", call.name()),
        }
    }
}

/// Reads the option `epsilon`.
pub(crate) fn epsilon(call: &Call) -> Result<Exact> {
    let epsilon = call.exact("epsilon")?;
    if epsilon.units <= 0 {
        return plan_err!("{}: epsilon must be above 0", call.name());
    }
    Ok(epsilon)
}

/// Reads the option `delta`.
pub(crate) fn delta(call: &Call) -> Result<f64> {
    let delta = call.number("delta")?;
    if delta <= 0.0 || delta >= 1.0 {
        return plan_err!("{}: delta must be above 0 and below 1", call.name());
    }
    Ok(delta)
}

/// Returns the standard deviation at which Gaussian noise is (epsilon, delta)-private.
///
/// The discrete Gaussian is rho-zCDP with rho = sensitivity^2 / (2 sigma^2) (Canonne, Kamath, Steinke 2020, theorem 4), and that
/// is (rho + 2 sqrt(rho ln(1/delta)), delta)-private (Bun, Steinke 2016, proposition 1.3), whatever epsilon is.
fn deviation(sensitivity: f64, epsilon: f64, delta: f64) -> f64 {
    let log = -delta.ln();
    // sqrt(rho) = sqrt(log + epsilon) - sqrt(log), without the difference of two numbers that are nearly equal.
    let root = epsilon / ((log + epsilon).sqrt() + log.sqrt());
    // A little more, for what these floats are rounded by.
    sensitivity / (std::f64::consts::SQRT_2 * root) * (1.0 + 1e-12)
}

/// Returns what a call promises: raw where most results are their numbers.
pub(crate) fn guarantee(call: &Call, is_loose: bool) -> Result<Guarantee> {
    let is_loose = is_loose || epsilon(call)?.compare(Exact::new(LOOSE, 0)).is_gt();
    let guarantee = if is_loose { Guarantee::raw() } else { Guarantee::new(Strength::Noised, Collisions::ManyToOne) };
    Ok(Guarantee { deterministic: false, ..guarantee })
}

/// Returns whether Laplace noise is 0 more often than three times in four: of a scale below half a unit of the results.
pub(crate) fn laplace_is_loose(call: &Call) -> Result<bool> {
    let grid = Grid::of(call, Form::of(call)?)?;
    Ok(grid.sensitivity as f64 * 2.0 < epsilon(call)?.to_float())
}

/// Returns whether Gaussian noise is 0 about as often, or a delta gives up more than one person in a hundred.
pub(crate) fn gaussian_is_loose(call: &Call) -> Result<bool> {
    let (grid, delta) = (Grid::of(call, Form::of(call)?)?, delta(call)?);
    Ok(delta > 0.01 || deviation(grid.sensitivity as f64, epsilon(call)?.to_float(), delta) < 0.5)
}

impl Mechanism {
    /// Makes the kernel of a call of `laplace`.
    pub(crate) fn laplace(call: &Call) -> Result<Box<dyn Kernel>> {
        let form = Form::of(call)?;
        let (grid, epsilon) = (Grid::of(call, form)?, epsilon(call)?);
        // The scale, sensitivity / epsilon, as a fraction of whole numbers.
        let parts = exact::power(epsilon.scale).map(i128::unsigned_abs);
        let t = parts.and_then(|parts| grid.sensitivity.checked_mul(parts));
        match (t, epsilon.units.unsigned_abs()) {
            (Some(t), s) if t <= MOST && s <= MOST => {
                Self::kernel(call, form, grid, Noise::Laplace(DiscreteLaplace::new(t, s)))
            }
            _ => plan_err!("{}: sensitivity / epsilon has too many digits", call.name()),
        }
    }

    /// Makes the kernel of a call of `gaussian`.
    pub(crate) fn gaussian(call: &Call) -> Result<Box<dyn Kernel>> {
        let form = Form::of(call)?;
        let (grid, epsilon) = (Grid::of(call, form)?, epsilon(call)?);
        let deviation = deviation(grid.sensitivity as f64, epsilon.to_float(), delta(call)?);
        if !(deviation > 0.0 && deviation <= MOST_DEVIATION) {
            return plan_err!("{}: sensitivity / epsilon has too many digits", call.name());
        }
        Self::kernel(call, form, grid, Noise::Gaussian(DiscreteGaussian::new(deviation)))
    }

    fn kernel(call: &Call, form: Form, grid: Grid, noise: Noise) -> Result<Box<dyn Kernel>> {
        // A kernel runs one batch, so nobody waits for the lock.
        let bits = Mutex::new(RandomBits::new());
        Ok(Box::new(Self { form, on_error: OnError::of(call)?, grid, noise, bits }))
    }
}

impl Kernel for Mechanism {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let mut numbers = column::read(values, self.form, self.on_error)?;
        let mut bits = self.bits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut failure: Option<DataFusionError> = None;
        let (lo, hi) = self.form.limits;
        column::replace(&mut numbers, self.on_error, |_, number| {
            let number = number.rounded(self.grid.decimals).ok_or(SHORTER)?;
            let noise = match &self.noise {
                Noise::Laplace(laplace) => laplace.sample(&mut bits),
                Noise::Gaussian(gaussian) => gaussian.sample(&mut bits),
            };
            // What is done after the noise was added, and does not look at the number, costs no privacy.
            let noise = noise.unwrap_or_else(|error| {
                failure.get_or_insert(error);
                0
            });
            Ok(Exact::new(number.units.saturating_add(noise).clamp(lo, hi), number.scale))
        })?;
        match failure {
            Some(error) => Err(error),
            None => column::write(&numbers, values.data_type(), self.form, self.on_error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_spends_the_budget_and_no_more() {
        for (epsilon, delta) in [(0.1, 1e-5), (1.0, 1e-6), (5.0, 1e-9)] {
            let sigma = deviation(1.0, epsilon, delta);
            let rho = 1.0 / (2.0 * sigma * sigma);
            let spent = rho + 2.0 * (rho * -f64::ln(delta)).sqrt();
            assert!(spent <= epsilon && spent > epsilon * (1.0 - 1e-9), "{spent}");
        }
    }
}
