//! Errors of the command line itself, and how any error is told to the user.

use std::fmt::Write as _;

use crate::exit_code::ExitCode;
use crate::{console, hardening};

/// What was asked for cannot be: wrong options, a plan that cannot be read, an empty setting.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(String);

impl Usage {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// The user or the system stopped the work; what it had staged was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Interrupted {
    /// Ctrl-C was pressed.
    #[error("interrupted")]
    CtrlC,
    /// The process was asked to end.
    #[error("terminated")]
    Terminate,
}

impl Interrupted {
    pub(crate) fn signal_number(self) -> u8 {
        match self {
            Self::CtrlC => 2,
            Self::Terminate => 15,
        }
    }
}

/// Prints why the command failed and returns the code to end with.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if hardening::panicked() {
        // The panic has been reported; an error that carries it would quote its payload.
        return ExitCode::FAILED;
    }
    let code = ExitCode::of(error);
    if code != ExitCode::DONE {
        console::error(&describe(error));
    }
    code
}

/// Joins an error and its causes, leaving out causes that the text before them has quoted.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let message = cause.to_string();
        if text.is_empty() {
            text = message;
        } else if !text.contains(&message) {
            let _ = write!(text, ": {message}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_their_context_once() {
        let error = anyhow::Error::new(Usage::new("no such file")).context("plan.sql:3");
        assert_eq!(describe(&error), "plan.sql:3: no such file");
        let quoting = anyhow::Error::new(Usage::new("no such file")).context("reading x: no such file");
        assert_eq!(describe(&quoting), "reading x: no such file");
    }
}
