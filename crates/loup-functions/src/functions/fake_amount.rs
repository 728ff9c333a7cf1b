//! fake_amount: an invented amount of money.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::fakes::amount::{AmountKernel, Amounts};
use crate::fakes::dice::Dice;
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, domain};
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::number::column::Form;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_amount",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces an amount by one drawn between two bounds.",
    notes: &[
        "Every amount from lo to hi is equally likely, whatever the value: neither its size nor its sign shows. A \
         type or a max_chars that cannot hold hi lowers it.",
        "A number keeps its type. decimals -1 keeps those of the type, and of text those that it is written with; \
         floats and other text get 2. Text is written as 1234.50, without signs of currencies and thousands.",
        "Never the amount itself: one that is itself among fewer than eight amounts is an error, as its fake would tell it.",
    ],
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Number), "the amount"),
        domain("fake_amount"),
        ANY_LOCALE,
        MAX_CHARS,
        Parameter::optional("lo", Kind::Number, Literal::Integer(1), "the least amount"),
        Parameter::optional("hi", Kind::Number, Literal::Integer(10_000), "the greatest one"),
        Parameter::optional("decimals", Kind::Integer, Literal::Integer(-1), "0 to 9; -1 for those of the value"),
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT fake_amount('1250.00')", output: "1726.01" },
        Example {
            sql: "SELECT fake_amount(CAST(1250 AS DECIMAL(9, 2)), 'salary', '', 0, 30000, 90000, 0)",
            output: "50548.00",
        },
        Example { sql: "SELECT fake_amount(1250)", output: "4087" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeAmount;

impl MaskingFunction for FakeAmount {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let guarantee = Guarantee::new(Strength::Synthetic, Collisions::ManyToOne);
        Ok(match call.max_chars()? {
            Some(chars) if Accepts::Text.admits(call.value_type()) => guarantee.with_max_chars(chars),
            _ => guarantee,
        })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let is_text = Accepts::Text.admits(call.value_type());
        let most = call.max_chars()?.filter(|_| is_text).unwrap_or(usize::MAX);
        let form = Form::of(call)?;
        let amounts = Amounts::of(call, form, most)?;
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        if !is_text {
            return Ok(AmountKernel::compile(call, amounts, form, digest));
        }
        Ok(map_digest(call, call.value_type().clone(), digest, 8, move |value, digest, out| {
            out.push_str(amounts.draw(SPEC.name, value, &mut Dice::new(digest))?.text(&mut [0; 48]));
            Ok(())
        }))
    }
}
