//! fake_phone: an invented telephone number in the format of the given one.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{Fraction, below, word};
use crate::fakes::parameters::{LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::locale::{self, Locale};
use crate::places::{phone, place};
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_phone",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a telephone number by an invented one in the same format.",
    notes: &[
        "Separators, the count of digits, the country code and a trunk 0 stay; all other digits are drawn.",
        "Indian mobiles start 6 to 9; area codes and exchanges under +1 start 2 to 9; mobile numbers stay mobile.",
        "Text with letters, with fewer than 7 or with more than 15 digits becomes a number in the locale's own format: a mobile \
         number, in en_US one of the numbers set aside for fiction (555-01xx) under the area code of a city.",
        "A number longer than max_chars loses its separators, then its first digits.",
        "One number written in two formats is two values: bring them to one form first if they must agree.",
    ],
    parameters: &[SEED, domain("fake_phone"), LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
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
            if shaped.is_none() && locale == Locale::EnUs {
                let places = place::of(locale);
                let place = &places[below(word(digest, 0), places.len())];
                let mut text = [0; 24];
                let number = place.phone(&mut Fraction::new(word(digest, 1)), &mut text);
                if number.len() <= max_chars {
                    out.push_str(number);
                    return Ok(());
                }
            }
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
