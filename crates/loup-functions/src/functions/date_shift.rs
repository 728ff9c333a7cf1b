//! date_shift: all dates of an entity moved by the same number of days.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::dates::offset::DateOffset;
use crate::dates::text::Order;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "date_shift",
    aliases: &[],
    section: Section::Generalization,
    summary: "Moves all dates of one entity, such as a patient, by the same number of days, so that the time between them stays.",
    notes: &[
        "The offset is drawn from the keyed digest of the entity, 1 to days either way, each equally likely and never 0. One \
         entity as INT, BIGINT and text gets one offset, in every table that names the domain. An entity that is NULL gives NULL.",
        "With the date itself as entity, date_shift(d, d, 30, 'visit'), equal dates move alike and intervals do not stay.",
        "A timestamp moves by whole days of 24 hours, whatever its zone does to the clocks. Text keeps its format, time and zone; \
         day and month take two digits. The formats and order are those of generalize_date.",
        "Years 1 to 9999. What is no such date, or would leave them, is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("d", Kind::Value(Accepts::Date), "the date"),
        Parameter::required("entity", Kind::Column(Accepts::Identifier), "whom the date belongs to")
            .like(&[Literal::Text("patient")]),
        Parameter::required("days", Kind::Integer, "the greatest offset, 1 to 36500").like(&[Literal::Integer(30)]),
        Parameter::required("domain", Kind::Text, "the identity space of the entities"),
        ON_ERROR,
        Parameter::optional(
            "order",
            Kind::Choice(&["dmy", "mdy"]),
            Literal::Text("dmy"),
            "day or month first, where the year is last",
        ),
    ],
    result: "the type of the input, a dictionary unpacked",
    examples: &[
        Example { sql: "SELECT date_shift(DATE '2019-07-23', 4711, 30, 'patient')", output: "2019-08-18" },
        Example { sql: "SELECT date_shift('25/07/2019 10:11', '4711', 30, 'patient')", output: "20/08/2019 10:11" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct DateShift;

fn days(call: &Call) -> Result<u32> {
    match u32::try_from(call.integer("days")?) {
        Ok(days @ 1..=36_500) => Ok(days),
        _ => plan_err!("date_shift: days must be 1 to 36500"),
    }
}

impl MaskingFunction for DateShift {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        days(call)?;
        Ok(Guarantee::new(Strength::Noised, Collisions::ManyToOne))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        let order = if call.text("order")? == "mdy" { Order::MonthFirst } else { Order::DayFirst };
        Ok(Box::new(DateOffset { digest, days: days(call)?, order, on_error: OnError::of(call)? }))
    }
}
