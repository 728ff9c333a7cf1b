//! split_mask: a function on each entry of a text with separators.

use std::ops::Range;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};

use super::parts::{Format, Parts, mask_parts};
use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::text_builder::TextBuilder;
use crate::named::{ARGUMENTS, FUNCTION, NamedCall};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "split_mask",
    aliases: &[],
    section: Section::Structured,
    summary: "Masks each entry of a text with separators by the function that it names.",
    notes: &[
        "Blanks around an entry stay, and so do entries that are empty or blank: how many there are shows. So a text is never \
         destroyed: what destroys its entries generalizes it to their number.",
        "An entry gets what the function gives it elsewhere, so the ids of a list still join.",
        "A result that holds the separator is an error: it would add entries. NULL as a result leaves an empty entry.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text, such as '12, 57,8'"),
        Parameter::required("separator", Kind::Text, "what stands between entries; one character or more")
            .like(&[Literal::Text(",")]),
        FUNCTION,
        ARGUMENTS,
    ],
    result: "the text type of the input",
    examples: &[
        Example {
            sql: "SELECT split_mask('12345, 7', ',', 'pseudo_int', 'beneficiary')",
            output: "1760222791, 653205869",
        },
        Example { sql: "SELECT split_mask('ann@acme.test;', ';', 'mask_email')", output: "an**@acme.test;" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct SplitMask;

impl MaskingFunction for SplitMask {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        NamedCall::read(call, &DataType::Utf8View)?.guarantee_of_parts()
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let separator = call.text("separator")?.to_owned();
        if separator.is_empty() {
            return plan_err!("split_mask: separator must not be empty");
        }
        mask_parts(call, binding, self.return_type(call.value_type()), Separated { separator })
    }
}

struct Separated {
    separator: String,
}

impl Separated {
    /// Returns where the entries stand that are not blank, without the blanks around them.
    fn entries(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let mut next = 0;
        text.split(&self.separator).filter_map(move |entry| {
            let start = next + entry.len() - entry.trim_start().len();
            next += entry.len() + self.separator.len();
            let entry = entry.trim();
            (!entry.is_empty()).then(|| start..start + entry.len())
        })
    }
}

impl Format for Separated {
    fn cut(&self, text: &str, parts: &mut Parts) -> Result<()> {
        self.entries(text).try_for_each(|place| parts.push(place.clone(), &text[place]))
    }

    fn put(&self, _part: &str, masked: Option<&str>, out: &mut TextBuilder) -> Result<()> {
        let masked = masked.unwrap_or_default();
        if masked.contains(&self.separator) {
            return exec_err!("split_mask: expected results without the separator, got one that holds it");
        }
        out.push_str(masked);
        Ok(())
    }

    /// A separator of several characters can also come to be where a result meets what follows it.
    fn check(&self, text: &str, masked: &[u8]) -> Result<()> {
        let count = |text: &str| text.matches(&self.separator).count();
        if self.separator.len() > 1 && std::str::from_utf8(masked).map(count) != Ok(count(text)) {
            return exec_err!("split_mask: expected as many entries as before, got another number");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_between_separators_without_blanks() {
        for (separator, text, expected) in [
            (",", "12, 57,8", vec!["12", "57", "8"]),
            (",", ",, a b ,", vec!["a b"]),
            ("::", "é::  ::日本", vec!["é", "日本"]),
            (", ", "a, b,c", vec!["a", "b,c"]),
            (",", "", vec![]),
            (" ", "a  b", vec!["a", "b"]),
        ] {
            let separated = Separated { separator: separator.to_owned() };
            let entries: Vec<&str> = separated.entries(text).map(|place| &text[place]).collect();
            assert_eq!(entries, expected, "{text:?}");
        }
    }
}
