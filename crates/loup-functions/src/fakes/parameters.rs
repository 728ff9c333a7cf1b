//! The parameters that fakes have in common.

use crate::locale;
use crate::spec::{Accepts, Kind, Literal, Parameter};

/// The value.
pub(crate) const SEED: Parameter =
    Parameter::required("seed", Kind::Value(Accepts::Identifier), "the value the fake is drawn for");

/// The locale, where it decides something.
pub(crate) const LOCALE: Parameter = Parameter::optional(
    "locale",
    Kind::Choice(locale::CHOICES),
    Literal::Text(""),
    "whose forms and words; '' is the session's",
);

/// The locale, where there is one form for all of them.
pub(crate) const ANY_LOCALE: Parameter = Parameter::optional(
    "locale",
    Kind::Choice(locale::CHOICES),
    Literal::Text(""),
    "taken as every fake does; the form is the same in all of them",
);

/// The limit on the length.
pub(crate) const MAX_CHARS: Parameter =
    Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest result; 0 sets no limit");

/// Whether numbers are those that nobody has.
pub(crate) const RANGE: Parameter = Parameter::optional(
    "range",
    Kind::Choice(&["test", "plausible"]),
    Literal::Text("test"),
    "'test': numbers that are never issued, where there are such; 'plausible': any that could be, which by chance is \
     somebody's",
);

/// Where [`RANGE`] says `plausible`.
pub(crate) const PLAUSIBLE: usize = 1;

/// Describes the domain of a function.
pub(crate) const fn domain(function: &'static str) -> Parameter {
    Parameter::optional("domain", Kind::Text, Literal::Text(function), "the identity space")
}

/// The type of a fake that is text.
pub(crate) const TEXT_RESULT: &str = "the text type of the input, Utf8View when the input is no text";
