//! bucket: the interval between given cut points that a number lies in, as text.

use std::cmp::Ordering;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::exact::{self, Exact};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::number::column::Form;
use crate::number::map::map_number_text;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "bucket",
    aliases: &[],
    section: Section::Generalization,
    summary: "Replaces a number by the interval between two cut points that it lies in: <18, [18,65), >=65.",
    notes: &[
        "n bounds make n + 1 intervals; each holds its lower bound. The first and the last have no end of their own, so no \
         number is outside.",
        "labels names the intervals, lowest first: bucket(x, [18, 65], ['minor', 'adult', 'senior']). Two may share a label.",
        "Bounds that leave an interval to one number, as 36 and 37 do on integers, count as raw.",
        "Text that is no number is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Number), "the number"),
        Parameter::required("bounds", Kind::List, "the cut points, in ascending order"),
        Parameter::optional("labels", Kind::List, Literal::Text(""), "one text for each interval; none for the bounds"),
        ON_ERROR,
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT bucket(37, [18, 65])", output: "[18,65)" },
        Example { sql: "SELECT bucket('70.5', '18,65')", output: ">=65" },
        Example { sql: "SELECT bucket(17, '18,65', 'minor,adult,senior')", output: "minor" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Bucket;

fn bounds(call: &Call) -> Result<Vec<Exact>> {
    let written = call.list("bounds")?;
    let Some(bounds) = written.iter().map(|bound| Exact::parse(bound)).collect::<Option<Vec<_>>>() else {
        return plan_err!("bucket: bounds must be numbers of at most 38 digits, without an exponent");
    };
    if bounds.is_empty() || !bounds.is_sorted_by(|low, high| low.compare(*high) == Ordering::Less) {
        return plan_err!("bucket: bounds must be one number or more, each above the one before");
    }
    Ok(bounds)
}

/// Returns whether an interval holds one number alone: of the type's last decimal, or of the bounds' own where there is none.
fn is_narrow(call: &Call, bounds: &[Exact]) -> Result<bool> {
    let finest = bounds.iter().map(|bound| bound.normalized().scale).max().unwrap_or(0);
    let scale = Form::of(call)?.scale.unwrap_or(finest).max(finest);
    let unit = Form::of(call)?.scale.map_or(1, |own| exact::power(scale - own.min(scale)).unwrap_or(1));
    let units: Vec<Option<i128>> = bounds.iter().map(|bound| bound.units_at(scale)).collect();
    let is_one = |ends: &[Option<i128>]| match ends {
        [Some(low), Some(high)] => high.checked_sub(*low).is_some_and(|width| width <= unit),
        _ => false,
    };
    Ok(units.windows(2).any(is_one))
}

fn labels(call: &Call, bounds: &[Exact]) -> Result<Vec<String>> {
    let given = call.list("labels")?;
    if given.len() == bounds.len() + 1 {
        return Ok(given.to_vec());
    }
    if !given.is_empty() {
        let (expected, got) = (bounds.len() + 1, given.len());
        return plan_err!("bucket: {} bounds take {expected} labels, got {got}", bounds.len());
    }
    let texts = bounds.iter().map(|bound| bound.text(&mut [0; 48]).to_owned());
    let texts: Vec<String> = texts.collect();
    let between = texts.windows(2).map(|ends| format!("[{},{})", ends[0], ends[1]));
    let (first, last) = (texts.first().into_iter(), texts.last().into_iter());
    Ok(first.map(|low| format!("<{low}")).chain(between).chain(last.map(|high| format!(">={high}"))).collect())
}

impl MaskingFunction for Bucket {
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
        let labels = labels(call, &bounds(call)?)?;
        let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        if is_narrow(call, &bounds(call)?)? {
            return Ok(Guarantee::raw());
        }
        Ok(Guarantee::new(Strength::Generalized, Collisions::ManyToOne).with_max_chars(longest))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let bounds = bounds(call)?;
        let labels = labels(call, &bounds)?;
        let out = self.return_type(call.value_type());
        map_number_text(call, out, move |number, out| {
            let place = bounds.partition_point(|bound| bound.compare(number) != Ordering::Greater);
            out.push_str(&labels[place]);
            Ok(())
        })
    }
}
