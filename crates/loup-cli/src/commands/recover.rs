//! `loup recover`: ends the runs of killed processes.

use anyhow::{Context, Result, anyhow};
use loup::{Recovered, Recovery, Unfinished};
use tokio::runtime::{Builder, Runtime};

use crate::args::Options;
use crate::console::Console;
use crate::interrupt::stoppable;

/// Ends them and says so, also where there was nothing to end; what cannot be ended now is an error.
pub(crate) fn run(options: &Options) -> Result<()> {
    let console = Console::new(options.quiet);
    let recovery = runtime()?.block_on(stoppable(end(console)))?;
    if let Some(Unfinished { id, problem, .. }) = recovery.unfinished.first() {
        let runs = recovery.unfinished.len();
        let others = if runs == 1 { String::new() } else { format!(" (and {} more runs)", runs - 1) };
        return Err(anyhow!("run {id} cannot be ended now: {problem}{others}"));
    }
    if recovery.ended.is_empty() {
        console.line("no run was left unfinished");
    }
    Ok(())
}

/// Does so before a command that needs no threads itself.
pub(super) fn recover_alone(console: Console) -> Result<()> {
    runtime()?.block_on(stoppable(recover(console)))
}

fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("cannot start threads")
}

/// Ends them before another command and tells of each; one that must wait for its object store is left for later.
pub(super) async fn recover(console: Console) -> Result<()> {
    for Unfinished { id, targets, problem, .. } in end(console).await?.unfinished {
        let waiting = if targets.is_empty() {
            "what it staged is still there".to_owned()
        } else {
            let targets: Vec<_> = targets.iter().map(|target| target.display().to_string()).collect();
            format!("{} wait for it", targets.join(", "))
        };
        console.notice(&format!("run {id} cannot be ended now: {problem}; {waiting}; loup recover tries again"));
    }
    Ok(())
}

async fn end(console: Console) -> Result<Recovery> {
    let Some(folder) = loup::run_folder() else { return Ok(Recovery::default()) };
    let recovery = loup::recover(&folder).await?;
    for Recovered { id, published, .. } in &recovery.ended {
        if published.is_empty() {
            console.notice(&format!("run {id} was killed before it was committed; what it had staged is removed"));
        } else {
            let targets: Vec<_> = published.iter().map(|target| target.display().to_string()).collect();
            console.notice(&format!("run {id} was killed after it was committed; published {}", targets.join(", ")));
        }
    }
    Ok(recovery)
}
