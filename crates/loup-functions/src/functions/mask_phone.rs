//! mask_phone: shows the ends of a telephone number.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::digit_places::{DigitPlaces, LONGEST};
use crate::display::mask_char::{MaskChar, WHOLE};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::places::phone;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_phone",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the last digits of a telephone number, its area or its country, and keeps separators.",
    notes: &[
        "last4 shows the last four digits; international the country code too; us_standard the country code, the area code and the last four; area the country code and the area code.",
        "The country code is known from a plus sign, or a 1 before ten digits; the area code is the first three of ten digits after it. What would leave fewer than three digits hidden is hidden whole but for the end.",
        "A value of fewer than 7 or more than 15 digits, or with anything but digits, blanks, one plus sign and `-.()/`, becomes `****`.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the number"),
        Parameter::optional("style", Kind::Choice(STYLES), Literal::Text("last4"), "what stays visible"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_phone('555-123-4567')", output: "XXX-XXX-4567" },
        Example { sql: "SELECT mask_phone('+1-555-123-4567', 'international')", output: "+1-***-***-4567" },
        Example { sql: "SELECT mask_phone('555-123-4567', 'us_standard')", output: "555-***-4567" },
        Example { sql: "SELECT mask_phone('555-123-4567', 'area')", output: "555-***-****" },
        Example { sql: "SELECT mask_phone('123')", output: "****" },
    ],
};

const STYLES: &[&str] = &["last4", "international", "us_standard", "area"];
/// Digits that are hidden at least.
const HIDDEN: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Style {
    Last4,
    International,
    UsStandard,
    Area,
}

impl Style {
    /// Returns how many digits show at the start and at the end.
    fn shown(self, digits: &[u8], plus: bool) -> (usize, usize) {
        let code = match digits {
            _ if plus => phone::code_length(digits),
            [1, ..] if digits.len() == 11 => 1,
            _ => 0,
        };
        let area = if digits.len() == code + 10 { code + 3 } else { code };
        let (first, last) = match self {
            Self::Last4 => (0, 4),
            Self::International => (code, 4),
            Self::UsStandard => (area, 4),
            Self::Area => (area, 0),
        };
        if first + last + HIDDEN > digits.len() { (0, last) } else { (first, last) }
    }
}

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskPhone;

impl MaskingFunction for MaskPhone {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_max_chars(LONGEST))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let style = match call.text("style")? {
            "international" => Style::International,
            "us_standard" => Style::UsStandard,
            "area" => Style::Area,
            _ => Style::Last4,
        };
        let ch = MaskChar::new(if matches!(style, Style::Last4) { 'X' } else { '*' });
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match read(text) {
                Some((number, plus)) => {
                    let (first, last) = style.shown(number.digits(), plus);
                    number.hide(text, first, last, ch, out);
                }
                None => out.push_str(WHOLE),
            }
            Ok(())
        }))
    }
}

/// Reads a number and whether a plus sign stands before it.
fn read(text: &str) -> Option<(DigitPlaces, bool)> {
    let number = DigitPlaces::read(text, |byte| matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/' | b'+'))?;
    let plus = match text.matches('+').count() {
        0 => false,
        1 if text.split('+').next().is_some_and(|before| matches!(before, "" | " " | "(")) => true,
        _ => return None,
    };
    (7..=15).contains(&number.digits().len()).then_some((number, plus))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(style: Style, text: &str) -> Option<(usize, usize)> {
        read(text).map(|(number, plus)| style.shown(number.digits(), plus))
    }

    #[test]
    fn at_least_three_digits_are_hidden() {
        for (text, expected) in [
            ("555-1234", (0, 4)),
            ("+358 40 12", (0, 4)),
            ("+1 555 123 4567", (4, 4)),
            ("1-555-123-4567", (4, 4)),
            ("+44 20 7946 0958", (5, 4)),
            ("+49 151 23456789", (2, 4)),
        ] {
            assert_eq!(shown(Style::UsStandard, text), Some(expected), "{text}");
        }
        assert_eq!(shown(Style::Area, "555-1234"), Some((0, 0)));
        assert_eq!(shown(Style::International, "(+44) 20 7946 0958"), Some((2, 4)));
    }

    #[test]
    fn other_text_is_no_number() {
        for text in ["", "123456", "1-800-FLOWERS", "555+1234567", "++15551234567", "1234567890123456", "٠١٢٣٤٥٦٧٨"]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
