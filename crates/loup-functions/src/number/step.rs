//! The step of functions that put numbers into steps of one width.

use datafusion::common::{Result, plan_err};

use crate::call::Call;
use crate::exact::Exact;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::number::column::Form;

/// Reads the option `step`.
///
/// # Errors
/// When it is not above 0.
pub(crate) fn read(call: &Call) -> Result<Exact> {
    let step = call.exact("step")?;
    if step.units <= 0 {
        return plan_err!("{}: step must be above 0", call.name());
    }
    Ok(step)
}

/// Returns what a call with a step promises: raw where numbers have a step of their own.
pub(crate) fn guarantee(call: &Call) -> Result<Guarantee> {
    let step = read(call)?;
    // Numbers in text and floats may all be whole, so a step of 1 may leave them as they are; and of one below 2, many steps
    // hold one whole number alone.
    let scale = Form::of(call)?.scale.unwrap_or(0);
    let is_identity = step.compare(Exact::new(2, scale)).is_lt();
    Ok(if is_identity { Guarantee::raw() } else { Guarantee::new(Strength::Generalized, Collisions::ManyToOne) })
}
