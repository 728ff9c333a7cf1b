//! What happens to a statement between parsing and planning.
//!
//! Check functions become the joins they stand for, named arguments become positions, names get the spelling of what they
//! name, and every name of `* REPLACE` and `* EXCLUDE` is checked.

mod arguments;
mod checks;
mod names;
mod wildcards;

pub(crate) use arguments::expand_arguments;
pub(crate) use checks::expand_checks;
pub(crate) use names::{Names, find_ident};
pub(crate) use wildcards::{WildcardUse, find_wildcards};
