//! Stops work on Ctrl-C or a request to end by dropping it, so that what it staged is removed.

use anyhow::Result;

use crate::failure::Interrupted;

/// Runs `work` until it ends, or drops it on Ctrl-C, SIGTERM or SIGHUP.
pub(crate) async fn stoppable<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = work => result,
        () = ctrl_c() => Err(Interrupted::CtrlC.into()),
        () = terminate() => Err(Interrupted::Terminate.into()),
    }
}

/// Runs `work` until it ends, or drops it on Ctrl-C alone: a terminal session goes on after that.
pub(crate) async fn cancellable<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = work => result,
        () = ctrl_c() => Err(Interrupted::CtrlC.into()),
    }
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's default holds: the signal ends the process.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(mut terminate), Ok(mut hangup)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
        }
        _ => std::future::pending::<()>().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending::<()>().await;
}
