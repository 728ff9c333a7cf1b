//! mask_postcode: shows the region of a postcode.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::mask_char::{MaskChar, WHOLE};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_postcode",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the region of a postcode.",
    notes: &[
        "Of digits alone the first half shows, three at most. Of letters and digits the part before the blank, or all but the last three characters.",
        "Blanks and hyphens stay. Anything but 4 to 10 letters and digits, with one blank or hyphen at most, becomes `****`.",
    ],
    parameters: &[Parameter::required("s", Kind::Value(Accepts::Text), "the postcode")],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_postcode('94105-1234')", output: "941**-****" },
        Example { sql: "SELECT mask_postcode('SW1A 1AA')", output: "SW1A ***" },
        Example { sql: "SELECT mask_postcode('560034')", output: "560***" },
        Example { sql: "SELECT mask_postcode('n/a')", output: "****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskPostcode;

impl MaskingFunction for MaskPostcode {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_max_chars(11))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match region(text.as_bytes()) {
                Some(shown) => {
                    let hidden = |place: usize| place >= shown && text.as_bytes()[place].is_ascii_alphanumeric();
                    MaskChar::new('*').hide(text, hidden, out);
                }
                None => out.push_str(WHOLE),
            }
            Ok(())
        }))
    }
}

/// Returns how many bytes of a postcode tell its region; None of other text.
fn region(text: &[u8]) -> Option<usize> {
    let marks = text.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let mut gaps = text.iter().enumerate().filter(|(_, byte)| matches!(byte, b' ' | b'-')).map(|(place, _)| place);
    let (gap, more) = (gaps.next(), gaps.next());
    let written = more.is_none() && marks + usize::from(gap.is_some()) == text.len();
    if !written || !(4..=10).contains(&marks) || digits == 0 {
        return None;
    }
    match gap {
        // Of 1-1234 the first half would reach into the second part.
        _ if digits == marks => Some(marks.div_ceil(2).min(3).min(gap.unwrap_or(marks))),
        Some(gap) => ((2..=4).contains(&gap) && marks - gap <= 4).then_some(gap),
        None => Some(marks - 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_postcodes() {
        for (text, shown) in [
            ("2000", 2),
            ("94105", 3),
            ("10115", 3),
            ("114 55", 3),
            ("100-0001", 3),
            ("K1A 0B6", 3),
            ("M1 1AE", 2),
            ("D02 X285", 3),
            ("1012 AB", 4),
            ("SW1A1AA", 4),
            ("K1A0B6", 3),
        ] {
            assert_eq!(region(text.as_bytes()), Some(shown), "{text}");
        }
        for text in ["", "123", "abcd", "12345678901", "12 34 5", "12/345", " 94105 ", "A 12345", "９４１０５"] {
            assert_eq!(region(text.as_bytes()), None, "{text}");
        }
    }
}
