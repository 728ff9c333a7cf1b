//! One call of a function: the value's type and the options, read from literals and checked against the spec.

use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, ScalarValue, internal_err, plan_err};

use crate::exact::Exact;
use crate::spec::{Accepts, FunctionSpec, Kind, Literal, Parameter, plain};

/// An option's value.
#[derive(Debug, Clone, PartialEq)]
enum Setting {
    Null,
    Text(String),
    Integer(i128),
    /// A finite number, and how it is written.
    Number(f64, String),
    Boolean(bool),
    List(Vec<String>),
    /// A further value, of this type, dictionaries unpacked.
    Column(DataType),
}

/// What a call gives for a parameter after the value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Given<'a> {
    /// A literal.
    Literal(&'a ScalarValue),
    /// Something of this type that may differ from row to row.
    Column(&'a DataType),
}

impl Given<'_> {
    /// Returns its type.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Literal(literal) => literal.data_type(),
            Self::Column(data_type) => (*data_type).clone(),
        }
    }
}

/// One call with literal options, defaults filled in.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    spec: &'static FunctionSpec,
    value_type: DataType,
    uuid: bool,
    settings: Vec<Setting>,
    rest: Vec<ScalarValue>,
}

impl Call {
    /// Reads a call from the value's field and what follows it; None when an option is no literal.
    pub(crate) fn read<'a>(
        spec: &'static FunctionSpec,
        value: &Field,
        given: impl IntoIterator<Item = Given<'a>>,
    ) -> Result<Option<Self>> {
        let parameters = spec.options();
        let mut settings = Vec::with_capacity(parameters.len());
        let mut rest = Vec::new();
        for (position, given) in given.into_iter().enumerate() {
            let parameter = match parameters.get(position) {
                Some(parameter) if parameter.kind != Kind::Rest => parameter,
                _ => match given {
                    Given::Literal(literal) => {
                        rest.push(literal.clone());
                        continue;
                    }
                    Given::Column(_) => return Ok(None),
                },
            };
            settings.push(match (parameter.kind, given) {
                (Kind::Column(_), Given::Literal(literal)) => Setting::Column(plain(&literal.data_type()).clone()),
                (Kind::Column(_), Given::Column(data_type)) => Setting::Column(plain(data_type).clone()),
                (_, Given::Literal(literal)) => setting(spec, parameter, literal)?,
                (_, Given::Column(_)) => return Ok(None),
            });
        }
        for parameter in parameters.iter().skip(settings.len()).filter(|parameter| parameter.kind != Kind::Rest) {
            match parameter.default {
                Some(literal) => settings.push(default_setting(parameter, literal)?),
                None => return plan_err!("{}: {} is missing; usage: {}", spec.name, parameter.name, spec.syntax()),
            }
        }
        let uuid = value.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.uuid");
        Ok(Some(Self { spec, value_type: plain(value.data_type()).clone(), uuid, settings, rest }))
    }

    /// Returns the function's name.
    pub(crate) fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Returns the type of the values, dictionaries unpacked.
    pub(crate) fn value_type(&self) -> &DataType {
        &self.value_type
    }

    /// Returns whether the values are UUIDs held as 16 bytes.
    pub(crate) fn is_uuid(&self) -> bool {
        self.uuid
    }

    /// Returns a text option.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        let Some(Setting::Text(text)) = self.setting(name) else {
            return internal_err!("{}: no text option {name}", self.spec.name);
        };
        Ok(text)
    }

    /// Returns an integer option.
    pub(crate) fn integer(&self, name: &str) -> Result<i128> {
        let Some(Setting::Integer(number)) = self.setting(name) else {
            return internal_err!("{}: no integer option {name}", self.spec.name);
        };
        Ok(*number)
    }

    /// Returns a boolean option.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool> {
        let Some(Setting::Boolean(truth)) = self.setting(name) else {
            return internal_err!("{}: no boolean option {name}", self.spec.name);
        };
        Ok(*truth)
    }

    /// Returns a text option that may be NULL.
    pub(crate) fn text_or_null(&self, name: &str) -> Result<Option<&str>> {
        match self.setting(name) {
            Some(Setting::Null) => Ok(None),
            _ => self.text(name).map(Some),
        }
    }

    /// Returns a number option.
    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        let Some(Setting::Number(number, _)) = self.setting(name) else {
            return internal_err!("{}: no number option {name}", self.spec.name);
        };
        Ok(*number)
    }

    /// Returns a number option digit for digit, without zeros at the end of its decimals.
    pub(crate) fn exact(&self, name: &str) -> Result<Exact> {
        let Some(Setting::Number(_, written)) = self.setting(name) else {
            return internal_err!("{}: no number option {name}", self.spec.name);
        };
        match Exact::parse(written) {
            Some(number) => Ok(number.normalized()),
            None => plan_err!("{}: {name} must be a number of at most 38 digits, without an exponent", self.spec.name),
        }
    }

    /// Returns the entries of a list option, as they are written.
    pub(crate) fn list(&self, name: &str) -> Result<&[String]> {
        let Some(Setting::List(entries)) = self.setting(name) else {
            return internal_err!("{}: no list option {name}", self.spec.name);
        };
        Ok(entries)
    }

    /// Returns the arguments of the function that this one's call names.
    pub(crate) fn rest(&self) -> &[ScalarValue] {
        &self.rest
    }

    /// Returns the option `max_chars`, None when it is 0, the sign for "no limit".
    pub(crate) fn max_chars(&self) -> Result<Option<usize>> {
        match self.integer("max_chars")? {
            0 => Ok(None),
            chars => {
                let Ok(chars) = usize::try_from(chars) else {
                    return plan_err!("{}: max_chars must be 0 (no limit) or more", self.spec.name);
                };
                Ok(Some(chars))
            }
        }
    }

    fn setting(&self, name: &str) -> Option<&Setting> {
        let position = self.spec.options().iter().position(|p| p.name == name)?;
        self.settings.get(position)
    }
}

