//! Logs for developers on standard error, filtered by `LOUP_LOG` (default `warn`).

use std::env::{self, VarError};
use std::io::{self, IsTerminal};

use anyhow::Result;
use tracing_subscriber::EnvFilter;

use crate::failure::Usage;

/// Starts logging. The engine's own `log` records stay off: they hold literals of the statements.
pub(crate) fn start() -> Result<()> {
    let directives = match env::var("LOUP_LOG") {
        Ok(directives) => directives,
        Err(VarError::NotPresent) => "warn".to_owned(),
        Err(VarError::NotUnicode(_)) => return Err(Usage::new("LOUP_LOG: expected text").into()),
    };
    let filter = EnvFilter::try_new(&directives).map_err(|_| {
        Usage::new(format!("LOUP_LOG: expected a level or filters such as loup=debug, got '{directives}'"))
    })?;
    let colour = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colour).init();
    Ok(())
}
