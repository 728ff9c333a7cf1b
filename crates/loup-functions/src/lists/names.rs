//! Lists of names.

use std::sync::LazyLock;

use crate::lists::files;
use crate::lists::word_list::WordLists;

/// First names.
pub(crate) static FIRST: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("names", "first")));
/// Last names.
pub(crate) static LAST: LazyLock<WordLists> = LazyLock::new(|| WordLists::new(files!("names", "last")));
