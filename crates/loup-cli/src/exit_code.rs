//! Exit codes, and which of them an error ends with.

use std::{io, process};

use crate::failure::{Interrupted, Usage};

/// How the process ends: 0 done, 1 failed, 2 usage, 3 refused, 4 a check failed, 128 + n stopped by signal n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExitCode(u8);

impl ExitCode {
    pub(crate) const DONE: Self = Self(0);
    pub(crate) const FAILED: Self = Self(1);
    pub(crate) const USAGE: Self = Self(2);

    /// Returns the code for an error: that of the first cause which has one.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_cause).unwrap_or(Self::FAILED)
    }

    fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<loup::Error>() {
            return Some(Self(error.exit_code()));
        }
        if let Some(interrupted) = cause.downcast_ref::<Interrupted>() {
            return Some(Self(128 + interrupted.signal_number()));
        }
        if cause.is::<Usage>() {
            return Some(Self::USAGE);
        }
        let error = cause.downcast_ref::<io::Error>()?;
        (error.kind() == io::ErrorKind::BrokenPipe).then_some(Self::DONE)
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.0)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Error, anyhow};

    use super::*;

    #[test]
    fn session_errors_keep_their_code_under_a_context() {
        let refused = Error::new(loup::Error::Refused("no".into())).context("plan.sql:3");
        assert_eq!(ExitCode::of(&refused), ExitCode(3));
        let assertion = Error::new(loup::Error::Assertion("no".into())).context("plan.sql:4");
        assert_eq!(ExitCode::of(&assertion), ExitCode(4));
    }

    #[test]
    fn broken_pipe_is_no_failure_and_other_io_is() {
        assert_eq!(ExitCode::of(&Error::new(io::Error::from(io::ErrorKind::BrokenPipe))), ExitCode::DONE);
        assert_eq!(ExitCode::of(&Error::new(io::Error::from(io::ErrorKind::StorageFull))), ExitCode::FAILED);
    }

    #[test]
    fn usage_interrupts_and_unknown_errors_differ() {
        assert_eq!(ExitCode::of(&Error::new(Usage::new("no"))), ExitCode::USAGE);
        assert_eq!(ExitCode::of(&Error::new(Interrupted::CtrlC)), ExitCode(130));
        assert_eq!(ExitCode::of(&anyhow!("no")), ExitCode::FAILED);
    }
}