fn default_setting(parameter: &Parameter, literal: Literal) -> Result<Setting> {
    Ok(match (parameter.kind, literal) {
        (Kind::List, Literal::Text(text)) => Setting::List(entries(text)),
        (_, Literal::Text(text)) => Setting::Text(text.to_owned()),
        (Kind::Number, Literal::Integer(number)) => Setting::Number(number as f64, number.to_string()),
        (_, Literal::Integer(number)) => Setting::Integer(number.into()),
        (_, Literal::Number(written)) => match written.parse() {
            Ok(number) => Setting::Number(number, written.to_owned()),
            Err(_) => return internal_err!("{}: its default is no number", parameter.name),
        },
        (_, Literal::Boolean(truth)) => Setting::Boolean(truth),
        (_, Literal::Null) => Setting::Null,
    })
}

fn setting(spec: &FunctionSpec, parameter: &Parameter, literal: &ScalarValue) -> Result<Setting> {
    if literal.is_null() {
        if parameter.kind == Kind::TextOrNull {
            return Ok(Setting::Null);
        }
        return plan_err!("{}: {} must not be NULL", spec.name, parameter.name);
    }
    let read = match parameter.kind {
        Kind::Boolean => match literal {
            ScalarValue::Boolean(Some(truth)) => Some(Setting::Boolean(*truth)),
            _ => None,
        },
        Kind::Integer => integer(literal).map(Setting::Integer),
        Kind::Number => number(literal).map(|number| Setting::Number(number, literal.to_string())),
        Kind::Text | Kind::TextOrNull => text(literal).map(|text| Setting::Text(text.to_owned())),
        Kind::List => list(literal).map(Setting::List),
        Kind::Choice(allowed) => match text(literal) {
            Some(text) if allowed.contains(&text) => Some(Setting::Text(text.to_owned())),
            Some(_) => return plan_err!("{}: {} must be one of {}", spec.name, parameter.name, parameter.kind),
            None => None,
        },
        Kind::Value(_) | Kind::Window(_) | Kind::Column(_) | Kind::Rest => None,
    };
    match read {
        Some(setting) => Ok(setting),
        None => wrong_type(spec, parameter, &literal.data_type()),
    }
}

/// Fails with the message for an option of the wrong type.
pub(crate) fn wrong_type<T>(spec: &FunctionSpec, parameter: &Parameter, got: &DataType) -> Result<T> {
    plan_err!("{}: {} must be {}, got {got}", spec.name, parameter.name, type_in_words(parameter.kind))
}

fn type_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Value(accepts) | Kind::Window(accepts) | Kind::Column(accepts) => accepts.describe(),
        Kind::Text | Kind::Choice(_) => "text",
        Kind::TextOrNull => "text or NULL",
        Kind::Integer => "an integer",
        Kind::Number => "a finite number",
        Kind::List => "a list of numbers or texts without NULL, or a text of them with commas between",
        Kind::Rest => "literals",
        Kind::Boolean => "true or false",
    }
}

fn text(literal: &ScalarValue) -> Option<&str> {
    literal.try_as_str().flatten()
}

fn integer(literal: &ScalarValue) -> Option<i128> {
    match literal {
        ScalarValue::Int8(n) => n.map(i128::from),
        ScalarValue::Int16(n) => n.map(i128::from),
        ScalarValue::Int32(n) => n.map(i128::from),
        ScalarValue::Int64(n) => n.map(i128::from),
        ScalarValue::UInt8(n) => n.map(i128::from),
        ScalarValue::UInt16(n) => n.map(i128::from),
        ScalarValue::UInt32(n) => n.map(i128::from),
        ScalarValue::UInt64(n) => n.map(i128::from),
        ScalarValue::Decimal128(n, _, 0) => *n,
        _ => None,
    }
}

fn number(literal: &ScalarValue) -> Option<f64> {
    let number = literal.cast_to(&DataType::Float64).ok()?;
    match (literal.data_type().is_numeric(), number) {
        (true, ScalarValue::Float64(number)) => number.filter(|number| number.is_finite()),
        _ => None,
    }
}

fn list(literal: &ScalarValue) -> Option<Vec<String>> {
    if let Some(text) = text(literal) {
        return Some(entries(text));
    }
    let lists = literal.to_array().ok()?;
    let values = match lists.data_type() {
        DataType::List(_) => lists.as_list::<i32>().value(0),
        DataType::LargeList(_) => lists.as_list::<i64>().value(0),
        DataType::FixedSizeList(..) => lists.as_fixed_size_list().value(0),
        _ => return None,
    };
    let plain = values.data_type().is_numeric() || Accepts::Text.admits(values.data_type());
    if !plain || values.null_count() > 0 {
        return None;
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(&values, &options).ok()?;
    Some((0..values.len()).map(|i| formatter.value(i).to_string()).collect())
}

/// Returns what stands between the commas of a text; nothing for an empty one.
fn entries(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split(',').map(|entry| entry.trim().to_owned()).collect() }
}
