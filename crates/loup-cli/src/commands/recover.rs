//! `loup recover`: ends the runs of killed processes.

use anyhow::Result;
use loup::Recovered;

use crate::args::Options;
use crate::console::Console;

/// Ends them and says so, also where there was nothing to end.
pub(crate) fn run(options: &Options) -> Result<()> {
    let console = Console::new(options.quiet);
    if recover(console)? == 0 {
        console.line("no run was left unfinished");
    }
    Ok(())
}

/// Ends them and tells of each; returns how many there were.
pub(super) fn recover(console: Console) -> Result<usize> {
    let Some(folder) = loup::run_folder() else { return Ok(0) };
    let ended = loup::recover(&folder)?;
    for Recovered { id, published, .. } in &ended {
        if published.is_empty() {
            console.notice(&format!("run {id} was killed before it was committed; what it had staged is removed"));
        } else {
            let targets: Vec<_> = published.iter().map(|target| target.display().to_string()).collect();
            console.notice(&format!("run {id} was killed after it was committed; published {}", targets.join(", ")));
        }
    }
    Ok(ended.len())
}
