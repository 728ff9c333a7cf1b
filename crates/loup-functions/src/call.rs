//! One call of a function: the value's type and the options, read from literals and checked against the spec.

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue, internal_err, plan_err};

use crate::spec::{FunctionSpec, Kind, Literal, Parameter, plain};

/// An option's value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Setting {
    Text(String),
    Integer(i128),
    Boolean(bool),
}

/// One call with literal options, defaults filled in.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    spec: &'static FunctionSpec,
    value_type: DataType,
    uuid: bool,
    settings: Vec<Setting>,
}

impl Call {
    /// Reads a call from the value's field and the options that follow it; None when one of them is no literal.
    pub(crate) fn read<'a>(
        spec: &'static FunctionSpec,
        value: &Field,
        options: impl ExactSizeIterator<Item = Option<&'a ScalarValue>>,
    ) -> Result<Option<Self>> {
        let given = options.len();
        let parameters = spec.parameters.get(1..).unwrap_or_default();
        let mut settings = Vec::with_capacity(parameters.len());
        for (parameter, option) in parameters.iter().zip(options) {
            match option {
                Some(literal) => settings.push(setting(spec, parameter, literal)?),
                None => return Ok(None),
            }
        }
        for parameter in parameters.iter().skip(given) {
            match parameter.default {
                Some(literal) => settings.push(default_setting(literal)),
                None => return plan_err!("{}: {} is missing; usage: {}", spec.name, parameter.name, spec.syntax()),
            }
        }
        let uuid = value.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.uuid");
        Ok(Some(Self { spec, value_type: plain(value.data_type()).clone(), uuid, settings }))
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
        let position = self.spec.parameters.iter().skip(1).position(|p| p.name == name)?;
        self.settings.get(position)
    }
}

fn default_setting(literal: Literal) -> Setting {
    match literal {
        Literal::Text(text) => Setting::Text(text.to_owned()),
        Literal::Integer(number) => Setting::Integer(number.into()),
        Literal::Boolean(truth) => Setting::Boolean(truth),
    }
}

fn setting(spec: &FunctionSpec, parameter: &Parameter, literal: &ScalarValue) -> Result<Setting> {
    if literal.is_null() {
        return plan_err!("{}: {} must not be NULL", spec.name, parameter.name);
    }
    let read = match parameter.kind {
        Kind::Boolean => match literal {
            ScalarValue::Boolean(Some(truth)) => Some(Setting::Boolean(*truth)),
            _ => None,
        },
        Kind::Integer => integer(literal).map(Setting::Integer),
        Kind::Text => text(literal).map(|text| Setting::Text(text.to_owned())),
        Kind::Choice(allowed) => match text(literal) {
            Some(text) if allowed.contains(&text) => Some(Setting::Text(text.to_owned())),
            Some(_) => return plan_err!("{}: {} must be one of {}", spec.name, parameter.name, parameter.kind),
            None => None,
        },
        Kind::Value(_) => None,
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
        Kind::Value(accepts) => accepts.describe(),
        Kind::Text | Kind::Choice(_) => "text",
        Kind::Integer => "an integer",
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
