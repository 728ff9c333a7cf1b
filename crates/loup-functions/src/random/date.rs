//! random_date.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use super::{Draw, EACH_ROW, RandomFunction};
use crate::calendar;
use crate::call::Call;
use crate::spec::{Example, FunctionSpec, Kind, Literal, Parameter, Section};

pub(super) static RANDOM_DATE: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_date",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a day between two, both included.",
        notes: &[EACH_ROW],
        parameters: &[
            Parameter::optional("first", Kind::Text, Literal::Text("1900-01-01"), "the first day, as 1970-12-31"),
            Parameter::optional("last", Kind::Text, Literal::Text("2024-12-31"), "the last day"),
        ],
        result: "DATE",
        examples: &[
            Example { sql: "SELECT random_date('1950-01-01', '1999-12-31') < DATE '2000-01-01'", output: "true" },
            Example { sql: "SELECT random_date('2024-02-29', '2024-02-29')", output: "2024-02-29" },
        ],
    },
    keyed: "generalize_date(d, unit)",
    result: DataType::Date32,
    compile: draw_date,
};

fn draw_date(call: &Call) -> Result<Draw> {
    let (first, last) = (day(call, "first")?, day(call, "last")?);
    if last < first {
        return plan_err!("random_date: first must not be after last");
    }
    let most = u64::from(first.abs_diff(last));
    Ok(Box::new(move |entropy, rows| {
        let values = (0..rows).map(|_| Ok(first.wrapping_add_unsigned(entropy.up_to(most)? as u32)));
        let array: ArrayRef = Arc::new(Date32Array::from(values.collect::<Result<Vec<_>>>()?));
        Ok(array)
    }))
}

/// Returns the days since 1970 that a text such as `1970-12-31` stands for.
fn day(call: &Call, name: &str) -> Result<i32> {
    let parse = |text: &str| {
        let mut fields = text.splitn(3, '-').zip([4, 2, 2]).map(|(field, width)| {
            let is_number = field.len() == width && field.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| field.parse::<u32>().ok()).flatten()
        });
        let (year, month, day) = (i64::from(fields.next()??), fields.next()??, fields.next()??);
        let is_date = year > 0 && calendar::is_date(year, month, day);
        is_date.then(|| i32::try_from(calendar::days_from_date(year, month, day)).ok()).flatten()
    };
    let Some(days) = parse(call.text(name)?) else {
        return plan_err!("random_date: {name} must be a day, such as '1970-12-31'");
    };
    Ok(days)
}
