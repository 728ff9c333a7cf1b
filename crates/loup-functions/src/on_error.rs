//! The option on_error: a value that does not fit a function is an error, or NULL.

use std::fmt::Display;

use datafusion::common::{Result, exec_err};

use crate::call::Call;
use crate::spec::{Kind, Literal, Parameter};

/// The option, as functions list it.
pub(crate) const ON_ERROR: Parameter = Parameter::optional(
    "on_error",
    Kind::Choice(&["error", "null"]),
    Literal::Text("error"),
    "what a value that does not fit becomes",
);

/// What happens to a value that does not fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnError {
    name: &'static str,
    is_null: bool,
}

impl OnError {
    /// Makes every misfit an error, for functions without the option.
    pub(crate) const fn always(name: &'static str) -> Self {
        Self { name, is_null: false }
    }

    /// Reads the option of a call.
    pub(crate) fn of(call: &Call) -> Result<Self> {
        Ok(Self { name: call.name(), is_null: call.text("on_error")? == "null" })
    }

    /// Returns whether such a value becomes NULL.
    pub(crate) const fn is_null(self) -> bool {
        self.is_null
    }

    /// Settles what a value becomes that does not fit; where this returns, it is NULL.
    ///
    /// # Errors
    /// An error that says what was expected, unless the call asks for NULL.
    #[cold]
    pub(crate) fn misfit(self, expected: impl Display) -> Result<()> {
        if self.is_null {
            return Ok(());
        }
        exec_err!("{}: expected {expected}; see on_error => 'null'", self.name)
    }
}
