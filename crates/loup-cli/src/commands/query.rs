//! `loup -c "SQL"` and SQL on standard input.

use anyhow::Result;

use super::run::read_standard_input;
use super::with_session;
use crate::args::Options;
use crate::interrupt::stoppable;
use crate::script::Origin;

/// Runs the statements of an argument.
pub(crate) fn run(sql: &str, options: &Options) -> Result<()> {
    with_session(options, false, |runtime, runner| runtime.block_on(stoppable(runner.run(sql, Origin::given(sql)))))
}

/// Runs the statements that standard input holds, to its end.
pub(crate) fn run_standard_input(options: &Options) -> Result<()> {
    run(&read_standard_input()?, options)
}
