//! What a function is, as data: name, parameters, defaults and docs. Planning, named arguments, docs and SHOW FUNCTIONS read it.

use std::fmt::{self, Write as _};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

/// The section of the documentation a function stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Masks for display, without a key.
    Display,
    /// Keyed hashes and pseudonyms.
    Pseudonyms,
    /// Invented values.
    Fakes,
    /// Generalization, noise and dates.
    Generalization,
    /// Masks inside lists, JSON and texts with separators.
    Structured,
    /// Random values, another one on every run.
    Random,
}

impl Section {
    /// Every section, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Display, Self::Pseudonyms, Self::Fakes, Self::Generalization, Self::Structured, Self::Random];

    /// Returns the section's heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Display => "Display masks",
            Self::Pseudonyms => "Keyed hashes and pseudonyms",
            Self::Fakes => "Fakes",
            Self::Generalization => "Generalization, noise, dates",
            Self::Structured => "Structured values",
            Self::Random => "Random values",
        }
    }

    /// Returns one sentence about the section.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Display => "No key: the result depends on the value alone.",
            Self::Pseudonyms => "Same key, same domain, same value: same result, so masked tables still join.",
            Self::Fakes => {
                "Invented values drawn from the keyed digest: same in, same out, many-to-one. Never the value itself: so one that \
                 is itself among fewer than eight possible results, or among few heavy ones, is an error, as its fake would \
                 tell it. Draw for another column then, such as an id."
            }
            Self::Generalization => "Coarser values that are still true, and values with noise.",
            Self::Structured => {
                "Masks inside lists, JSON and texts with separators, and masks that look at another column."
            }
            Self::Random => "Other values on every run, so nothing joins: off until loup.allow_random is set.",
        }
    }
}

/// What the first argument of a function may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// A value of any type.
    Any,
    /// Text only.
    Text,
    /// A value with one canonical form: text, integer, decimal, date, time, timestamp, boolean, binary, struct of those.
    Identifier,
    /// An integer, a decimal of scale 0, or text.
    Integer,
    /// A date, a timestamp, or text.
    Date,
    /// An integer, a decimal, a float, or text that is a number.
    Number,
    /// A list of any values.
    List,
    /// A value with one canonical form that can be read again: an identifier that is no struct.
    Scalar,
    /// Text with six digits or more.
    Digits,
    /// Text of letters and digits, with a million or more of its kind.
    Symbols,
    /// Text that `encrypt` gave.
    Sealed,
}

impl Accepts {
    /// Returns whether a value of this type (dictionaries unpacked) is accepted.
    pub fn admits(self, value: &DataType) -> bool {
        let text = matches!(value, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let decimal = matches!(
            value,
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..)
        );
        match self {
            Self::Any => true,
            Self::Text | Self::Digits | Self::Symbols | Self::Sealed => text,
            Self::Scalar => !matches!(value, DataType::Struct(_)) && Self::Identifier.admits(value),
            Self::Integer => text || value.is_integer() || decimal,
            Self::Number => text || value.is_integer() || value.is_floating() || decimal,
            Self::List => {
                matches!(
                    value,
                    DataType::List(_)
                        | DataType::LargeList(_)
                        | DataType::FixedSizeList(..)
                        | DataType::ListView(_)
                        | DataType::LargeListView(_)
                )
            }
            Self::Date => text || matches!(value, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)),
            Self::Identifier => match value {
                DataType::Struct(fields) => fields.iter().all(|f| self.admits(plain(f.data_type()))),
                DataType::Boolean
                | DataType::Date32
                | DataType::Date64
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(..)
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::FixedSizeBinary(_) => true,
                other => text || decimal || other.is_integer(),
            },
        }
    }

    /// Returns what a message or a page says is accepted.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Any => "any type",
            Self::Text => "text",
            Self::Identifier => "text, integer, decimal, date, time, timestamp, boolean, binary or struct",
            Self::Integer => "integer, decimal of scale 0, or text",
            Self::Date => "date, timestamp or text",
            Self::Number => "integer, decimal, float, or text that is a number",
            Self::List => "a list",
            Self::Scalar => "text, integer, decimal, date, time, timestamp, boolean or binary",
            Self::Digits => "text with six digits or more",
            Self::Symbols => "text of letters and digits",
            Self::Sealed => "text that encrypt gave",
        }
    }
}

