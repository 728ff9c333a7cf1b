//! The user's own folders, by the XDG rules: configuration and state.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::failure::Usage;

/// Returns `$XDG_CONFIG_HOME/loup`, else `~/.config/loup`.
pub(crate) fn config() -> Result<PathBuf> {
    folder("XDG_CONFIG_HOME", ".config")
}

/// Returns `$XDG_STATE_HOME/loup`, else `~/.local/state/loup`.
pub(crate) fn state() -> Result<PathBuf> {
    folder("XDG_STATE_HOME", ".local/state")
}

fn folder(variable: &str, below_home: &str) -> Result<PathBuf> {
    // The XDG rules say that a relative path is to be ignored.
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable)
        .or_else(|| Some(absolute("HOME")?.join(below_home)))
        .map(|base| base.join("loup"))
        .ok_or_else(|| Usage::new(format!("neither {variable} nor HOME names a folder")).into())
}
