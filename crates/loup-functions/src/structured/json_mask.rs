//! json_mask: a function on what a path of a JSON text leads to.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use super::json::Json;
use super::json_selector::Selector;
use super::parts::mask_parts;
use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::named::{ARGUMENTS, FUNCTION, NamedCall};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "json_mask",
    aliases: &[],
    section: Section::Structured,
    summary: "Masks what a path of a JSON text leads to by the function that it names.",
    notes: &[
        "All else stays byte for byte: blanks, the order of keys, repeated keys, how numbers are written.",
        "Steps of a path: `.key`, `['key']`, `[0]`, `.*`, `[*]`; two dots, as in `$..email`, look at every level below.",
        "Where it leads to an object or an array, every string, number, true and false inside is masked; keys and null stay.",
        "The function gets text: of a string what it stands for, of a number its digits as written. A number stays one where \
         the function gives numbers for numbers, as pseudo_int does; all other results are strings.",
        "Text that is no JSON is an error; blank text stays. A path that leads nowhere changes nothing, and the rest of \
         the text is shown: hence the guarantee raw, whatever the function.",
    ],
    parameters: &[
        Parameter::required("j", Kind::Value(Accepts::Text), "the JSON text").like(&[
            Literal::Text(r#"{"contact": {"email": "ann@acme.test", "age": 41}}"#),
            Literal::Text(r#"[{"email":"bob@acme.test"}, 7]"#),
            Literal::Text("{}"),
        ]),
        Parameter::required("path", Kind::Text, "where the value stands, such as $.contact.email")
            .like(&[Literal::Text("$..email")]),
        FUNCTION,
        ARGUMENTS,
    ],
    result: "the text type of the input",
    examples: &[
        Example {
            sql: r#"SELECT json_mask('{"id": 7, "contact": {"email": "ann@acme.test"}}', '$.contact.email', 'mask_email')"#,
            output: r#"{"id": 7, "contact": {"email": "an**@acme.test"}}"#,
        },
        Example {
            sql: r#"SELECT json_mask('{"ids": [12345, "7"]}', '$.ids[*]', 'pseudo_int', 'beneficiary')"#,
            output: r#"{"ids": [1760222791, "653205869"]}"#,
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct JsonMask;

impl MaskingFunction for JsonMask {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::raw())
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let selector = Selector::path(call.name(), call.text("path")?)?;
        mask_json(call, binding, selector)
    }
}

/// Makes the kernel that masks what `selector` chooses.
pub(super) fn mask_json(call: &Call, binding: &Binding, selector: Selector) -> Result<Box<dyn Kernel>> {
    let on_numbers = NamedCall::read(call, &DataType::Int64).and_then(|named| named.result_type(binding));
    let keeps_numbers = on_numbers.is_ok_and(|result| result.is_numeric());
    let json = Json { function: call.name(), selector, keeps_numbers };
    mask_parts(call, binding, text_like(call.value_type()), json)
}
