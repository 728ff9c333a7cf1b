//! age_band: the range of ages that a date of birth falls in at a given day.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::dates::birth_age::BirthAge;
use crate::dates::text::{self as date_text, Order};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "age_band",
    aliases: &[],
    section: Section::Generalization,
    summary: "Replaces a date of birth by the range of ages that it gives at a day: 0-17, 18-29, 60+.",
    notes: &[
        "bounds are the first ages of the bands but the first; 18,30,45,60 gives 0-17, 18-29, 30-44, 45-59 and 60+. A band of one \
         year, but the first of life, tells the age and makes the call raw.",
        "at is a date and not today, so that a run next year gives the same bands: 2026-01-01. Who was born on the 29th of \
         February is a year older from the 1st of March on in years without that day.",
        "A timestamp is the day it falls on in its zone. The formats of text and order are those of generalize_date.",
        "A date after at, or text that is no date, is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("d", Kind::Value(Accepts::Date), "the date of birth").like(&[
            Literal::Text("1985-05-15"),
            Literal::Text("15.05.2015 10:11:12"),
            Literal::Text("20000229"),
            Literal::Text("0001-01-01"),
        ]),
        Parameter::required("bounds", Kind::List, "whole years, in ascending order")
            .like(&[Literal::Text("18,30,45,60")]),
        Parameter::required("at", Kind::Text, "the day of the ages, yyyy-mm-dd").like(&[Literal::Text("2026-01-01")]),
        ON_ERROR,
        Parameter::optional(
            "order",
            Kind::Choice(&["dmy", "mdy"]),
            Literal::Text("dmy"),
            "day or month first, where the year is last",
        ),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT age_band(DATE '1985-05-15', '18,30,45,60', '2026-01-01')", output: "30-44" },
        Example { sql: "SELECT age_band('29/02/2008', [18, 60], '2026-02-28')", output: "0-17" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct AgeBand;

fn bounds(call: &Call) -> Result<Vec<i64>> {
    let bounds: Option<Vec<i64>> =
        call.list("bounds")?.iter().map(|bound| bound.parse::<u16>().ok().map(i64::from)).collect();
    match bounds {
        Some(bounds) if !bounds.is_empty() && bounds.is_sorted_by(|low, high| low < high) => Ok(bounds),
        _ => plan_err!("age_band: bounds must be whole numbers of years from 0 on, each above the one before"),
    }
}

/// Returns the name of each band, lowest first.
fn labels(bounds: &[i64]) -> Vec<String> {
    let lows = std::iter::once(0).chain(bounds.iter().copied());
    let bands = lows
        .zip(bounds)
        .map(|(low, next)| if next - low == 1 { low.to_string() } else { format!("{low}-{}", next - 1) });
    bands.chain(bounds.last().map(|last| format!("{last}+"))).collect()
}

fn at(call: &Call) -> Result<(i64, u32, u32)> {
    let text = call.text("at")?;
    match date_text::read(text, Order::DayFirst) {
        Some(date) if text.len() == 10 && text.as_bytes()[4] == b'-' => Ok(date.date()),
        _ => plan_err!("age_band: at must be a date of the form 2026-01-01"),
    }
}

impl MaskingFunction for AgeBand {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let bounds = bounds(call)?;
        // The first year of life is a band of its own everywhere.
        if bounds.windows(2).any(|ends| ends[1] - ends[0] == 1 && ends[0] > 0) {
            return Ok(Guarantee::raw());
        }
        let longest = labels(&bounds).iter().map(String::len).max().unwrap_or(0);
        Ok(Guarantee::new(Strength::Generalized, Collisions::ManyToOne).with_max_chars(longest))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let bounds = bounds(call)?;
        let labels = labels(&bounds);
        let order = if call.text("order")? == "mdy" { Order::MonthFirst } else { Order::DayFirst };
        let out = self.return_type(call.value_type());
        Ok(Box::new(BirthAge::new(call, out, at(call)?, order, move |age, out| {
            out.push_str(&labels[bounds.partition_point(|bound| *bound <= age)]);
        })?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_end_a_year_before_the_next() {
        assert_eq!(labels(&[18, 30, 60]), ["0-17", "18-29", "30-59", "60+"]);
        assert_eq!(labels(&[1, 2]), ["0", "1", "2+"]);
    }
}
