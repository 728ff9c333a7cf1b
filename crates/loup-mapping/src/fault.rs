//! A crash in tests: after a number of changes to the disk this thread can make no more, and loses what it did not sync.

use std::cell::{Cell, RefCell};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

thread_local! {
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    static DEAD: Cell<bool> = const { Cell::new(false) };
    static UNSYNCED: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
}

/// Lets this thread make that many changes and no more; runs `what` and says whether the crash came.
pub(crate) fn crash_after<T>(changes: usize, what: impl FnOnce() -> T) -> (T, bool) {
    LEFT.set(Some(changes));
    let result = what();
    LEFT.set(None);
    let crashed = DEAD.replace(false);
    let lost = UNSYNCED.take();
    if crashed {
        // A power failure takes what was only in memory.
        for path in lost {
            if let Ok(file) = OpenOptions::new().write(true).open(path) {
                file.set_len(3).expect("the file can be cut off");
            }
        }
    }
    (result, crashed)
}

pub(crate) fn step() -> io::Result<()> {
    match LEFT.get() {
        None => Ok(()),
        Some(0) => {
            DEAD.set(true);
            Err(io::Error::other("crash"))
        }
        Some(left) => {
            LEFT.set(Some(left - 1));
            Ok(())
        }
    }
}

pub(crate) fn unsynced(path: &Path) {
    UNSYNCED.with_borrow_mut(|paths| paths.push(path.to_owned()));
}

pub(crate) fn synced(path: &Path) {
    UNSYNCED.with_borrow_mut(|paths| paths.retain(|unsynced| unsynced != path));
}
