//! generalize_geo: a coordinate with fewer decimals.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::exact::Exact;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::number::column::Form;
use crate::number::map::{SHORTER, map_number};
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize_geo",
    aliases: &[],
    section: Section::Generalization,
    summary: "Rounds a latitude or a longitude in degrees to a grid.",
    notes: &[
        "One degree of latitude is 111 km: 0 decimals are a region, 1 a city, 2 a district (1.1 km), 3 some houses (110 m). From \
         4 on (11 m) a point is an address, which counts as raw, as do all the decimals that a DECIMAL has.",
        "Mask latitude and longitude alike. Where few people live, 2 decimals may be one household.",
        "A number beyond 180 degrees, or text that is no number, is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the latitude or longitude in degrees").like(&[
            Literal::Text("52.520008"),
            Literal::Text("-13.404954"),
            Literal::Text("0"),
            Literal::Text("180.0"),
        ]),
        Parameter::required("decimals", Kind::Integer, "decimals that stay, 0 to 15").like(&[Literal::Integer(2)]),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT generalize_geo(52.520008, 1)", output: "52.5" },
        Example { sql: "SELECT generalize_geo('-0.127758', 2)", output: "-0.13" },
    ],
};

/// The decimals from which on a point is an address.
const ADDRESS: u8 = 4;
/// The most degrees there are, east or west.
const MOST: Exact = Exact::new(180, 0);

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct GeneralizeGeo;

fn decimals(call: &Call) -> Result<u8> {
    match u8::try_from(call.integer("decimals")?) {
        Ok(decimals) if decimals <= 15 => Ok(decimals),
        _ => plan_err!("generalize_geo: decimals must be 0 to 15"),
    }
}

impl MaskingFunction for GeneralizeGeo {
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
        let decimals = decimals(call)?;
        let keeps_all = Form::of(call)?.scale.is_some_and(|scale| decimals >= scale);
        if decimals >= ADDRESS || keeps_all {
            return Ok(Guarantee::raw());
        }
        let guarantee = Guarantee::new(Strength::Generalized, Collisions::ManyToOne);
        // A sign, three digits, a point.
        let chars = 5 + usize::from(decimals);
        Ok(if Accepts::Text.admits(call.value_type()) { guarantee.with_max_chars(chars) } else { guarantee })
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let decimals = decimals(call)?;
        map_number(call, move |degrees| {
            if Exact::new(degrees.units.abs(), degrees.scale).compare(MOST).is_gt() {
                return Err("degrees from -180 to 180, got a number beyond");
            }
            degrees.rounded(decimals).ok_or(SHORTER)
        })
    }
}
