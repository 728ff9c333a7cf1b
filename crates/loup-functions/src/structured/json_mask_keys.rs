//! json_mask_keys: a function on the values of some keys of a JSON text, at any depth.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use super::json_mask::mask_json;
use super::json_selector::Selector;
use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::named::{ARGUMENTS, FUNCTION};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "json_mask_keys",
    aliases: &[],
    section: Section::Structured,
    summary: "Masks the values of some keys of a JSON text, at any depth, by the function that it names.",
    notes: &[
        "A name stands for a whole key in any case; `*` in it for any characters: `'*phone*'` finds homePhone too.",
        "All else is as in json_mask: a key with an object or a list has every scalar inside masked.",
    ],
    parameters: &[
        Parameter::required("j", Kind::Value(Accepts::Text), "the JSON text").like(&[
            Literal::Text(r#"{"contact": {"Email": "ann@acme.test", "age": 41}}"#),
            Literal::Text(r#"[{"email":["bob@acme.test"]}, 7]"#),
            Literal::Text("{}"),
        ]),
        Parameter::required("keys", Kind::Text, "names of keys with | between them, such as 'email|phone'")
            .like(&[Literal::Text("email|phone")]),
        FUNCTION,
        ARGUMENTS,
    ],
    result: "the text type of the input",
    examples: &[Example {
        sql: r#"SELECT json_mask_keys('[{"Email": "a@b.test"}, {"x": {"phone": ["1", null]}}]', 'email|phone', 'redact', '-')"#,
        output: r#"[{"Email": "-"}, {"x": {"phone": ["-", null]}}]"#,
    }],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct JsonMaskKeys;

impl MaskingFunction for JsonMaskKeys {
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
        let selector = Selector::keys(call.name(), call.text("keys")?)?;
        mask_json(call, binding, selector)
    }
}
