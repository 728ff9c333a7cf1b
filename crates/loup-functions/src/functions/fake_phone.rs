//! fake_phone: an invented telephone number in the format of the given one.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::locale;
use crate::places::phone;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_phone",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a telephone number by an invented one in the same format.",
    notes: &[
        "Separators, the count of digits, the country code and a trunk 0 stay; all other digits are drawn.",
        "Indian mobiles start 6 to 9; area codes and exchanges under +1 start 2 to 9; mobile numbers stay mobile.",
        "Text with letters, with fewer than 7 or with more than 15 digits becomes a number in the locale's own format.",
        "A number longer than max_chars loses its separators, then its first digits.",
        "One number written in two formats is two values: bring them to one form first if they must agree.",
    ],
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Identifier), "the number"),
        Parameter::optional("domain", Kind::Text, Literal::Text("fake_phone"), "the identity space"),
        Parameter::optional(
            "locale",
            Kind::Choice(locale::CHOICES),
            Literal::Text(""),
            "whose rules, for numbers without a country code; '' is the session's",
        ),
        Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest number; 0 sets no limit"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_phone('+91-9876543210')", output: "+91-7202693852" },
        Example { sql: "SELECT fake_phone('(555) 123-4567')", output: "(323) 267-5423" },
        Example { sql: "SELECT fake_phone('unknown', 'fake_phone', 'en_GB')", output: "07776 244301" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakePhone;

impl MaskingFunction for FakePhone {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let guarantee = Guarantee::new(Strength::Synthetic, Collisions::ManyToOne);
        Ok(match call.max_chars()? {
            Some(chars) => guarantee.with_max_chars(chars),
            None => guarantee,
        })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let locale = locale::of(call, binding)?;
        let max_chars = call.max_chars()?.unwrap_or(usize::MAX);
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        Ok(map_digest(call, text_like(call.value_type()), digest, 16, move |value, digest, out| {
            let shaped = phone::shape(value, locale).map(|shape| (value, shape));
            let template = phone::template(locale).as_bytes();
            let Some((text, shape)) = shaped.or_else(|| Some((template, phone::shape(template, locale)?))) else {
                return Ok(());
            };
            if text.len() <= max_chars {
                out.push_ascii(text.len(), |number| phone::write(text, &shape, digest, number));
                return Ok(());
            }
            let mut number = vec![0; text.len()];
            phone::write(text, &shape, digest, &mut number);
            number.retain(u8::is_ascii_digit);
            let last = &number[number.len().saturating_sub(max_chars)..];
            out.push_ascii(last.len(), |kept| kept.copy_from_slice(last));
            Ok(())
        }))
    }
}
