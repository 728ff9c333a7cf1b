//! The `loup` command: parses its arguments, runs them, reports the error and the exit code.

mod allocator;
mod args;
mod commands;
mod console;
mod exit_code;
mod failure;
mod hardening;
mod interrupt;
mod keys;
mod logging;
mod output;
mod progress;
mod repl;
mod script;
mod secret_prompt;
mod settings;
mod user_dirs;

use std::{panic, process};

use clap::Parser;

use crate::args::Args;
use crate::exit_code::ExitCode;

fn main() -> process::ExitCode {
    allocator::keep_freed_memory();
    hardening::apply();
    hardening::allow_many_files();
    let args = Args::parse();
    // The hook has reported a panic already, without its payload.
    let result = panic::catch_unwind(|| commands::run(&args));
    let code = match result {
        Ok(Ok(())) => ExitCode::DONE,
        Ok(Err(error)) => failure::report(&error),
        Err(_) => ExitCode::FAILED,
    };
    code.into()
}
