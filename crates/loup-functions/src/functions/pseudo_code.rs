//! pseudo_code: keyed text in a pattern.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::Draws;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "pseudo_code",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces a value by keyed text in a pattern of letters and digits.",
    notes: &[
        "In the pattern A is an upper-case letter, a a lower-case one, 9 a digit; \\ before a character takes it as it stands \
         (\\A, \\\\), and every other character stands for itself: 'JOB-999999', 'B\\AR-aaa999'.",
        "The pattern must have 10^6 codes or more, and at most 32 letters and digits.",
        "It is not one to one: of n values about n^2 in twice the number of codes share one. With 8 digits that is one pair in \
         14,000 values, with 16 in 140 million. pseudo_text keeps the form of each value, one to one.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Identifier), "the value"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("pattern", Kind::Text, Literal::Text("AAA-9999"), "the form of the codes"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT pseudo_code(12345, 'job')", output: "KRA-3943" },
        Example { sql: "SELECT pseudo_code(12345, 'job', 'JOB-999999')", output: "JOB-409785" },
        Example { sql: "SELECT pseudo_code('alice@example.com', 'job', 'B\\AR-aaaa99')", output: "BAR-dxnj87" },
    ],
};

/// The fewest codes of a pattern.
const FEWEST: f64 = 1e6;
/// The most letters and digits of a pattern: as many as are drawn from a digest without bias.
const MOST: usize = 32;

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One of so many characters from a first one.
    Drawn(u8, u8),
    Literal(char),
}

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct PseudoCode;

fn places(pattern: &str) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        places.push(match c {
            'A' | 'a' => Place::Drawn(26, c as u8),
            '9' => Place::Drawn(10, b'0'),
            '\\' => match chars.next() {
                Some(escaped) => Place::Literal(escaped),
                None => return plan_err!("pseudo_code: pattern must not end in a single \\"),
            },
            other => Place::Literal(other),
        });
    }
    let drawn = places.iter().filter(|place| matches!(place, Place::Drawn(..))).count();
    if drawn > MOST {
        return plan_err!("pseudo_code: pattern must have at most {MOST} letters and digits, got {drawn}");
    }
    if codes(&places) < FEWEST {
        return plan_err!("pseudo_code: pattern must have 10^6 codes or more, such as 6 digits or 5 letters");
    }
    Ok(places)
}

/// Returns how many codes there are, rounded to a few parts in 10^16.
fn codes(places: &[Place]) -> f64 {
    let choices = |place: &Place| match place {
        Place::Drawn(choices, _) => f64::from(*choices),
        Place::Literal(_) => 1.0,
    };
    places.iter().map(choices).product()
}

impl MaskingFunction for PseudoCode {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let places = places(call.text("pattern")?)?;
        let bits = codes(&places).log2() as u32;
        Ok(Guarantee::new(Strength::Pseudonym, Collisions::Bits(bits)).with_max_chars(places.len()))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let places = places(call.text("pattern")?)?;
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        Ok(map_digest(call, text_like(call.value_type()), digest, places.len(), move |_, digest, out| {
            let mut draws = Draws::new(digest);
            for place in &places {
                out.push_char(match *place {
                    Place::Drawn(choices, first) => char::from(first + draws.below(choices)),
                    Place::Literal(c) => c,
                });
            }
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_with_their_escapes() {
        let [upper, lower, digit] = [Place::Drawn(26, b'A'), Place::Drawn(26, b'a'), Place::Drawn(10, b'0')];
        let mut expected = vec![upper, lower, digit, Place::Literal('A'), Place::Literal('\\'), Place::Literal('é')];
        expected.extend([digit; 4]);
        assert_eq!(places("Aa9\\A\\\\é9999").expect("a pattern"), expected);
    }

    #[test]
    fn patterns_with_few_codes_or_too_long_are_refused() {
        for refused in ["", "JOB", "99999", "AAAA", "999999\\", "\\9\\9\\9\\9\\9\\9", &"9".repeat(33)] {
            assert!(places(refused).is_err(), "{refused}");
        }
        for accepted in ["999999", "AAAAA", "AAA999", &"A".repeat(32)] {
            assert!(places(accepted).is_ok(), "{accepted}");
        }
    }
}
