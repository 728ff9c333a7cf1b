//! generalize_postcode: the first characters of a postcode.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize_postcode",
    aliases: &[],
    section: Section::Generalization,
    summary: "Keeps the first characters of a postcode, which name a region.",
    notes: &[
        "Letters and digits count; blanks and hyphens go, letters become upper case, so that sw1a 1aa and SW1A1AA give one \
         region.",
        "HIPAA's safe harbour keeps 3 digits of a US ZIP code, and 000 where fewer than 20,000 people live there. More than 5 \
         characters can be a street, and count as raw.",
        "Expected are more letters and digits than are kept, at most 10, one digit at least among them, in ASCII. Anything \
         else is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the postcode").like(&[
            Literal::Text("SW1A 1AA"),
            Literal::Text("12345-6789"),
            Literal::Text("560001"),
            Literal::Text("75008"),
        ]),
        Parameter::required("keep", Kind::Integer, "characters that stay, 1 to 9").like(&[Literal::Integer(3)]),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT generalize_postcode('12345-6789', 3)", output: "123" },
        Example { sql: "SELECT generalize_postcode('sw1a 1aa', 4)", output: "SW1A" },
    ],
};

/// The most letters and digits a postcode has; Iran's are the longest.
const LONGEST: usize = 10;
/// The most characters that name a region.
const REGION: usize = 5;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct GeneralizePostcode;

fn keep(call: &Call) -> Result<usize> {
    match usize::try_from(call.integer("keep")?) {
        Ok(keep) if (1..LONGEST).contains(&keep) => Ok(keep),
        _ => plan_err!("generalize_postcode: keep must be 1 to 9"),
    }
}

/// Returns the letters and digits of a postcode in upper case, and how many there are; None when it is none.
fn symbols(text: &str) -> Option<([u8; LONGEST], usize)> {
    let mut symbols = [0; LONGEST];
    let mut count = 0;
    for byte in text.bytes() {
        match byte {
            b' ' | b'-' => {}
            byte if byte.is_ascii_alphanumeric() => {
                *symbols.get_mut(count)? = byte.to_ascii_uppercase();
                count += 1;
            }
            _ => return None,
        }
    }
    symbols[..count].iter().any(u8::is_ascii_digit).then_some((symbols, count))
}

impl MaskingFunction for GeneralizePostcode {
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
        let keep = keep(call)?;
        if keep > REGION {
            return Ok(Guarantee::raw());
        }
        Ok(Guarantee::new(Strength::Generalized, Collisions::ManyToOne).with_max_chars(keep))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (keep, on_error) = (keep(call)?, OnError::of(call)?);
        Ok(map_text(call.value_type().clone(), move |text, out| {
            match symbols(text) {
                Some((symbols, count)) if count > keep => {
                    out.push_ascii(keep, |kept| kept.copy_from_slice(&symbols[..keep]));
                }
                Some((_, count)) => {
                    on_error.misfit(format_args!("a postcode of more than {keep} letters and digits, got {count}"))?;
                    out.set_null();
                }
                None => {
                    let chars = text.chars().count();
                    on_error.misfit(format_args!(
                        "a postcode of up to {LONGEST} letters and digits, a digit among them, got text of {chars} characters"
                    ))?;
                    out.set_null();
                }
            }
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_postcodes_have_symbols() {
        let read = |text| symbols(text).map(|(symbols, count)| String::from_utf8_lossy(&symbols[..count]).into_owned());
        assert_eq!(read("sw1a 1aa").as_deref(), Some("SW1A1AA"));
        assert_eq!(read("12345-6789").as_deref(), Some("123456789"));
        for text in ["", "Alice", "1234567890 1", "N/A", "75008 Paris, France", "1２3", "12.345"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
