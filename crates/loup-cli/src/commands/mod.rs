//! One file per command, and what those that run SQL share.

mod batch;
mod functions;
mod key;
mod mapping;
mod query;
mod recover;
mod repl;
mod run;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use loup::Session;
use tokio::runtime::{self, Runtime};

use crate::args::{Args, Command, Options};
use crate::console::Console;
use crate::failure::Usage;
use crate::interrupt::stoppable;
use crate::output::Output;
use crate::progress::Bars;
use crate::script::Runner;
use crate::settings::Variable;
use crate::{keys, logging};

/// How long threads that are still at work may take to notice that the command has ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the command that the arguments name.
pub(crate) fn run(args: &Args) -> Result<()> {
    logging::start()?;
    let options = &args.options;
    match (&args.command, &args.sql) {
        (Some(_), Some(_)) => Err(Usage::new("-c stands alone: it cannot be combined with a command").into()),
        (Some(Command::Run(arguments)), None) => run::run(arguments, options),
        (Some(Command::Batch(arguments)), None) => batch::run_batch(arguments, options),
        (Some(Command::Mask(arguments)), None) => batch::run_mask(arguments, options),
        (Some(Command::Recover), None) => recover::run(options),
        (Some(Command::Key(command)), None) => key::run(command, options),
        (Some(Command::Mapping(command)), None) => mapping::run(command, options),
        (Some(Command::Functions(arguments)), None) => functions::run(arguments),
        (None, Some(sql)) => query::run(sql, options),
        (None, None) if io::stdin().is_terminal() => repl::run(options),
        (None, None) => query::run_standard_input(options),
    }
}

/// Builds a session from the options and hands it to `work`; with `resume`, it goes on where a killed run stopped.
fn with_session(options: &Options, resume: bool, work: impl FnOnce(&Runtime, &mut Runner) -> Result<()>) -> Result<()> {
    refuse_double_variables(&options.variables)?;
    let console = Console::new(options.quiet);
    let threads = options.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZeroUsize::get));
    let runtime = runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let runtime = runtime.context("cannot start threads")?;
    // A run that is resumed ends the killed ones itself, after it has taken over what they had finished.
    if !resume {
        runtime.block_on(stoppable(recover::recover(console)))?;
    }
    let key_ring = keys::load(options.key_file.as_deref(), options.passphrase_file.as_deref())?;
    if key_ring.active().is_ephemeral() {
        console.notice("no key given: this run makes up its own and its results will not repeat (see: loup key new)");
    }
    let bars = Arc::new(Bars::new(console.is_quiet()));
    let mut builder = Session::builder().key_ring(key_ring).threads(threads).progress(Arc::<Bars>::clone(&bars));
    builder = builder.verify(options.verify.into()).strict(options.strict).resume(resume);
    if let Some(bytes) = options.memory_limit {
        builder = builder.memory_limit(bytes);
    }
    if let Some(path) = keys::named_file(options.key_file.as_deref())? {
        builder = builder.protect(&path);
    }
    let salts_file = keys::named_salts_file(options.salts_file.as_deref())?;
    if let Some(salts) = keys::salts(salts_file.as_deref())? {
        builder = builder.salts(salts);
    }
    if let Some(path) = salts_file {
        builder = builder.protect(&path);
    }
    for Variable { name, value } in &options.variables {
        builder = builder.variable(name, value);
    }

    let session = runtime.block_on(async { builder.build() })?;
    let mut runner = Runner { session, output: Output::stdout(options.format), console, bars, stdin: None };
    let result = work(&runtime, &mut runner);
    // A run that was interrupted has had no time to remove what it staged in object stores.
    runtime.block_on(runner.session.interrupt());
    // What the session holds goes first, so that temp files are removed while threads can still do it.
    drop(runner);
    runtime.shutdown_timeout(PATIENCE);
    result
}

fn refuse_double_variables(variables: &[Variable]) -> Result<()> {
    let mut names = BTreeSet::new();
    match variables.iter().find(|variable| !names.insert(&variable.name)) {
        Some(variable) => Err(Usage::new(format!("--var {} is given twice", variable.name)).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_given_twice_is_refused() {
        let variable = |name: &str| Variable { name: name.into(), value: String::new() };
        assert!(refuse_double_variables(&[variable("a"), variable("b")]).is_ok());
        assert!(refuse_double_variables(&[variable("a"), variable("b"), variable("a")]).is_err());
    }
}
