//! generalize_date: the first day of the year, quarter, month or week of a date.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use crate::binding::Binding;
use crate::calendar::Unit;
use crate::call::Call;
use crate::dates::floor::DateFloor;
use crate::dates::text::{self as date_text, Order};
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize_date",
    aliases: &[],
    section: Section::Generalization,
    summary: "Moves a date back to the first day of its year, quarter, month or week.",
    notes: &[
        "A timestamp keeps its unit and zone and is floored to midnight in that zone's calendar, in UTC when it has none.",
        "Text keeps its format, its time becomes midnight, day and month always take two digits: 2019-07-23, 2019/07/23, \
         20190723, 23/07/2019, 23-07-2019, 23.07.2019, 23-Jul-2019, 23 Jul 2019, each also with a time, a fraction and a zone.",
        "order says whether 03/04/2019 is the 3rd of April (dmy) or the 4th of March (mdy); it is never guessed, since a wrong \
         guess would show the day.",
        "A week starts on Monday. Years 1 to 9999. Anything else is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("d", Kind::Value(Accepts::Date), "the date"),
        Parameter::required("unit", Kind::Choice(UNITS), "how much of it stays"),
        Parameter::optional(
            "on_error",
            Kind::Choice(&["error", "null"]),
            Literal::Text("error"),
            "what text that is no date becomes",
        ),
        Parameter::optional(
            "order",
            Kind::Choice(&["dmy", "mdy"]),
            Literal::Text("dmy"),
            "day or month first, where the year is last",
        ),
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT generalize_date(DATE '1985-05-15', 'year')", output: "1985-01-01" },
        Example {
            sql: "SELECT generalize_date(TIMESTAMP '2019-07-23 10:11:12', 'week')",
            output: "2019-07-22T00:00:00",
        },
        Example { sql: "SELECT generalize_date('23/07/2019', 'month')", output: "01/07/2019" },
        Example { sql: "SELECT generalize_date('unknown', 'month', 'null')", output: "" },
    ],
};

const UNITS: &[&str] = &["year", "quarter", "month", "week"];

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct GeneralizeDate;

impl MaskingFunction for GeneralizeDate {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(call.text("on_error")? == "null")
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Generalized, Collisions::ManyToOne))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let unit = match call.text("unit")? {
            "year" => Unit::Year,
            "quarter" => Unit::Quarter,
            "month" => Unit::Month,
            _ => Unit::Week,
        };
        let order = if call.text("order")? == "mdy" { Order::MonthFirst } else { Order::DayFirst };
        let or_null = self.may_return_null(call)?;
        let text_type = call.value_type();
        if !Accepts::Text.admits(text_type) {
            return DateFloor::compile(call, unit, or_null);
        }
        Ok(map_text(text_type.clone(), move |text, out| {
            if date_text::floor(text, unit, order, out) {
                return Ok(());
            }
            if or_null {
                out.set_null();
            } else {
                let chars = text.chars().count();
                return exec_err!(
                    "generalize_date: expected a date of years 1 to 9999 such as 2019-07-23 or 23/07/2019, \
                     got text of {chars} characters; see order, or on_error => 'null'"
                );
            }
            Ok(())
        }))
    }
}
