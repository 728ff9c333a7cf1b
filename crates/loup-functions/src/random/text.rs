//! random_string, random_phone, random_zip, random_uuid and random_in.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use super::entropy::Entropy;
use super::{Draw, EACH_ROW, RandomFunction};
use crate::call::Call;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Kind, Literal, Parameter, Section};

const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) static RANDOM_STRING: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_string",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a text of a length from the characters of an alphabet.",
        notes: &[EACH_ROW],
        parameters: &[
            Parameter::required("length", Kind::Integer, "characters, 1 to 10000"),
            Parameter::optional(
                "alphabet",
                Kind::Text,
                Literal::Text(LETTERS_AND_DIGITS),
                "the characters; one that stands there twice is twice as likely",
            ),
        ],
        result: "text",
        examples: &[
            Example { sql: "SELECT character_length(random_string(12))", output: "12" },
            Example { sql: "SELECT random_string(3, 'x')", output: "xxx" },
        ],
    },
    keyed: "hash_keyed(x, domain)",
    result: DataType::Utf8View,
    compile: draw_string,
};

pub(super) static RANDOM_PHONE: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_phone",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a phone number: a prefix and nine digits.",
        notes: &[EACH_ROW, "The number may be someone's; fake_phone draws from ranges that are kept for fiction."],
        parameters: &[Parameter::optional("prefix", Kind::Text, Literal::Text("0"), "what stands before the digits")],
        result: "text",
        examples: &[Example { sql: "SELECT random_phone('+33') LIKE '+33_________'", output: "true" }],
    },
    keyed: "fake_phone(x)",
    result: DataType::Utf8View,
    compile: draw_phone,
};

pub(super) static RANDOM_ZIP: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_zip",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a postcode of five digits.",
        notes: &[EACH_ROW],
        parameters: &[],
        result: "text",
        examples: &[Example { sql: "SELECT random_zip() BETWEEN '00000' AND '99999'", output: "true" }],
    },
    keyed: "hash_keyed(x, domain)",
    result: DataType::Utf8View,
    compile: draw_zip,
};

pub(super) static RANDOM_UUID: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_uuid",
        aliases: &[],
        section: Section::Random,
        summary: "Draws a UUID of version 4.",
        notes: &[EACH_ROW],
        parameters: &[],
        result: "text",
        examples: &[Example {
            sql: "SELECT random_uuid() LIKE '________-____-4___-____-____________'",
            output: "true",
        }],
    },
    keyed: "hash_keyed(x, domain, 'uuid')",
    result: DataType::Utf8View,
    compile: draw_uuid,
};

pub(super) static RANDOM_IN: RandomFunction = RandomFunction {
    spec: FunctionSpec {
        name: "random_in",
        aliases: &[],
        section: Section::Random,
        summary: "Draws one entry of a list.",
        notes: &[EACH_ROW, "An entry that stands there twice is twice as likely."],
        parameters: &[Parameter::required("entries", Kind::List, "the list, or a text with commas between entries")
            .like(&[Literal::Text("red,green,blue")])],
        result: "text",
        examples: &[
            Example { sql: "SELECT random_in(['a', 'b', 'c']) IN ('a', 'b', 'c')", output: "true" },
            Example { sql: "SELECT random_in('only')", output: "only" },
        ],
    },
    keyed: "hash_keyed(x, domain)",
    result: DataType::Utf8View,
    compile: draw_entry,
};

/// Makes what writes one text for each row.
fn texts(width: usize, write: impl Fn(&mut Entropy, &mut TextBuilder) -> Result<()> + 'static) -> Draw {
    Box::new(move |entropy, rows| {
        let mut out = TextBuilder::new(&DataType::Utf8View, rows, width)?;
        for _ in 0..rows {
            write(entropy, &mut out)?;
            out.finish_row()?;
        }
        Ok(out.finish())
    })
}

/// Makes what picks `count` of `choices` for each row.
fn picks(prefix: String, choices: Vec<String>, count: usize) -> Draw {
    let last = choices.len() as u64 - 1;
    texts(prefix.len() + count, move |entropy, out| {
        out.push_str(&prefix);
        for _ in 0..count {
            out.push_str(&choices[entropy.up_to(last)? as usize]);
        }
        Ok(())
    })
}

fn characters(alphabet: &str) -> Vec<String> {
    alphabet.chars().map(String::from).collect()
}

fn draw_string(call: &Call) -> Result<Draw> {
    let alphabet = characters(call.text("alphabet")?);
    let length = usize::try_from(call.integer("length")?).ok().filter(|length| (1..=10_000).contains(length));
    match length {
        None => plan_err!("random_string: length must be 1 to 10000"),
        Some(_) if alphabet.is_empty() => plan_err!("random_string: alphabet must not be empty"),
        Some(length) => Ok(picks(String::new(), alphabet, length)),
    }
}

fn draw_phone(call: &Call) -> Result<Draw> {
    Ok(picks(call.text("prefix")?.to_owned(), characters("0123456789"), 9))
}

#[expect(clippy::unnecessary_wraps, reason = "the type that all random functions have")]
fn draw_zip(_call: &Call) -> Result<Draw> {
    Ok(picks(String::new(), characters("0123456789"), 5))
}

fn draw_entry(call: &Call) -> Result<Draw> {
    match call.list("entries")? {
        [] => plan_err!("random_in: entries must not be empty"),
        entries => Ok(picks(String::new(), entries.to_vec(), 1)),
    }
}

/// Version 4 of RFC 9562: 122 random bits.
#[expect(clippy::unnecessary_wraps, reason = "the type that all random functions have")]
fn draw_uuid(_call: &Call) -> Result<Draw> {
    Ok(texts(36, |entropy, out| {
        let bits = (u128::from(entropy.word()?) << 64) | u128::from(entropy.word()?);
        let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        out.push_ascii(36, |place| {
            let mut rest = bits;
            for (at, digit) in place.iter_mut().enumerate().rev() {
                *digit = if matches!(at, 8 | 13 | 18 | 23) {
                    b'-'
                } else {
                    let value = (rest & 15) as usize;
                    rest >>= 4;
                    b"0123456789abcdef"[value]
                };
            }
        });
        Ok(())
    }))
}