/// Returns the type of the values of a dictionary, any other type as it is.
pub(crate) fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The value to mask; always the first parameter.
    Value(Accepts),
    /// The values of a whole partition, of a function that is called OVER a window; always the first parameter.
    Window(Accepts),
    /// A further value, which may differ from row to row.
    Column(Accepts),
    /// A text literal.
    Text,
    /// A text literal, or NULL where that means something of its own.
    TextOrNull,
    /// An integer literal.
    Integer,
    /// A number literal: integer, decimal or float.
    Number,
    /// A boolean literal.
    Boolean,
    /// A list of literals, `[18, 30, 45]`, or a text of them with commas between, `'18,30,45'`.
    List,
    /// Any number of literals, the arguments of a function that is named before them; always the last parameter.
    Rest,
    /// One of these text literals.
    Choice(&'static [&'static str]),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(accepts) | Self::Window(accepts) => f.write_str(accepts.describe()),
            Self::Column(accepts) => write!(f, "{} (may be a column)", accepts.describe()),
            Self::Text => f.write_str("text"),
            Self::TextOrNull => f.write_str("text or NULL"),
            Self::Integer => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::Boolean => f.write_str("boolean"),
            Self::List => f.write_str("list"),
            Self::Rest => f.write_str("further arguments"),
            Self::Choice(allowed) => {
                for (i, choice) in allowed.iter().enumerate() {
                    let separator = if i == 0 { "" } else { ", " };
                    write!(f, "{separator}'{choice}'")?;
                }
                Ok(())
            }
        }
    }
}

/// A default or a typical value; Display writes it as a SQL literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Literal {
    /// NULL, for parameters that give it a meaning of its own.
    Null,
    /// Text.
    Text(&'static str),
    /// A whole number.
    Integer(i64),
    /// A number as it is written: `0.5`.
    Number(&'static str),
    /// true or false.
    Boolean(bool),
}

impl Literal {
    /// Returns the value that a plan holds.
    pub fn to_scalar(self) -> ScalarValue {
        match self {
            Self::Null => ScalarValue::Null,
            Self::Text(text) => ScalarValue::from(text),
            Self::Integer(number) => ScalarValue::from(number),
            Self::Number(number) => ScalarValue::from(number.parse::<f64>().unwrap_or_default()),
            Self::Boolean(truth) => ScalarValue::from(truth),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Null => f.write_str("NULL"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) => f.write_str(number),
            Self::Boolean(truth) => write!(f, "{truth}"),
        }
    }
}

/// One parameter of a function, in positional order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its name, as in `name => value`.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is when a call leaves it out; None when it must be given.
    pub default: Option<Literal>,
    /// One sentence for the docs.
    pub doc: &'static str,
    /// Values that make sense in a call: tests over every function and the docs use them.
    pub typical: &'static [Literal],
}

