//! `loup` alone on a terminal.

use anyhow::Result;

use super::with_session;
use crate::args::Options;
use crate::repl;

/// Opens a session on the terminal.
pub(crate) fn run(options: &Options) -> Result<()> {
    with_session(options, false, repl::run)
}
