//! Asks for a secret on the terminal without showing what is typed.

use std::io::{self, BufRead, Write};

use anyhow::{Context, Result};
use zeroize::Zeroizing;

/// Prints `prompt` and reads a line without its end.
///
/// # Errors
/// Returns an error where there is no terminal that can hide what is typed.
pub(crate) fn read(prompt: &str) -> Result<Zeroizing<String>> {
    // Hidden first: what is typed ahead is dropped, and nothing is asked where no terminal would answer.
    let hidden = HiddenInput::start().context("a passphrase can be typed on a terminal only; use --passphrase-file")?;
    let mut terminal = io::stderr();
    write!(terminal, "{prompt}")?;
    terminal.flush()?;
    let mut line = Zeroizing::new(String::with_capacity(256));
    let read = io::stdin().lock().read_line(&mut line);
    drop(hidden);
    writeln!(terminal)?;
    read?;
    let typed = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(typed);
    Ok(line)
}

/// Echo is off while this lives.
struct HiddenInput {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl HiddenInput {
    fn start() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self { before })
    }
}

#[cfg(unix)]
impl Drop for HiddenInput {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(not(unix))]
impl HiddenInput {
    fn start() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