impl Parameter {
    /// Describes a parameter that every call gives.
    pub(crate) const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, default: None, doc, typical: &[] }
    }

    /// Adds values that make sense in a call; of the value itself, texts that every call with typical options takes.
    pub(crate) const fn like(mut self, typical: &'static [Literal]) -> Self {
        self.typical = typical;
        self
    }

    /// Returns values that make sense for the parameter, at least one for all but the value itself.
    pub fn samples(&self) -> Vec<Literal> {
        if !self.typical.is_empty() {
            return self.typical.to_vec();
        }
        match (self.kind, self.default) {
            (Kind::Choice(allowed), _) => allowed.iter().map(|choice| Literal::Text(choice)).collect(),
            (Kind::Boolean, _) => vec![Literal::Boolean(false), Literal::Boolean(true)],
            (_, Some(default)) => vec![default],
            (Kind::Value(_) | Kind::Window(_) | Kind::Rest, None) => Vec::new(),
            (Kind::Integer, None) => vec![Literal::Integer(10)],
            (Kind::Number, None) => vec![Literal::Number("0.5")],
            (Kind::List, None) => vec![Literal::Text("10,20,30")],
            (Kind::Text | Kind::TextOrNull | Kind::Column(_), None) => vec![Literal::Text("domain")],
        }
    }

    /// Returns whether the argument is the name of a list of the session.
    pub(crate) fn names_list(&self) -> bool {
        ["dictionary", "hierarchy"].contains(&self.name)
    }

    /// Describes a parameter that a call may leave out.
    pub(crate) const fn optional(name: &'static str, kind: Kind, default: Literal, doc: &'static str) -> Self {
        Self { name, kind, default: Some(default), doc, typical: &[] }
    }
}

/// A statement and what it returns under the key of bytes 00 01 02 .. 1f; a test runs each one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Example {
    /// A SELECT of one value, positional arguments only.
    pub sql: &'static str,
    /// The value it returns, as text.
    pub output: &'static str,
}

/// One SQL function, as data.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct FunctionSpec {
    /// Its canonical SQL name, which is also the purpose of its keys, unless its notes name another.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Where it stands in the docs.
    pub section: Section,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What else a user must know, one sentence or two each.
    pub notes: &'static [&'static str],
    /// Its parameters, the value first.
    pub parameters: &'static [Parameter],
    /// The type it returns, in words.
    pub result: &'static str,
    /// Calls with their real results.
    pub examples: &'static [Example],
}

impl FunctionSpec {
    /// Returns how many arguments a call must give at least.
    pub fn required(&self) -> usize {
        self.parameters.iter().filter(|p| p.default.is_none() && p.kind != Kind::Rest).count()
    }

    /// Returns how many arguments a call may give at most; None where it may give any number.
    pub fn most(&self) -> Option<usize> {
        let open = self.parameters.last().is_some_and(|p| p.kind == Kind::Rest);
        (!open).then_some(self.parameters.len())
    }

    /// Returns whether the first parameter is a value to mask: window functions take a whole column, random ones nothing.
    pub fn takes_value(&self) -> bool {
        self.parameters.first().is_some_and(|p| matches!(p.kind, Kind::Value(_)))
    }

    /// Returns whether it is called OVER a window.
    pub fn is_window(&self) -> bool {
        self.parameters.first().is_some_and(|p| matches!(p.kind, Kind::Window(_)))
    }

    /// Returns the parameters behind the value, where there is one.
    pub(crate) fn options(&self) -> &'static [Parameter] {
        self.parameters.get(usize::from(self.takes_value() || self.is_window())..).unwrap_or_default()
    }

    /// Returns whether NULL in any argument makes the result NULL.
    pub(crate) fn is_strict(&self) -> bool {
        !self.parameters.iter().any(|p| matches!(p.kind, Kind::TextOrNull | Kind::Column(_) | Kind::Rest))
    }

    /// Returns whether a further argument may differ from row to row.
    pub(crate) fn has_columns(&self) -> bool {
        self.parameters.iter().any(|p| matches!(p.kind, Kind::Column(_)))
    }

    /// Returns the call's form: `name(x, domain [, length = 0])`.
    pub fn syntax(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (i, parameter) in self.parameters.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let written = match parameter.default {
                None if parameter.kind == Kind::Rest => write!(text, " [{comma}{} ..]", parameter.name),
                None => write!(text, "{comma}{}", parameter.name),
                Some(default) => write!(text, " [{comma}{} = {default}]", parameter.name),
            };
            written.expect("a String takes every character");
        }
        text.push_str(if self.is_window() { ") OVER (..)" } else { ")" });
        text
    }
}
