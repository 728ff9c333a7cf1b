//! `loup run plan.sql`: runs a plan from a file.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use anyhow::Result;

use super::with_session;
use crate::args::{Options, RunArgs};
use crate::failure::Usage;
use crate::interrupt::stoppable;
use crate::script::Origin;

/// Runs the plan, statement by statement, up to its first error.
pub(crate) fn run(arguments: &RunArgs, options: &Options) -> Result<()> {
    if arguments.stdin.is_some() {
        if arguments.plan == Path::new("-") {
            return Err(Usage::new(
                "standard input is either the plan or, with --stdin, a dump: name a file as the plan",
            )
            .into());
        }
        if io::stdin().is_terminal() {
            return Err(
                Usage::new("--stdin reads a dump from standard input, as in: mysqldump shop | loup run ..").into()
            );
        }
    }
    let (name, script) = read_plan(&arguments.plan)?;
    with_session(options, arguments.resume, |runtime, runner| {
        runner.stdin.clone_from(&arguments.stdin);
        runtime.block_on(stoppable(runner.run(&script, Origin::file(&name))))
    })
}

/// Reads a script from standard input.
pub(super) fn read_standard_input() -> Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Usage::new(format!("standard input: {error}")))?;
    text(bytes, "standard input")
}

fn read_plan(path: &Path) -> Result<(String, String)> {
    if path == Path::new("-") {
        return Ok(("standard input".to_owned(), read_standard_input()?));
    }
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| Usage::new(format!("cannot read {name}: {error}")))?;
    let script = text(bytes, &name)?;
    Ok((name, script))
}

/// Takes bytes as UTF-8, without the byte order mark that some editors put first.
fn text(bytes: Vec<u8>, name: &str) -> Result<String> {
    let script = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|&byte| byte == b'\n').count();
        Usage::new(format!("{name}:{line}: expected SQL in UTF-8"))
    })?;
    Ok(script.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_sql() {
        assert_eq!(text(b"\xef\xbb\xbfSELECT 1".to_vec(), "p").unwrap(), "SELECT 1");
        assert_eq!(text("SELECT 'ü'".into(), "p").unwrap(), "SELECT 'ü'");
    }

    #[test]
    fn other_encodings_are_named_by_line() {
        let error = text(b"SELECT 1;\nSELECT '\xfc'".to_vec(), "p.sql").unwrap_err();
        assert_eq!(error.to_string(), "p.sql:2: expected SQL in UTF-8");
    }
}
