//! generalize_to: what a value is at a level of a hierarchy.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::with_bytes;
use crate::kernel::text_builder::TextBuilder;
use crate::kernel::value_bytes::{self, Bytes};
use crate::named_lists::Hierarchy;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize_to",
    aliases: &[],
    section: Section::Generalization,
    summary: "Replaces a value by what it is at a level of a hierarchy.",
    notes: &[
        "The hierarchy is a table or view of the session in ARX's form: the first column holds the values, each further one a \
         level. Level 1 is the second column; level 0 is the value itself, and raw. A level \
         at which every value has a form of its own is refused: it generalizes nothing.",
        "ARX's files have no header and semicolons: CREATE EXTERNAL TABLE age (v TEXT, l1 TEXT, l2 TEXT) STORED AS CSV LOCATION \
         'age.csv' OPTIONS ('format.has_header' 'false', 'format.delimiter' ';').",
        "A value that the hierarchy does not hold is an error; with unknown => 'null' it is NULL, with any other text that text.",
        "7 as BIGINT, INT and text is one value. Text keeps its blanks and zeros: '007' is another one.",
        "A hierarchy may leave some values as they are at a level; a level that leaves all of them is refused.",
        "The table is read when the statement is planned. The example's hierarchy holds ages.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Integer), "the value").like(&[
            Literal::Text("17"),
            Literal::Text("42"),
            Literal::Text("65"),
        ]),
        Parameter::required("hierarchy", Kind::Text, "the table of levels").like(&[Literal::Text("age")]),
        Parameter::required("level", Kind::Integer, "the level, from 1").like(&[Literal::Integer(1)]),
        Parameter::optional(
            "unknown",
            Kind::Text,
            Literal::Text("error"),
            "what a value becomes that the hierarchy does not hold",
        ),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT generalize_to(42, 'age', 1)", output: "40-49" },
        Example { sql: "SELECT generalize_to('42', 'age', 2)", output: "*" },
        Example { sql: "SELECT generalize_to(150, 'age', 1, 'other')", output: "other" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct GeneralizeTo;

impl MaskingFunction for GeneralizeTo {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn reads_lists(&self) -> bool {
        true
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(call.text("unknown")? == "null")
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        Ok(match call.integer("level")? {
            0 => Guarantee::raw(),
            _ => Guarantee::new(Strength::Generalized, Collisions::ManyToOne),
        })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (name, level) = (call.text("hierarchy")?, call.integer("level")?);
        let list = binding.list(call.name(), name)?;
        let shown = format!("{}: hierarchy '{name}'", call.name());
        let hierarchy = list.hierarchy(&shown)?;
        let level = match usize::try_from(level) {
            Ok(level) if level <= hierarchy.levels() => level,
            _ => return plan_err!("{shown}: expected a level from 0 to {}, got {level}", hierarchy.levels()),
        };
        if level > 0 && hierarchy.tells(level) {
            return plan_err!(
                "{shown}: level {level} has a form of its own for every value, so that it generalizes nothing"
            );
        }
        let unknown = match call.text("unknown")? {
            "error" => Unknown::Error,
            "null" => Unknown::Null,
            text => Unknown::Text(text.to_owned()),
        };
        Ok(Box::new(Levels { hierarchy, level, unknown, out: text_like(call.value_type()) }))
    }
}

/// What becomes of a value that the hierarchy does not hold.
enum Unknown {
    Error,
    Null,
    Text(String),
}

struct Levels {
    hierarchy: Arc<Hierarchy>,
    level: usize,
    unknown: Unknown,
    out: DataType,
}

impl Levels {
    fn rows<'a, A>(&self, values: &A) -> Result<ArrayRef>
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let mut out = TextBuilder::new(&self.out, values.len(), 12)?;
        for row in 0..values.len() {
            if values.is_null(row) {
                out.set_null();
            } else if let Some(text) = self.hierarchy.find(values.value(row).bytes(), self.level) {
                out.push_str(text);
            } else {
                match &self.unknown {
                    Unknown::Error => {
                        return exec_err!(
                            "{}: expected values that the hierarchy holds, got another; unknown => '*' hides those",
                            SPEC.name
                        );
                    }
                    Unknown::Null => out.set_null(),
                    Unknown::Text(text) => out.push_str(text),
                }
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl Kernel for Levels {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, false)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}
