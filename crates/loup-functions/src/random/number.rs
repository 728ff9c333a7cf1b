//! random_int and random_number.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use super::{Draw, EACH_ROW, RandomFunction};
use crate::call::Call;
use crate::spec::{Example, FunctionSpec, Kind, Literal, Parameter, Section};

pub(super) static RANDOM_INT: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_int",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a whole number between two, both included.",
        notes: &[EACH_ROW],
        parameters: &[
            Parameter::required("lo", Kind::Integer, "the least").like(&[Literal::Integer(1)]),
            Parameter::required("hi", Kind::Integer, "the greatest").like(&[Literal::Integer(6)]),
        ],
        result: "BIGINT",
        examples: &[
            Example { sql: "SELECT random_int(1, 6) BETWEEN 1 AND 6", output: "true" },
            Example { sql: "SELECT random_int(7, 7)", output: "7" },
        ],
    },
    keyed: "pseudo_int(x, domain)",
    result: DataType::Int64,
    compile: draw_int,
};

pub(super) static RANDOM_NUMBER: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_number",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a number between two; the second one is never reached.",
        notes: &[EACH_ROW],
        parameters: &[
            Parameter::optional("lo", Kind::Number, Literal::Integer(0), "the least"),
            Parameter::optional("hi", Kind::Number, Literal::Integer(1), "what all are below"),
        ],
        result: "DOUBLE",
        examples: &[Example { sql: "SELECT random_number(10, 20) BETWEEN 10 AND 20", output: "true" }],
    },
    keyed: "pseudo_int(x, domain)",
    result: DataType::Float64,
    compile: draw_number,
};

fn draw_int(call: &Call) -> Result<Draw> {
    let bound = |name| {
        let Ok(bound) = i64::try_from(call.integer(name)?) else {
            return plan_err!("random_int: {name} must be a BIGINT");
        };
        Ok(bound)
    };
    let (lo, hi) = (bound("lo")?, bound("hi")?);
    if hi < lo {
        return plan_err!("random_int: lo must not be above hi");
    }
    let most = lo.abs_diff(hi);
    Ok(Box::new(move |entropy, rows| {
        let values = (0..rows).map(|_| Ok(lo.wrapping_add_unsigned(entropy.up_to(most)?)));
        let array: ArrayRef = Arc::new(Int64Array::from(values.collect::<Result<Vec<_>>>()?));
        Ok(array)
    }))
}

fn draw_number(call: &Call) -> Result<Draw> {
    let (lo, hi) = (call.number("lo")?, call.number("hi")?);
    let width = hi - lo;
    if !(width > 0.0 && width.is_finite()) {
        return plan_err!("random_number: lo must be below hi, and hi - lo a finite number");
    }
    Ok(Box::new(move |entropy, rows| {
        let values = (0..rows).map(|_| {
            // As many bits as a double holds, each fraction equally likely; the product may round up to hi.
            let fraction = (entropy.word()? >> 11) as f64 / (1_u64 << 53) as f64;
            Ok(width.mul_add(fraction, lo).clamp(lo, hi.next_down()))
        });
        let array: ArrayRef = Arc::new(Float64Array::from(values.collect::<Result<Vec<_>>>()?));
        Ok(array)
    }))
}
