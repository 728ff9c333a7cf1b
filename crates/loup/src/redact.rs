//! Errors without values: DataFusion's messages on data quote the data, so they are replaced.

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use loup_sources::{SourceError, store_error, store_message};

use crate::Error;

const WITHHELD: &str = "the message is withheld, since it could quote data";

/// Leaves out what functions of the engine quote of their arguments while they run, as errors of planning.
fn unquoted(text: &str) -> &str {
    match text.find(" named '") {
        Some(end) if text.starts_with("There is no built-in ") => &text[..end],
        _ => text,
    }
}

/// Returns what to say where the engine shows the whole of an expression that cannot stand where it does.
fn unplaced(text: &str) -> Option<String> {
    let shown = text.strip_prefix("Physical plan does not support logical expression ")?;
    let kind = &shown[..shown.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(shown.len())];
    Some(match kind {
        "WindowFunction" => {
            "a function over a window cannot stand here; use it in a SELECT, in a subquery or view".to_owned()
        }
        "Wildcard" => "* cannot stand here; name the columns".to_owned(),
        _ => format!("an expression of this kind ({kind}) cannot stand here"),
    })
}

/// Turns an error of planning or running into one that holds no value.
pub(crate) fn redact(error: &DataFusionError) -> Error {
    let root = error.find_root();
    // Its own message could quote requests, answers and credentials.
    if let Some(error) = store_error(root) {
        return Error::Data(store_message(error));
    }
    match root {
        // About the statement: names, types and literals of the script.
        DataFusionError::Plan(text) | DataFusionError::Configuration(text) | DataFusionError::NotImplemented(text) => {
            Error::Plan(unplaced(text).unwrap_or_else(|| unquoted(text).to_owned()))
        }
        DataFusionError::SchemaError(..) | DataFusionError::SQL(..) => Error::Plan(root.strip_backtrace()),
        DataFusionError::Diagnostic(_, inner) => redact(inner),
        DataFusionError::Collection(errors) => match errors.first() {
            Some(first) => redact(first),
            None => Error::Data(WITHHELD.to_owned()),
        },
        DataFusionError::External(inner) => {
            let own = inner.downcast_ref::<SourceError>().map(ToString::to_string);
            let own = own.or_else(|| inner.downcast_ref::<loup_crypto::Error>().map(ToString::to_string));
            let own = own.or_else(|| inner.downcast_ref::<loup_mapping::Error>().map(ToString::to_string));
            // What a stream of rows has made safe already.
            let own = own.or_else(|| inner.downcast_ref::<Error>().map(ToString::to_string));
            Error::Data(own.unwrap_or_else(|| format!("a part of the plan failed; {WITHHELD}")))
        }
        DataFusionError::Execution(text) if is_ours(text) => Error::Data(text.clone()),
        DataFusionError::Execution(_) => Error::Data(format!("a value could not be computed; {WITHHELD}")),
        DataFusionError::ArrowError(error, _) => Error::Data(arrow(error)),
        DataFusionError::IoError(error) => Error::Data(error.to_string()),
        DataFusionError::ParquetError(_) => {
            Error::Data(format!("a Parquet file could not be read or written; {WITHHELD}"))
        }
        DataFusionError::ResourcesExhausted(_) => {
            Error::Data("not enough memory under the limit; raise --memory-limit or lower --threads".to_owned())
        }
        _ => Error::Data(format!("the engine failed; {WITHHELD}")),
    }
}

/// Loup's functions start their messages with their name and keep values out of them.
fn is_ours(text: &str) -> bool {
    let name = text.split_once(": ").map(|(name, _)| name);
    name.is_some_and(|name| {
        loup_functions::catalog().iter().any(|spec| spec.name == name || spec.aliases.contains(&name))
            || loup_functions::aliases().iter().any(|alias| alias.name() == name)
    }) || text == "a partition stopped unexpectedly"
}

fn arrow(error: &ArrowError) -> String {
    let what = match error {
        ArrowError::CastError(_) => "a value does not fit the type it is converted to",
        ArrowError::ParseError(_) => "a text does not have the form of the type it is converted to",
        ArrowError::DivideByZero => return "division by zero".to_owned(),
        ArrowError::ArithmeticOverflow(_) => return "a number overflowed its type".to_owned(),
        ArrowError::MemoryError(_) => return "not enough memory".to_owned(),
        ArrowError::IoError(_, error) => return error.to_string(),
        _ => "a value could not be computed",
    };
    format!("{what}; {WITHHELD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_about_data_are_replaced() {
        let secret = "alice@example.com";
        for error in [
            DataFusionError::Execution(format!("could not parse '{secret}'")),
            DataFusionError::Internal(format!("row {secret}")),
            ArrowError::CastError(format!("Cannot cast string '{secret}'")).into(),
            ArrowError::ParseError(secret.to_owned()).into(),
            DataFusionError::External(secret.into()),
            DataFusionError::Execution(format!("cast: {secret}")).context(secret),
        ] {
            let shown = redact(&error).to_string();
            assert!(!shown.contains("alice"), "{shown}");
        }
    }

    #[test]
    fn messages_about_the_statement_stay() {
        let shown = redact(&DataFusionError::Plan("No field named emial".to_owned())).to_string();
        assert!(shown.contains("emial"));
        let dump =
            "Physical plan does not support logical expression WindowFunction(WindowFunction { fun: Shuffle { key"
                .to_owned();
        let shown = redact(&DataFusionError::NotImplemented(dump)).to_string();
        assert!(shown.contains("over a window") && !shown.contains("key"), "{shown}");
        let shown = redact(&DataFusionError::Execution("pseudo_int: not a whole number".to_owned())).to_string();
        assert!(shown.contains("pseudo_int"));
    }
}
