//! What keeps keys and cells from leaving with a crash: no core dumps, and panics without their payload.

use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

static PANICKED: AtomicBool = AtomicBool::new(false);

/// Turns core dumps off and replaces the panic message. Call it once, before any thread starts.
pub(crate) fn apply() {
    forbid_core_dumps();
    // A payload may quote data (an index, a slice, a parsed value); the place of the panic never does.
    panic::set_hook(Box::new(|info| {
        PANICKED.store(true, Ordering::SeqCst);
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        crate::console::error(&format!("internal error{place}; this is a bug in loup, please report it"));
    }));
}

/// Returns whether any thread has panicked, so that errors which quote the panic are not printed.
pub(crate) fn panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Raises the number of files that may be open to what the system allows: a table may have thousands of parts.
pub(crate) fn allow_many_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// Memory holds keys and clear cells: neither a core file nor a crash collector gets it. Best effort.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    // The limit does not stop a core that is piped to a collector; this does.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
