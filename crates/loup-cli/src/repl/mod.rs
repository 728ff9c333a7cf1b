//! The terminal session: reads statements, runs them, keeps going after errors.

mod command;
mod history;
mod prompt;
mod validate;

use std::env;

use anyhow::{Error, Result};
use reedline::{Reedline, Signal};
use tokio::runtime::Runtime;

use self::command::Command;
use self::prompt::SessionPrompt;
use self::validate::StatementValidator;
use crate::console::Console;
use crate::interrupt::cancellable;
use crate::script::{Origin, Runner};
use crate::{console, failure, hardening};

const WELCOME: &str =
    concat!("loup ", env!("CARGO_PKG_VERSION"), ": end statements with ';', \\? for help, \\q to leave");

/// Runs a session on the terminal until the user leaves it.
pub(crate) fn run(runtime: &Runtime, runner: &mut Runner) -> Result<()> {
    let mut editor = editor(runner.console);
    runner.console.line(WELCOME);
    loop {
        // Ctrl-C empties the line; Ctrl-D on an empty line leaves.
        let text = match editor.read_line(&SessionPrompt)? {
            Signal::Success(text) => text,
            Signal::CtrlD => return Ok(()),
            _ => continue,
        };
        match Command::parse(&text) {
            Command::Quit => return Ok(()),
            Command::Help => print_help(runner.console),
            Command::Unknown(name) => console::error(&format!("no command {name}; \\? lists them")),
            Command::Sql(sql) => run_sql(runtime, runner, sql)?,
        }
    }
}

/// Runs statements; an error is told and the session goes on, unless a panic may have left it broken.
fn run_sql(runtime: &Runtime, runner: &mut Runner, sql: &str) -> Result<()> {
    let result: Result<(), Error> = runtime.block_on(cancellable(runner.run(sql, Origin::typed(sql))));
    if let Err(error) = result {
        if hardening::panicked() {
            return Err(error);
        }
        runner.bars.hold();
        // A run that was interrupted has had no time to remove what it staged in object stores.
        runtime.block_on(runner.session.interrupt());
        failure::report(&error);
    }
    Ok(())
}

fn editor(console: Console) -> Reedline {
    let colour = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let editor = Reedline::create()
        .with_validator(Box::new(StatementValidator))
        .with_ansi_colors(colour)
        // As in a shell: what begins with a blank is not kept.
        .with_history_exclusion_prefix(Some(" ".to_owned()));
    match history::open() {
        Ok(history) => editor.with_history(Box::new(history)),
        Err(error) => {
            console.notice(&format!("no history: {}", failure::describe(&error)));
            editor
        }
    }
}

fn print_help(console: Console) {
    console.line(command::HELP);
}
